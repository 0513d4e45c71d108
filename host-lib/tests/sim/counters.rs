//! Counters of the hardware against what the algorithm does, and cycles that never change unless
//! the design does.

use std::collections::BTreeMap;

use ark_ff::{BigInteger, PrimeField};
use vegalith::simulator::Options;

use crate::support::{on_every_curve, points, random_scalars, rng, Bls12_381, Bn254, Case, Engine};

on_every_curve!(
    counters_say_what_was_done,
    equal_scalars_cost_no_more,
    equal_jobs_take_equal_cycles,
);

/// What the tests know of a preset.
trait Shape: Engine {
    const WINDOW_BITS: usize;
    const NUM_WINDOWS: usize;
    const SLOT_BYTES: u64;
}

impl Shape for Bn254 {
    const WINDOW_BITS: usize = 10;
    const NUM_WINDOWS: usize = 26;
    const SLOT_BYTES: u64 = 64;
}

impl Shape for Bls12_381 {
    const WINDOW_BITS: usize = 8;
    const NUM_WINDOWS: usize = 32;
    const SLOT_BYTES: u64 = 128;
}

fn operands<C: Engine>(n: usize, equal: bool) -> (Case, Vec<C::ScalarField>) {
    let mut rng = rng(50);
    let set = points::<C>(n, &mut rng);
    let scalars = if equal {
        vec![random_scalars::<C>(1, &mut rng)[0]; n]
    } else {
        random_scalars::<C>(n, &mut rng)
    };
    (Case::new::<C>(set, scalars.clone()), scalars)
}

/// Signed digits of c bits, lowest first: −2^(c−1) ≤ d < 2^(c−1).
fn digits<C: Shape>(scalar: &C::ScalarField) -> Vec<i64> {
    let bits = scalar.into_bigint().to_bits_le();
    let mut carry = 0;
    (0..C::NUM_WINDOWS)
        .map(|window| {
            let window = bits.iter().skip(window * C::WINDOW_BITS);
            let digit = window
                .take(C::WINDOW_BITS)
                .enumerate()
                .fold(carry, |digit, (i, &bit)| digit + (i64::from(bit) << i));
            carry = i64::from(digit >= 1 << (C::WINDOW_BITS - 1));
            digit - (carry << C::WINDOW_BITS)
        })
        .collect()
}

/// Additions that bring values to one a slot, and the slots that have one: a slot to which v values
/// come takes v − 1 additions in whatever order.
fn merge(values: impl IntoIterator<Item = usize>) -> (u64, Vec<usize>) {
    let mut counts = BTreeMap::<usize, u64>::new();
    for slot in values {
        *counts.entry(slot).or_default() += 1;
    }
    let additions = counts.values().map(|count| count - 1).sum();
    (additions, counts.into_keys().collect())
}

/// Additions that take a window's sums by index of `bits` bits apart into sums by bit: the indices'
/// two halves each become a set of their own, until one bit is left. Index 0 does not count.
fn split(slots: &[usize], bits: usize) -> u64 {
    if bits == 1 {
        return 0;
    }
    let low_bits = bits - bits / 2;
    let halves: [(Vec<usize>, usize); 2] = [
        (
            slots.iter().map(|slot| slot >> low_bits).collect(),
            bits / 2,
        ),
        (
            slots
                .iter()
                .map(|slot| slot & ((1 << low_bits) - 1))
                .collect(),
            low_bits,
        ),
    ];
    halves
        .into_iter()
        .map(|(values, bits)| {
            let (additions, slots) = merge(values.into_iter().filter(|&value| value != 0));
            additions + split(&slots, bits)
        })
        .sum()
}

/// Additions of a whole MSM with no point at infinity.
fn additions<C: Shape>(scalars: &[C::ScalarField]) -> u64 {
    let digits: Vec<Vec<i64>> = scalars.iter().map(digits::<C>).collect();
    (0..C::NUM_WINDOWS)
        .map(|window| {
            let digits = digits.iter().map(|digits| digits[window]);
            let buckets = digits.map(|digit| digit.unsigned_abs() as usize);
            let (additions, slots) = merge(buckets.filter(|&bucket| bucket != 0));
            // The largest digit is a power of two, and its bucket that bit's sum.
            let inner: Vec<usize> = slots
                .into_iter()
                .filter(|&bucket| bucket < 1 << (C::WINDOW_BITS - 1))
                .collect();
            additions + split(&inner, C::WINDOW_BITS - 1)
        })
        .sum()
}

fn counters_say_what_was_done<C: Shape>() {
    for (n, equal) in [(1, false), (255, false), (256, true), (1000, false)] {
        let what = format!("{n} points, equal: {equal}");
        let (case, scalars) = operands::<C>(n, equal);
        let found = case.succeeds_on(C::shared(), &what);
        let n = n as u64;
        // Two scalars a beat of 64 bytes.
        let read = n * C::SLOT_BYTES + 64 * n.div_ceil(2);
        assert_eq!(found.bytes_read, read, "{what}");
        let sums = (C::NUM_WINDOWS * C::WINDOW_BITS) as u64;
        assert_eq!(found.bytes_written, 3 * 64 * sums, "{what}");
        assert_eq!(found.busy_cycles, additions::<C>(&scalars), "{what}");
        assert!(found.busy_cycles <= found.slots, "{what}: {found:?}");
        assert!(found.slots < found.cycles, "{what}: {found:?}");
    }
}

fn equal_scalars_cost_no_more<C: Shape>() {
    let run = |equal| {
        operands::<C>(4096, equal)
            .0
            .succeeds_on(C::shared(), "4096")
    };
    let (uniform, equal) = (run(false), run(true));
    assert!(
        100 * equal.cycles <= 105 * uniform.cycles,
        "equal {equal:?}, uniform {uniform:?}"
    );
}

fn equal_jobs_take_equal_cycles<C: Shape>() {
    let (case, _) = operands::<C>(100, false);
    let run = |stall_percent, seed| {
        let device = C::open(Options {
            stall_percent,
            seed,
            ..Options::default()
        });
        let first = case.succeeds_on(&device, "first");
        (first, case.succeeds_on(&device, "second"))
    };
    let (first, second) = run(0, 1);
    assert_eq!(first, second, "a job leaves nothing behind");
    assert_eq!(first, run(0, 2).0, "without stalls the seed is no matter");
    let stalled = run(30, 7);
    assert_eq!(stalled, run(30, 7), "equal seeds");
    assert_ne!(stalled.0.cycles, run(30, 8).0.cycles, "other seeds");
    assert_eq!(stalled.0.busy_cycles, first.busy_cycles);
    assert_eq!(stalled.0.bytes_read, first.bytes_read);
}

/// Cycles of the designs as they are; whoever changes a design changes them here and in the
/// change log.
#[test]
fn cycles_are_exact() {
    fn run<C: Engine>(equal: bool) -> (u64, u64, u64) {
        let found = operands::<C>(256, equal).0.succeeds_on(C::shared(), "256");
        (found.cycles, found.slots, found.stall_cycles)
    }
    let uniform = (run::<Bn254>(false), run::<Bls12_381>(false));
    assert_eq!(uniform, ((35515, 34409, 0), (22950, 21944, 0)), "uniform");
    let equal = (run::<Bn254>(true), run::<Bls12_381>(true));
    assert_eq!(equal, ((23273, 6810, 0), (14825, 8316, 0)), "equal");
}
