//! Transforms on simulated kernels, against arkworks' domains and cosets.

use std::sync::{Arc, OnceLock};

use ark_ff::{FftField, Field, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use vegalith::simulator::{Faults, Options};
use vegalith::{
    Backend, CpuBackend, DeviceBackend, Elements, Error, Goldilocks, Job, NttOptions, Output,
    Shadow, SimSelection,
};

use super::support::soon;

/// A field with a simulated kernel.
trait Transformed: PrimeField {
    const PRESET: &'static str;

    fn elements(values: Vec<Self>) -> Elements;
    fn shared() -> &'static DeviceBackend;
}

fn open(preset: &str, options: Options) -> DeviceBackend {
    let preset = Some(preset.to_owned());
    DeviceBackend::simulator(&SimSelection { preset, options }).unwrap()
}

macro_rules! transformed {
    ($field:ty, $preset:literal, $elements:ident) => {
        impl Transformed for $field {
            const PRESET: &'static str = $preset;

            fn elements(values: Vec<Self>) -> Elements {
                Elements::$elements(Arc::new(values))
            }

            fn shared() -> &'static DeviceBackend {
                static BACKEND: OnceLock<DeviceBackend> = OnceLock::new();
                BACKEND.get_or_init(|| open($preset, Options::default()))
            }
        }
    };
}

transformed!(ark_bn254::Fr, "ntt-bn254-demo", Bn254Fr);
transformed!(Goldilocks, "ntt-goldilocks-demo", Goldilocks);

fn all_options() -> [NttOptions; 4] {
    [(false, false), (false, true), (true, false), (true, true)]
        .map(|(inverse, coset)| NttOptions { inverse, coset })
}

fn expected<F: FftField>(input: &[F], options: NttOptions) -> Vec<F> {
    let domain = Radix2EvaluationDomain::<F>::new(input.len()).unwrap();
    let domain = match options.coset {
        true => domain.get_coset(F::GENERATOR).unwrap(),
        false => domain,
    };
    match options.inverse {
        true => domain.ifft(input),
        false => domain.fft(input),
    }
}

fn check<F: Transformed>(input: Vec<F>, what: &str) {
    for options in all_options() {
        let wanted = Output::Elements(F::elements(expected(&input, options)));
        let job = Job::Ntt {
            input: F::elements(input.clone()),
            options,
        };
        let found = F::shared().run(job, soon()).unwrap();
        assert!(found.output == wanted, "{} {what} {options:?}", F::PRESET);
        assert!(found.device.is_some(), "{} {what}", F::PRESET);
    }
}

fn random<F: Transformed>(size: usize, seed: u64) -> Vec<F> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..size).map(|_| F::rand(&mut rng)).collect()
}

fn every_size<F: Transformed>() {
    for log_size in 0..=13 {
        check(
            random::<F>(1 << log_size, log_size),
            &format!("2^{log_size}"),
        );
    }
}

#[test]
fn every_size_equals_arkworks_bn254() {
    every_size::<ark_bn254::Fr>();
}

#[test]
fn every_size_equals_arkworks_goldilocks() {
    every_size::<Goldilocks>();
}

/// One butterfly, whose whole transform is on chip.
#[test]
fn every_size_of_the_folded_kernel_equals_arkworks() {
    let device = open("ntt-goldilocks-ecp5", Options::default());
    for log_size in 0..=12 {
        let input = random::<Goldilocks>(1 << log_size, 50 + log_size);
        for options in all_options() {
            let wanted = Goldilocks::elements(expected(&input, options));
            let input = Goldilocks::elements(input.clone());
            let found = device.run(Job::Ntt { input, options }, soon()).unwrap();
            assert!(
                found.output == Output::Elements(wanted),
                "2^{log_size} {options:?}"
            );
        }
    }
    let input = Goldilocks::elements(random(1 << 13, 1));
    let options = NttOptions::default();
    let error = device.run(Job::Ntt { input, options }, soon()).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("2^13") || text.contains("8192"), "{text}");
}

fn patterns<F: Transformed>() {
    for size in [8, 1 << 10, 1 << 12] {
        check(vec![F::ZERO; size], "zero");
        check(vec![F::ONE; size], "one");
        check(vec![-F::ONE; size], "r - 1");
        let half = |i| if i % 2 == 0 { F::ZERO } else { -F::ONE };
        check((0..size).map(half).collect(), "half zero");
        let mut unit = vec![F::ZERO; size];
        unit[size - 1] = F::ONE;
        check(unit, "last one");
    }
}

#[test]
fn patterns_equal_arkworks() {
    patterns::<ark_bn254::Fr>();
    patterns::<Goldilocks>();
}

#[test]
fn a_slow_memory_changes_cycles_and_no_element() {
    let slow = Options {
        stall_percent: 60,
        latency_cycles: Some(300),
        seed: 9,
        ..Options::default()
    };
    let device = open(ark_bn254::Fr::PRESET, slow);
    for log_size in [3, 10, 12] {
        let input = random::<ark_bn254::Fr>(1 << log_size, 77);
        for options in all_options() {
            let wanted = ark_bn254::Fr::elements(expected(&input, options));
            let input = ark_bn254::Fr::elements(input.clone());
            let found = device.run(Job::Ntt { input, options }, soon()).unwrap();
            assert!(found.output == Output::Elements(wanted), "2^{log_size}");
        }
    }
}

#[test]
fn refusals() {
    let device = ark_bn254::Fr::shared();
    let run = |input: Elements| {
        let options = NttOptions::default();
        device.run(Job::Ntt { input, options }, soon()).unwrap_err()
    };
    for size in [0, 3, 1000] {
        let error = run(ark_bn254::Fr::elements(vec![ark_bn254::Fr::ONE; size]));
        assert!(matches!(error, Error::InvalidInput(_)), "{size}: {error}");
    }
    let error = run(ark_bn254::Fr::elements(vec![ark_bn254::Fr::ONE; 1 << 21]));
    let text = error.to_string();
    assert!(text.contains("2^21") || text.contains("2097152"), "{text}");
    let error = run(Goldilocks::elements(vec![Goldilocks::ONE; 4]));
    assert!(matches!(error, Error::Unsupported { .. }), "{error}");
}

/// A flipped beat of the output is a valid transform of something else: only a comparison sees it.
#[test]
fn shadow_catches_a_flipped_beat() {
    let faulty = Options {
        faults: Faults {
            flip_write_beat: Some(5),
            ..Faults::default()
        },
        ..Options::default()
    };
    let device = open(Goldilocks::PRESET, faulty);
    let reference = Arc::new(CpuBackend::new());
    let shadow = Shadow::new(Arc::new(device), reference, 1.0, 0).unwrap();
    let job = Job::Ntt {
        input: Goldilocks::elements(random(256, 5)),
        options: NttOptions::default(),
    };
    let error = shadow.run(job, soon()).unwrap_err();
    let Error::WrongResult { check, .. } = &error else {
        panic!("{error}");
    };
    assert!(!check.is_empty());
}
