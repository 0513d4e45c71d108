//! Faults of the simulated memory: no wrong answer leaves, whatever the policy.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use vegalith::simulator::{Faults, Options};
use vegalith::{
    Backend, CpuBackend, DeviceBackend, Error, Fallback, FallbackEvent, Health, Shadow, Strict,
};

use crate::support::{on_every_curve, Bn254, Case, Engine};

on_every_curve!(
    a_failed_access_is_an_error_and_no_result,
    a_changed_sum_is_noticed,
);

fn faulty<C: Engine>(faults: Faults) -> Arc<DeviceBackend> {
    let options = Options {
        memory_bytes: 1 << 20,
        faults,
        ..Options::default()
    };
    Arc::new(C::open(options))
}

fn shadow(device: Arc<DeviceBackend>) -> Shadow {
    Shadow::new(device, Arc::new(CpuBackend::new()), 1.0, 1).unwrap()
}

type Events = Arc<Mutex<Vec<FallbackEvent>>>;

fn fallback(device: Arc<DeviceBackend>) -> (Fallback, Events) {
    let events = Events::default();
    let heard = Arc::clone(&events);
    let backend = Fallback::new(device, Arc::new(CpuBackend::new()), move |event| {
        heard.lock().unwrap().push(event.clone());
    });
    (backend, events)
}

/// The first job answers from the CPU and says why, the second from the device.
#[track_caller]
fn falls_back_once(device: Arc<DeviceBackend>, case: &Case, is_expected: impl Fn(&Error) -> bool) {
    let (backend, events) = fallback(device);
    let limit = Duration::from_secs(2);
    let ticket = case.submit(&backend, Instant::now() + limit).unwrap();
    let outcome = backend.wait(ticket).unwrap();
    assert_eq!(outcome.output, case.expected);
    assert_eq!(outcome.device, None);
    let error = outcome.fallback.expect("the device failed");
    assert!(is_expected(&error), "{error}");
    case.succeeds_on(&backend, "the job after the fault");
    let events = events.lock().unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0].error, error);
    assert!(events[0].device.starts_with("sim:"), "{}", events[0]);
}

fn is_bus_error(error: &Error) -> bool {
    matches!(error, Error::Device(text) if text.contains("a failed memory access"))
}

fn is_wrong_result(error: &Error) -> bool {
    matches!(error, Error::WrongResult { .. })
}

fn a_failed_access_is_an_error_and_no_result<C: Engine>() {
    let case = Case::random::<C>(6, 30);
    let once = Faults {
        job: Some(0),
        ..Faults::default()
    };
    let read = |beat| Faults {
        error_read_beat: Some(beat),
        ..once
    };
    let written = |burst| Faults {
        error_write_burst: Some(burst),
        ..once
    };
    for faults in [read(0), read(1), read(7), written(0), written(9)] {
        let device = faulty::<C>(faults);
        let strict = Strict::new(device.clone());
        let error = case.run(&strict).unwrap_err();
        assert!(is_bus_error(&error), "{faults:?}: {error}");
        case.succeeds_on(&strict, "the job after a failed access");
        assert_eq!(device.health(), Health::Ready);
    }
    let error = case.run(&shadow(faulty::<C>(read(2)))).unwrap_err();
    assert!(is_bus_error(&error), "{error}");
    falls_back_once(faulty::<C>(written(3)), &case, is_bus_error);
}

/// A flipped bit of a sum leaves the curve, or changes a point at infinity into itself.
fn a_changed_sum_is_noticed<C: Engine>() {
    let case = Case::random::<C>(200, 31);
    let mut refused = 0;
    for beat in [0, 1, 2, 23, 64, 127, 300, 500, 690, 763, 764] {
        let device = faulty::<C>(Faults {
            job: Some(0),
            flip_write_beat: Some(beat),
            ..Faults::default()
        });
        match case.run(&*device) {
            Ok(outcome) => assert_eq!(outcome.output, case.expected, "beat {beat}"),
            Err(Error::WrongResult { check, found, .. }) => {
                let sum = beat / 3;
                assert_eq!(check, format!("partial sum {sum} is on the curve"));
                assert!(found.contains("X 0x"), "{found}");
                refused += 1;
            }
            Err(error) => panic!("beat {beat}: {error}"),
        }
        case.succeeds_on(&*device, "the job after a changed sum");
    }
    assert!(refused >= 10, "{refused} refused");
    let faults = Faults {
        job: Some(0),
        flip_write_beat: Some(0),
        ..Faults::default()
    };
    falls_back_once(faulty::<C>(faults), &case, is_wrong_result);
}

/// Any bit of the operands changed on its way in: a changed point is noticed by the device backend
/// itself, a changed scalar gives a point of the curve that only a second opinion tells from the
/// right one.
#[test]
fn changed_operands_need_a_shadow() {
    // 4 beats of points, 2 of scalars.
    let case = Case::random::<Bn254>(4, 32);
    let mut unnoticed = 0;
    for beat in 0..6 {
        let faults = Faults {
            flip_read_beat: Some(beat),
            ..Faults::default()
        };
        match case.run(&*faulty::<Bn254>(faults)) {
            Ok(outcome) => {
                assert_ne!(outcome.output, case.expected, "beat {beat}");
                unnoticed += 1;
                let error = case.run(&shadow(faulty::<Bn254>(faults))).unwrap_err();
                let expected = Error::WrongResult {
                    check: "msm of 4 points of bn254 on sim:msm-bn254-demo against cpu".into(),
                    expected: format!("{:?}", case.expected),
                    found: format!("{:?}", outcome.output),
                };
                assert_eq!(error, expected, "beat {beat}");
            }
            Err(error) => {
                assert!(is_wrong_result(&error), "beat {beat}: {error}");
                let error = case.run(&shadow(faulty::<Bn254>(faults))).unwrap_err();
                assert!(is_wrong_result(&error), "beat {beat}: {error}");
            }
        }
    }
    assert_eq!(unnoticed, 2, "the beats of scalars");
    case.succeeds_on(
        &shadow(faulty::<Bn254>(Faults::default())),
        "shadow without a fault",
    );
}

#[test]
fn a_stalled_device_falls_back() {
    let case = Case::random::<Bn254>(20, 33);
    let faults = Faults {
        job: Some(0),
        hang_after_cycles: Some(100),
        ..Faults::default()
    };
    falls_back_once(faulty::<Bn254>(faults), &case, |error| {
        matches!(error, Error::Timeout { .. })
    });
}
