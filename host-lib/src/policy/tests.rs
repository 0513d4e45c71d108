//! Policies over the CPU backend with faults injected in between.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ark_ec::AffineRepr;
use ark_ff::One;

use super::*;
use crate::{
    Backend, BackendInfo, Bases, BasesId, BasesOptions, CpuBackend, Elements, Error, Goldilocks,
    Health, Job, NttOptions, Outcome, Output, Point, Result, Scalars, Ticket,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    WrongResult,
    Timeout,
    SubmitError,
    LoadError,
}

/// A CPU backend that misbehaves on request.
struct Faulty {
    inner: CpuBackend,
    fault: Mutex<Fault>,
    submitted: Mutex<u32>,
}

impl Faulty {
    fn new(fault: Fault) -> Arc<Self> {
        Arc::new(Faulty {
            inner: CpuBackend::new(),
            fault: Mutex::new(fault),
            submitted: Mutex::new(0),
        })
    }

    fn fault(&self) -> Fault {
        *self.fault.lock().unwrap()
    }
}

fn device_error() -> Error {
    Error::LinkDown("unplugged".into())
}

impl Backend for Faulty {
    fn info(&self) -> BackendInfo {
        BackendInfo {
            name: "faulty".into(),
            ..self.inner.info()
        }
    }

    fn health(&self) -> Health {
        match self.fault() {
            Fault::SubmitError => Health::Failed(device_error()),
            _ => Health::Ready,
        }
    }

    fn load_bases(&self, bases: &Bases, options: BasesOptions) -> Result<BasesId> {
        match self.fault() {
            Fault::LoadError => Err(Error::OutOfMemory {
                needed: 2,
                available: 1,
            }),
            _ => self.inner.load_bases(bases, options),
        }
    }

    fn submit(&self, job: Job, deadline: Instant) -> Result<Ticket> {
        *self.submitted.lock().unwrap() += 1;
        match self.fault() {
            Fault::SubmitError => Err(device_error()),
            _ => self.inner.submit(job, deadline),
        }
    }

    fn wait(&self, ticket: Ticket) -> Result<Outcome> {
        let mut outcome = self.inner.wait(ticket)?;
        match self.fault() {
            Fault::Timeout => Err(Error::Timeout {
                operation: "job".into(),
                waited: Duration::from_secs(1),
            }),
            Fault::WrongResult => {
                outcome.output = match outcome.output {
                    Output::Elements(Elements::Goldilocks(values)) => {
                        let mut values = values.to_vec();
                        values[3] += Goldilocks::one();
                        Output::Elements(Elements::Goldilocks(Arc::new(values)))
                    }
                    _ => Output::Point(Point::Bn254G1(ark_bn254::G1Affine::zero())),
                };
                Ok(outcome)
            }
            _ => Ok(outcome),
        }
    }

    fn cancel(&self, ticket: Ticket) {
        self.inner.cancel(ticket);
    }
}

fn ntt() -> Job {
    Job::Ntt {
        input: Elements::Goldilocks(Arc::new((0..8u64).map(Goldilocks::from).collect())),
        options: NttOptions::default(),
    }
}

fn bases() -> Bases {
    Bases::Bn254G1(Arc::new(vec![ark_bn254::G1Affine::generator(); 3]))
}

fn msm(backend: &dyn Backend) -> Job {
    let bases = backend
        .load_bases(&bases(), BasesOptions::default())
        .unwrap();
    Job::Msm {
        bases,
        scalars: Scalars::Bn254(Arc::new(vec![ark_bn254::Fr::one(); 2])),
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(30)
}

fn cpu() -> Arc<CpuBackend> {
    Arc::new(CpuBackend::new())
}

fn expected(job: Job) -> Output {
    let cpu = cpu();
    cpu.load_bases(&bases(), BasesOptions::default()).unwrap();
    cpu.run(job, soon()).unwrap().output
}

/// A fall-back with the list of its events.
fn fallback(fault: Fault) -> (Fallback, Arc<Mutex<Vec<FallbackEvent>>>, Arc<Faulty>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let device = Faulty::new(fault);
    let policy = Fallback::new(device.clone(), cpu(), move |event| {
        log.lock().unwrap().push(event.clone());
    });
    (policy, events, device)
}

#[test]
fn fallback_is_silent_while_the_device_works() {
    let (policy, events, _) = fallback(Fault::None);
    for job in [ntt(), msm(&policy)] {
        let outcome = policy.run(job.clone(), soon()).unwrap();
        assert_eq!(outcome.output, expected(job));
        assert_eq!(outcome.fallback, None);
    }
    assert_eq!(*events.lock().unwrap(), []);
}

#[test]
fn fallback_answers_loudly_when_the_device_fails() {
    for fault in [Fault::Timeout, Fault::SubmitError] {
        let (policy, events, _) = fallback(fault);
        for job in [ntt(), msm(&policy)] {
            let outcome = policy.run(job.clone(), soon()).unwrap();
            assert_eq!(outcome.output, expected(job.clone()), "{fault:?}");
            let event = events.lock().unwrap().pop().expect("an event");
            assert_eq!(Some(&event.error), outcome.fallback.as_ref());
            assert_eq!(
                (event.device.as_str(), event.request),
                ("faulty", describe(&job))
            );
        }
        assert_eq!(policy.health(), Health::Ready);
    }
}

#[test]
fn fallback_serves_bases_that_the_device_could_not_take() {
    let (policy, events, _) = fallback(Fault::LoadError);
    let job = msm(&policy);
    assert!(matches!(
        events.lock().unwrap().pop().unwrap().error,
        Error::OutOfMemory {
            needed: 2,
            available: 1
        }
    ));
    let outcome = policy.run(job.clone(), soon()).unwrap();
    assert_eq!(outcome.output, expected(job));
    assert!(matches!(
        outcome.fallback,
        Some(Error::Unknown { kind: "bases", .. })
    ));
}

#[test]
fn fallback_returns_to_a_device_that_recovers() {
    let (policy, events, device) = fallback(Fault::Timeout);
    policy.run(ntt(), soon()).unwrap();
    *device.fault.lock().unwrap() = Fault::None;
    assert_eq!(policy.run(ntt(), soon()).unwrap().fallback, None);
    assert_eq!(events.lock().unwrap().len(), 1);
}

#[test]
fn fallback_does_not_cover_malformed_input() {
    let (policy, events, _) = fallback(Fault::None);
    let job = Job::Ntt {
        input: Elements::Goldilocks(Arc::new(vec![Goldilocks::one(); 3])),
        options: NttOptions::default(),
    };
    assert!(matches!(
        policy.run(job, soon()),
        Err(Error::InvalidInput(_))
    ));
    assert_eq!(*events.lock().unwrap(), []);
}

#[test]
fn strict_hands_errors_through_and_refuses_a_fallback() {
    for (fault, expected) in [
        (Fault::Timeout, "timeout"),
        (Fault::SubmitError, "link down"),
    ] {
        let error = Strict::new(Faulty::new(fault))
            .run(ntt(), soon())
            .unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
    let (inner, _, _) = fallback(Fault::SubmitError);
    assert_eq!(
        Strict::new(Arc::new(inner)).run(ntt(), soon()).unwrap_err(),
        device_error()
    );
    assert_eq!(
        Strict::new(Faulty::new(Fault::None))
            .run(ntt(), soon())
            .unwrap()
            .output,
        expected(ntt())
    );
}

#[test]
fn shadow_catches_a_wrong_result_and_says_where() {
    let policy = Shadow::new(Faulty::new(Fault::WrongResult), cpu(), 1.0, 1).unwrap();
    match policy.run(ntt(), soon()).unwrap_err() {
        Error::WrongResult {
            check,
            expected,
            found,
        } => {
            assert_eq!(
                check,
                "ntt of 8 elements of goldilocks on faulty against cpu"
            );
            assert!(expected.starts_with("element 3 = "), "{expected}");
            assert!(
                found.starts_with("element 3 = ") && found != expected,
                "{found}"
            );
        }
        other => panic!("{other}"),
    }
    let job = msm(&policy);
    assert!(matches!(
        policy.run(job, soon()),
        Err(Error::WrongResult { .. })
    ));
}

#[test]
fn shadow_passes_right_results_and_device_errors() {
    let policy = Shadow::new(Faulty::new(Fault::None), cpu(), 1.0, 1).unwrap();
    for job in [ntt(), msm(&policy)] {
        assert_eq!(
            policy.run(job.clone(), soon()).unwrap().output,
            expected(job)
        );
    }
    let policy = Shadow::new(Faulty::new(Fault::Timeout), cpu(), 1.0, 1).unwrap();
    assert!(matches!(
        policy.run(ntt(), soon()),
        Err(Error::Timeout { .. })
    ));
}

#[test]
fn shadow_checks_at_its_rate_and_repeats_for_a_seed() {
    let checked = |rate: f64, seed: u64| -> Vec<bool> {
        let reference = Faulty::new(Fault::None);
        let policy = Shadow::new(Faulty::new(Fault::None), reference.clone(), rate, seed).unwrap();
        (0..200)
            .map(|_| {
                let before = *reference.submitted.lock().unwrap();
                policy.run(ntt(), soon()).unwrap();
                *reference.submitted.lock().unwrap() > before
            })
            .collect()
    };
    assert!(checked(0.0, 1).iter().all(|c| !c));
    assert!(checked(1.0, 1).iter().all(|c| *c));
    let quarter = checked(0.25, 7);
    let count = quarter.iter().filter(|c| **c).count();
    assert!((30..=70).contains(&count), "{count} of 200");
    assert_eq!(quarter, checked(0.25, 7));
    assert_ne!(quarter, checked(0.25, 8));
    assert!(Shadow::new(cpu(), cpu(), 1.5, 0).is_err());
    assert!(Shadow::new(cpu(), cpu(), f64::NAN, 0).is_err());
}

#[test]
fn shadow_under_fallback_recovers_from_a_wrong_result() {
    let shadow = Shadow::new(Faulty::new(Fault::WrongResult), cpu(), 1.0, 1).unwrap();
    let policy = Fallback::new(Arc::new(shadow), cpu(), |_| {});
    let outcome = policy.run(ntt(), soon()).unwrap();
    assert_eq!(outcome.output, expected(ntt()));
    assert!(matches!(outcome.fallback, Some(Error::WrongResult { .. })));
}
