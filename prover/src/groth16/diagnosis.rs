//! Which results of a backend are wrong, by computing them once more on the CPU.

use std::sync::Arc;
use std::time::Duration;

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use vegalith::CpuBackend;

use super::jobs::Jobs;
use super::quotient::{evaluations, quotient};
use super::report::{Recorder, Stage, StageReport};
use crate::keys::{Keys, Query};
use crate::Result;

/// The quotient takes the CPU seconds; this is for a machine that has no time.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What a backend has computed.
pub(super) struct Results {
    pub quotient: Arc<Vec<Fr>>,
    pub a: G1Affine,
    /// None if it was not needed.
    pub b_g1: Option<G1Affine>,
    pub l: G1Affine,
    pub h: G1Affine,
}

/// Names of the wrong ones: `ntt` for the quotient, else the stages of MSMs.
pub(super) fn wrong_results(
    keys: &Keys,
    z: &Arc<Vec<Fr>>,
    results: &Results,
) -> Result<Vec<&'static str>> {
    let mut wrong = Vec::new();
    let cpu = CpuBackend::new();
    let mut recorder = Recorder::new(StageReport::new(Stage::LoadBases, 0), None);
    let mut jobs = Jobs::new(&cpu, PATIENCE);
    let evaluations = evaluations(&keys.matrices, z)?;
    if quotient(evaluations, &mut jobs, &mut recorder)? != results.quotient {
        wrong.push("ntt");
    }
    let witness = Arc::new(z[keys.matrices.num_inputs..].to_vec());
    for (stage, query, values, found) in [
        (Stage::MsmA, &keys.a, z, Some(results.a)),
        (Stage::MsmBG1, &keys.b_g1, z, results.b_g1),
        (Stage::MsmL, &keys.l, &witness, Some(results.l)),
        // With the quotient as it was: its own fault is named already.
        (Stage::MsmH, &keys.h, &results.quotient, Some(results.h)),
    ] {
        if found.is_some_and(|found| found != sum(query, values)) {
            wrong.push(stage.name());
        }
    }
    Ok(wrong)
}

fn sum(query: &Query<G1Affine>, values: &Arc<Vec<Fr>>) -> G1Affine {
    G1Projective::msm_unchecked(query.points(), &query.scalars(values)).into_affine()
}
