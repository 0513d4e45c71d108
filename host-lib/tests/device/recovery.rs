//! A kernel in doubt is not used before a reset that succeeds, whatever is asked of it meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vegalith::{
    Backend, DeviceBackend, Elements, Error, Goldilocks, Health, Job, NttOptions, Output, Result,
    Ticket,
};

use crate::fake::Fake;

const NEVER: u32 = u32::MAX;

fn elements(first: u64) -> Elements {
    let elements = (first..first + 64).map(Goldilocks::from);
    Elements::Goldilocks(Arc::new(elements.collect()))
}

fn submit(device: &DeviceBackend, first: u64, limit: Duration) -> Ticket {
    let job = Job::Ntt {
        input: elements(first),
        options: NttOptions::default(),
    };
    device.submit(job, Instant::now() + limit).unwrap()
}

fn run(device: &DeviceBackend, first: u64) -> Result<Output> {
    let ticket = submit(device, first, Duration::from_secs(60));
    device.wait(ticket).map(|outcome| outcome.output)
}

#[track_caller]
fn succeeds(device: &DeviceBackend, first: u64, what: &str) {
    let output = run(device, first).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(output, Output::Elements(elements(first + 1)), "{what}");
}

/// A kernel whose job hangs beyond its deadline; the next `failing` resets fail.
fn in_doubt(failing: u32) -> (Fake, DeviceBackend) {
    let fake = Fake::increments();
    let device = fake.open();
    succeeds(&device, 5, "before");
    {
        let mut state = fake.state();
        state.hangs = true;
        state.failing_resets = failing;
        state.resets = 0;
        state.starts = 0;
    }
    // Long enough for what a test queues behind it.
    submit(&device, 1000, Duration::from_millis(300));
    (fake, device)
}

/// Ends when the worker has done everything that was queued.
fn until_failed(device: &DeviceBackend) -> Error {
    let started = Instant::now();
    loop {
        match device.health() {
            Health::Failed(error) => return error,
            Health::Ready => assert!(started.elapsed() < Duration::from_secs(60), "never failed"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_cancelled_job_between_leaves_it_in_doubt() {
    let (fake, device) = in_doubt(1);
    let between = submit(&device, 2000, Duration::from_secs(60));
    device.cancel(between);
    succeeds(&device, 3000, "behind a cancelled job");
    assert_eq!(fake.state().resets, 1);
    assert_eq!(device.health(), Health::Ready);
}

#[test]
fn an_expired_job_between_leaves_it_in_doubt() {
    let (fake, device) = in_doubt(1);
    let between = submit(&device, 2000, Duration::ZERO);
    assert!(matches!(device.wait(between), Err(Error::Timeout { .. })));
    succeeds(&device, 3000, "behind an expired job");
    assert_eq!(fake.state().resets, 1);
    assert_eq!(device.health(), Health::Ready);
}

#[test]
fn it_stays_failed_until_a_reset_succeeds() {
    let (fake, device) = in_doubt(NEVER);
    let error = until_failed(&device);
    let text = error.to_string();
    assert!(matches!(error, Error::LinkDown(_)), "{text}");
    assert!(text.contains("the reset did not go through"), "{text}");
    for round in 0..3 {
        let expired = submit(&device, 2000, Duration::ZERO);
        assert!(device.wait(expired).is_err());
        let error = run(&device, 3000).unwrap_err();
        assert!(
            matches!(error, Error::LinkDown(_)),
            "round {round}: {error}"
        );
        assert!(
            matches!(device.health(), Health::Failed(_)),
            "round {round}"
        );
    }
    assert_eq!(fake.state().starts, 1, "only the job that hung");
    fake.state().failing_resets = 0;
    succeeds(&device, 4000, "behind a reset that went through");
    assert_eq!(device.health(), Health::Ready);
    // And one reset is enough.
    succeeds(&device, 5000, "the next");
    assert_eq!(fake.state().resets, 1);
}

#[test]
fn a_reset_that_succeeds_at_once_is_the_only_one() {
    let (fake, device) = in_doubt(0);
    succeeds(&device, 3000, "behind a job given up");
    assert_eq!(fake.state().resets, 1);
}
