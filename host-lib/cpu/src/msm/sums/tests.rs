//! Sums of lists of small multiples of a generator against integers: equal, opposite and cancelled points come by
//! themselves.

use super::*;
use crate::curve::{BaseField, Curve};
use crate::field::Portable;
use crate::lanes::Twin;
use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::{CurveConfig, CurveGroup, PrimeGroup};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

type Scalar<C> = <C as CurveConfig>::ScalarField;

/// Bases are 1 to 5 times the generator.
const BASES: u32 = 5;

/// `value` times the generator, where |value| is at most [`BASES`].
fn id(value: i64) -> Id {
    let sign = if value < 0 { NEGATIVE } else { 0 };
    (value.unsigned_abs() as Id - 1) | sign
}

fn value(id: Id) -> i64 {
    let magnitude = i64::from(id & !NEGATIVE) + 1;
    if id & NEGATIVE == 0 {
        magnitude
    } else {
        -magnitude
    }
}

fn list(kind: usize, len: usize, rng: &mut ChaCha8Rng) -> Vec<Id> {
    (0..len)
        .map(|i| match kind {
            0 => id(3),
            1 => id(if i % 2 == 0 { 2 } else { -2 }),
            // Cancels in the last round only.
            2 => id(if i < len / 2 { 4 } else { -4 }),
            3 => id([1, 5, -1, -5][i % 4]),
            _ => rng.gen_range(0..BASES) | (u32::from(rng.gen::<bool>()) << 31),
        })
        .collect()
}

fn agrees<C: Curve, F: LaneField<Scalar = C::BaseField>>(f: F, cases: usize, lengths: &[usize]) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let generator = Projective::<C>::generator();
    let multiples: Vec<Affine<C>> = (1..=u64::from(BASES))
        .map(|k| (generator * Scalar::<C>::from(k)).into_affine())
        .collect();
    let bases = points::stored(f, &multiples);
    let mut summer = Summer::new(f);
    for _ in 0..cases {
        let (mut ids, mut starts) = (Vec::new(), vec![0]);
        for _ in 0..rng.gen_range(1..20) {
            let len = lengths[rng.gen_range(0..lengths.len())];
            ids.extend(list(rng.gen_range(0..6), len, &mut rng));
            starts.push(ids.len() as u32);
        }
        let lists = Lists {
            ids: &ids,
            starts: &starts,
        };
        let first = rng.gen_range(0..=ids.len());
        for range in [0..ids.len(), first..ids.len(), first / 2..first] {
            let shares: Vec<_> = (0..starts.len() - 1)
                .map(|list| lists.share(list, &range))
                .map(|share| share.start..share.end.max(share.start))
                .collect();
            let num_first = rng.gen_range(0..=shares.len());
            let mut sums = vec![infinity::<F>(); num_first];
            let others = summer.sums(&bases, &ids, &shares, &mut sums);
            sums.extend(others);
            assert_eq!(sums.len(), shares.len());
            for (share, sum) in shares.iter().zip(points::affine::<C, F>(f, &sums)) {
                let total: i64 = ids[share.clone()].iter().map(|&id| value(id)).sum();
                let expected = generator * Scalar::<C>::from(total);
                assert_eq!(sum, expected.into_affine(), "{share:?} of {range:?}");
            }
        }
    }
}

const LENGTHS: [usize; 14] = [0, 1, 2, 3, 4, 5, 8, 31, 63, 64, 65, 127, 128, 129];

fn agrees_in_every_arithmetic<C: Curve>() {
    agrees::<C, _>(Portable::default(), 30, &LENGTHS);
    agrees::<C, _>(Portable::default(), 3, &[2, 3, 4097]);
    agrees::<C, _>(C::BaseField::lanes(Twin), 4, &LENGTHS[..8]);
    #[cfg(target_arch = "x86_64")]
    if let Some(s) = crate::lanes::Avx512::detect() {
        agrees::<C, _>(C::BaseField::lanes(s), 60, &LENGTHS);
        agrees::<C, _>(C::BaseField::lanes(s), 4, &[4096, 4097, 8192, 2, 3]);
    }
}

#[test]
fn lists_of_every_length_agree_with_integers_in_g1() {
    agrees_in_every_arithmetic::<ark_bn254::g1::Config>();
}
#[test]
fn lists_of_every_length_agree_with_integers_in_g2() {
    agrees_in_every_arithmetic::<ark_bls12_381::g2::Config>();
}
