//! The transform inside a pass: 2^m vectors, the same for all eight lanes.
//!
//! Block b of level l is a polynomial modulo Z^(2h) − w² with w = s^(2^m / 2^(l+1))·ω^(bits of b reversed);
//! its butterflies x ± w·y take it modulo Z^h − w and Z^h + w, blocks 2b and 2b + 1 of the next level
//! (Cooley and Tukey's algorithm as reductions of polynomials: D. J. Bernstein, "Multidigit multiplication
//! for mathematicians", 2001). All butterflies of a block share w, input is in natural order, and
//! position j ends as the value at s·ω^k with k = j, m bits reversed. A shift s costs nothing but
//! the products that w = 1 would have saved.
//!
//! Two levels at a time: four products for four vectors, or one in the block where w = 1.

use ark_ff::{Field, PrimeField};

use super::lanes::NttLanes;
use crate::lanes::Kernel;

/// Blocks of this many vectors go through all their remaining levels one after another: 20 KiB.
const NEAR: usize = 64;

/// Index `i` of `bits` bits, reversed.
#[inline(always)]
pub fn reversed(i: usize, bits: u32) -> usize {
    if bits == 0 {
        0
    } else {
        i.reverse_bits() >> (usize::BITS - bits)
    }
}

/// g^((r−1)/2^log_size).
pub fn domain_root<F: PrimeField>(generator: u64, log_size: u32) -> F {
    let exponent = (-F::ONE).into_bigint() >> log_size;
    F::from(generator).pow(exponent)
}

/// first, first·ratio, first·ratio² …
pub fn powers<F: Field>(first: F, ratio: F) -> impl Iterator<Item = F> {
    core::iter::successors(Some(first), move |power| Some(*power * ratio))
}

/// What is done to 2^m vectors, in order, and w of every block of every level.
pub struct Roots<C> {
    log_size: u32,
    constants: Vec<C>,
    /// Whether there is a shift, and every level has constants of its own; otherwise level l uses the
    /// first 2^l of the same ones.
    shifted: bool,
    steps: Vec<Step>,
}

/// Two levels of neighbouring blocks.
struct Step {
    /// The first of the two.
    level: u32,
    /// The first block.
    first: usize,
    blocks: usize,
    /// Whether sums must be reduced first.
    reduces: bool,
}

impl<C> Roots<C> {
    /// For 2^log_size vectors with ω = `root` and s = `shift`.
    pub fn new<L: NttLanes<Constant = C>>(
        log_size: u32,
        root: L::Element,
        shift: L::Element,
    ) -> Self {
        let shifted = shift != L::Element::ONE;
        let powers: Vec<_> = powers(L::Element::ONE, root)
            .take((1 << log_size) / 2)
            .collect();
        let constants = if shifted {
            let mut shifts = vec![shift];
            for l in 1..log_size as usize {
                shifts.push(shifts[l - 1].square());
            }
            // Level l, block b at 2^l + b.
            let levels = (0..log_size).flat_map(|level| {
                let rest = log_size - 1 - level;
                let shift = shifts[rest as usize];
                let powers = &powers;
                (0..1 << level).map(move |b| shift * powers[reversed(b, level) << rest])
            });
            core::iter::once(shift)
                .chain(levels)
                .map(L::constant)
                .collect()
        } else {
            let bits = log_size.saturating_sub(1);
            let blocks = 0..powers.len();
            blocks
                .map(|b| L::constant(powers[reversed(b, bits)]))
                .collect()
        };
        Roots {
            log_size,
            constants,
            shifted,
            steps: steps::<L>(log_size, shifted),
        }
    }

    #[inline(always)]
    fn of_level(&self, level: u32) -> &[C] {
        let first = if self.shifted { 1 << level } else { 0 };
        &self.constants[first..]
    }
}

/// Level after level down to blocks that are near, then block after block.
fn steps<L: NttLanes>(log_size: u32, shifted: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut far = 1;
    let mut levels = Vec::new();
    let mut bound = if log_size % 2 == 1 {
        2 + L::PRODUCT.max(2)
    } else {
        2
    };
    for level in (log_size % 2..log_size).step_by(2) {
        // The upper half of a block is added to twice before it is multiplied or stored.
        let reduces = bound > L::LIMIT - 2 * L::PRODUCT;
        bound = match level {
            0 if !shifted => L::PRODUCT.max(4) + 4,
            _ if reduces => L::PRODUCT.max(3) * 2 + 2,
            _ => (bound + 2 * L::PRODUCT).max(8),
        };
        if (1 << log_size) >> level > NEAR {
            let blocks = 1 << level;
            steps.push(Step {
                level,
                first: 0,
                blocks,
                reduces,
            });
            far = 4 << level;
        } else {
            levels.push((level, reduces));
        }
    }
    if log_size % 2 == 1 {
        far = far.max(2);
    }
    for near in 0..far {
        let mut blocks = 1;
        for &(level, reduces) in &levels {
            steps.push(Step {
                level,
                first: near * blocks,
                blocks,
                reduces,
            });
            blocks *= 4;
        }
    }
    steps
}

/// Transforms `data`, ≤ 2p and ≤ `LIMIT`/2·p, of as many vectors as `roots` are for; the results are ≤ `LIMIT`·p.
pub struct Butterflies<'a, L: NttLanes> {
    pub f: L,
    pub data: &'a mut [L::E],
    pub roots: &'a Roots<L::Constant>,
}

impl<L: NttLanes> Kernel for Butterflies<'_, L> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Butterflies { f, data, roots } = self;
        if roots.log_size % 2 == 1 {
            one_level(f, data, roots);
        }
        for step in &roots.steps {
            let size = data.len() >> step.level;
            let blocks = &mut data[step.first * size..][..step.blocks * size];
            two_levels(f, blocks, roots, step);
        }
    }
}

/// The first level.
#[inline(always)]
fn one_level<L: NttLanes>(f: L, data: &mut [L::E], roots: &Roots<L::Constant>) {
    let (x, y) = data.split_at_mut(data.len() / 2);
    for (x, y) in x.iter_mut().zip(y) {
        let (product, k) = if roots.shifted {
            (f.mul(*y, &roots.of_level(0)[0]), L::PRODUCT)
        } else {
            (*y, 2)
        };
        (*x, *y) = (f.add(*x, product), f.sub(*x, product, k));
    }
}

#[inline(always)]
fn two_levels<L: NttLanes>(f: L, data: &mut [L::E], roots: &Roots<L::Constant>, step: &Step) {
    let size = data.len() / step.blocks;
    let (upper, lower) = (roots.of_level(step.level), roots.of_level(step.level + 1));
    for (index, block) in (step.first..).zip(data.chunks_exact_mut(size)) {
        let (ab, cd) = block.split_at_mut(size / 2);
        let ((a, b), (c, d)) = (ab.split_at_mut(size / 4), cd.split_at_mut(size / 4));
        let quarters = a.iter_mut().zip(b).zip(c).zip(d);
        let w1 = &lower[2 * index + 1];
        if index == 0 && !roots.shifted {
            for (((a, b), c), d) in quarters {
                if step.level > 0 {
                    (*a, *b) = (f.reduce(*a), f.reduce(*b));
                    (*c, *d) = (f.reduce(*c), f.reduce(*d));
                }
                f.first_four([a, b, c, d], w1);
            }
        } else {
            let (w, w0) = (&upper[index], &lower[2 * index]);
            for (((a, b), c), d) in quarters {
                if step.reduces {
                    (*a, *b) = (f.reduce(*a), f.reduce(*b));
                }
                f.four([a, b, c, d], [w, w0, w1]);
            }
        }
    }
}
