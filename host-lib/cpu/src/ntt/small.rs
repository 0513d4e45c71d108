//! Transforms of fewer than 64 elements, one butterfly after another.

use ark_ff::PrimeField;

use super::butterflies::{domain_root, reversed};
use super::lanes::NttField;
use super::Transform;

/// Transforms 2^log_size values.
pub fn transform<F: NttField>(values: &mut [F], log_size: u32, kind: Transform) {
    let g = F::from(F::DOMAIN_GENERATOR);
    let inverse = |x: F| x.inverse().unwrap_or(F::ONE);
    let root = domain_root::<F>(F::DOMAIN_GENERATOR, log_size);
    let root = if kind.inverse { inverse(root) } else { root };
    if kind.coset && !kind.inverse {
        scale(values, F::ONE, g);
    }
    for i in 0..values.len() {
        let j = reversed(i, log_size);
        if i < j {
            values.swap(i, j);
        }
    }
    for level in 0..log_size {
        let step = root.pow([1u64 << (log_size - 1 - level)]);
        for block in values.chunks_exact_mut(2 << level) {
            let (upper, lower) = block.split_at_mut(1 << level);
            let mut w = F::ONE;
            for (x, y) in upper.iter_mut().zip(lower) {
                let product = *y * w;
                (*x, *y) = (*x + product, *x - product);
                w *= step;
            }
        }
    }
    if kind.inverse {
        let first = inverse(F::from(1u64 << log_size));
        scale(values, first, if kind.coset { inverse(g) } else { F::ONE });
    }
}

/// Value i times first·ratio^i.
fn scale<F: PrimeField>(values: &mut [F], first: F, ratio: F) {
    let mut factor = first;
    for value in values {
        *value *= factor;
        factor *= ratio;
    }
}
