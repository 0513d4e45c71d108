//! Multiples of bases by powers of two.

use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::CurveGroup;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

use crate::curve::Curve;

/// 2^times·P of all bases P.
pub fn doubled<C: Curve>(bases: &[Affine<C>], times: u32) -> Vec<Affine<C>> {
    let chunks = bases.par_chunks(1024).flat_map_iter(|points| {
        let doubled: Vec<Projective<C>> = points
            .iter()
            .map(|&point| {
                let mut point = Projective::from(point);
                for _ in 0..times {
                    point.double_in_place();
                }
                point
            })
            .collect();
        Projective::normalize_batch(&doubled)
    });
    chunks.collect()
}
