//! Simulated kernels write as many bytes as the driver holds them to.

use std::time::{Duration, Instant};

use vegalith_abi::memory::Scalar;
use vegalith_driver::simulator::{models, Model, Options};
use vegalith_driver::{
    Capabilities, Device, Digest, Expectation, Limits, MsmJob, NttJob, SimTransport,
};

fn devices() -> impl Iterator<Item = (&'static Model, Device)> {
    let fast = models().iter().filter(|model| !model.synthesisable);
    fast.map(|model| {
        let options = Options {
            memory_bytes: 4 << 20,
            ..Options::default()
        };
        let transport = SimTransport::open(model.preset, &options).unwrap();
        let expected = Expectation {
            block_type: None,
            preset_digest: Some(Digest(model.digest)),
        };
        (model, Device::open(Box::new(transport), &expected).unwrap())
    })
}

fn soon() -> Limits<'static> {
    Limits::from(Instant::now() + Duration::from_secs(120))
}

/// Sizes of less than a beat, of one pass and of two; every direction.
#[test]
fn transforms_of_every_size_and_direction_are_accepted() {
    let mut kernels = 0;
    for (model, mut device) in devices() {
        let Capabilities::Ntt {
            field,
            log_single_pass,
            ..
        } = device.identity().capabilities
        else {
            continue;
        };
        kernels += 1;
        let largest = device.identity().log_max_size.min(log_single_pass + 2);
        for log_size in 1..=largest {
            let bytes = field.element_bytes() << log_size;
            // Small elements are canonical in every field.
            let element = |i: usize| {
                if i.is_multiple_of(field.element_bytes()) {
                    i as u8
                } else {
                    0
                }
            };
            let input: Vec<u8> = (0..bytes).map(element).collect();
            let scratch = device.allocate(bytes as u64).unwrap();
            for (inverse, coset) in [(false, false), (false, true), (true, false), (true, true)] {
                let data = device.upload(&input).unwrap();
                let job = NttJob {
                    source: &data,
                    destination: &data,
                    scratch: &scratch,
                    log_size,
                    inverse,
                    coset,
                    scale: std::array::from_fn(|i| u8::from(i == 0)),
                };
                let what = format!(
                    "{}, 2^{log_size}, inverse {inverse}, coset {coset}",
                    model.preset
                );
                if let Err(error) = device.run_ntt(job, soon()) {
                    panic!("{what}: {error}");
                }
                let mut output = vec![0; bytes];
                device.read(&data, 0, &mut output).unwrap();
                assert_ne!(output, input, "{what}");
            }
        }
    }
    assert!(kernels > 0, "no model of an NTT kernel");
}

#[test]
fn msms_of_every_size_are_accepted() {
    let mut kernels = 0;
    for (model, mut device) in devices() {
        let Capabilities::Msm { curve, .. } = device.identity().capabilities else {
            continue;
        };
        kernels += 1;
        for n in [1, 2, 3, 100] {
            // Points at infinity.
            let points = vec![0; n * curve.point_layout().slot_bytes];
            let points = device.upload(&points).unwrap();
            let scalars = vec![Scalar([3; 32]); n];
            let job = MsmJob {
                points: &points,
                first_point: 0,
                scalars: &scalars,
            };
            if let Err(error) = device.run_msm(job, soon()) {
                panic!("{}, {n} points: {error}", model.preset);
            }
        }
    }
    assert!(kernels > 0, "no model of an MSM kernel");
}
