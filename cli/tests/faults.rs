//! A fault in the simulated hardware during a proof: nothing wrong leaves the prover.

#![cfg(feature = "sim")]

use std::sync::Arc;

use vegalith::simulator::{Faults, Options};
use vegalith::{CpuBackend, DeviceBackend, Shadow, SimSelection};
use vegalith_prover::{execute, sample_batch, Error, KeySource, Keys, ProveOptions, Prover, Shape};

/// Flips a bit that the sixth job of a kernel writes: of the seven transforms, as there are but four
/// MSMs. The result is a valid transform of something else.
fn faulty() -> DeviceBackend {
    let options = Options {
        faults: Faults {
            job: Some(5),
            flip_write_beat: Some(1000),
            ..Faults::default()
        },
        ..Options::default()
    };
    let preset = None;
    DeviceBackend::simulator(&SimSelection { preset, options }).unwrap()
}

#[test]
fn a_flipped_bit_is_caught_by_verification_and_by_shadow() {
    let executed = execute(&sample_batch(1)).unwrap();
    let shape = Shape::trades(1).unwrap();
    let keys = Keys::generate(&shape, KeySource::Test, None).unwrap();
    let options = ProveOptions::default();

    let device = faulty();
    let alone = Prover::new(&keys, &device).unwrap();
    let error = alone.prove(&executed, &options).unwrap_err();
    assert!(matches!(error, Error::WrongProof { .. }), "{error}");

    let reference = Arc::new(CpuBackend::new());
    let shadow = Shadow::new(Arc::new(faulty()), reference, 1.0, 0).unwrap();
    let compared = Prover::new(&keys, &shadow).unwrap();
    let error = compared.prove(&executed, &options).unwrap_err();
    let Error::Backend(vegalith::Error::WrongResult { .. }) = error else {
        panic!("{error}");
    };
}
