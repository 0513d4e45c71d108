//! A prime field in words of 64 bits, without branches on values: whether p must be taken away, a CPU guesses wrong half of
//! the time, and each wrong guess costs as much as a product.
//!
//! Ranges are lazy as in the lanes: "≤ kp" is a number from 0 to k·p inclusive. All stay below 2^(64·W), which is
//! 5.2p in BN254, 2.2p for the scalars and 9.8p for the coordinates of BLS12-381. Debug builds check the ranges.

use core::hint::select_unpredictable;
use core::marker::PhantomData;

use ark_ff::{BigInt, Fp, MontBackend, MontConfig};

/// A loop over words, written out: of more than four, the compiler leaves it a loop.
macro_rules! each_word {
    ($i:ident < $words:ident => $body:block) => {
        each_word!($i < $words => $body; 0 1 2 3 4 5)
    };
    ($i:ident < $words:ident => $body:block; $($index:literal)*) => {$(
        if $index < $words {
            let $i = $index;
            $body
        }
    )*};
}

/// The field of `T` in numbers of W words.
pub struct PrimeWords<T, const W: usize>(PhantomData<fn() -> T>);

impl<T: MontConfig<W>, const W: usize> PrimeWords<T, W> {
    /// B: 2, or 1 where 4p would not fit.
    pub const BOUND: u64 = if T::MODULUS.0[W - 1] >> 62 == 0 { 2 } else { 1 };

    const P: [u64; W] = T::MODULUS.0;
    const BOUND_P: [u64; W] = Self::MULTIPLES[Self::BOUND as usize];
    /// k·p mod 2^(64·W).
    const MULTIPLES: [[u64; W]; 8] = {
        assert!(
            W.is_multiple_of(2) && W <= 6,
            "an even number of words, at most six"
        );
        assert!(T::MODULUS.0[W - 1] >> 63 == 0, "2p fits");
        let mut multiples = [[0; W]; 8];
        let mut k = 1;
        while k < 8 {
            let (mut carry, mut j) = (0, 0);
            while j < W {
                let sum = multiples[k - 1][j] as u128 + T::MODULUS.0[j] as u128 + carry;
                multiples[k][j] = sum as u64;
                carry = sum >> 64;
                j += 1;
            }
            k += 1;
        }
        multiples
    };
    /// Whether 5p fits, which sums of two products may reach, and 8p.
    const FIVE_FIT: bool = T::MODULUS.0[W - 1] < u64::MAX / 5;
    const EIGHT_FIT: bool = T::MODULUS.0[W - 1] >> 61 == 0;
    /// What is left of the top word of p: ten bits.
    const SHIFT: u32 = T::MODULUS.const_num_bits() - 64 * (W as u32 - 1) - 10;
    /// 2^20 / p in units of 2^`SHIFT` of the top word, from below.
    const QUOTIENT: u64 = (1 << 20) / ((T::MODULUS.0[W - 1] >> Self::SHIFT) + 1);

    /// In debug builds: a ≤ kp, which fits.
    #[inline(always)]
    fn check(a: &[u64; W], k: u64) {
        if cfg!(debug_assertions) {
            Self::assert_at_most(a, k);
        }
    }

    #[inline(never)]
    fn assert_at_most(a: &[u64; W], k: u64) {
        let (_, above) = difference(Self::MULTIPLES[k as usize], a);
        assert!(above == 0, "number above {k}p");
    }

    /// The number of an element, < p.
    #[inline(always)]
    pub fn number(x: Fp<MontBackend<T, W>, W>) -> [u64; W] {
        x.0 .0
    }

    /// The element of a number ≤ 2Bp.
    #[inline(always)]
    pub fn element(a: [u64; W]) -> Fp<MontBackend<T, W>, W> {
        Fp::new_unchecked(BigInt(Self::canonical(a)))
    }

    /// a + b ≤ 2Bp. Requires a, b ≤ Bp.
    #[inline(always)]
    pub fn loose_add(a: [u64; W], b: [u64; W]) -> [u64; W] {
        Self::check(&a, Self::BOUND);
        Self::check(&b, Self::BOUND);
        sum(a, &b).0
    }

    /// a − b + Bp ≤ 2Bp. Requires a, b ≤ Bp.
    #[inline(always)]
    pub fn loose_sub(a: [u64; W], b: [u64; W]) -> [u64; W] {
        Self::check(&b, Self::BOUND);
        difference(Self::loose_add(a, Self::BOUND_P), &b).0
    }

    /// a, ≤ Bp. Requires a ≤ 2Bp.
    #[inline(always)]
    pub fn reduce(a: [u64; W]) -> [u64; W] {
        Self::check(&a, 2 * Self::BOUND);
        less_where_above(a, &Self::BOUND_P)
    }

    /// a, < p. Requires a ≤ 2Bp.
    #[inline(always)]
    pub fn canonical(a: [u64; W]) -> [u64; W] {
        let mut a = Self::reduce(a);
        // Of 2Bp, Bp is left.
        for _ in 0..Self::BOUND {
            a = less_where_above(a, &Self::P);
        }
        a
    }

    /// a − b, ≤ Bp. Requires a, b ≤ Bp.
    #[inline(always)]
    pub fn sub(a: [u64; W], b: [u64; W]) -> [u64; W] {
        Self::check(&a, Self::BOUND);
        Self::check(&b, Self::BOUND);
        let (difference, borrow) = difference(a, &b);
        let mask = borrow.wrapping_neg();
        sum(difference, &Self::BOUND_P.map(|word| word & mask)).0
    }

    /// Σ a·b/2^(64·W) ≤ Bp, Montgomery's product, of one pair or, where B = 2, two. Requires numbers ≤ Bp; of one pair,
    /// a ≤ 2Bp and b ≤ p will do.
    #[inline(always)]
    pub fn products<const N: usize>(pairs: [(&[u64; W], &[u64; W]); N]) -> [u64; W] {
        const { assert!(N == 1 || (N == 2 && Self::BOUND == 2 && Self::FIVE_FIT)) };
        for (a, b) in pairs {
            Self::check(a, if N == 1 { 2 * Self::BOUND } else { Self::BOUND });
            Self::check(b, Self::BOUND);
        }
        let mut t = [0; W];
        each_word!(i < W => {
            let mut top = 0;
            for (a, b) in pairs {
                top += accumulate(&mut t, a[i], b);
            }
            let carry;
            (t, carry) = Self::less_a_word(t, top);
            debug_assert_eq!(carry, 0, "product out of range");
        });
        // With R = 2^(64·W) it is below p + N·B²p²/R: 2p where B = 1 and, where B = 2, of one pair or with 8p ≤ R. On the
        // way, it is below (2N + 1)·p.
        if Self::BOUND == 1 || (N == 2 && !Self::EIGHT_FIT) {
            t = Self::reduce(t);
        }
        Self::check(&t, Self::BOUND);
        t
    }

    /// x·c ≤ Bp for any x, given c·2^(64·(i+1)) mod p for every word i of x.
    ///
    /// The sum of words times these is one word too long, so that one step of Montgomery's reduction is left of W: W² + W + 1
    /// word products instead of 2W² + W.
    #[inline(always)]
    pub fn times(x: &[u64; W], c: &[[u64; W]; W]) -> [u64; W] {
        let (mut t, mut top, mut over) = ([0; W], 0, 0);
        let mut carry;
        for (&word, multiple) in x.iter().zip(c) {
            (top, carry) = add_carry(top, accumulate(&mut t, word, multiple), 0);
            over += carry;
        }
        (t, carry) = Self::less_a_word(t, top);
        over += carry;
        // Below (W + 1)·p; the quotient by p is k or k + 1.
        let top = u128::from(over) << 64 | u128::from(t[W - 1]);
        let k = ((top >> Self::SHIFT) as u64 * Self::QUOTIENT) >> 20;
        let (rest, _) = difference(t, &Self::MULTIPLES[k as usize % 8]);
        let product = if Self::BOUND == 2 {
            rest
        } else {
            less_where_above(rest, &Self::P)
        };
        Self::check(&product, Self::BOUND);
        product
    }

    /// (t + top·2^(64·W) + q·p) / 2^64 for the q < 2^64 that makes it whole, and what is carried out.
    #[inline(always)]
    fn less_a_word(mut t: [u64; W], top: u64) -> ([u64; W], u64) {
        let q = t[0].wrapping_mul(T::INV);
        let last = accumulate(&mut t, q, &Self::P);
        let mut less = [0; W];
        less[..W - 1].copy_from_slice(&t[1..]);
        let carry;
        (less[W - 1], carry) = add_carry(top, last, 0);
        (less, carry)
    }
}

/// `a` where `first`, `b` elsewhere.
#[inline(always)]
pub fn select<const W: usize>(first: bool, a: [u64; W], mut b: [u64; W]) -> [u64; W] {
    for j in 0..W {
        b[j] = select_unpredictable(first, a[j], b[j]);
    }
    b
}

/// a + b + carry, and what is carried out: 0 or 1.
#[inline(always)]
pub fn add_carry(a: u64, b: u64, carry: u64) -> (u64, u64) {
    #[cfg(target_arch = "x86_64")]
    {
        let mut sum = 0;
        let carry = core::arch::x86_64::_addcarry_u64(carry as u8, a, b, &mut sum);
        (sum, u64::from(carry))
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let sum = u128::from(a) + u128::from(b) + u128::from(carry);
        (sum as u64, (sum >> 64) as u64)
    }
}

/// a − b − borrow, and what is borrowed: 0 or 1.
#[inline(always)]
pub fn sub_borrow(a: u64, b: u64, borrow: u64) -> (u64, u64) {
    #[cfg(target_arch = "x86_64")]
    {
        let mut difference = 0;
        let borrow = core::arch::x86_64::_subborrow_u64(borrow as u8, a, b, &mut difference);
        (difference, u64::from(borrow))
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let difference = (u128::from(a)).wrapping_sub(u128::from(b) + u128::from(borrow));
        (difference as u64, (difference >> 64) as u64 & 1)
    }
}

/// t + x·c: what is above W words is given back. Products by even words lie side by side, and so do those by odd ones.
#[inline(always)]
fn accumulate<const W: usize>(t: &mut [u64; W], x: u64, c: &[u64; W]) -> u64 {
    let product = |j: usize| {
        let product = u128::from(x) * u128::from(c[j]);
        (product as u64, (product >> 64) as u64)
    };
    let mut even = 0;
    for j in (0..W / 2).map(|j| 2 * j) {
        let (low, high) = product(j);
        (t[j], even) = add_carry(t[j], low, even);
        (t[j + 1], even) = add_carry(t[j + 1], high, even);
    }
    let mut odd = 0;
    for j in (0..W / 2 - 1).map(|j| 2 * j + 1) {
        let (low, high) = product(j);
        (t[j], odd) = add_carry(t[j], low, odd);
        (t[j + 1], odd) = add_carry(t[j + 1], high, odd);
    }
    let (low, high) = product(W - 1);
    (t[W - 1], odd) = add_carry(t[W - 1], low, odd);
    high + even + odd
}

/// a + b mod 2^(64·W), and what is carried out.
#[inline(always)]
fn sum<const W: usize>(mut a: [u64; W], b: &[u64; W]) -> ([u64; W], u64) {
    let mut carry = 0;
    for j in 0..W {
        (a[j], carry) = add_carry(a[j], b[j], carry);
    }
    (a, carry)
}

/// a − b mod 2^(64·W), and what is borrowed.
#[inline(always)]
fn difference<const W: usize>(mut a: [u64; W], b: &[u64; W]) -> ([u64; W], u64) {
    let mut borrow = 0;
    for j in 0..W {
        (a[j], borrow) = sub_borrow(a[j], b[j], borrow);
    }
    (a, borrow)
}

/// a − b where a ≥ b, a elsewhere.
#[inline(always)]
fn less_where_above<const W: usize>(a: [u64; W], b: &[u64; W]) -> [u64; W] {
    let (less, borrow) = difference(a, b);
    select(borrow == 1, a, less)
}

#[cfg(test)]
mod tests {
    use ark_ff::{PrimeField, UniformRand};
    use num_bigint::BigUint;

    use super::*;

    fn big<const W: usize>(a: &[u64; W]) -> BigUint {
        BigInt(*a).into()
    }

    /// Numbers around the multiples of p up to 2Bp, of words that are all ones or zero, and random ones.
    fn numbers<T: MontConfig<W>, const W: usize>() -> Vec<[u64; W]> {
        let mut rng = ark_std::test_rng();
        let mut numbers = vec![[0; W]];
        for k in 0..=2 * PrimeWords::<T, W>::BOUND as usize {
            let multiple = PrimeWords::<T, W>::MULTIPLES[k];
            numbers.push(multiple);
            if k > 0 {
                let mut one = [0; W];
                one[0] = 1;
                numbers.push(difference(multiple, &one).0);
                let mut masked = multiple;
                masked[..W - 1].fill(u64::MAX);
                masked[W - 1] -= 1;
                numbers.push(masked);
            }
            for _ in 0..6 {
                let element = Fp::<MontBackend<T, W>, W>::rand(&mut rng).0 .0;
                if k < 2 * PrimeWords::<T, W>::BOUND as usize {
                    numbers.push(sum(element, &multiple).0);
                }
            }
        }
        numbers
    }

    fn agrees<T: MontConfig<W>, const W: usize>() {
        type F<T, const W: usize> = Fp<MontBackend<T, W>, W>;
        type N<T, const W: usize> = PrimeWords<T, W>;
        let p = big(&N::<T, W>::P);
        let bound = big(&N::<T, W>::BOUND_P);
        let r = (BigUint::from(1u64) << (64 * W)) % &p;
        let numbers = numbers::<T, W>();
        let tight: Vec<_> = numbers.iter().filter(|a| big(a) <= bound).collect();
        let holds = |what: &str, found: [u64; W], limit: &BigUint, expected: BigUint| {
            let found = big(&found);
            assert!(found <= *limit, "{what} out of range: {found}");
            assert_eq!(found % &p, expected % &p, "{what}");
        };
        for a in &numbers {
            holds("a", N::<T, W>::reduce(*a), &bound, big(a));
            let below = &p - 1u64;
            holds("a", N::<T, W>::canonical(*a), &below, big(a));
            for c in [N::<T, W>::MULTIPLES[1], N::<T, W>::canonical(*a)] {
                let product = big(&N::<T, W>::products([(a, &c)]));
                assert!(product <= bound);
                assert_eq!(product * &r % &p, big(a) * big(&c) % &p);
            }
        }
        let ones = [u64::MAX; W];
        for x in numbers.iter().chain([&ones]) {
            for c in tight.iter().copied().map(big) {
                let multiple = |i: usize| (&c << (64 * (i + 1))) % &p;
                let prepared =
                    core::array::from_fn(|i| F::<T, W>::from(multiple(i)).into_bigint().0);
                holds("xc", N::<T, W>::times(x, &prepared), &bound, big(x) * &c);
            }
        }
        for &a in &tight {
            for &b in &tight {
                holds(
                    "a+b",
                    N::<T, W>::loose_add(*a, *b),
                    &(&bound * 2u64),
                    big(a) + big(b),
                );
                let less = big(a) + &bound - big(b);
                holds(
                    "a-b",
                    N::<T, W>::loose_sub(*a, *b),
                    &(&bound * 2u64),
                    less.clone(),
                );
                holds("a-b", N::<T, W>::sub(*a, *b), &bound, less);
                let product = big(&N::<T, W>::products([(a, b)]));
                assert!(product <= bound);
                assert_eq!(product * &r % &p, big(a) * big(b) % &p);
            }
        }
    }

    fn two_pairs_agree<T: MontConfig<W>, const W: usize>() {
        let (p, bound) = (big(&T::MODULUS.0), big(&PrimeWords::<T, W>::BOUND_P));
        let r = BigUint::from(1u64) << (64 * W);
        let numbers = numbers::<T, W>().into_iter();
        let tight: Vec<_> = numbers.filter(|a| big(a) <= bound).collect();
        for a in &tight {
            for b in &tight {
                let found = big(&PrimeWords::<T, W>::products([(a, b), (b, b)]));
                assert!(found <= bound);
                assert_eq!(found * &r % &p, (big(a) + big(b)) * big(b) % &p);
            }
        }
    }

    #[test]
    fn numbers_agree_with_integers_up_to_the_ends_of_their_ranges() {
        agrees::<ark_bn254::FqConfig, 4>();
        agrees::<ark_bn254::FrConfig, 4>();
        agrees::<ark_bls12_381::FrConfig, 4>();
        agrees::<ark_bls12_377::FrConfig, 4>();
        agrees::<ark_bls12_381::FqConfig, 6>();
        two_pairs_agree::<ark_bn254::FqConfig, 4>();
        two_pairs_agree::<ark_bls12_381::FqConfig, 6>();
    }
}
