//! The Poseidon hash in constraints: three a non-constant S-box, linear layers free.
//!
//! In the partial rounds only one lane a round is new; the others are linear in it and in what
//! came before, with coefficients that depend on the width alone: [`Params`] has them ready.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use ark_relations::gr1cs::SynthesisError;

use super::builder::{Builder, Num};
use crate::poseidon::{Domain, Params, FULL_ROUNDS};

type Result<T = ()> = std::result::Result<T, SynthesisError>;

fn s_box(b: &mut Builder, x: &Num) -> Result<Num> {
    let square = b.mul(x, x)?;
    let fourth = b.mul(&square, &square)?;
    b.mul(&fourth, x)
}

fn linear(form: &[Fr], basis: &[Num]) -> Num {
    let (constant, factors) = (form[form.len() - 1], &form[..form.len() - 1]);
    let one = Num::one();
    Num::sum(factors.iter().copied().zip(basis).chain([(constant, &one)]))
}

/// Lanes that enter a round after S-boxes gave `outputs`.
fn full_layer(params: &Params, outputs: &[Num], round: usize) -> Vec<Num> {
    (0..params.t)
        .map(|row| {
            let mut form = params.mds[row].clone();
            form.push(params.ark[round][row]);
            linear(&form, outputs)
        })
        .collect()
}

fn s_boxes(b: &mut Builder, lanes: &[Num]) -> Result<Vec<Num>> {
    lanes.iter().map(|lane| s_box(b, lane)).collect()
}

/// As [`crate::poseidon::hash`].
pub(crate) fn hash(b: &mut Builder, domain: Domain, inputs: &[Num]) -> Result<Num> {
    let params = Params::for_inputs(inputs.len());
    let half = FULL_ROUNDS / 2;
    let mut lanes: Vec<Num> = params.ark[0].iter().map(|c| Num::constant(*c)).collect();
    lanes[0] = lanes[0].add_constant(domain.tag());
    for (lane, input) in lanes.iter_mut().skip(1).zip(inputs) {
        *lane = lane.add(input);
    }
    let mut outputs = s_boxes(b, &lanes)?;
    for round in 1..half {
        outputs = s_boxes(b, &full_layer(params, &outputs, round))?;
    }
    let mut basis = outputs;
    for form in &params.partial_inputs {
        // Outputs of later rounds do not occur: their coefficients are zero.
        let output = s_box(b, &linear_prefix(form, &basis))?;
        basis.push(output);
    }
    let lanes: Vec<Num> = params
        .after_partial
        .iter()
        .map(|form| linear(form, &basis))
        .collect();
    let mut outputs = s_boxes(b, &lanes)?;
    for round in half + params.partial_rounds + 1..FULL_ROUNDS + params.partial_rounds {
        outputs = s_boxes(b, &full_layer(params, &outputs, round))?;
    }
    let mut last = params.mds[1].clone();
    last.push(Fr::ZERO);
    Ok(linear(&last, &outputs))
}

fn linear_prefix(form: &[Fr], basis: &[Num]) -> Num {
    let mut short = form[..basis.len()].to_vec();
    short.push(form[form.len() - 1]);
    linear(&short, basis)
}
