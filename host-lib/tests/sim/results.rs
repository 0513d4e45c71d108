//! Results against the CPU's, for sizes, scalars and points that break engines.

use ark_ec::short_weierstrass::{Affine, Projective};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field};
use rand::Rng;
use vegalith::simulator::Options;
use vegalith::Output;

use crate::support::{on_every_curve, points, random_scalars, rng, Case, Engine};

on_every_curve!(
    many_sizes,
    scalars_that_pile_up,
    points_that_need_exceptions,
    fewer_scalars_than_bases,
    slow_and_irregular_memories,
    the_cpu_agrees_with_plain_sums,
);

fn many_sizes<C: Engine>() {
    let mut rng = rng(1);
    let set = points::<C>(4096, &mut rng);
    for n in [1, 2, 3, 255, 256, 1000, 4096] {
        let scalars = random_scalars::<C>(n, &mut rng);
        let case = Case::new::<C>(set[..n].to_vec(), scalars);
        case.succeeds_on(C::shared(), &format!("{n} points"));
    }
}

fn scalars_that_pile_up<C: Engine>() {
    let mut rng = rng(2);
    let n = 300;
    let set = points::<C>(n, &mut rng);
    let all = |value: C::ScalarField| vec![value; n];
    let shared = random_scalars::<C>(1, &mut rng)[0];
    let random = random_scalars::<C>(n, &mut rng);
    let half_zero = random
        .iter()
        .map(|&s| if rng.gen() { C::ScalarField::ZERO } else { s })
        .collect();
    let bits = (0..n as u64).map(|i| (i % 2).into()).collect();
    let small = (0..n as u64).map(|i| (i * i).into()).collect();
    // Digits of windows of any width are as large as they get, and carry all the way.
    let minus_small = (1..=n as u64).map(|i| -C::ScalarField::from(i)).collect();
    let powers = (0..n as u64)
        .map(|i| C::ScalarField::from(2u64).pow([i % 253]))
        .collect();
    for (what, scalars) in [
        ("zero", all(C::ScalarField::ZERO)),
        ("one", all(C::ScalarField::ONE)),
        ("r − 1", all(-C::ScalarField::ONE)),
        ("all equal", all(shared)),
        ("half zero", half_zero),
        ("bits", bits),
        ("small", small),
        ("r − small", minus_small),
        ("powers of two", powers),
    ] {
        Case::new::<C>(set.clone(), scalars).succeeds_on(C::shared(), what);
    }
}

fn points_that_need_exceptions<C: Engine>() {
    let mut rng = rng(3);
    let n = 60;
    let base = points::<C>(1, &mut rng)[0];
    let infinity = Affine::<C>::identity();
    let mut mixed = points::<C>(n, &mut rng);
    for triple in mixed.chunks_exact_mut(6) {
        triple[0] = infinity;
        triple[1] = -triple[2];
        triple[4] = triple[3];
    }
    let opposite: Vec<_> = (0..n)
        .map(|i| if i % 2 == 0 { base } else { -base })
        .collect();
    let same = vec![random_scalars::<C>(1, &mut rng)[0]; n];
    let random = random_scalars::<C>(n, &mut rng);
    for (what, set, scalars) in [
        ("infinities", vec![infinity; n], random.clone()),
        ("infinities, equal scalars", vec![infinity; n], same.clone()),
        ("equal points", vec![base; n], random.clone()),
        ("equal points and scalars", vec![base; n], same.clone()),
        ("opposite points", opposite.clone(), random.clone()),
        ("mixed, equal scalars", mixed.clone(), same.clone()),
        ("mixed, random scalars", mixed, random),
    ] {
        Case::new::<C>(set, scalars).succeeds_on(C::shared(), what);
    }
    let nothing = Case::new::<C>(opposite, same);
    let is_infinity = matches!(&nothing.expected, Output::Point(point) if point.is_infinity());
    assert!(is_infinity, "pairs of opposite points cancel");
    nothing.succeeds_on(C::shared(), "opposite points, equal scalars");
}

fn fewer_scalars_than_bases<C: Engine>() {
    let mut rng = rng(4);
    let set = points::<C>(100, &mut rng);
    for n in [1, 37, 99] {
        let scalars = random_scalars::<C>(n, &mut rng);
        let case = Case::new::<C>(set.clone(), scalars);
        case.succeeds_on(C::shared(), &format!("{n} of 100"));
    }
}

/// Operands come at other times, so additions are made in another order.
fn slow_and_irregular_memories<C: Engine>() {
    let case = Case::random::<C>(200, 6);
    for (latency_cycles, stall_percent, seed) in
        [(0, 0, 1), (700, 0, 1), (5, 50, 2), (100, 80, 3), (1, 97, 4)]
    {
        let device = C::open(Options {
            latency_cycles: Some(latency_cycles),
            stall_percent,
            seed,
            ..Options::default()
        });
        let what = format!("{latency_cycles} cycles, {stall_percent} %, seed {seed}");
        case.succeeds_on(&device, &what);
    }
}

/// The reference of all other tests, held to the definition.
fn the_cpu_agrees_with_plain_sums<C: Engine>() {
    let mut rng = rng(5);
    let set = points::<C>(40, &mut rng);
    let scalars = random_scalars::<C>(40, &mut rng);
    let sum: Projective<C> = set.iter().zip(&scalars).map(|(p, s)| *p * *s).sum();
    let one = Case::new::<C>(vec![sum.into_affine()], vec![C::ScalarField::ONE]);
    let all = Case::new::<C>(set, scalars);
    assert_eq!(all.expected, one.expected);
}
