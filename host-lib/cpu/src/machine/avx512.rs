//! AVX-512 with 52-bit multiply-add.
//!
//! Soundness: an [`Avx512`] exists only where [`Avx512::detect`] saw the instructions, so every
//! intrinsic below may be executed; prefetches need none that some x86-64 lacks. Loads and stores go
//! through references to arrays of exactly the size that they move, and are unaligned.

use core::arch::x86_64::*;

use crate::lanes::{eight, Kernel, Simd};

/// Proof that this CPU has AVX-512 F, VL, DQ and IFMA, and BMI2.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Avx512 {
    /// The token, if this CPU has the instructions.
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512ifma")
            && is_x86_feature_detected!("bmi2");
        found.then_some(Avx512(()))
    }
}

#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma,bmi2")]
fn switched_on<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512ifma,bmi2")]
#[inline(never)]
fn called<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// An intrinsic, executed on the strength of the token.
macro_rules! op {
    ($e:expr) => {
        // SAFETY: `self` proves that the CPU has the instruction.
        unsafe { $e }
    };
}

/// Two rows of four words in one vector, the first in its lower half.
macro_rules! halves {
    ($low:expr, $high:expr) => {
        // SAFETY: the token proves the instructions; both references are to 32 readable bytes.
        unsafe {
            _mm512_inserti64x4::<1>(
                _mm512_castsi256_si512(_mm256_loadu_si256($low.as_ptr().cast())),
                _mm256_loadu_si256($high.as_ptr().cast()),
            )
        }
    };
}

/// Four rows of two words in one vector.
macro_rules! quarters {
    ($a:expr, $b:expr, $c:expr, $d:expr) => {
        // SAFETY: the token proves the instructions; all references are to 16 readable bytes.
        unsafe {
            let v = _mm512_castsi128_si512(_mm_loadu_si128($a.as_ptr().cast()));
            let v = _mm512_inserti64x2::<1>(v, _mm_loadu_si128($b.as_ptr().cast()));
            let v = _mm512_inserti64x2::<2>(v, _mm_loadu_si128($c.as_ptr().cast()));
            _mm512_inserti64x2::<3>(v, _mm_loadu_si128($d.as_ptr().cast()))
        }
    };
}

impl Simd for Avx512 {
    type V = __m512i;

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: `self` proves that the CPU has every feature that the function enables.
        unsafe { switched_on(kernel) }
    }

    #[inline(always)]
    fn call<K: Kernel>(self, kernel: K) -> K::Output {
        // SAFETY: as for `run`.
        unsafe { called(kernel) }
    }

    #[inline(always)]
    fn splat(self, value: u64) -> __m512i {
        op!(_mm512_set1_epi64(value as i64))
    }

    #[inline(always)]
    fn load(self, lanes: &[u64; 8]) -> __m512i {
        // SAFETY: as for `op`; the reference is to 64 readable bytes.
        unsafe { _mm512_loadu_si512(lanes.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, v: __m512i) -> [u64; 8] {
        let mut lanes = [0; 8];
        // SAFETY: as for `op`; `lanes` is 64 writable bytes.
        unsafe { _mm512_storeu_si512(lanes.as_mut_ptr().cast(), v) };
        lanes
    }

    #[inline(always)]
    fn load_rows4(self, rows: [&[u64; 4]; 8]) -> [__m512i; 4] {
        let (a, b) = (halves!(rows[0], rows[2]), halves!(rows[1], rows[3]));
        let (c, d) = (halves!(rows[4], rows[6]), halves!(rows[5], rows[7]));
        op!({
            let (even_low, odd_low) = (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
            let (even_high, odd_high) = (_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d));
            [
                _mm512_shuffle_i64x2::<0x88>(even_low, even_high),
                _mm512_shuffle_i64x2::<0x88>(odd_low, odd_high),
                _mm512_shuffle_i64x2::<0xdd>(even_low, even_high),
                _mm512_shuffle_i64x2::<0xdd>(odd_low, odd_high),
            ]
        })
    }

    #[inline(always)]
    fn load_rows2(self, rows: [&[u64; 2]; 8]) -> [__m512i; 2] {
        let even = quarters!(rows[0], rows[2], rows[4], rows[6]);
        let odd = quarters!(rows[1], rows[3], rows[5], rows[7]);
        op!([
            _mm512_unpacklo_epi64(even, odd),
            _mm512_unpackhi_epi64(even, odd)
        ])
    }

    #[inline(always)]
    fn to_rows4(self, w: [__m512i; 4]) -> [[u64; 4]; 8] {
        let mut rows = [[0; 4]; 8];
        // SAFETY: as for `op`; every store is to a row of 32 writable bytes.
        unsafe {
            let (even_low, odd_low) = (
                _mm512_unpacklo_epi64(w[0], w[1]),
                _mm512_unpackhi_epi64(w[0], w[1]),
            );
            let (even_high, odd_high) = (
                _mm512_unpacklo_epi64(w[2], w[3]),
                _mm512_unpackhi_epi64(w[2], w[3]),
            );
            let first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
            let second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
            for (index, low, high, order) in [
                (0, even_low, even_high, first),
                (1, odd_low, odd_high, first),
                (4, even_low, even_high, second),
                (5, odd_low, odd_high, second),
            ] {
                let pair = _mm512_permutex2var_epi64(low, order, high);
                _mm256_storeu_si256(
                    rows[index].as_mut_ptr().cast(),
                    _mm512_castsi512_si256(pair),
                );
                _mm256_storeu_si256(
                    rows[index + 2].as_mut_ptr().cast(),
                    _mm512_extracti64x4_epi64::<1>(pair),
                );
            }
        }
        rows
    }

    #[inline(always)]
    fn to_rows2(self, w: [__m512i; 2]) -> [[u64; 2]; 8] {
        let even = self.store(op!(_mm512_unpacklo_epi64(w[0], w[1])));
        let odd = self.store(op!(_mm512_unpackhi_epi64(w[0], w[1])));
        eight!(i => {
            let from = if i.is_multiple_of(2) { &even } else { &odd };
            [from[i / 2 * 2], from[i / 2 * 2 + 1]]
        })
    }

    #[inline(always)]
    fn add(self, a: __m512i, b: __m512i) -> __m512i {
        op!(_mm512_add_epi64(a, b))
    }

    #[inline(always)]
    fn sub(self, a: __m512i, b: __m512i) -> __m512i {
        op!(_mm512_sub_epi64(a, b))
    }

    #[inline(always)]
    fn and(self, a: __m512i, b: __m512i) -> __m512i {
        op!(_mm512_and_si512(a, b))
    }

    #[inline(always)]
    fn or(self, a: __m512i, b: __m512i) -> __m512i {
        op!(_mm512_or_si512(a, b))
    }

    #[inline(always)]
    fn shl(self, a: __m512i, bits: u32) -> __m512i {
        op!(_mm512_sllv_epi64(a, _mm512_set1_epi64(bits as i64)))
    }

    #[inline(always)]
    fn shr(self, a: __m512i, bits: u32) -> __m512i {
        op!(_mm512_srlv_epi64(a, _mm512_set1_epi64(bits as i64)))
    }

    #[inline(always)]
    fn carry(self, a: __m512i) -> __m512i {
        op!(_mm512_srai_epi64::<52>(a))
    }

    #[inline(always)]
    fn mul_low(self, acc: __m512i, a: __m512i, b: __m512i) -> __m512i {
        op!(_mm512_madd52lo_epu64(acc, a, b))
    }

    #[inline(always)]
    fn mul_high(self, acc: __m512i, a: __m512i, b: __m512i) -> __m512i {
        op!(_mm512_madd52hi_epu64(acc, a, b))
    }

    #[inline(always)]
    fn select(self, mask: u8, a: __m512i, b: __m512i) -> __m512i {
        op!(_mm512_mask_blend_epi64(mask, b, a))
    }

    #[inline(always)]
    fn equal(self, a: __m512i, b: __m512i) -> u8 {
        op!(_mm512_cmpeq_epi64_mask(a, b))
    }

    #[inline(always)]
    fn negative(self, a: __m512i) -> u8 {
        op!(_mm512_movepi64_mask(a))
    }

    #[inline(always)]
    fn rotate<const K: usize>(self, a: __m512i) -> __m512i {
        let order = self.load(&eight!(i => ((i + K) % 8) as u64));
        op!(_mm512_permutexvar_epi64(order, a))
    }

    #[inline(always)]
    fn prefetch<T>(self, value: &T) {
        prefetch(value);
    }
}

/// Asks for the memory of `value` to be brought near, on any CPU of this architecture.
#[inline(always)]
pub fn prefetch<T>(value: &T) {
    let first: *const i8 = core::ptr::from_ref(value).cast();
    for line in 0..size_of::<T>().div_ceil(64) {
        // SAFETY: every x86-64 has the instruction, which may be given any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(first.wrapping_add(line * 64)) };
    }
}
