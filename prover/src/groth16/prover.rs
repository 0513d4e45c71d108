//! The prover.

use std::sync::mpsc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ark_bn254::{Bn254, Fr, G1Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero;
use ark_groth16::Groth16;
use vegalith::Backend;
use vegalith_cpu::PreparedBases;

use super::diagnosis::{self, Results};
use super::jobs::{Jobs, Loaded};
use super::quotient::{evaluations, quotient};
use super::report::{Recorder, Stage, StageReport};
use super::{Proof, ProveOptions, ProveReport};
use crate::circuit::{BatchCircuit, Shape};
use crate::exchange::Executed;
use crate::keys::Keys;
use crate::{Error, Result};

/// Proves an executed batch; for many, make a [`Prover`].
///
/// # Errors
/// As [`Prover::new`] and [`Prover::prove`].
pub fn prove(
    keys: &Keys,
    executed: &Executed,
    backend: &dyn Backend,
    options: &ProveOptions<'_>,
) -> Result<(Proof, ProveReport)> {
    Prover::new(keys, backend)?.prove(executed, options)
}

/// Keys whose bases a backend has.
pub struct Prover<'a> {
    keys: &'a Keys,
    backend: &'a dyn Backend,
    a: Loaded,
    b_g1: Loaded,
    h: Loaded,
    l: Loaded,
    b_g2: Arc<PreparedBases<ark_bn254::g2::Config>>,
    loading: StageReport,
}

impl<'a> Prover<'a> {
    /// Hands the queries of the keys to the backend, in parts if they are larger than the MSMs that it
    /// offers; that of B in G2 is the host's.
    ///
    /// # Errors
    /// [`Error::Backend`] if it does not take them.
    pub fn new(keys: &'a Keys, backend: &'a dyn Backend) -> Result<Self> {
        let start = Instant::now();
        let queries = [&keys.a, &keys.b_g1, &keys.h, &keys.l].map(|query| query.points());
        let mut loading = StageReport::new(
            Stage::LoadBases,
            queries.iter().map(|points| points.len()).sum(),
        );
        let [a, b_g1, h, l] = queries.map(|points| Loaded::new(points, backend));
        let (a, b_g1, h, l) = (a?, b_g1?, h?, l?);
        let b_g2 = Arc::new(PreparedBases::new(keys.b_g2.points()));
        loading.seconds = start.elapsed().as_secs_f64();
        Ok(Prover {
            keys,
            backend,
            a,
            b_g1,
            h,
            l,
            b_g2,
            loading,
        })
    }

    /// Proves an executed batch.
    ///
    /// # Errors
    /// [`Error::WrongKeys`] for another shape; [`Error::Unsatisfied`] if the witness breaks rules,
    /// before any work; [`Error::Backend`] with what the backend reports, the other jobs cancelled;
    /// [`Error::WrongProof`] if what the backend computed makes no valid proof.
    pub fn prove(
        &self,
        executed: &Executed,
        options: &ProveOptions<'_>,
    ) -> Result<(Proof, ProveReport)> {
        let start = Instant::now();
        let (keys, shape) = (self.keys, Shape::of(executed));
        if shape != *keys.shape() {
            return Err(Error::WrongKeys {
                keys: keys.shape().to_string(),
                batch: shape.to_string(),
            });
        }
        let public_input = executed.statement.public_input();
        let mut recorder = Recorder::new(self.loading.clone(), options.progress);
        let z = self.assign(executed, &mut recorder)?;
        let (r, s) = options.randomness.draw(&z)?;
        let (results, b_g2) = self.compute(&z, &r, options.deadline, &mut recorder)?;
        let proof = recorder.host(Stage::Assembly, 0, || {
            self.assemble(&results, &b_g2, &r, &s)
        });
        let is_valid = recorder.host(Stage::Verify, 0, || self.is_valid(&proof, &public_input))?;
        if !is_valid {
            return Err(Error::WrongProof {
                backend: self.backend.info().name,
                results: diagnosis::wrong_results(keys, &z, &results)?,
            });
        }
        let report = ProveReport {
            backend: self.backend.info().name,
            shape: shape.to_string(),
            circuit: keys.circuit_digest(),
            constraints: keys.matrices.num_constraints,
            witness: keys.matrices.num_variables - keys.matrices.num_inputs,
            domain: keys.matrices.domain_size(),
            seconds: start.elapsed().as_secs_f64(),
            stages: recorder.into_stages(),
        };
        Ok((proof, report))
    }

    /// The values of all variables, if they break no rule.
    fn assign(&self, executed: &Executed, recorder: &mut Recorder<'_>) -> Result<Arc<Vec<Fr>>> {
        let expected = self.keys.matrices.num_variables;
        let (z, broken) = recorder.host(Stage::Synthesis, expected, || {
            BatchCircuit::new(executed).assign()
        })?;
        if !broken.is_empty() {
            return Err(Error::Unsatisfied(broken));
        }
        if z.len() != expected {
            return Err(Error::Synthesis(format!(
                "{} variables, the keys have {expected}",
                z.len()
            )));
        }
        Ok(Arc::new(z))
    }

    /// What the backend computes, and the MSM of B in G2.
    fn compute(
        &self,
        z: &Arc<Vec<Fr>>,
        r: &Fr,
        deadline: Duration,
        recorder: &mut Recorder<'_>,
    ) -> Result<(Results, G2Projective)> {
        let keys = self.keys;
        let mut jobs = Jobs::new(self.backend, deadline);
        let a = jobs.begin_msm(Stage::MsmA, &self.a, &keys.a.scalars(z), recorder)?;
        // C has r times B in G1.
        let b_g1 = if r.is_zero() {
            recorder.host(Stage::MsmBG1, 0, || None)
        } else {
            let scalars = keys.b_g1.scalars(z);
            Some(jobs.begin_msm(Stage::MsmBG1, &self.b_g1, &scalars, recorder)?)
        };
        let witness = Arc::new(z[keys.matrices.num_inputs..].to_vec());
        let l = jobs.begin_msm(Stage::MsmL, &self.l, &keys.l.scalars(&witness), recorder)?;
        let b_g2 = self.begin_g2(z, recorder);

        let evaluations = recorder.host(Stage::Matrices, keys.matrices.num_constraints, || {
            evaluations(&keys.matrices, z)
        })?;
        let quotient = quotient(evaluations, &mut jobs, recorder)?;
        let h = jobs.begin_msm(Stage::MsmH, &self.h, &keys.h.scalars(&quotient), recorder)?;

        let results = Results {
            a: jobs.end_msm(a, recorder)?,
            b_g1: b_g1.map(|b_g1| jobs.end_msm(b_g1, recorder)).transpose()?,
            l: jobs.end_msm(l, recorder)?,
            h: jobs.end_msm(h, recorder)?,
            quotient,
        };
        let (b_g2, elapsed) = b_g2
            .recv()
            .map_err(|_| Error::Synthesis("the G2 MSM came to no end".into()))?;
        recorder.end_after(Stage::MsmBG2, elapsed);
        Ok((results, b_g2))
    }

    /// Has the host's threads compute the MSM of B in G2.
    fn begin_g2(
        &self,
        z: &Arc<Vec<Fr>>,
        recorder: &mut Recorder<'_>,
    ) -> mpsc::Receiver<(G2Projective, Duration)> {
        let bases = self.b_g2.clone();
        let scalars = self.keys.b_g2.scalars(z);
        recorder.begin(Stage::MsmBG2, bases.len());
        let (sender, receiver) = mpsc::channel();
        let work = move || {
            let start = Instant::now();
            let sum = bases.msm(&scalars);
            // Nobody listens any more if the backend has failed.
            let _ = sender.send((sum, start.elapsed()));
        };
        // A thread of the pool must not wait for the pool.
        if rayon::current_thread_index().is_some() {
            work();
        } else {
            rayon::spawn(work);
        }
        receiver
    }

    fn assemble(&self, results: &Results, b_g2: &G2Projective, r: &Fr, s: &Fr) -> Proof {
        let (keys, vk) = (self.keys, &self.keys.prepared.vk);
        let a = keys.delta_g1 * r + vk.alpha_g1 + results.a;
        let b_g1 = keys.delta_g1 * s + keys.beta_g1 + results.b_g1.unwrap_or_default();
        let b = vk.delta_g2 * s + vk.beta_g2 + b_g2;
        let c = a * s + b_g1 * r - keys.delta_g1 * (*r * s) + results.l + results.h;
        Proof {
            a: a.into_affine(),
            b: b.into_affine(),
            c: c.into_affine(),
        }
    }

    fn is_valid(&self, proof: &Proof, public_input: &Fr) -> Result<bool> {
        // A backend, or keys that were planted, may give points off the curve, for which pairings are not
        // defined.
        let in_group = |point: &G1Affine| point.is_zero() || point.is_on_curve();
        let b = &proof.b;
        Ok(in_group(&proof.a)
            && in_group(&proof.c)
            && b.is_on_curve()
            && b.is_in_correct_subgroup_assuming_on_curve()
            && Groth16::<Bn254>::verify_proof(&self.keys.prepared, proof, &[*public_input])?)
    }
}
