//! Backends that lie, fail or are small.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ark_bn254::{Fr, G1Affine};
use ark_ec::AffineRepr;
use vegalith::{
    Backend, BackendInfo, Bases, BasesId, BasesOptions, CpuBackend, Curve, DeviceStatistics,
    Elements, Fallback, Group, Health, Job, Outcome, Output, Point, Result, Ticket,
};
use vegalith_prover::{prove, Error, ProveOptions, Stage};

use crate::support::{deposit, deposit_keys, fixed, reference};

/// What the n-th MSM or transform is changed to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// Another point of the curve.
    Point(usize),
    /// No point of the curve.
    OffCurve(usize),
    /// One element is another.
    Element(usize),
    /// The job fails.
    Error(usize),
    /// A point where elements were asked for.
    Kind(usize),
    None,
}

/// The CPU with a fault, and with a limit to its MSMs.
struct Faulty {
    cpu: CpuBackend,
    fault: Fault,
    capacity: usize,
    jobs: Mutex<HashMap<Ticket, (bool, usize)>>,
    msms: AtomicUsize,
    ntts: AtomicUsize,
    largest: AtomicUsize,
}

impl Faulty {
    fn new(fault: Fault, capacity: usize) -> Self {
        Faulty {
            cpu: CpuBackend::new(),
            fault,
            capacity,
            jobs: Mutex::default(),
            msms: AtomicUsize::new(0),
            ntts: AtomicUsize::new(0),
            largest: AtomicUsize::new(0),
        }
    }
}

impl Backend for Faulty {
    fn info(&self) -> BackendInfo {
        let mut info = self.cpu.info();
        info.name = "faulty".into();
        info.msm = vec![(Curve::Bn254, Group::G1, self.capacity)];
        info
    }

    fn health(&self) -> Health {
        self.cpu.health()
    }

    fn load_bases(&self, bases: &Bases, options: BasesOptions) -> Result<BasesId> {
        assert!(bases.len() <= self.capacity);
        assert!(options.trusted);
        self.cpu.load_bases(bases, options)
    }

    fn submit(&self, job: Job, deadline: Instant) -> Result<Ticket> {
        let kind = match &job {
            Job::Msm { scalars, .. } => {
                self.largest.fetch_max(scalars.len(), Ordering::Relaxed);
                (true, self.msms.fetch_add(1, Ordering::Relaxed))
            }
            Job::Ntt { .. } => (false, self.ntts.fetch_add(1, Ordering::Relaxed)),
        };
        let ticket = self.cpu.submit(job, deadline)?;
        self.jobs.lock().unwrap().insert(ticket, kind);
        Ok(ticket)
    }

    fn wait(&self, ticket: Ticket) -> Result<Outcome> {
        let (is_msm, index) = self.jobs.lock().unwrap().remove(&ticket).unwrap();
        let mut outcome = self.cpu.wait(ticket)?;
        let wrong = match (is_msm, self.fault) {
            (true, Fault::Point(n)) if n == index => Some(g1(G1Affine::generator())),
            (true, Fault::OffCurve(n)) if n == index => {
                let g = G1Affine::generator();
                Some(g1(G1Affine::new_unchecked(g.x, g.y + g.y)))
            }
            (false, Fault::Element(n)) if n == index => match &outcome.output {
                Output::Elements(Elements::Bn254Fr(values)) => {
                    let mut values = values.to_vec();
                    values[3] += Fr::from(1u64);
                    Some(Output::Elements(Elements::Bn254Fr(Arc::new(values))))
                }
                _ => unreachable!("a transform gives elements"),
            },
            (false, Fault::Kind(n)) if n == index => Some(g1(G1Affine::generator())),
            (true, Fault::Error(n)) if n == index => {
                return Err(vegalith::Error::LinkDown("unplugged".into()))
            }
            _ => None,
        };
        outcome.output = wrong.unwrap_or(outcome.output);
        outcome.device = Some(DeviceStatistics {
            cycles: CYCLES,
            bytes_read: 1,
            ..Default::default()
        });
        Ok(outcome)
    }

    fn cancel(&self, ticket: Ticket) {
        self.jobs.lock().unwrap().remove(&ticket);
        self.cpu.cancel(ticket);
    }
}

fn g1(point: G1Affine) -> Output {
    Output::Point(Point::Bn254G1(point))
}

/// What every job takes.
const CYCLES: u64 = 1000;
const NO_LIMIT: usize = 1 << 20;

fn fail(fault: Fault) -> (Error, Faulty) {
    let backend = Faulty::new(fault, NO_LIMIT);
    let error = prove(deposit_keys(), &deposit(), &backend, &fixed(1, 2)).unwrap_err();
    (error, backend)
}

#[test]
fn a_lie_in_any_job_is_caught_and_named() {
    let msms = ["msm_a", "msm_b_g1", "msm_l", "msm_h"];
    // A transform of each kind, every MSM.
    let lies = [1, 5, 6]
        .map(|n| (Fault::Element(n), "ntt"))
        .into_iter()
        .chain((0..).map(Fault::Point).zip(msms))
        .chain([(Fault::OffCurve(2), "msm_l")]);
    for (fault, name) in lies {
        let (error, _) = fail(fault);
        match &error {
            Error::WrongProof { backend, results } => {
                assert_eq!(
                    (backend.as_str(), results.as_slice()),
                    ("faulty", &[name][..])
                );
            }
            other => panic!("{fault:?}: {other}"),
        }
        assert!(
            error.to_string().contains("wrong results of faulty"),
            "{error}"
        );
    }
}

#[test]
fn a_failed_job_ends_the_proof_and_the_others() {
    let (error, backend) = fail(Fault::Error(1));
    assert!(
        matches!(&error, Error::Backend(vegalith::Error::LinkDown(_))),
        "{error}"
    );
    assert!(
        backend.jobs.lock().unwrap().is_empty(),
        "jobs were left open"
    );
}

#[test]
fn a_result_of_another_kind_is_refused() {
    let (error, _) = fail(Fault::Kind(2));
    assert!(
        matches!(&error, Error::Backend(vegalith::Error::WrongResult { .. })),
        "{error}"
    );
}

#[test]
fn small_msms_add_up_to_the_same_proof() {
    let (keys, executed) = (deposit_keys(), deposit());
    let backend = Faulty::new(Fault::None, 3000);
    let (proof, report) = prove(keys, &executed, &backend, &fixed(8, 9)).unwrap();
    assert_eq!(proof, reference(keys, &executed, 8, 9));
    assert_eq!(backend.largest.load(Ordering::Relaxed), 3000);
    let h = report.stage(Stage::MsmH).unwrap();
    let jobs = (report.domain - 1).div_ceil(3000);
    assert_eq!(h.jobs, jobs);
    let counters = h.device.unwrap();
    assert_eq!(counters.cycles, jobs as u64 * CYCLES);
    assert_eq!(counters.bytes_read, jobs as u64);
    let inverse = report.stage(Stage::NttInverse).unwrap();
    assert_eq!(inverse.device.unwrap().cycles, 3 * CYCLES);
}

#[test]
fn jobs_that_fell_back_are_reported() {
    let (keys, executed) = (deposit_keys(), deposit());
    let device = Arc::new(Faulty::new(Fault::Error(1), NO_LIMIT));
    let backend = Fallback::new(device, Arc::new(CpuBackend::new()), |_| ());
    let (proof, report) = prove(keys, &executed, &backend, &fixed(8, 9)).unwrap();
    assert_eq!(proof, reference(keys, &executed, 8, 9));
    for stage in &report.stages {
        let fell_back = stage.stage == Stage::MsmBG1;
        assert_eq!(stage.fallbacks.len(), usize::from(fell_back), "{stage:?}");
        assert!(!fell_back || stage.fallbacks[0].contains("unplugged"));
    }
}

#[test]
fn what_a_backend_does_not_offer_is_its_own_error() {
    /// Takes no transforms.
    struct OnlyMsm(CpuBackend);
    impl Backend for OnlyMsm {
        fn info(&self) -> BackendInfo {
            self.0.info()
        }
        fn health(&self) -> Health {
            self.0.health()
        }
        fn load_bases(&self, bases: &Bases, options: BasesOptions) -> Result<BasesId> {
            self.0.load_bases(bases, options)
        }
        fn submit(&self, job: Job, deadline: Instant) -> Result<Ticket> {
            match job {
                Job::Msm { .. } => self.0.submit(job, deadline),
                Job::Ntt { .. } => Err(vegalith::Error::Unsupported {
                    backend: "only msm".into(),
                    what: "a transform".into(),
                }),
            }
        }
        fn wait(&self, ticket: Ticket) -> Result<Outcome> {
            self.0.wait(ticket)
        }
        fn cancel(&self, ticket: Ticket) {
            self.0.cancel(ticket);
        }
    }
    let backend = OnlyMsm(CpuBackend::new());
    let error = prove(deposit_keys(), &deposit(), &backend, &fixed(1, 2)).unwrap_err();
    assert!(
        matches!(&error, Error::Backend(vegalith::Error::Unsupported { .. })),
        "{error}"
    );
}

#[test]
fn a_job_past_its_deadline_ends_the_proof() {
    let options = ProveOptions {
        deadline: Duration::from_micros(1),
        ..fixed(1, 2)
    };
    let error = prove(deposit_keys(), &deposit(), &CpuBackend::new(), &options).unwrap_err();
    assert!(
        matches!(&error, Error::Backend(vegalith::Error::Timeout { .. })),
        "{error}"
    );
}
