//! Fields in numbers of 64-bit words, one element at a time: what [`Portable`](super::Portable) has in its lanes.

use core::fmt::Debug;
use core::marker::PhantomData;

use ark_ff::{Field, Fp, Fp2, Fp2Config, MontBackend, MontConfig};

use super::branchless::{self, PrimeWords};

/// A field in numbers: ≤ 2p in every prime coefficient.
pub trait WordField: 'static {
    /// What an element is to arkworks.
    type Scalar: Field;
    /// A number for every prime coefficient.
    type Number: Copy + Send + Sync + 'static + Debug + PartialEq;

    /// A pattern that is no canonical number.
    const SENTINEL: Self::Number;
    /// The number zero.
    const ZERO: Self::Number;

    /// The number of an element, < p.
    fn number(x: Self::Scalar) -> Self::Number;
    /// The element of a number.
    fn element(a: Self::Number) -> Self::Scalar;
    /// a + b.
    fn add(a: Self::Number, b: Self::Number) -> Self::Number;
    /// a − b.
    fn sub(a: Self::Number, b: Self::Number) -> Self::Number;
    /// a·b.
    fn mul(a: Self::Number, b: Self::Number) -> Self::Number;
    /// a².
    fn square(a: Self::Number) -> Self::Number;
    /// a, < p.
    fn canonical(a: Self::Number) -> Self::Number;
    /// `a` where `first`, `b` elsewhere, without a branch.
    fn select(first: bool, a: Self::Number, b: Self::Number) -> Self::Number;
}

impl<T: MontConfig<W>, const W: usize> WordField for PrimeWords<T, W> {
    type Scalar = Fp<MontBackend<T, W>, W>;
    type Number = [u64; W];

    const SENTINEL: [u64; W] = {
        assert!(Self::BOUND == 2, "no number has the top bits");
        [u64::MAX; W]
    };
    const ZERO: [u64; W] = [0; W];

    #[inline(always)]
    fn number(x: Self::Scalar) -> [u64; W] {
        Self::number(x)
    }
    #[inline(always)]
    fn element(a: [u64; W]) -> Self::Scalar {
        Self::element(a)
    }
    #[inline(always)]
    fn add(a: [u64; W], b: [u64; W]) -> [u64; W] {
        Self::reduce(Self::loose_add(a, b))
    }
    #[inline(always)]
    fn sub(a: [u64; W], b: [u64; W]) -> [u64; W] {
        Self::sub(a, b)
    }
    #[inline(always)]
    fn mul(a: [u64; W], b: [u64; W]) -> [u64; W] {
        Self::products([(&a, &b)])
    }
    #[inline(always)]
    fn square(a: [u64; W]) -> [u64; W] {
        Self::products([(&a, &a)])
    }
    #[inline(always)]
    fn canonical(a: [u64; W]) -> [u64; W] {
        Self::canonical(a)
    }
    #[inline(always)]
    fn select(first: bool, a: [u64; W], b: [u64; W]) -> [u64; W] {
        branchless::select(first, a, b)
    }
}

/// The quadratic extension `C` of the field of `T`, by a root of −1.
pub struct QuadraticWords<C, T, const W: usize>(PhantomData<fn() -> (C, T)>);

impl<C, T, const W: usize> WordField for QuadraticWords<C, T, W>
where
    C: Fp2Config<Fp = Fp<MontBackend<T, W>, W>>,
    T: MontConfig<W>,
{
    type Scalar = Fp2<C>;
    type Number = [[u64; W]; 2];

    const SENTINEL: Self::Number = [PrimeWords::<T, W>::SENTINEL, [0; W]];
    const ZERO: Self::Number = [[0; W]; 2];

    #[inline(always)]
    fn number(x: Self::Scalar) -> Self::Number {
        [x.c0, x.c1].map(PrimeWords::<T, W>::number)
    }
    #[inline(always)]
    fn element(a: Self::Number) -> Self::Scalar {
        let [c0, c1] = a.map(PrimeWords::<T, W>::element);
        Fp2::new(c0, c1)
    }
    #[inline(always)]
    fn add([a0, a1]: Self::Number, [b0, b1]: Self::Number) -> Self::Number {
        let add = <PrimeWords<T, W> as WordField>::add;
        [add(a0, b0), add(a1, b1)]
    }
    #[inline(always)]
    fn sub([a0, a1]: Self::Number, [b0, b1]: Self::Number) -> Self::Number {
        let sub = PrimeWords::<T, W>::sub;
        [sub(a0, b0), sub(a1, b1)]
    }
    /// (a₀b₀ − a₁b₁) + (a₀b₁ + a₁b₀)u, one reduction each.
    #[inline(always)]
    fn mul([a0, a1]: Self::Number, [b0, b1]: Self::Number) -> Self::Number {
        let minus_a1 = PrimeWords::<T, W>::sub([0; W], a1);
        [
            PrimeWords::<T, W>::products([(&a0, &b0), (&minus_a1, &b1)]),
            PrimeWords::<T, W>::products([(&a0, &b1), (&a1, &b0)]),
        ]
    }
    /// (a₀ + a₁)(a₀ − a₁) + 2a₀a₁u.
    #[inline(always)]
    fn square([a0, a1]: Self::Number) -> Self::Number {
        let add = <PrimeWords<T, W> as WordField>::add;
        let (sum, difference) = (add(a0, a1), PrimeWords::<T, W>::sub(a0, a1));
        [
            PrimeWords::<T, W>::products([(&sum, &difference)]),
            PrimeWords::<T, W>::products([(&add(a0, a0), &a1)]),
        ]
    }
    #[inline(always)]
    fn canonical(a: Self::Number) -> Self::Number {
        a.map(PrimeWords::<T, W>::canonical)
    }
    #[inline(always)]
    fn select(first: bool, [a0, a1]: Self::Number, [b0, b1]: Self::Number) -> Self::Number {
        [
            branchless::select(first, a0, b0),
            branchless::select(first, a1, b1),
        ]
    }
}

#[cfg(test)]
mod tests {
    use ark_ff::BigInteger;

    use super::*;
    use crate::curve::BaseField;

    /// Every operation on numbers, each below p and raised above it.
    fn agrees<F: BaseField>(raised: impl Fn(F) -> <F::Words as WordField>::Number) {
        let mut rng = ark_std::test_rng();
        let mut elements = vec![F::ZERO, F::ONE, -F::ONE, F::ONE.double()];
        elements.extend((0..20).map(|_| F::rand(&mut rng)));
        let both = |x: F| [F::Words::number(x), raised(x)];
        for &x in &elements {
            for a in both(x) {
                assert_eq!(F::Words::element(a), x);
                assert_eq!(F::Words::canonical(a), F::Words::number(x));
                assert_eq!(F::Words::element(F::Words::square(a)), x.square());
            }
            for &y in &elements {
                for (a, b) in both(x)
                    .into_iter()
                    .zip(both(y))
                    .chain([(raised(x), F::Words::number(y))])
                {
                    assert_eq!(F::Words::element(F::Words::add(a, b)), x + y);
                    assert_eq!(F::Words::element(F::Words::sub(a, b)), x - y);
                    assert_eq!(F::Words::element(F::Words::mul(a, b)), x * y);
                    assert_eq!(F::Words::select(true, a, b), a);
                    assert_eq!(F::Words::select(false, a, b), b);
                }
            }
        }
    }

    /// The number of x + p: for zero it is p, and for −1 it is 2p − 1.
    fn raised<T: MontConfig<W>, const W: usize>(x: Fp<MontBackend<T, W>, W>) -> [u64; W] {
        let mut number = x.0;
        number.add_with_carry(&T::MODULUS);
        number.0
    }

    #[test]
    fn fields_in_words_agree_with_arkworks_below_p_and_above() {
        agrees::<ark_bn254::Fq>(raised);
        agrees::<ark_bls12_381::Fq>(raised);
        agrees::<ark_bn254::Fq2>(|x| [raised(x.c0), raised(x.c1)]);
        agrees::<ark_bls12_381::Fq2>(|x| [raised(x.c0), raised(x.c1)]);
    }
}
