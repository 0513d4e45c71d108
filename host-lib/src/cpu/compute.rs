//! The arithmetic of the CPU backend behind the shapes of [`crate::Job`]: sums and transforms by
//! `vegalith-cpu`, sums in BLS12-377 by arkworks.

use std::collections::hash_map::{Entry, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use ark_ec::{CurveGroup, VariableBaseMSM};
use vegalith_cpu::{Ntt, NttError, NttField, PreparedBases, Transform};

use crate::{
    Bases, Curve, Elements, Error, Goldilocks, NttOptions, Output, Point, Result, Scalars,
};

/// Bases as sums read them.
pub(super) struct Prepared {
    pub(super) curve: Curve,
    pub(super) len: usize,
    form: Form,
}

enum Form {
    Bn254G1(PreparedBases<ark_bn254::g1::Config>),
    Bn254G2(PreparedBases<ark_bn254::g2::Config>),
    Bls12_381G1(PreparedBases<ark_bls12_381::g1::Config>),
    Bls12_381G2(PreparedBases<ark_bls12_381::g2::Config>),
    Bls12_377G1(Arc<Vec<ark_bls12_377::G1Affine>>),
}

impl Prepared {
    /// Requires points of the prime-order subgroups.
    pub(super) fn new(bases: &Bases, tables: u32) -> Self {
        Prepared {
            curve: bases.curve(),
            len: bases.len(),
            form: match bases {
                Bases::Bn254G1(b) => Form::Bn254G1(PreparedBases::with_tables(b, tables)),
                Bases::Bn254G2(b) => Form::Bn254G2(PreparedBases::with_tables(b, tables)),
                Bases::Bls12_381G1(b) => Form::Bls12_381G1(PreparedBases::with_tables(b, tables)),
                Bases::Bls12_381G2(b) => Form::Bls12_381G2(PreparedBases::with_tables(b, tables)),
                Bases::Bls12_377G1(b) => Form::Bls12_377G1(Arc::clone(b)),
            },
        }
    }
}

/// Sum of scalar · base over the first `scalars.len()` bases. The caller has checked the counts.
pub(super) fn msm(bases: &Prepared, scalars: &Scalars) -> Result<Output> {
    let point = match (&bases.form, scalars) {
        (Form::Bn254G1(b), Scalars::Bn254(s)) => Point::Bn254G1(b.msm(s).into_affine()),
        (Form::Bn254G2(b), Scalars::Bn254(s)) => Point::Bn254G2(b.msm(s).into_affine()),
        (Form::Bls12_381G1(b), Scalars::Bls12_381(s)) => Point::Bls12_381G1(b.msm(s).into_affine()),
        (Form::Bls12_381G2(b), Scalars::Bls12_381(s)) => Point::Bls12_381G2(b.msm(s).into_affine()),
        (Form::Bls12_377G1(b), Scalars::Bls12_377(s)) => {
            let sum = ark_bls12_377::G1Projective::msm_unchecked(&b[..s.len()], s);
            Point::Bls12_377G1(sum.into_affine())
        }
        _ => {
            return Err(Error::InvalidInput(format!(
                "scalars are of {}, bases of {}",
                scalars.curve(),
                bases.curve
            )))
        }
    };
    Ok(Output::Point(point))
}

/// Transforms of every field and size, as they were first asked for: tables are made once.
#[derive(Default)]
pub(super) struct Transforms {
    bn254: OfField<ark_bn254::Fr>,
    bls12_381: OfField<ark_bls12_381::Fr>,
    bls12_377: OfField<ark_bls12_377::Fr>,
    goldilocks: OfField<Goldilocks>,
}

impl Transforms {
    /// Transform of `input`, whose length the caller has checked to be a power of two.
    pub(super) fn ntt(&self, input: &Elements, options: NttOptions) -> Result<Output> {
        Ok(Output::Elements(match input {
            Elements::Bn254Fr(v) => Elements::Bn254Fr(self.bn254.transform(v, options)?),
            Elements::Bls12_381Fr(v) => {
                Elements::Bls12_381Fr(self.bls12_381.transform(v, options)?)
            }
            Elements::Bls12_377Fr(v) => {
                Elements::Bls12_377Fr(self.bls12_377.transform(v, options)?)
            }
            Elements::Goldilocks(v) => Elements::Goldilocks(self.goldilocks.transform(v, options)?),
        }))
    }
}

/// By log2 of the size.
struct OfField<F: NttField>(Mutex<HashMap<u32, Arc<Ntt<F>>>>);

impl<F: NttField> Default for OfField<F> {
    fn default() -> Self {
        OfField(Mutex::default())
    }
}

impl<F: NttField> OfField<F> {
    fn transform(&self, input: &[F], options: NttOptions) -> Result<Arc<Vec<F>>> {
        let log_size = input.len().trailing_zeros();
        let refused = |e: NttError| Error::InvalidInput(e.to_string());
        let ntt = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match known.entry(log_size) {
                Entry::Occupied(entry) => Arc::clone(entry.get()),
                Entry::Vacant(entry) => {
                    Arc::clone(entry.insert(Arc::new(Ntt::new(log_size).map_err(refused)?)))
                }
            }
        };
        let kind = Transform {
            inverse: options.inverse,
            coset: options.coset,
        };
        ntt.transformed(input, kind).map(Arc::new).map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::{AffineRepr, PrimeGroup};
    use ark_ff::{Field, PrimeField, UniformRand, Zero};
    use ark_std::test_rng;

    /// Σ_j input[j]·(s·ω^i)^j with ω from the written-out convention.
    fn naive_dft<F: PrimeField>(input: &[F], g: u64, coset: bool) -> Vec<F> {
        let n = input.len() as u64;
        let modulus: num_bigint::BigUint = F::MODULUS.into();
        let mut exponent = modulus - 1u32;
        exponent /= n;
        let omega = F::from(g).pow(exponent.to_u64_digits());
        let shift = if coset { F::from(g) } else { F::ONE };
        (0..n)
            .map(|i| {
                let x = shift * omega.pow([i]);
                input.iter().rev().fold(F::zero(), |sum, c| sum * x + c)
            })
            .collect()
    }

    fn agrees_with_naive_dft<F: NttField>(g: u64) {
        let transforms = OfField::<F>::default();
        let mut rng = test_rng();
        for log_size in [0, 1, 2, 3, 6, 8] {
            let input: Vec<F> = (0..1 << log_size).map(|_| F::rand(&mut rng)).collect();
            for coset in [false, true] {
                let forward = NttOptions {
                    inverse: false,
                    coset,
                };
                let output = transforms.transform(&input, forward).unwrap();
                assert_eq!(
                    *output,
                    naive_dft(&input, g, coset),
                    "2^{log_size}, coset {coset}"
                );
                let backward = NttOptions {
                    inverse: true,
                    coset,
                };
                assert_eq!(*transforms.transform(&output, backward).unwrap(), input);
            }
        }
    }

    #[test]
    fn transforms_agree_with_naive_dft() {
        agrees_with_naive_dft::<ark_bn254::Fr>(5);
        agrees_with_naive_dft::<ark_bls12_381::Fr>(7);
        agrees_with_naive_dft::<ark_bls12_377::Fr>(22);
        agrees_with_naive_dft::<crate::Goldilocks>(7);
    }

    #[test]
    fn sums_agree_with_double_and_add() {
        macro_rules! check {
            ($curve:ident, $group:ident, $bases:ident, $scalars:ident) => {{
                type G = $curve::$group;
                type A = <G as CurveGroup>::Affine;
                type F = $curve::Fr;
                let mut rng = test_rng();
                for n in [1usize, 2, 3, 100] {
                    let mut bases: Vec<A> = (0..n + 2)
                        .map(|_| G::rand(&mut rng).into_affine())
                        .collect();
                    bases[n / 2] = A::zero();
                    bases[n - 1] = -bases[0];
                    for kind in 0..5 {
                        let scalars: Vec<F> = (0..n)
                            .map(|i| match kind {
                                0 => F::rand(&mut rng),
                                1 => F::zero(),
                                2 => -F::ONE,
                                3 => F::from((i % 2) as u64),
                                _ => F::from(77u64),
                            })
                            .collect();
                        let expected: G = bases
                            .iter()
                            .zip(&scalars)
                            .map(|(b, s)| G::from(*b).mul_bigint(s.into_bigint()))
                            .sum();
                        let bases = Bases::$bases(Arc::new(bases.clone()));
                        let prepared = Prepared::new(&bases, 1);
                        assert_eq!(
                            msm(&prepared, &Scalars::$scalars(Arc::new(scalars))),
                            Ok(Output::Point(Point::$bases(expected.into_affine()))),
                            "{n} {kind}"
                        );
                    }
                }
            }};
        }
        check!(ark_bn254, G1Projective, Bn254G1, Bn254);
        check!(ark_bn254, G2Projective, Bn254G2, Bn254);
        check!(ark_bls12_381, G1Projective, Bls12_381G1, Bls12_381);
        check!(ark_bls12_381, G2Projective, Bls12_381G2, Bls12_381);
        check!(ark_bls12_377, G1Projective, Bls12_377G1, Bls12_377);
    }
}
