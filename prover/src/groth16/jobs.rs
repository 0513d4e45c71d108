//! Jobs handed to a backend: each with its deadline, all given up when the proof is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ark_bn254::{Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::AdditiveGroup;
use vegalith::{
    Backend, Bases, BasesId, BasesOptions, Curve, Elements, Group, Job, NttOptions, Outcome,
    Output, Point, Scalars, Ticket,
};

use super::report::{Recorder, Stage};
use crate::Result;

/// Time limit of a job that has none that a clock can hold.
const FOREVER: Duration = Duration::from_secs(1 << 30);

/// Bases that a backend knows, in parts that it can take.
pub(super) struct Loaded {
    parts: Vec<(BasesId, usize)>,
}

impl Loaded {
    /// Loads the bases of a query. If they are more than the backend offers for one MSM, in parts.
    pub fn new(points: &Arc<Vec<G1Affine>>, backend: &dyn Backend) -> Result<Self> {
        let capacity = backend
            .info()
            .max_msm_points(Curve::Bn254, Group::G1)
            // What is not offered is for the backend to refuse.
            .unwrap_or(usize::MAX)
            .max(1);
        let options = BasesOptions { trusted: true };
        let load = |part: Arc<Vec<G1Affine>>| -> Result<_> {
            let len = part.len();
            let id = backend.load_bases(&Bases::Bn254G1(part), options)?;
            Ok((id, len))
        };
        let parts = if points.is_empty() {
            Vec::new()
        } else if points.len() <= capacity {
            vec![load(points.clone())?]
        } else {
            let parts = points.chunks(capacity);
            parts
                .map(|part| load(Arc::new(part.to_vec())))
                .collect::<Result<_>>()?
        };
        Ok(Loaded { parts })
    }
}

/// The open jobs of a proof.
pub(super) struct Jobs<'a> {
    backend: &'a dyn Backend,
    allowance: Duration,
    open: Vec<Ticket>,
}

/// An MSM that was handed in.
pub(super) struct Msm {
    stage: Stage,
    tickets: Vec<Ticket>,
}

/// A transform that was handed in.
pub(super) struct Ntt {
    stage: Stage,
    ticket: Ticket,
    len: usize,
}

impl<'a> Jobs<'a> {
    /// Jobs that may take this long each.
    pub fn new(backend: &'a dyn Backend, allowance: Duration) -> Self {
        Jobs {
            backend,
            allowance,
            open: Vec::new(),
        }
    }

    fn submit(&mut self, job: Job) -> Result<Ticket> {
        let now = Instant::now();
        let ahead = u32::try_from(self.open.len() + 1).unwrap_or(u32::MAX);
        let deadline = self
            .allowance
            .checked_mul(ahead)
            .and_then(|time| now.checked_add(time))
            .unwrap_or(now + FOREVER);
        let ticket = self.backend.submit(job, deadline)?;
        self.open.push(ticket);
        Ok(ticket)
    }

    fn wait(&mut self, ticket: Ticket) -> Result<Outcome> {
        self.open.retain(|open| *open != ticket);
        Ok(self.backend.wait(ticket)?)
    }

    fn wrong(&self, stage: Stage, expected: String, found: String) -> crate::Error {
        crate::Error::Backend(vegalith::Error::WrongResult {
            check: format!("kind of {}'s result for {stage}", self.backend.info().name),
            expected,
            found,
        })
    }

    /// Begins a stage: hands in an MSM, whose scalars are as many as the bases.
    pub fn begin_msm(
        &mut self,
        stage: Stage,
        bases: &Loaded,
        scalars: &Arc<Vec<Fr>>,
        recorder: &mut Recorder<'_>,
    ) -> Result<Msm> {
        recorder.begin(stage, scalars.len());
        let mut tickets = Vec::with_capacity(bases.parts.len());
        let mut rest = scalars.as_slice();
        for (id, len) in &bases.parts {
            let (part, others) = rest.split_at(*len);
            rest = others;
            let scalars = if part.len() == scalars.len() {
                scalars.clone()
            } else {
                Arc::new(part.to_vec())
            };
            tickets.push(self.submit(Job::Msm {
                bases: *id,
                scalars: Scalars::Bn254(scalars),
            })?);
        }
        Ok(Msm { stage, tickets })
    }

    /// Waits for an MSM, which ends its stage. Nobody has checked that the point is on the curve.
    pub fn end_msm(&mut self, msm: Msm, recorder: &mut Recorder<'_>) -> Result<G1Affine> {
        let stage = msm.stage;
        let mut sum = ark_bn254::G1Projective::ZERO;
        for ticket in msm.tickets {
            let outcome = self.wait(ticket)?;
            recorder.add(stage, &outcome);
            let Output::Point(Point::Bn254G1(point)) = outcome.output else {
                return Err(self.wrong(stage, "a point of bn254 g1".into(), kind(&outcome.output)));
            };
            sum += point;
        }
        recorder.end(stage);
        Ok(sum.into_affine())
    }

    /// Hands in a transform of a stage that has begun.
    pub fn begin_ntt(
        &mut self,
        stage: Stage,
        input: Arc<Vec<Fr>>,
        options: NttOptions,
    ) -> Result<Ntt> {
        let len = input.len();
        let input = Elements::Bn254Fr(input);
        let ticket = self.submit(Job::Ntt { input, options })?;
        Ok(Ntt { stage, ticket, len })
    }

    /// Waits for a transform.
    pub fn end_ntt(&mut self, ntt: Ntt, recorder: &mut Recorder<'_>) -> Result<Arc<Vec<Fr>>> {
        let outcome = self.wait(ntt.ticket)?;
        recorder.add(ntt.stage, &outcome);
        match outcome.output {
            Output::Elements(Elements::Bn254Fr(values)) if values.len() == ntt.len => Ok(values),
            other => {
                let expected = format!("{} elements of bn254-fr", ntt.len);
                Err(self.wrong(ntt.stage, expected, kind(&other)))
            }
        }
    }
}

impl Drop for Jobs<'_> {
    fn drop(&mut self) {
        for ticket in self.open.drain(..) {
            self.backend.cancel(ticket);
        }
    }
}

fn kind(output: &Output) -> String {
    match output {
        Output::Point(point) => format!("a point of {} {}", point.curve(), point.group()),
        Output::Elements(elements) => {
            format!("{} elements of {}", elements.len(), elements.field())
        }
    }
}
