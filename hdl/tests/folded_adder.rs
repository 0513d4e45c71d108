//! The folded adder in Verilator, in lock-step with the model of its pace and against an affine model
//! written out in `BigUint`.

mod support;

use num_bigint::BigUint;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::VecDeque;
use support::points::{add, affine, pairs, projective, Affine};
use support::Body;
use vegalith_hdl::{complete_adder, folded_adder, CurveParams, FoldedAdder, Target};
use vegalith_testbench::{Bench, BenchError, Source};

/// Of BN254's multiplier: 130 tiles of 18×18 bits.
const DIGIT_BITS: usize = 66;
const INPUTS: [&str; 6] = ["x1", "y1", "z1", "x2", "y2", "z2"];
const OUTPUTS: [&str; 3] = ["x3", "y3", "z3"];

fn source(adder: &FoldedAdder, body: Body) -> Source {
    let mut source = Source::new(&adder.name)
        .input("rst", 1)
        .input("valid", 1)
        .output("ready", 1)
        .output("done", 1);
    for port in INPUTS {
        source = source.input(port, adder.coordinate_bits);
    }
    for port in OUTPUTS {
        source = source.output(port, adder.coordinate_bits);
    }
    for file in &adder.modules.files {
        source = source.file(format!("{}.v", file.name), &file.text);
    }
    if body == Body::Synthesisable {
        return source.quick_compile();
    }
    for (name, text) in &adder.modules.dpi_sources {
        source = source.dpi(name, text);
    }
    source.define("VEGALITH_FAST_LEAF")
}

/// Points that are under way: cycle of acceptance, coordinates and the sum expected.
struct Taken {
    cycle: u64,
    coordinates: [BigUint; 6],
    sum: Affine,
}

/// An adder at work.
struct Run<'a> {
    adder: &'a FoldedAdder,
    curve: &'a CurveParams,
    bench: Bench,
    pace: vegalith_hdl::AdderPace,
    under_way: VecDeque<Taken>,
    cycle: u64,
    accepted: Vec<u64>,
    compared: usize,
}

impl<'a> Run<'a> {
    fn start(adder: &'a FoldedAdder, curve: &'a CurveParams, body: Body) -> Option<Self> {
        let source = source(adder, body);
        let bench = match Bench::start(&source) {
            Err(BenchError::Unavailable(reason)) => {
                println!("skipped: {reason}");
                return None;
            }
            bench => bench.unwrap(),
        };
        source.lint().unwrap();
        let mut run = Run {
            adder,
            curve,
            bench,
            pace: adder.pace(),
            under_way: VecDeque::new(),
            cycle: 0,
            accepted: Vec::new(),
            compared: 0,
        };
        run.reset();
        Some(run)
    }

    fn reset(&mut self) {
        self.bench.set_u64("rst", 1).unwrap();
        self.bench.set_u64("valid", 1).unwrap();
        assert_eq!(self.bench.get_u64("ready").unwrap(), 0);
        self.bench.step().unwrap();
        self.bench.set_u64("rst", 0).unwrap();
        self.cycle += 1;
        self.pace.reset();
        self.under_way.clear();
    }

    /// A cycle with or without points offered; whether they were taken.
    fn cycle(&mut self, offered: Option<(&[BigUint; 6], &Affine)>) -> bool {
        let valid = u64::from(offered.is_some());
        self.bench.set_u64("valid", valid).unwrap();
        if let Some((coordinates, _)) = offered {
            for (port, value) in INPUTS.iter().zip(coordinates) {
                self.bench.set(port, value).unwrap();
            }
        }
        let ready = self.bench.get_u64("ready").unwrap() == 1;
        assert_eq!(ready, self.pace.ready(), "ready in cycle {}", self.cycle);
        self.compare();
        self.bench.step().unwrap();
        let taken = self.pace.tick(offered.is_some());
        assert_eq!(taken, offered.is_some() && ready);
        if let (true, Some((coordinates, sum))) = (taken, offered) {
            self.accepted.push(self.cycle);
            self.under_way.push_back(Taken {
                cycle: self.cycle,
                coordinates: coordinates.clone(),
                sum: sum.clone(),
            });
        }
        self.cycle += 1;
        taken
    }

    /// `done` exactly when the oldest is due, with the bits of the evaluator and the sum it should be.
    fn compare(&mut self) {
        let latency = self.adder.latency_cycles as u64;
        let due = self.under_way.front().map(|taken| taken.cycle + latency);
        let done = self.bench.get_u64("done").unwrap() == 1;
        assert_eq!(
            done,
            due == Some(self.cycle),
            "done in cycle {}",
            self.cycle
        );
        if !done {
            return;
        }
        let taken = self.under_way.pop_front().unwrap();
        let found = OUTPUTS.map(|port| self.bench.get(port).unwrap());
        let operands = &taken.coordinates;
        let evaluated = self.adder.evaluate(operands);
        assert_eq!(found, evaluated, "cycle {}, {operands:x?}", self.cycle);
        assert_eq!(affine(self.curve, &found), taken.sum, "{operands:x?}");
        assert!(found
            .iter()
            .all(|value| *value <= self.adder.coordinate_max));
        self.compared += 1;
    }

    fn drain(&mut self) {
        for _ in 0..2 * self.adder.latency_cycles {
            self.cycle(None);
        }
        assert!(self.under_way.is_empty());
    }
}

fn rows(
    adder: &FoldedAdder,
    curve: &CurveParams,
    count: usize,
    random: &mut ChaCha8Rng,
) -> Vec<([BigUint; 6], Affine)> {
    let max = &adder.coordinate_max;
    let pairs = pairs(curve, count, random);
    let row = |(a, b): &(Affine, Affine)| {
        let [x1, y1, z1] = projective(max, curve, a, random);
        let [x2, y2, z2] = projective(max, curve, b, random);
        ([x1, y1, z1, x2, y2, z2], add(curve, a, b))
    };
    pairs.iter().map(row).collect()
}

fn check(curve: &CurveParams, adder: &FoldedAdder, body: Body, count: usize) {
    println!(
        "{}: every {} cycles, latency {}; {} coordinate bits, {}",
        adder.name,
        adder.interval_cycles,
        adder.latency_cycles,
        adder.coordinate_bits,
        adder.census
    );
    let mut random = ChaCha8Rng::seed_from_u64(51);
    let rows = rows(adder, curve, count, &mut random);
    assert!(rows.iter().any(|(_, sum)| sum.is_none()));
    for (coordinates, sum) in &rows {
        assert_eq!(affine(curve, &adder.evaluate(coordinates)), *sum);
    }
    let Some(mut run) = Run::start(adder, curve, body) else {
        return;
    };
    // At full rate.
    let mut left = rows.iter();
    let mut next = left.next();
    while let Some((coordinates, sum)) = next {
        if run.cycle(Some((coordinates, sum))) {
            next = left.next();
        }
    }
    let interval = adder.interval_cycles as u64;
    assert!(run
        .accepted
        .windows(2)
        .all(|two| two[1] - two[0] == interval));
    assert_eq!(run.accepted.len(), count);
    run.drain();
    assert_eq!(run.compared, count);

    // Pauses of all lengths, from one cycle to more than the adder takes to be empty.
    run.accepted.clear();
    for (coordinates, sum) in &rows[..count / 2] {
        let longest =
            [3, interval, 2 * adder.latency_cycles as u64][random.next_u32() as usize % 3];
        for _ in 0..random.next_u64() % longest {
            run.cycle(None);
        }
        while !run.cycle(Some((coordinates, sum))) {}
    }
    let distances = || run.accepted.windows(2).map(|two| two[1] - two[0]);
    if count > 40 {
        assert!(distances().any(|distance| distance == 2 * interval));
        assert!(distances().any(|distance| distance % interval != 0));
    }
    run.drain();

    // Resets with anything under way, in any phase.
    for (i, (coordinates, sum)) in rows.iter().take(30).enumerate() {
        while !run.cycle(Some((coordinates, sum))) {}
        if i % 3 == 2 {
            for _ in 0..random.next_u64() % (adder.latency_cycles as u64) {
                run.cycle(None);
            }
            run.reset();
        }
    }
    run.drain();
    assert!(run.compared >= count + count / 2);
}

#[test]
fn bn254() {
    let curve = CurveParams::bn254();
    let adder = folded_adder(&curve, DIGIT_BITS, &Target::ecp5()).unwrap();
    check(&curve, &adder, Body::Synthesisable, 96);
    check(&curve, &adder, Body::Fast, 96);
}

#[test]
fn bn254_in_half_the_tiles() {
    let curve = CurveParams::bn254();
    let target = Target::ecp5();
    let adder = folded_adder(&curve, DIGIT_BITS, &target).unwrap();
    let half = folded_adder(&curve, DIGIT_BITS / 2, &target).unwrap();
    assert_eq!(half.interval_cycles, 2 * adder.interval_cycles);
    assert!(2 * half.census.tiles <= adder.census.tiles);
    check(&curve, &half, Body::Fast, 32);
}

#[test]
fn bls12_381() {
    let curve = CurveParams::bls12_381();
    let adder = folded_adder(&curve, 56, &Target::ecp5()).unwrap();
    check(&curve, &adder, Body::Synthesisable, 16);
}

/// The same point, not the same representative: the bounds differ.
#[test]
fn agrees_with_the_complete_adder() {
    let curve = CurveParams::bn254();
    let folded = folded_adder(&curve, DIGIT_BITS, &Target::ecp5()).unwrap();
    let complete = complete_adder(&curve, &Target::ultrascale_plus()).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(52);
    for (coordinates, _) in rows(&folded, &curve, 200, &mut random) {
        let reduced = coordinates.map(|value| value % &curve.field.modulus);
        assert_eq!(
            affine(&curve, &folded.evaluate(&reduced)),
            affine(&curve, &complete.module.evaluate(&reduced))
        );
    }
}

#[test]
fn points_are_taken_whole_intervals_apart_until_it_is_empty() {
    let adder = folded_adder(&CurveParams::bn254(), DIGIT_BITS, &Target::ecp5()).unwrap();
    assert_eq!(adder.interval_cycles, adder.ring_cycles);
    let mut pace = adder.pace();
    assert!((0..5).all(|_| !pace.tick(false) && pace.ready()));
    assert!(pace.tick(true));
    for cycle in 1..=adder.latency_cycles {
        assert_eq!(pace.ready(), cycle % adder.interval_cycles == 0);
        pace.tick(false);
    }
    assert!((0..5).all(|_| !pace.tick(false) && pace.ready()));
    assert!(pace.tick(true));
    assert!(!pace.tick(true));
}
