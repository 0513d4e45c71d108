//! Multiples of bases by powers of two, one table after another.

use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::CurveGroup;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

use crate::curve::Curve;

/// 2^(step·j)·P of all bases P, for j = 1, 2 … `count`.
pub fn multiples<C: Curve>(bases: &[Affine<C>], count: u32, step: u32) -> Vec<Affine<C>> {
    let mut all = Vec::with_capacity(bases.len() * count as usize);
    let mut last = bases.to_vec();
    for _ in 0..count {
        let next = last.par_chunks(1024).flat_map_iter(|points| {
            let doubled: Vec<Projective<C>> = points
                .iter()
                .map(|&point| {
                    let mut point = Projective::from(point);
                    for _ in 0..step {
                        point.double_in_place();
                    }
                    point
                })
                .collect();
            Projective::normalize_batch(&doubled)
        });
        last = next.collect();
        all.extend_from_slice(&last);
    }
    all
}
