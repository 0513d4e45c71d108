//! A device in doubt is never taken for a healthy one.

mod support;

use std::time::{Duration, Instant};

use support::{Behaviour, Stub};
use vegalith_abi::memory::Scalar;
use vegalith_abi::registers;
use vegalith_driver::{Device, Error, Expectation, Limits, MsmJob, MsmResult, Result};

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
