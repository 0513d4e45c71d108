//! Inverses modulo an odd prime p, of which words hold 2p: the binary GCD in steps of 31, each on approximations
//! of 64 bits (Pornin, "Optimized Binary GCD for Modular Inversion", 2020). Its time depends on the value.

use ark_ff::{BigInt, BigInteger, Fp, MontBackend, MontConfig};

/// Halvings a step.
const STEP: u32 = 31;
const LOW: u64 = (1 << STEP) - 1;

/// x⁻¹, if x is not zero.
pub fn inverse<T: MontConfig<W>, const W: usize>(
    x: Fp<MontBackend<T, W>, W>,
) -> Option<Fp<MontBackend<T, W>, W>> {
    const { assert!(T::MODULUS.0[W - 1] >> 63 == 0, "words hold 2p") };
    // a ≡ u·x·R/R² and b ≡ v·x·R/R² mod p, so that b = 1 has v = R/x: Montgomery's form of 1/x.
    let (mut a, mut b) = (x.0, T::MODULUS);
    let (mut u, mut v) = (T::R2, BigInt::zero());
    if a.is_zero() {
        return None;
    }
    while !a.is_zero() {
        let factors = factors(approximations(&a.0, &b.0));
        let [(new_a, f), (new_b, g)] = factors.map(|f| magnitude(&a, &b, f));
        (a, b) = (new_a, new_b);
        (u, v) = (residue::<T, W>(&u, &v, f), residue::<T, W>(&u, &v, g));
    }
    Some(Fp::new_unchecked(v))
}

/// The top 33 bits of both from the highest bit of the larger on, above the lowest 31.
fn approximations<const W: usize>(a: &[u64; W], b: &[u64; W]) -> [u64; 2] {
    let mut top = W - 1;
    while top > 0 && a[top] | b[top] == 0 {
        top -= 1;
    }
    if top == 0 {
        return [a[0], b[0]];
    }
    let zeros = (a[top] | b[top]).leading_zeros();
    let high = |x: &[u64; W]| {
        let both = u128::from(x[top]) << 64 | u128::from(x[top - 1]);
        (both << zeros >> 64) as u64
    };
    [a, b].map(|x| high(x) & !LOW | x[0] & LOW)
}

/// Factors f, g of both for the numbers after `STEP` halvings, up to their signs: (a·f + b·g)/2^31.
fn factors([mut a, mut b]: [u64; 2]) -> [[i64; 2]; 2] {
    // Two factors from −2^31 + 1 to 2^31 in one word, the second in its upper half.
    let (mut fa, mut fb) = (1u64, 1u64 << 32);
    for _ in 0..STEP {
        let odd = a & 1 != 0;
        let swap = odd && a < b;
        if swap {
            (a, b) = (b, a);
            (fa, fb) = (fb, fa);
        }
        if odd {
            a -= b;
            fa = fa.wrapping_sub(fb);
        }
        a >>= 1;
        fb <<= 1;
    }
    let factor = |half: u32| i64::from(half.wrapping_add(LOW as u32)) - LOW as i64;
    [fa, fb].map(|packed| {
        let first = factor(packed as u32);
        [
            first,
            factor((packed.wrapping_sub(first as u64) >> 32) as u32),
        ]
    })
}

/// |a·f + b·g| / 2^31, which is whole and fits, and the factors that give it without its sign.
fn magnitude<const W: usize>(
    a: &BigInt<W>,
    b: &BigInt<W>,
    factors: [i64; 2],
) -> (BigInt<W>, [i64; 2]) {
    let (sum, negative) = combined(a, b, factors, &BigInt::zero(), 0);
    if !negative {
        return (sum, factors);
    }
    let mut negated = BigInt::zero();
    negated.sub_with_borrow(&sum);
    (negated, factors.map(|f| -f))
}

/// (u·f + v·g) / 2^31 mod p, for u, v < p and |f| + |g| ≤ 2^31.
fn residue<T: MontConfig<W>, const W: usize>(
    u: &BigInt<W>,
    v: &BigInt<W>,
    [f, g]: [i64; 2],
) -> BigInt<W> {
    let low = u.0[0]
        .wrapping_mul(f as u64)
        .wrapping_add(v.0[0].wrapping_mul(g as u64));
    // Between −p and 2p.
    let (mut sum, negative) = combined(u, v, [f, g], &T::MODULUS, low.wrapping_mul(T::INV) & LOW);
    if negative {
        sum.add_with_carry(&T::MODULUS);
    } else if sum >= T::MODULUS {
        sum.sub_with_borrow(&T::MODULUS);
    }
    sum
}

/// (x·f + y·g + p·q) / 2^31, which is whole, modulo 2^(64·W), and whether it is below zero.
#[inline(always)]
fn combined<const W: usize>(
    x: &BigInt<W>,
    y: &BigInt<W>,
    [f, g]: [i64; 2],
    p: &BigInt<W>,
    q: u64,
) -> (BigInt<W>, bool) {
    let mut words = [0; W];
    let mut carry = 0i128;
    for (i, word) in words.iter_mut().enumerate() {
        carry += i128::from(x.0[i]) * i128::from(f) + i128::from(y.0[i]) * i128::from(g);
        carry += i128::from(p.0[i]) * i128::from(q);
        *word = carry as u64;
        carry >>= 64;
    }
    let halved = core::array::from_fn(|i| {
        let next = words.get(i + 1).copied().unwrap_or(carry as u64);
        words[i] >> STEP | next << (64 - STEP)
    });
    (BigInt(halved), carry < 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, Field, UniformRand};

    fn agrees<T: MontConfig<W>, const W: usize>() {
        type F<T, const W: usize> = Fp<MontBackend<T, W>, W>;
        let mut rng = ark_std::test_rng();
        let mut elements: Vec<_> = (0..5000).map(|_| F::<T, W>::rand(&mut rng)).collect();
        let r = F::<T, W>::from(2u64).pow([64 * W as u64]);
        for k in 0..400u64 {
            let power = F::<T, W>::from(2u64).pow([k]);
            elements.extend([power, -power, power + F::<T, W>::ONE, power / r, -power / r]);
            elements.extend([F::<T, W>::from(k), -F::<T, W>::from(k)]);
            elements.extend([F::<T, W>::from(k) / r, -F::<T, W>::from(k) / r]);
        }
        for x in elements {
            assert_eq!(inverse(x), x.inverse(), "{x}");
        }
        assert_eq!(inverse(F::<T, W>::ZERO), None);
    }

    #[test]
    fn inverses_agree_with_arkworks() {
        agrees::<ark_bn254::FqConfig, 4>();
        agrees::<ark_bn254::FrConfig, 4>();
        agrees::<ark_bls12_381::FqConfig, 6>();
        agrees::<ark_bls12_381::FrConfig, 4>();
    }
}
