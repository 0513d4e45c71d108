//! Constants of a prime field in limbs of 52 bits, computed from its modulus at compile time.

use crate::lanes::{LIMB_BITS, LIMB_MASK};

/// A number of W words in L limbs, least significant first. It fits: 52·L ≥ 64·W, or its top words are small.
pub const fn from_words<const W: usize, const L: usize>(words: &[u64; W]) -> [u64; L] {
    let mut limbs = [0; L];
    let mut k = 0;
    while k < L {
        let bit = k * LIMB_BITS as usize;
        let (word, shift) = (bit / 64, bit % 64);
        if word < W {
            limbs[k] = words[word] >> shift;
            if shift > 12 && word + 1 < W {
                limbs[k] |= words[word + 1] << (64 - shift);
            }
            limbs[k] &= LIMB_MASK;
        }
        k += 1;
    }
    limbs
}

/// 2^exponent mod p.
pub const fn power_of_two<const L: usize>(exponent: u32, p: &[u64; L]) -> [u64; L] {
    let mut x = [0; L];
    x[0] = 1;
    let mut i = 0;
    while i < exponent {
        x = double(&x, p);
        i += 1;
    }
    x
}

/// ⌊2^exponent / p⌋. It fits.
pub const fn quotient_of_power_of_two<const L: usize>(exponent: u32, p: &[u64; L]) -> u64 {
    let mut remainder = [0; L];
    remainder[0] = 1;
    let mut quotient = 0;
    let mut i = 0;
    while i < exponent {
        let twice = double(&remainder, p);
        // Twice a number is even, and less p, which is odd, it is odd.
        quotient = 2 * quotient + (twice[0] & 1);
        remainder = twice;
        i += 1;
    }
    quotient
}

/// 2x mod p. Requires x < p.
const fn double<const L: usize>(x: &[u64; L], p: &[u64; L]) -> [u64; L] {
    let (mut twice, mut less) = ([0; L], [0; L]);
    let (mut carry, mut borrow) = (0, 0);
    let mut k = 0;
    while k < L {
        let sum = 2 * x[k] + carry;
        twice[k] = sum & LIMB_MASK;
        carry = sum >> LIMB_BITS;
        let difference = twice[k].wrapping_sub(p[k]).wrapping_sub(borrow);
        less[k] = difference & LIMB_MASK;
        borrow = difference >> 63;
        k += 1;
    }
    if carry == 0 && borrow == 1 {
        twice
    } else {
        less
    }
}

/// x·2^bits in 2L limbs, lower and upper half. It fits.
pub const fn shifted<const L: usize>(x: &[u64; L], bits: u32) -> ([u64; L], [u64; L]) {
    let (first, shift) = ((bits / LIMB_BITS) as usize, bits % LIMB_BITS);
    let (mut low, mut high) = ([0; L], [0; L]);
    let mut k = first;
    while k < 2 * L {
        let j = k - first;
        let mut limb = 0;
        if j < L {
            limb = (x[j] << shift) & LIMB_MASK;
        }
        if j > 0 && j <= L {
            limb |= x[j - 1] >> (LIMB_BITS - shift);
        }
        if k < L {
            low[k] = limb;
        } else {
            high[k - L] = limb;
        }
        k += 1;
    }
    (low, high)
}

/// (x·k + 1) / 2^52, of which the caller knows that it is whole.
pub const fn fold<const L: usize>(x: &[u64; L], k: u64) -> [u64; L] {
    let mut quotient = [0; L];
    let mut carry = 1u128;
    let mut i = 0;
    while i < L {
        carry += x[i] as u128 * k as u128;
        if i > 0 {
            quotient[i - 1] = carry as u64 & LIMB_MASK;
        }
        carry >>= LIMB_BITS;
        i += 1;
    }
    quotient[L - 1] = carry as u64;
    quotient
}

/// Whether k·x < y.
pub const fn times_is_below<const L: usize>(k: u64, x: &[u64; L], y: &[u64; L]) -> bool {
    let (mut carry, mut borrow) = (0u64, 0);
    let mut i = 0;
    while i < L {
        let product = x[i] * k + carry;
        carry = product >> LIMB_BITS;
        let difference = (product & LIMB_MASK)
            .wrapping_sub(y[i])
            .wrapping_sub(borrow);
        borrow = difference >> 63;
        i += 1;
    }
    carry == 0 && borrow == 1
}
