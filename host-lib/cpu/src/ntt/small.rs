//! Transforms of fewer elements than two passes take, one butterfly after another.

use super::butterflies::{domain_root, powers, reversed};
use super::lanes::NttField;
use super::portable::PortableField;
use super::Transform;

/// Transforms of 2^log_size elements.
pub struct Small<F: PortableField> {
    log_size: u32,
    /// ω^i for i < N/2.
    roots: Vec<F::Prepared>,
    /// g^i, and what inverses end with: 1/N and g^(−i)/N.
    coset: Vec<F>,
    inverse: Vec<F>,
    coset_inverse: Vec<F>,
}

impl<F: NttField> Small<F> {
    pub fn new(log_size: u32) -> Self {
        let size = 1usize << log_size;
        let inverse = |x: F| x.inverse().unwrap_or(F::ONE);
        let g = F::from(F::DOMAIN_GENERATOR);
        let scale = inverse(F::from(size as u64));
        let root = domain_root(F::DOMAIN_GENERATOR, log_size);
        Small {
            log_size,
            roots: powers(F::ONE, root)
                .take(size / 2)
                .map(F::prepared)
                .collect(),
            coset: powers(F::ONE, g).take(size).collect(),
            inverse: vec![scale; size],
            coset_inverse: powers(scale, inverse(g)).take(size).collect(),
        }
    }

    pub fn log_size(&self) -> u32 {
        self.log_size
    }

    /// Transforms 2^log_size values.
    pub fn transform(&self, values: &mut [F], kind: Transform) {
        if kind.coset && !kind.inverse {
            multiply(values, &self.coset);
        }
        for i in 0..values.len() {
            let j = reversed(i, self.log_size);
            if i < j {
                values.swap(i, j);
            }
        }
        for level in 0..self.log_size {
            let roots = self.roots.iter().step_by(values.len() >> (level + 1));
            for block in values.chunks_exact_mut(2 << level) {
                let (upper, lower) = block.split_at_mut(1 << level);
                for (i, ((x, y), w)) in upper.iter_mut().zip(lower).zip(roots.clone()).enumerate() {
                    let product = match i {
                        0 => *y,
                        _ => F::element(F::times(y.number(), w)),
                    };
                    (*x, *y) = (*x + product, *x - product);
                }
            }
        }
        if kind.inverse {
            values[1..].reverse();
            multiply(
                values,
                if kind.coset {
                    &self.coset_inverse
                } else {
                    &self.inverse
                },
            );
        }
    }
}

fn multiply<F: PortableField>(values: &mut [F], factors: &[F]) {
    for (value, factor) in values.iter_mut().zip(factors) {
        *value *= factor;
    }
}
