//! Inverses modulo an odd prime p, of which words hold 2p: the binary GCD in steps of 31, each on approximations of 64 bits (Pornin,
//! "Optimized Binary GCD for Modular Inversion", 2020). Its time depends on the value.

use ark_ff::{BigInt, Fp, MontBackend, MontConfig};

/// Halvings a step.
const STEP: u32 = 31;
const LOW: u64 = (1 << STEP) - 1;

/// x⁻¹, if x is not zero.
pub fn inverse<T: MontConfig<W>, const W: usize>(
    x: Fp<MontBackend<T, W>, W>,
) -> Option<Fp<MontBackend<T, W>, W>> {
    const { assert!(T::MODULUS.0[W - 1] >> 63 == 0, "words hold 2p") };
    // a ≡ u·x·R/R² and b ≡ v·x·R/R² mod p, so that b = 1 has v = R/x: Montgomery's form of 1/x.
    let (mut a, mut b) = (x.0 .0, T::MODULUS.0);
    let (mut u, mut v) = (T::R2.0, [0; W]);
    if a == [0; W] {
        return None;
    }
    while a != [0; W] {
        let [mut first, mut second] = factors(approximations(&a, &b));
        let (new_a, a_negative) = combined(&a, &b, first);
        let (new_b, b_negative) = combined(&a, &b, second);
        (a, b) = (new_a, new_b);
        if a_negative {
            first = first.map(|f| -f);
        }
        if b_negative {
            second = second.map(|f| -f);
        }
        (u, v) = (
            combined_mod::<T, W>(&u, &v, first),
            combined_mod::<T, W>(&u, &v, second),
        );
    }
    Some(Fp::new_unchecked(BigInt(v)))
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

/// |a·f + b·g| / 2^31, and whether it was negative. It is whole and fits.
fn combined<const W: usize>(a: &[u64; W], b: &[u64; W], [f, g]: [i64; 2]) -> ([u64; W], bool) {
    let mut words = [0; W];
    let mut carry = 0i128;
    for i in 0..W {
        carry += i128::from(a[i]) * i128::from(f) + i128::from(b[i]) * i128::from(g);
        words[i] = carry as u64;
        carry >>= 64;
    }
    let negative = carry < 0;
    let mut halved = shifted(&words, carry as u64);
    if negative {
        negate(&mut halved);
    }
    (halved, negative)
}

/// (u·f + v·g) / 2^31 mod p, for u, v < p and |f| + |g| ≤ 2^31.
fn combined_mod<T: MontConfig<W>, const W: usize>(
    u: &[u64; W],
    v: &[u64; W],
    [f, g]: [i64; 2],
) -> [u64; W] {
    let p = &T::MODULUS.0;
    let low = u[0]
        .wrapping_mul(f as u64)
        .wrapping_add(v[0].wrapping_mul(g as u64));
    let q = i128::from(low.wrapping_mul(T::INV) & LOW);
    let mut words = [0; W];
    let mut carry = 0i128;
    for i in 0..W {
        let product = i128::from(u[i]) * i128::from(f) + i128::from(v[i]) * i128::from(g);
        carry += product + i128::from(p[i]) * q;
        words[i] = carry as u64;
        carry >>= 64;
    }
    // Between −p and 2p.
    let mut reduced = shifted(&words, carry as u64);
    if carry < 0 {
        add(&mut reduced, p);
    } else {
        let mut less = reduced;
        if !subtract(&mut less, p) {
            reduced = less;
        }
    }
    reduced
}

/// The words and the one above them, shifted down by 31 bits.
fn shifted<const W: usize>(words: &[u64; W], above: u64) -> [u64; W] {
    core::array::from_fn(|i| {
        let next = if i + 1 < W { words[i + 1] } else { above };
        words[i] >> STEP | next << (64 - STEP)
    })
}

fn negate<const W: usize>(x: &mut [u64; W]) {
    let mut carry = true;
    for word in x {
        (*word, carry) = (!*word).overflowing_add(u64::from(carry));
    }
}

fn add<const W: usize>(x: &mut [u64; W], y: &[u64; W]) {
    let mut carry = 0;
    for (x, &y) in x.iter_mut().zip(y) {
        carry += u128::from(*x) + u128::from(y);
        *x = carry as u64;
        carry >>= 64;
    }
}

/// Whether it went below zero.
fn subtract<const W: usize>(x: &mut [u64; W], y: &[u64; W]) -> bool {
    let mut borrow = false;
    for (x, &y) in x.iter_mut().zip(y) {
        let (d, first) = x.overflowing_sub(y);
        let (d, second) = d.overflowing_sub(u64::from(borrow));
        (*x, borrow) = (d, first | second);
    }
    borrow
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
