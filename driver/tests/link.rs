//! A device in doubt is never taken for a healthy one: resets that fail, links that die, kernels
//! that changed.

mod support;

use std::time::{Duration, Instant};

use support::{Behaviour, Stub};
use vegalith_abi::memory::Scalar;
use vegalith_abi::registers;
use vegalith_driver::{Device, Error, Expectation, Limits, MsmJob, MsmResult, Result};

/// Register reads of a job: control, errors, and six counters of two words.
const READS_OF_A_JOB: u32 = 14;

fn open(stub: &Stub) -> Result<Device> {
    Device::open(Box::new(stub.clone()), &Expectation::default())
}

fn run(device: &mut Device) -> Result<MsmResult> {
    let points = device.allocate(64)?;
    let job = MsmJob {
        points: &points,
        first_point: 0,
        scalars: &[Scalar([1; 32])],
    };
    let limits = Limits::from(Instant::now() + Duration::from_secs(60));
    device.run_msm(job, limits)
}

#[track_caller]
fn is_down<T: std::fmt::Debug>(result: Result<T>, reasons: &[&str]) {
    match result {
        Err(Error::LinkDown { device, reason }) => {
            assert_eq!(device, "stub");
            for expected in reasons {
                assert!(reason.contains(expected), "{reason:?} without {expected:?}");
            }
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reset_that_fails_is_a_link_down() {
    let stub = Stub::msm();
    let mut device = open(&stub).unwrap();
    stub.state().reset_fails = true;
    is_down(device.reset(), &["its reset line is stuck"]);
    is_down(open(&stub), &["its reset line is stuck"]);
    for behaviour in [Behaviour::Ends(registers::ERROR_BUS), Behaviour::Breaks] {
        stub.state().behaviour = behaviour;
        let cause = match behaviour {
            Behaviour::Breaks => "the bus broke",
            _ => "a failed memory access",
        };
        is_down(run(&mut device), &["its reset line is stuck", cause]);
    }
    let mut state = stub.state();
    state.reset_fails = false;
    state.behaviour = Behaviour::Ends(0);
    drop(state);
    device.reset().unwrap();
    run(&mut device).unwrap();
}

/// All ones have the bits of an idle kernel and of one that is done.
#[test]
fn a_dead_link_is_neither_idle_nor_done() {
    for reads in 0..READS_OF_A_JOB {
        let stub = Stub::msm();
        let mut device = open(&stub).unwrap();
        stub.state().dies_after_reads = Some(reads);
        let result = run(&mut device);
        assert!(
            matches!(result, Err(Error::LinkDown { .. })),
            "{reads} reads: {result:?}"
        );
        is_down(device.reset(), &["register 0x0 reads as all ones"]);
        stub.state().dies_after_reads = None;
        device.reset().unwrap();
        run(&mut device).unwrap();
    }
    let stub = Stub::msm();
    let mut device = open(&stub).unwrap();
    stub.state().dies_after_reads = Some(READS_OF_A_JOB);
    run(&mut device).unwrap();
}

#[test]
fn a_link_that_dies_during_a_reset_is_down() {
    // Control, magic, and eight words of digest.
    for reads in 0..10 {
        let stub = Stub::msm();
        let mut device = open(&stub).unwrap();
        stub.state().dies_after_reads = Some(reads);
        is_down(device.reset(), &[]);
    }
}

#[test]
fn a_look_at_a_device_tells_what_is_wrong() {
    let stub = Stub::msm();
    let mut device = open(&stub).unwrap();
    let resets = stub.state().resets;
    device.check().unwrap();
    stub.state().dies_after_reads = Some(0);
    is_down(device.check(), &["all ones"]);
    stub.state().dies_after_reads = None;
    device.check().unwrap();
    let word = stub.state().registers[&registers::PRESET_DIGEST];
    let stub = stub.with(registers::PRESET_DIGEST, word ^ 1);
    is_down(device.check(), &["the kernel's preset digest is"]);
    assert_eq!(stub.state().resets, resets, "it only looks");
}

#[test]
fn another_kernel_behind_a_reset_is_not_used() {
    for (offset, reason) in [
        (registers::MAGIC, "the kernel's magic is"),
        (registers::PRESET_DIGEST, "the kernel's preset digest is"),
        (
            registers::PRESET_DIGEST + 28,
            "the kernel's preset digest is",
        ),
    ] {
        let stub = Stub::msm();
        let mut device = open(&stub).unwrap();
        let word = stub.state().registers[&offset];
        let stub = stub.with(offset, word ^ 1 << 7);
        is_down(device.reset(), &[reason]);
        stub.with(offset, word);
        device.reset().unwrap();
    }
}
