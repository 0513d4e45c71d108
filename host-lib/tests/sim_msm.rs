//! MSMs on simulated kernels against arkworks: sizes, scalars and points that break engines.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ark_ec::{CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, Field, UniformRand};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith::{
    Backend, Bases, BasesOptions, CpuBackend, DeviceBackend, DeviceStatistics, Error, Job, Output,
    Scalars, SimSelection,
};

const TRUSTED: BasesOptions = BasesOptions { trusted: true };

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(300)
}

fn simulated(preset: &str) -> DeviceBackend {
    let selection = SimSelection {
        preset: Some(preset.into()),
        ..SimSelection::default()
    };
    DeviceBackend::simulator(&selection).unwrap()
}

/// One backend for all tests of a curve: jobs follow each other on the same kernel.
fn bn254() -> &'static DeviceBackend {
    static BACKEND: OnceLock<DeviceBackend> = OnceLock::new();
    BACKEND.get_or_init(|| simulated("msm-bn254-demo"))
}

fn bls12_381() -> &'static DeviceBackend {
    static BACKEND: OnceLock<DeviceBackend> = OnceLock::new();
    BACKEND.get_or_init(|| simulated("msm-bls12-381-demo"))
}

fn run(backend: &dyn Backend, bases: &Bases, scalars: &Scalars) -> (Output, DeviceStatistics) {
    let id = backend.load_bases(bases, TRUSTED).unwrap();
    let job = Job::Msm {
        bases: id,
        scalars: scalars.clone(),
    };
    let outcome = backend.run(job, soon()).unwrap();
    (outcome.output, outcome.device.unwrap_or_default())
}

/// Runs on both and compares; returns the device's counters.
fn agrees(
    device: &DeviceBackend,
    bases: &Bases,
    scalars: &Scalars,
    what: &str,
) -> DeviceStatistics {
    let (expected, _) = run(&CpuBackend::new(), bases, scalars);
    let (found, statistics) = run(device, bases, scalars);
    assert_eq!(found, expected, "{what}");
    statistics
}

macro_rules! curve_tests {
    ($module:ident, $curve:ident, $backend:ident, $bases:ident, $scalars:ident) => {
        mod $module {
            use super::*;
            use $curve::{Fr, G1Affine, G1Projective};

            fn points(n: usize, rng: &mut ChaCha8Rng) -> Vec<G1Affine> {
                let step = G1Projective::rand(rng);
                let mut sum = G1Projective::generator();
                let points: Vec<_> = (0..n)
                    .map(|_| {
                        sum += step;
                        sum
                    })
                    .collect();
                G1Projective::normalize_batch(&points)
            }

            fn bases(points: Vec<G1Affine>) -> Bases {
                Bases::$bases(Arc::new(points))
            }

            fn scalars(scalars: Vec<Fr>) -> Scalars {
                Scalars::$scalars(Arc::new(scalars))
            }

            #[test]
            fn random_scalars_of_many_sizes() {
                let mut rng = ChaCha8Rng::seed_from_u64(1);
                let set = bases(points(1000, &mut rng));
                for n in [1, 2, 3, 255, 256, 1000] {
                    let random = (0..n).map(|_| Fr::rand(&mut rng)).collect();
                    agrees($backend(), &set, &scalars(random), &format!("{n} points"));
                }
            }

            #[test]
            fn scalars_that_pile_up() {
                let mut rng = ChaCha8Rng::seed_from_u64(2);
                let n = 300;
                let set = bases(points(n, &mut rng));
                let all = |value: Fr| vec![value; n];
                let one = Fr::rand(&mut rng);
                let half_zero = (0..n)
                    .map(|_| {
                        if rng.gen() {
                            Fr::ZERO
                        } else {
                            Fr::rand(&mut rng)
                        }
                    })
                    .collect();
                let bits = (0..n).map(|i| Fr::from((i % 2) as u64)).collect();
                for (what, values) in [
                    ("zero", all(Fr::ZERO)),
                    ("one", all(Fr::ONE)),
                    ("r − 1", all(-Fr::ONE)),
                    ("all equal", all(one)),
                    ("half zero", half_zero),
                    ("bits", bits),
                ] {
                    agrees($backend(), &set, &scalars(values), what);
                }
            }

            #[test]
            fn points_that_need_exceptions() {
                let mut rng = ChaCha8Rng::seed_from_u64(3);
                let base = points(1, &mut rng)[0];
                let mut mixed = points(60, &mut rng);
                for i in 0..10 {
                    mixed[3 * i] = G1Affine::identity();
                    mixed[3 * i + 1] = -mixed[3 * i + 2];
                }
                let same = Fr::rand(&mut rng);
                let random: Vec<Fr> = (0..60).map(|_| Fr::rand(&mut rng)).collect();
                for (what, set, values) in [
                    ("infinities", vec![G1Affine::identity(); 60], random.clone()),
                    ("equal points", vec![base; 60], random.clone()),
                    ("equal points and scalars", vec![base; 60], vec![same; 60]),
                    (
                        "opposite points",
                        (0..60)
                            .map(|i| if i % 2 == 0 { base } else { -base })
                            .collect(),
                        vec![same; 60],
                    ),
                    ("mixed, equal scalars", mixed.clone(), vec![same; 60]),
                    ("mixed, random scalars", mixed, random),
                ] {
                    agrees($backend(), &bases(set), &scalars(values), what);
                }
            }

            #[test]
            fn fewer_scalars_than_bases() {
                let mut rng = ChaCha8Rng::seed_from_u64(4);
                let set = bases(points(100, &mut rng));
                let few = (0..37).map(|_| Fr::rand(&mut rng)).collect();
                agrees($backend(), &set, &scalars(few), "37 of 100");
            }

            #[test]
            fn malformed_jobs_are_refused() {
                let mut rng = ChaCha8Rng::seed_from_u64(5);
                let device = $backend();
                let id = device
                    .load_bases(&bases(points(4, &mut rng)), TRUSTED)
                    .unwrap();
                let submit = |n: usize| {
                    let scalars = scalars(vec![Fr::ONE; n]);
                    device.submit(Job::Msm { bases: id, scalars }, soon())
                };
                assert!(matches!(submit(0), Err(Error::InvalidInput(_))));
                assert!(matches!(submit(5), Err(Error::InvalidInput(_))));
                assert!(submit(4).is_ok());
            }
        }
    };
}

curve_tests!(bn254_g1, ark_bn254, bn254, Bn254G1, Bn254);
curve_tests!(
    bls12_381_g1,
    ark_bls12_381,
    bls12_381,
    Bls12_381G1,
    Bls12_381
);
