//! Between words of 64 bits in memory, element by element, and limbs of 52 bits, lane by lane.

use ark_ff::MontConfig;

use super::Prime;
use crate::lanes::{each, eight, Simd, LIMB_BITS, LIMB_MASK};

impl<S: Simd, T: MontConfig<W>, const W: usize, const L: usize> Prime<S, T, W, L> {
    /// The words of eight elements, each word a vector, in limbs.
    #[inline(always)]
    pub(crate) fn to_limbs(self, words: [S::V; W]) -> [S::V; L] {
        let s = self.s;
        each!(s.splat(0); L, k => {
            let (word, shift) = (k * LIMB_BITS as usize / 64, k as u32 * LIMB_BITS % 64);
            if word >= W {
                s.splat(0)
            } else {
                let mut limb = s.shr(words[word], shift);
                if shift > 12 && word + 1 < W {
                    limb = s.or(limb, s.shl(words[word + 1], 64 - shift));
                }
                // What is above the last word is zero anyway.
                if shift > 12 && word + 1 == W { limb } else { s.and(limb, s.splat(LIMB_MASK)) }
            }
        })
    }

    #[inline(always)]
    pub(crate) fn to_words(self, limbs: [S::V; L]) -> [S::V; W] {
        let s = self.s;
        each!(s.splat(0); W, w => {
            let bit = w * 64;
            let (limb, shift) = (bit / LIMB_BITS as usize, bit as u32 % LIMB_BITS);
            let mut word = s.or(
                s.shr(limbs[limb], shift),
                s.shl(limbs[limb + 1], LIMB_BITS - shift),
            );
            if 2 * LIMB_BITS - shift < 64 && limb + 2 < L {
                word = s.or(word, s.shl(limbs[limb + 2], 2 * LIMB_BITS - shift));
            }
            word
        })
    }

    #[inline(always)]
    pub(crate) fn load_words(self, rows: [&[u64; W]; 8]) -> [S::V; L] {
        self.to_limbs(self.load_rows(rows))
    }

    /// Words of eight rows, each word a vector.
    #[inline(always)]
    fn load_rows(self, rows: [&[u64; W]; 8]) -> [S::V; W] {
        let s = self.s;
        let mut words = [s.splat(0); W];
        let mut w = 0;
        while w + 4 <= W {
            let four = s.load_rows4(eight!(i => piece(rows[i], w)));
            let mut k = 0;
            while k < 4 {
                words[w + k] = four[k];
                k += 1;
            }
            w += 4;
        }
        if w + 2 <= W {
            let two = s.load_rows2(eight!(i => piece(rows[i], w)));
            (words[w], words[w + 1]) = (two[0], two[1]);
            w += 2;
        }
        if w < W {
            words[w] = s.load(&eight!(i => rows[i][w]));
        }
        words
    }

    #[inline(always)]
    pub(crate) fn store_words(self, limbs: [S::V; L]) -> [[u64; W]; 8] {
        let s = self.s;
        let words = self.to_words(limbs);
        let mut rows = [[0; W]; 8];
        let mut w = 0;
        while w + 4 <= W {
            let four = s.to_rows4([words[w], words[w + 1], words[w + 2], words[w + 3]]);
            let mut i = 0;
            while i < 8 {
                *piece_mut(&mut rows[i], w) = four[i];
                i += 1;
            }
            w += 4;
        }
        if w + 2 <= W {
            let two = s.to_rows2([words[w], words[w + 1]]);
            let mut i = 0;
            while i < 8 {
                *piece_mut(&mut rows[i], w) = two[i];
                i += 1;
            }
            w += 2;
        }
        if w < W {
            let lanes = s.store(words[w]);
            let mut i = 0;
            while i < 8 {
                rows[i][w] = lanes[i];
                i += 1;
            }
        }
        rows
    }
}

/// Words `first..first + N` of a row.
#[inline(always)]
fn piece<const W: usize, const N: usize>(row: &[u64; W], first: usize) -> &[u64; N] {
    row[first..]
        .first_chunk()
        .expect("callers stay inside the row")
}

/// Words `first..first + N` of a row, to be written.
#[inline(always)]
fn piece_mut<const W: usize, const N: usize>(row: &mut [u64; W], first: usize) -> &mut [u64; N] {
    row[first..]
        .first_chunk_mut()
        .expect("callers stay inside the row")
}
