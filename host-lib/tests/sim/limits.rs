//! Deadlines, cancellation and callers at the same time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vegalith::simulator::{Faults, Options};
use vegalith::{Backend, DeviceBackend, Error, Health, SimSelection};

use crate::support::{on_every_curve, soon, Bls12_381, Bn254, Case, Engine};

/// What a thread may be late by on a machine that has other things to do.
const SLACK: Duration = Duration::from_secs(1);

on_every_curve!(a_stalled_device_ends_at_its_deadline);

/// The first job stalls, the others do not.
fn stalls_once<C: Engine>() -> DeviceBackend {
    C::open(Options {
        faults: Faults {
            job: Some(0),
            hang_after_cycles: Some(300),
            ..Faults::default()
        },
        ..Options::default()
    })
}

#[track_caller]
fn is_timeout<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::Timeout { .. })), "{result:?}");
}

#[track_caller]
fn is_unknown_ticket<T: std::fmt::Debug>(result: &Result<T, Error>) {
    let unknown = matches!(result, Err(Error::Unknown { kind: "ticket", .. }));
    assert!(unknown, "{result:?}");
}

fn a_stalled_device_ends_at_its_deadline<C: Engine>() {
    let device = stalls_once::<C>();
    let case = Case::random::<C>(100, 20);
    let limit = Duration::from_millis(500);
    let started = Instant::now();
    let ticket = case.submit(&device, started + limit).unwrap();
    let result = device.wait(ticket);
    let elapsed = started.elapsed();
    match result {
        Err(Error::Timeout { operation, waited }) => {
            assert!(operation.contains(C::PRESET), "{operation}");
            assert!(waited <= elapsed && waited + SLACK >= limit, "{waited:?}");
        }
        other => panic!("{other:?}"),
    }
    assert!(elapsed >= limit, "gave up after {elapsed:?}");
    assert!(elapsed < limit + SLACK, "gave up only after {elapsed:?}");
    case.succeeds_on(&device, "the job after the stalled one");
    assert_eq!(device.health(), Health::Ready);
    is_unknown_ticket(&device.wait(ticket));
}

#[test]
fn a_deadline_that_has_passed_runs_nothing() {
    // The first job to start would stall.
    let device = stalls_once::<Bn254>();
    let case = Case::random::<Bn254>(5, 21);
    let late = case.submit(&device, Instant::now()).unwrap();
    is_timeout(&device.wait(late));
    let stalled = case.submit(&device, Instant::now() + Duration::from_millis(300));
    is_timeout(&device.wait(stalled.unwrap()));
    case.succeeds_on(&device, "afterwards");
}

#[test]
fn a_queued_job_ends_at_its_own_deadline() {
    let device = stalls_once::<Bn254>();
    let case = Case::random::<Bn254>(5, 22);
    let stalled = case.submit(&device, soon()).unwrap();
    let started = Instant::now();
    let limit = Duration::from_millis(300);
    let queued = case.submit(&device, started + limit).unwrap();
    is_timeout(&device.wait(queued));
    let elapsed = started.elapsed();
    assert!(elapsed >= limit && elapsed < limit + SLACK, "{elapsed:?}");
    // What holds the kernel is given up long before its deadline.
    device.cancel(stalled);
    is_unknown_ticket(&device.wait(stalled));
    case.succeeds_on(&device, "after cancelling a running job");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_cancelled_job_in_the_queue_is_never_run() {
    // The fault strikes the second job that the kernel sees.
    let device = Bn254::open(Options {
        faults: Faults {
            job: Some(1),
            flip_write_beat: Some(0),
            ..Faults::default()
        },
        ..Options::default()
    });
    let case = Case::random::<Bn254>(1000, 23);
    let submit = || case.submit(&device, soon()).unwrap();
    let (first, second, third) = (submit(), submit(), submit());
    device.cancel(second);
    is_unknown_ticket(&device.wait(second));
    assert_eq!(device.wait(first).unwrap().output, case.expected);
    let struck = device.wait(third);
    assert!(
        matches!(struck, Err(Error::WrongResult { .. })),
        "{struck:?}"
    );
    // Cancelling what is over or unknown does nothing.
    device.cancel(first);
    device.cancel(vegalith::Ticket(999));
    case.succeeds_on(&device, "afterwards");
}

#[test]
fn a_result_is_handed_out_once() {
    let device = Bn254::shared();
    let case = Case::random::<Bn254>(3, 24);
    let ticket = case.submit(device, soon()).unwrap();
    assert!(device.wait(ticket).is_ok());
    is_unknown_ticket(&device.wait(ticket));
}

#[test]
fn closing_gives_up_what_runs() {
    let device = stalls_once::<Bn254>();
    let case = Case::random::<Bn254>(5, 25);
    for _ in 0..3 {
        case.submit(&device, soon()).unwrap();
    }
    let started = Instant::now();
    drop(device);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn threads_share_kernels() {
    // One kernel a curve, several threads a kernel.
    let device = Arc::new(DeviceBackend::simulator(&SimSelection::default()).unwrap());
    let run = |case: Case, thread: u64| {
        let device = Arc::clone(&device);
        std::thread::spawn(move || {
            for round in 0..4 {
                case.succeeds_on(&device, &format!("thread {thread}, round {round}"));
            }
        })
    };
    let threads: Vec<_> = (0..6)
        .map(|thread| match thread % 3 {
            0 => run(Case::random::<Bls12_381>(40, thread), thread),
            _ => run(Case::random::<Bn254>(50, thread), thread),
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
