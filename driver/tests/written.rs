//! A job that did not write what it must gives no result, whatever its status says.

mod support;

use std::time::{Duration, Instant};

use support::Stub;
use vegalith_abi::memory::Scalar;
use vegalith_abi::FieldId;
use vegalith_driver::{Device, Error, Expectation, Limits, MsmJob, NttJob, Result, Statistics};

fn open(stub: &Stub) -> Device {
    let device = Device::open(Box::new(stub.clone()), &Expectation::default()).unwrap();
    stub.state().resets = 0;
    device
}

fn soon() -> Limits<'static> {
    Limits::from(Instant::now() + Duration::from_secs(60))
}

/// `run` succeeds if the kernel says that it wrote `expected` bytes, and with no other number.
#[track_caller]
fn must_write(
    stub: &Stub,
    operation: &str,
    expected: u64,
    mut run: impl FnMut() -> Result<Statistics>,
) {
    for found in [0, 64, expected - 64, expected + 64, expected + (1 << 32)] {
        if found == expected {
            continue;
        }
        stub.state().bytes_written = found;
        stub.state().resets = 0;
        let error = Error::BytesWritten {
            operation: operation.to_owned(),
            expected,
            found,
        };
        assert_eq!(run(), Err(error));
        assert_eq!(stub.state().resets, 1);
    }
    stub.state().bytes_written = expected;
    stub.state().resets = 0;
    let statistics = run().unwrap_or_else(|error| panic!("{operation}: {error}"));
    assert_eq!(statistics.bytes_written, expected);
    assert_eq!(stub.state().resets, 0);
}

/// One pass up to 2^4 elements, then two; one more for an inverse over a coset; whole beats.
#[test]
fn transforms_write_each_pass() {
    for (field, log_size, one_way, inverse_coset) in [
        (FieldId::Goldilocks, 1, 64, 128),
        (FieldId::Goldilocks, 3, 64, 128),
        (FieldId::Goldilocks, 4, 128, 256),
        (FieldId::Goldilocks, 5, 512, 768),
        (FieldId::Goldilocks, 8, 4096, 6144),
        (FieldId::Bn254Fr, 1, 64, 128),
        (FieldId::Bn254Fr, 4, 512, 1024),
        (FieldId::Bn254Fr, 5, 2048, 3072),
    ] {
        let stub = Stub::ntt(field);
        let mut device = open(&stub);
        let data = device.allocate(32 << log_size).unwrap();
        let scratch = device.allocate(32 << log_size).unwrap();
        for (inverse, coset) in [(false, false), (false, true), (true, false), (true, true)] {
            let expected = match inverse && coset {
                true => inverse_coset,
                false => one_way,
            };
            let operation = format!("NTT of 2^{log_size} elements");
            must_write(&stub, &operation, expected, || {
                let job = NttJob {
                    source: &data,
                    destination: &data,
                    scratch: &scratch,
                    log_size,
                    inverse,
                    coset,
                    scale: [0; 32],
                };
                device.run_ntt(job, soon())
            });
        }
    }
}

#[test]
fn msms_write_each_partial_sum() {
    let stub = Stub::msm();
    let mut device = open(&stub);
    let points = device.allocate(3 * 64).unwrap();
    must_write(&stub, "MSM of 3 points", 4 * 192, || {
        let job = MsmJob {
            points: &points,
            first_point: 0,
            scalars: &[Scalar([1; 32]); 3],
        };
        let result = device.run_msm(job, soon())?;
        Ok(result.statistics)
    });
}
