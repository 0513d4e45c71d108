//! What the tests share: the curves that have a simulated kernel, operands and comparison.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::CurveGroup;
use ark_ff::{PrimeField, UniformRand};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use vegalith::simulator::Options;
use vegalith::{
    Backend, Bases, BasesId, BasesOptions, CpuBackend, DeviceBackend, DeviceStatistics, Job,
    Outcome, Output, Result, Scalars, SimSelection, Ticket,
};

/// Bases made here need no check.
pub const TRUSTED: BasesOptions = BasesOptions { trusted: true };

/// A deadline that only a hanging job misses.
pub fn soon() -> Instant {
    Instant::now() + Duration::from_secs(120)
}

/// A curve with a simulated kernel.
pub trait Engine: SWCurveConfig<BaseField: PrimeField> {
    const PRESET: &'static str;

    fn bases(points: Vec<Affine<Self>>) -> Bases;
    fn scalars(scalars: Vec<Self::ScalarField>) -> Scalars;

    /// A backend for many tests: jobs follow each other on the same kernel.
    fn shared() -> &'static DeviceBackend;

    /// A backend of its own.
    fn open(options: Options) -> DeviceBackend {
        let preset = Some(Self::PRESET.to_owned());
        DeviceBackend::simulator(&SimSelection { preset, options }).unwrap()
    }
}

macro_rules! engine {
    ($name:ident, $config:ty, $preset:literal, $bases:ident, $scalars:ident) => {
        pub type $name = $config;

        impl Engine for $config {
            const PRESET: &'static str = $preset;

            fn bases(points: Vec<Affine<Self>>) -> Bases {
                Bases::$bases(Arc::new(points))
            }

            fn scalars(scalars: Vec<Self::ScalarField>) -> Scalars {
                Scalars::$scalars(Arc::new(scalars))
            }

            fn shared() -> &'static DeviceBackend {
                static BACKEND: OnceLock<DeviceBackend> = OnceLock::new();
                BACKEND.get_or_init(|| Self::open(Options::default()))
            }
        }
    };
}

engine!(
    Bn254,
    ark_bn254::g1::Config,
    "msm-bn254-demo",
    Bn254G1,
    Bn254
);
engine!(
    Bls12_381,
    ark_bls12_381::g1::Config,
    "msm-bls12-381-demo",
    Bls12_381G1,
    Bls12_381
);

/// Runs a generic test for every curve.
macro_rules! on_every_curve {
    ($($(#[$attribute:meta])* $test:ident),+ $(,)?) => {
        mod bn254 {
            $($(#[$attribute])* #[test] fn $test() { super::$test::<crate::support::Bn254>() })+
        }
        mod bls12_381 {
            $($(#[$attribute])* #[test] fn $test() { super::$test::<crate::support::Bls12_381>() })+
        }
    };
}
pub(crate) use on_every_curve;

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Distinct points, none of them infinite.
pub fn points<C: Engine>(n: usize, rng: &mut ChaCha8Rng) -> Vec<Affine<C>> {
    let step = Projective::<C>::rand(rng);
    let mut sum = Projective::<C>::rand(rng);
    let points: Vec<_> = (0..n)
        .map(|_| {
            sum += step;
            sum
        })
        .collect();
    Projective::normalize_batch(&points)
}

pub fn random_scalars<C: Engine>(n: usize, rng: &mut ChaCha8Rng) -> Vec<C::ScalarField> {
    (0..n).map(|_| C::ScalarField::rand(rng)).collect()
}

/// An MSM's operands and what it must give.
pub struct Case {
    pub bases: Bases,
    pub scalars: Scalars,
    pub expected: Output,
}

impl Case {
    pub fn new<C: Engine>(points: Vec<Affine<C>>, scalars: Vec<C::ScalarField>) -> Self {
        let (bases, scalars) = (C::bases(points), C::scalars(scalars));
        let cpu = CpuBackend::new();
        let id = cpu.load_bases(&bases, TRUSTED).unwrap();
        let expected = cpu.run(msm(id, &scalars), soon()).unwrap().output;
        Case {
            bases,
            scalars,
            expected,
        }
    }

    /// Random points and scalars.
    pub fn random<C: Engine>(n: usize, seed: u64) -> Self {
        let mut rng = rng(seed);
        let points = points::<C>(n, &mut rng);
        let scalars = random_scalars::<C>(n, &mut rng);
        Self::new::<C>(points, scalars)
    }

    pub fn submit(&self, backend: &dyn Backend, deadline: Instant) -> Result<Ticket> {
        let id = backend.load_bases(&self.bases, TRUSTED)?;
        backend.submit(msm(id, &self.scalars), deadline)
    }

    pub fn run(&self, backend: &dyn Backend) -> Result<Outcome> {
        backend.wait(self.submit(backend, soon())?)
    }

    /// Runs it and compares; returns the device's counters.
    #[track_caller]
    pub fn succeeds_on(&self, backend: &dyn Backend, what: &str) -> DeviceStatistics {
        let outcome = self.run(backend).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(outcome.output, self.expected, "{what}");
        assert_eq!(outcome.fallback, None, "{what}");
        outcome.device.expect("a device has counters")
    }
}

pub fn msm(bases: BasesId, scalars: &Scalars) -> Job {
    Job::Msm {
        bases,
        scalars: scalars.clone(),
    }
}
