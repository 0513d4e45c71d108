//! Coefficients of the quotient h = (a·b − c)/Z, the witness map of libsnark that `ark-groth16` uses:
//! a, b, c are the polynomials whose values on the domain are A·z, B·z, C·z (with the public inputs
//! after the constraints in a), Z is zero on the domain. Division is pointwise on the coset, where Z is
//! the constant gᴺ − 1: three inverse transforms, three onto the coset, one back.

use std::sync::Arc;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, FftField, Field};
use rayon::prelude::*;
use vegalith::NttOptions;

use super::jobs::Jobs;
use super::report::{Recorder, Stage};
use crate::keys::Matrices;
use crate::{Error, Result};

const INVERSE: NttOptions = NttOptions {
    inverse: true,
    coset: false,
};
const COSET: NttOptions = NttOptions {
    inverse: false,
    coset: true,
};
const COSET_INVERSE: NttOptions = NttOptions {
    inverse: true,
    coset: true,
};

/// A·z, B·z and C·z on the domain.
///
/// # Errors
/// [`Error::Synthesis`] if z does not satisfy the constraints.
pub(super) fn evaluations(matrices: &Matrices, z: &[Fr]) -> Result<[Arc<Vec<Fr>>; 3]> {
    let [mut a, mut b, mut c] = matrices.products(z);
    let broken = (0..a.len())
        .into_par_iter()
        .find_first(|&row| a[row] * b[row] != c[row]);
    if let Some(row) = broken {
        return Err(Error::Synthesis(format!("constraint {row} does not hold")));
    }
    a.extend_from_slice(&z[..matrices.num_inputs]);
    for values in [&mut a, &mut b, &mut c] {
        values.resize(matrices.domain_size(), Fr::ZERO);
    }
    Ok([a, b, c].map(Arc::new))
}

/// The quotient's coefficients; the last, of degree N − 1, is zero.
pub(super) fn quotient(
    evaluations: [Arc<Vec<Fr>>; 3],
    jobs: &mut Jobs<'_>,
    recorder: &mut Recorder<'_>,
) -> Result<Arc<Vec<Fr>>> {
    let n = evaluations[0].len();
    recorder.begin(Stage::NttInverse, n);
    let mut inverse = Vec::with_capacity(evaluations.len());
    for values in evaluations {
        inverse.push(jobs.begin_ntt(Stage::NttInverse, values, INVERSE)?);
    }
    recorder.begin(Stage::NttCoset, n);
    let mut coset = Vec::with_capacity(inverse.len());
    for job in inverse {
        let coefficients = jobs.end_ntt(job, recorder)?;
        coset.push(jobs.begin_ntt(Stage::NttCoset, coefficients, COSET)?);
    }
    recorder.end(Stage::NttInverse);
    let mut values = Vec::with_capacity(coset.len());
    for job in coset {
        values.push(jobs.end_ntt(job, recorder)?);
    }
    recorder.end(Stage::NttCoset);

    let quotient = recorder.host(Stage::Pointwise, n, || {
        divide(&values[0], &values[1], &values[2])
    });
    drop(values);
    recorder.begin(Stage::NttCosetInverse, n);
    let job = jobs.begin_ntt(Stage::NttCosetInverse, Arc::new(quotient), COSET_INVERSE)?;
    let coefficients = jobs.end_ntt(job, recorder)?;
    recorder.end(Stage::NttCosetInverse);
    Ok(coefficients)
}

/// (a·b − c)/(gᴺ − 1), value by value.
fn divide(a: &[Fr], b: &[Fr], c: &[Fr]) -> Vec<Fr> {
    let vanishing = Fr::GENERATOR.pow([a.len() as u64]) - Fr::ONE;
    // g generates the whole group, so that its power below r − 1 is not 1.
    let inverse = vanishing.inverse().unwrap_or_default();
    a.par_iter()
        .zip(b)
        .zip(c)
        .map(|((a, b), c)| (*a * b - c) * inverse)
        .collect()
}
