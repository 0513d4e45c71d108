//! Multi-scalar multiplication: Σ kᵢ·Pᵢ over affine bases.
//!
//! 1. Scalars become halves ([`scalars`]): n scalars are N = 2n halves, those of Pᵢ and of φ(Pᵢ). Where many are
//!    equal, their bases are added up first ([`repeated`]).
//! 2. W windows of c bits or c + 1: signed digits; the halves of a window are sorted by the magnitude of
//!    their digit ([`sort`]). Zero digits never enter, so small scalars cost their few digits only.
//! 3. Every bucket is the sum of its list ([`sums`]): as trees of batched affine additions ([`batch`]).
//! 4. Buckets of a window are summed with their weights ([`buckets`]), again by batches.
//! 5. The windows' sums are put together by doublings.
//!
//! With tables, which also hold 2^s·Pᵢ, 2^2s·Pᵢ …, windows s bits apart share their buckets.
//!
//! Additions: N·W + about W·2^(c−1) for uniform scalars; W is what needs fewest for those that come.

mod additions;
mod batch;
mod buckets;
mod careful;
mod parallel;
mod pieces;
mod points;
mod pool;
mod prepared;
mod repeated;
mod scalars;
mod sort;
mod sums;
mod tables;

use ark_ec::short_weierstrass::{Affine, Projective};

use crate::curve::Curve;
pub use prepared::Prepared;

/// Bases in the form that sums read: of each point P and φ(P), 128 bytes in BN254 G1, 256 in
/// BLS12-381 G1 and BN254 G2, 384 in BLS12-381 G2; as much again for each further table. At most 2^30 bases.
pub struct PreparedBases<C: Curve>(Box<dyn Sum<C>>);

impl<C: Curve> PreparedBases<C> {
    /// Prepares bases for this CPU. Requires points of the prime-order subgroup.
    pub fn new(bases: &[Affine<C>]) -> Self {
        Self::with_tables(bases, 1)
    }

    /// Prepares bases for this CPU with up to `tables` times as many points: besides each base also multiples of it
    /// by powers of two, so that several windows share their buckets. Windows are those that suit as many uniform
    /// scalars as there are bases, which may need fewer tables; so may ids, of which there are 2^31 with a
    /// sign.
    pub fn with_tables(bases: &[Affine<C>], tables: u32) -> Self {
        PreparedBases(C::prepare(bases, tables))
    }

    /// Prepares bases for any CPU: the same algorithm on numbers in words of 64 bits.
    pub fn portable(bases: &[Affine<C>]) -> Self {
        PreparedBases(C::prepare_portable(bases, 1))
    }

    /// Number of bases.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bases.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The sum of scalar · base over as many as there are of both, on the threads of the current
    /// rayon pool. Where many scalars are equal it copies the bases of the others, for its time.
    pub fn msm(&self, scalars: &[C::ScalarField]) -> Projective<C> {
        self.msms(&[scalars]).swap_remove(0)
    }

    /// Several sums at once, as [`Self::msm`] of each.
    pub fn msms(&self, batch: &[&[C::ScalarField]]) -> Vec<Projective<C>> {
        let fitting: Vec<_> = batch
            .iter()
            .map(|scalars| &scalars[..scalars.len().min(self.len())])
            .collect();
        // A thread from outside enters the pool once, not for every step.
        rayon::scope(|_| self.0.msms(&fitting))
    }
}

/// Prepared bases in whatever arithmetic.
pub trait Sum<C: Curve>: Send + Sync {
    /// Number of bases.
    fn len(&self) -> usize;
    /// Σ scalar · base for every member. Requires no more scalars than bases.
    fn msms(&self, batch: &[&[C::ScalarField]]) -> Vec<Projective<C>>;
}

#[cfg(test)]
mod tests;
