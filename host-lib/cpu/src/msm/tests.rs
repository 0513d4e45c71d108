//! Sums against arkworks: every n, every remainder of lanes, distributions that break what is careless.

use super::*;
use crate::curve::BaseField;
use crate::lanes::Twin;
use ark_ec::{CurveConfig, CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field, UniformRand};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

type Scalar<C> = <C as CurveConfig>::ScalarField;

/// Multiples of the generator by consecutive powers of a random scalar are too slow to make for
/// thousands of bases; sums of two series are not.
fn bases<C: Curve>(n: usize, rng: &mut ChaCha8Rng) -> Vec<Affine<C>> {
    let step = Projective::<C>::generator() * Scalar::<C>::rand(rng);
    let mut point = Projective::<C>::generator() * Scalar::<C>::rand(rng);
    let points: Vec<Projective<C>> = (0..n)
        .map(|_| {
            point += step;
            point
        })
        .collect();
    Projective::normalize_batch(&points)
}

/// What this machine is given, what any is, and, being slow, over few points only the twin of the lanes.
fn forms<C: Curve>(points: &[Affine<C>]) -> Vec<PreparedBases<C>> {
    let mut forms = vec![
        PreparedBases::new(points),
        PreparedBases::portable(points),
        PreparedBases::with_tables(points, 3),
        PreparedBases::with_tables(points, 100),
    ];
    if points.len() < 200 {
        let twin = Prepared::new(C::BaseField::lanes(Twin), points, 2);
        forms.push(PreparedBases(Box::new(twin)));
    }
    forms
}

fn scalars<C: Curve>(kind: usize, n: usize, rng: &mut ChaCha8Rng) -> Vec<Scalar<C>> {
    let one = Scalar::<C>::ONE;
    (0..n)
        .map(|i| match kind {
            0 => Scalar::<C>::rand(rng),
            1 => Scalar::<C>::ZERO,
            2 => one,
            3 => -one,
            4 => Scalar::<C>::from(77u64) * C::LAMBDA,
            5 => Scalar::<C>::from(rng.gen_range(0..4u64)) - Scalar::<C>::from(i as u64 % 3),
            6 => match rng.gen_range(0..10) {
                0..=4 => Scalar::<C>::ZERO,
                5..=7 => one,
                8 => Scalar::<C>::from(rng.gen::<u32>()),
                _ => Scalar::<C>::rand(rng),
            },
            7 => Scalar::<C>::from(2u64).pow([(i % 255) as u64]),
            // Most values come two or three times, in any order.
            _ => (C::LAMBDA + Scalar::<C>::from((i * i % (n / 2)) as u64)).square(),
        })
        .collect()
}
const KINDS: usize = 9;

fn agrees_for_every_distribution<C: Curve>(n: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let ordinary = bases::<C>(n, &mut rng);
    let equal = vec![ordinary[0]; n];
    let opposite: Vec<_> = (0..n)
        .map(|i| {
            if i % 2 == 0 {
                ordinary[0]
            } else {
                -ordinary[0]
            }
        })
        .collect();
    let mut mixed = ordinary.clone();
    for point in &mut mixed {
        *point = match rng.gen_range(0..6) {
            0 => Affine::identity(),
            1 => ordinary[1],
            2 => -ordinary[1],
            3 => C::endomorphism_affine(&ordinary[1]),
            _ => *point,
        };
    }
    let infinite = vec![Affine::identity(); n];
    for (name, points) in [
        ("ordinary", ordinary),
        ("equal", equal),
        ("opposite", opposite),
        ("mixed", mixed),
        ("infinite", infinite),
    ] {
        for (form, prepared) in forms(&points).into_iter().enumerate() {
            for kind in 0..KINDS {
                let scalars = scalars::<C>(kind, n, &mut rng);
                let expected = Projective::<C>::msm_unchecked(&points, &scalars);
                assert_eq!(
                    prepared.msm(&scalars),
                    expected,
                    "{name}, scalars {kind}, form {form}"
                );
            }
        }
    }
}

#[test]
fn bn254_g1_agrees_for_every_distribution() {
    agrees_for_every_distribution::<ark_bn254::g1::Config>(100);
    agrees_for_every_distribution::<ark_bn254::g1::Config>(3000);
}
#[test]
fn bn254_g2_agrees_for_every_distribution() {
    agrees_for_every_distribution::<ark_bn254::g2::Config>(60);
    agrees_for_every_distribution::<ark_bn254::g2::Config>(700);
}
#[test]
fn bls12_381_g1_agrees_for_every_distribution() {
    agrees_for_every_distribution::<ark_bls12_381::g1::Config>(60);
    agrees_for_every_distribution::<ark_bls12_381::g1::Config>(1000);
}
#[test]
fn bls12_381_g2_agrees_for_every_distribution() {
    agrees_for_every_distribution::<ark_bls12_381::g2::Config>(60);
    agrees_for_every_distribution::<ark_bls12_381::g2::Config>(500);
}

/// Every n up to `max`; what is expected grows by one product at a time.
fn agrees_for_every_length<C: Curve>(max: usize) {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let points = bases::<C>(max, &mut rng);
    let scalars = scalars::<C>(6, max, &mut rng);
    let prepared = PreparedBases::<C>::new(&points);
    let tables = PreparedBases::<C>::with_tables(&points, 4);
    assert_eq!([prepared.len(), tables.len()], [max; 2]);
    let mut expected = Projective::<C>::ZERO;
    for n in 0..=max {
        assert_eq!(prepared.msm(&scalars[..n]), expected, "{n}");
        assert_eq!(tables.msm(&scalars[..n]), expected, "{n} with tables");
        if n < max {
            expected += points[n] * scalars[n];
        }
    }
    assert_eq!(
        prepared.msm(&[scalars.as_slice(), &scalars].concat()),
        expected
    );
}

#[test]
#[ignore = "minutes; make test-full"]
fn agrees_for_every_length_to_5000() {
    agrees_for_every_length::<ark_bn254::g1::Config>(5000);
}
#[test]
fn groups_agree_for_every_length() {
    agrees_for_every_length::<ark_bn254::g1::Config>(600);
    agrees_for_every_length::<ark_bn254::g2::Config>(300);
    agrees_for_every_length::<ark_bls12_381::g1::Config>(500);
    agrees_for_every_length::<ark_bls12_381::g2::Config>(200);
}

#[test]
fn no_bases_have_the_sum_zero() {
    type C = ark_bn254::g1::Config;
    let forms = [
        PreparedBases::<C>::new(&[]),
        PreparedBases::portable(&[]),
        PreparedBases::with_tables(&[], 3),
    ];
    for prepared in forms {
        assert!(prepared.is_empty());
        let scalars = [Scalar::<C>::ONE; 100];
        assert_eq!(prepared.msms(&[&scalars, &[]]), [Projective::ZERO; 2]);
    }
}

#[test]
fn batches_are_their_members() {
    type C = ark_bls12_381::g1::Config;
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let points = bases::<C>(300, &mut rng);
    let members: Vec<_> = [300, 0, 7, 48, 299, 400]
        .into_iter()
        .enumerate()
        .map(|(kind, n)| scalars::<C>(kind, n, &mut rng))
        .collect();
    let batch: Vec<_> = members.iter().map(Vec::as_slice).collect();
    for tables in [1, 2] {
        let prepared = PreparedBases::<C>::with_tables(&points, tables);
        let expected: Vec<_> = members
            .iter()
            .map(|scalars| {
                Projective::<C>::msm_unchecked(&points, &scalars[..scalars.len().min(300)])
            })
            .collect();
        assert_eq!(prepared.msms(&batch), expected);
        assert!(prepared.msms(&[]).is_empty());
    }
}

/// Equal scalars of bases that cancel: nothing may be left to sum.
#[test]
fn merged_bases_may_be_infinity() {
    type C = ark_bn254::g1::Config;
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let ordinary = bases::<C>(101, &mut rng);
    let wide = Scalar::<C>::rand(&mut rng);
    let opposite: Vec<_> = (0..101)
        .map(|i| [ordinary[0], -ordinary[0]][i % 2])
        .chain([Affine::identity(), ordinary[1]])
        .collect();
    for tables in [1, 2, 4, 100] {
        let prepared = PreparedBases::<C>::with_tables(&opposite, tables);
        let mut all = vec![wide; 103];
        all[102] = Scalar::<C>::ZERO;
        let other = scalars::<C>(0, 103, &mut rng);
        for n in [48, 49, 100, 102, 103] {
            let expected = |scalars: &[_]| Projective::<C>::msm_unchecked(&opposite, scalars);
            let batch = [&all[..n], &other, &all[..n], &other[..50]];
            assert_eq!(
                prepared.msms(&batch),
                batch.map(expected),
                "{n}, {tables} tables"
            );
        }
        all[102] = -wide;
        assert_eq!(prepared.msm(&all), (ordinary[0] - ordinary[1]) * wide);
    }
}

/// Up to eight points, infinity among them.
#[test]
fn images_are_those_of_arkworks() {
    fn agree<C: Curve>() {
        let mut points = bases::<C>(8, &mut ChaCha8Rng::seed_from_u64(4));
        points[3] = Affine::identity();
        let f = C::BaseField::lanes(Twin);
        for n in 0..=8 {
            let stored = points::stored(f, &points[..n]);
            let pairs = points::with_images::<C, _>(f, &stored[..n]);
            let expected = |point: &Affine<C>| [*point, C::endomorphism_affine(point)];
            let found = points::affine::<C, _>(f, pairs[..n].as_flattened());
            assert_eq!(
                found,
                points[..n].iter().flat_map(expected).collect::<Vec<_>>()
            );
        }
    }
    agree::<ark_bn254::g1::Config>();
    agree::<ark_bn254::g2::Config>();
    agree::<ark_bls12_381::g1::Config>();
    agree::<ark_bls12_381::g2::Config>();
}

#[test]
fn every_number_of_threads_agrees() {
    type C = ark_bn254::g1::Config;
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let n = 1 << 15;
    let points = bases::<C>(n, &mut rng);
    let prepared = PreparedBases::<C>::new(&points);
    for kind in [0, 2, 4, 6, 8] {
        let scalars = scalars::<C>(kind, n, &mut rng);
        let expected = Projective::<C>::msm_unchecked(&points, &scalars);
        for threads in 1..=3 {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            assert_eq!(pool.unwrap().install(|| prepared.msm(&scalars)), expected);
        }
    }
}
