//! The scalar twin of the vector instructions, lane by lane: tests hold the instructions to it, and
//! it runs where they cannot (other CPUs, Miri). Operations are calls: nobody waits for it, and the
//! compiler should not take minutes.

use super::{Kernel, Simd, LIMB_BITS, LIMB_MASK};

/// Eight lanes as an array.
#[derive(Clone, Copy, Debug)]
pub struct Twin;

#[inline(always)]
fn each(f: impl Fn(usize) -> u64) -> [u64; 8] {
    core::array::from_fn(f)
}

fn mask(f: impl Fn(usize) -> bool) -> u8 {
    (0..8).fold(0, |mask, i| mask | u8::from(f(i)) << i)
}

fn product(a: u64, b: u64) -> u128 {
    u128::from(a & LIMB_MASK) * u128::from(b & LIMB_MASK)
}

impl Simd for Twin {
    type V = [u64; 8];

    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run()
    }
    #[inline(never)]
    fn call<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run()
    }
    fn splat(self, value: u64) -> [u64; 8] {
        [value; 8]
    }
    fn load(self, lanes: &[u64; 8]) -> [u64; 8] {
        *lanes
    }
    fn store(self, v: [u64; 8]) -> [u64; 8] {
        v
    }
    #[inline(never)]
    fn load_rows4(self, rows: [&[u64; 4]; 8]) -> [[u64; 8]; 4] {
        core::array::from_fn(|k| each(|i| rows[i][k]))
    }
    #[inline(never)]
    fn load_rows2(self, rows: [&[u64; 2]; 8]) -> [[u64; 8]; 2] {
        core::array::from_fn(|k| each(|i| rows[i][k]))
    }
    #[inline(never)]
    fn to_rows4(self, words: [[u64; 8]; 4]) -> [[u64; 4]; 8] {
        core::array::from_fn(|i| core::array::from_fn(|k| words[k][i]))
    }
    #[inline(never)]
    fn to_rows2(self, words: [[u64; 8]; 2]) -> [[u64; 2]; 8] {
        core::array::from_fn(|i| core::array::from_fn(|k| words[k][i]))
    }
    #[inline(never)]
    fn add(self, a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(|i| a[i].wrapping_add(b[i]))
    }
    #[inline(never)]
    fn sub(self, a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(|i| a[i].wrapping_sub(b[i]))
    }
    #[inline(never)]
    fn and(self, a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(|i| a[i] & b[i])
    }
    #[inline(never)]
    fn or(self, a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(|i| a[i] | b[i])
    }
    #[inline(never)]
    fn shl(self, a: [u64; 8], bits: u32) -> [u64; 8] {
        each(|i| a[i] << bits)
    }
    #[inline(never)]
    fn shr(self, a: [u64; 8], bits: u32) -> [u64; 8] {
        each(|i| a[i] >> bits)
    }
    #[inline(never)]
    fn carry(self, a: [u64; 8]) -> [u64; 8] {
        each(|i| (a[i] as i64 >> LIMB_BITS) as u64)
    }
    #[inline(never)]
    fn mul_low(self, acc: [u64; 8], a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(|i| acc[i].wrapping_add(product(a[i], b[i]) as u64 & LIMB_MASK))
    }
    #[inline(never)]
    fn mul_high(self, acc: [u64; 8], a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(|i| acc[i].wrapping_add((product(a[i], b[i]) >> LIMB_BITS) as u64))
    }
    #[inline(never)]
    fn select(self, m: u8, a: [u64; 8], b: [u64; 8]) -> [u64; 8] {
        each(|i| if m >> i & 1 == 1 { a[i] } else { b[i] })
    }
    fn equal(self, a: [u64; 8], b: [u64; 8]) -> u8 {
        mask(|i| a[i] == b[i])
    }
    fn negative(self, a: [u64; 8]) -> u8 {
        mask(|i| (a[i] as i64) < 0)
    }
    fn rotate<const K: usize>(self, a: [u64; 8]) -> [u64; 8] {
        each(|i| a[(i + K) % 8])
    }
    fn prefetch<T>(self, _: &T) {}
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::lanes::Avx512;
    use rand::{Rng, SeedableRng};

    /// Every operation on random lanes mixed with edges: the instruction and its twin agree.
    #[test]
    fn instructions_do_what_their_twins_do() {
        let Some(s) = Avx512::detect() else {
            return eprintln!("skipped: no AVX-512 IFMA here");
        };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let edges = [
            0,
            1,
            LIMB_MASK,
            LIMB_MASK + 1,
            u64::MAX,
            1 << 63,
            LIMB_MASK - 1,
        ];
        let mut lanes = || -> [u64; 8] {
            each_mut(|| {
                if rng.gen() {
                    rng.gen()
                } else {
                    edges[rng.gen_range(0..edges.len())]
                }
            })
        };
        for round in 0..2000u32 {
            let (a, b, c, d) = (lanes(), lanes(), lanes(), lanes());
            let [va, vb, vc, vd] = [a, b, c, d].map(|x| s.load(&x));
            let bits = round % 64;
            let m = a[0] as u8;
            let t = Twin;
            assert_eq!(s.store(s.splat(a[0])), t.splat(a[0]));
            assert_eq!(s.store(s.add(va, vb)), t.add(a, b));
            assert_eq!(s.store(s.sub(va, vb)), t.sub(a, b));
            assert_eq!(s.store(s.and(va, vb)), t.and(a, b));
            assert_eq!(s.store(s.or(va, vb)), t.or(a, b));
            assert_eq!(s.store(s.shl(va, bits)), t.shl(a, bits));
            assert_eq!(s.store(s.shr(va, bits)), t.shr(a, bits));
            assert_eq!(s.store(s.carry(va)), t.carry(a));
            assert_eq!(s.store(s.mul_low(vc, va, vb)), t.mul_low(c, a, b));
            assert_eq!(s.store(s.mul_high(vc, va, vb)), t.mul_high(c, a, b));
            assert_eq!(s.store(s.select(m, va, vb)), t.select(m, a, b));
            assert_eq!(s.equal(va, vb), t.equal(a, b));
            assert_eq!(s.equal(va, va), 0xff);
            assert_eq!(s.negative(va), t.negative(a));
            assert_eq!(s.store(s.rotate::<1>(va)), t.rotate::<1>(a));
            assert_eq!(s.store(s.rotate::<4>(va)), t.rotate::<4>(a));
            let rows = t.to_rows4([a, b, c, d]);
            assert_eq!(s.to_rows4([va, vb, vc, vd]), rows);
            let found = s.load_rows4(rows.each_ref()).map(|v| s.store(v));
            assert_eq!(found, [a, b, c, d]);
            assert_eq!(t.load_rows4(rows.each_ref()), [a, b, c, d]);
            let rows = t.to_rows2([a, b]);
            assert_eq!(s.to_rows2([va, vb]), rows);
            assert_eq!(s.load_rows2(rows.each_ref()).map(|v| s.store(v)), [a, b]);
            assert_eq!(t.load_rows2(rows.each_ref()), [a, b]);
        }
    }

    fn each_mut(mut f: impl FnMut() -> u64) -> [u64; 8] {
        core::array::from_fn(|_| f())
    }
}
