//! The engine with integers in place of points: every value must be added exactly once into
//! exactly the sums that its digit's bits name, whatever the digits and whoever stalls.

use num_bigint::BigUint;
use num_traits::{One, Zero};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_abi::CurveId;
use vegalith_testbench::Bench;

use super::engine::{EngineConfig, MsmEngine};
use super::model::ModelRun;
use super::parts::{AdderBody, AdderConfig, AdderTiming};
use super::slots::SlotMap;
use crate::rtl::Design;
use crate::testing::{random, start_engine, Stalls};

const COORDINATE_BITS: usize = 264;
/// As of BN254's adder folded onto 63 tiles.
const FOLDED: AdderTiming = AdderTiming {
    latency: 449,
    interval: 96,
};
/// Sums come back as shortly before the adder takes a pair as is allowed.
const FOLDED_LATE: AdderTiming = AdderTiming {
    latency: 140,
    interval: 48,
};

fn modulus(curve: CurveId) -> BigUint {
    let hex = match curve {
        CurveId::Bn254G1 => "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47",
        _ => "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
    };
    BigUint::parse_bytes(hex.as_bytes(), 16).expect("digits are hexadecimal")
}

fn config(curve: CurveId, windows: usize, window_bits: usize, timing: AdderTiming) -> EngineConfig {
    let map = SlotMap::new(windows, window_bits);
    EngineConfig {
        layout: curve.point_layout(),
        modulus: modulus(curve),
        one: BigUint::one(),
        scalar_bits: 254,
        bias: (0..windows)
            .map(|w| BigUint::one() << (window_bits * w + window_bits - 1))
            .sum(),
        carry_bits: 64,
        log_max_points: 20,
        slot_ram_style: "block",
        adder: AdderConfig {
            key_bits: map.key_bits(),
            timing,
            coordinate_bits: if curve == CurveId::Bn254G1 {
                COORDINATE_BITS
            } else {
                392
            },
            body: AdderBody::Integers,
        },
        map,
    }
}

fn start(config: &EngineConfig, top: &str) -> Option<Bench> {
    let design = Design::from_block(top, MsmEngine::new(config)).expect("the engine is consistent");
    start_engine(MsmEngine::new(config), design)
}

struct Run {
    cycles: u64,
    /// Cycles in which the adder was taken up.
    busy: u64,
    /// Cycles from the first of these to the last.
    active: u64,
    sums: Vec<[BigUint; 3]>,
}

impl Run {
    fn model_run(&self, config: &EngineConfig) -> ModelRun {
        let interval = config.adder.timing.interval as u64;
        assert_eq!(self.busy % interval, 0);
        ModelRun {
            cycles: self.cycles,
            additions: self.busy / interval,
            busy_cycles: self.busy,
            active_cycles: self.active,
        }
    }
}

/// The cycle model on the same job.
fn model_of(config: &EngineConfig, points: &[(BigUint, BigUint)], scalars: &[BigUint]) -> ModelRun {
    let model = config.cycle_model();
    model.run(points.len(), |index| {
        let (x, y) = &points[index];
        if x.is_zero() && y.is_zero() {
            return Vec::new();
        }
        model.digit_keys(&scalars[index])
    })
}

fn job(
    bench: &mut Bench,
    config: &EngineConfig,
    points: &[(BigUint, BigUint)],
    scalars: &[BigUint],
    stalls: Stalls,
) -> Run {
    let layout = config.layout;
    let mut rng = ChaCha8Rng::seed_from_u64(stalls.1);
    let mut acts = move || !rng.gen_ratio(stalls.0, 100);
    let mut point_beats = Vec::new();
    for (x, y) in points {
        let slot = x + (y << (8 * layout.coordinate_bytes));
        for beat in 0..layout.slot_bytes / 64 {
            point_beats.push((&slot >> (512 * beat)) % (BigUint::one() << 512));
        }
    }
    let scalar_beats: Vec<BigUint> = scalars
        .chunks(2)
        .map(|pair| &pair[0] + (pair.get(1).cloned().unwrap_or_default() << 256))
        .collect();
    let set = |bench: &mut Bench, port: &str, value: u64| bench.set_u64(port, value).expect("port");
    set(bench, "start", 1);
    let count = BigUint::from(points.len()) << 192;
    bench.set("arguments", &count).expect("port");
    bench.step().expect("steps");
    set(bench, "start", 0);
    let (mut point, mut scalar) = (0, 0);
    let (mut point_shown, mut scalar_shown) = (false, false);
    let mut run = Run {
        cycles: 0,
        busy: 0,
        active: 0,
        sums: Vec::new(),
    };
    let (mut first, mut beats) = (None, Vec::new());
    loop {
        point_shown = point_shown || (point < point_beats.len() && acts());
        scalar_shown = scalar_shown || (scalar < scalar_beats.len() && acts());
        set(bench, "data0_valid", point_shown.into());
        set(bench, "data1_valid", scalar_shown.into());
        if point_shown {
            bench.set("data0_beat", &point_beats[point]).expect("port");
        }
        if scalar_shown {
            bench
                .set("data1_beat", &scalar_beats[scalar])
                .expect("port");
        }
        let sink = acts();
        set(bench, "result_ready", sink.into());
        let is = |bench: &mut Bench, port: &str| bench.get_u64(port).expect("port") == 1;
        if point_shown && is(bench, "data0_ready") {
            point_shown = false;
            point += 1;
        }
        if scalar_shown && is(bench, "data1_ready") {
            scalar_shown = false;
            scalar += 1;
        }
        if sink && is(bench, "result_valid") {
            beats.push(bench.get("result_beat").expect("port"));
        }
        if is(bench, "busy") {
            run.busy += 1;
            run.active = run.cycles - *first.get_or_insert(run.cycles) + 1;
        }
        if is(bench, "done") {
            break;
        }
        bench.step().expect("steps");
        run.cycles += 1;
        assert!(run.cycles < 10_000_000, "no end");
    }
    assert_eq!(bench.get_u64("errors").expect("port"), 0);
    // Nothing is left for the next job.
    assert_eq!((point, scalar), (point_beats.len(), scalar_beats.len()));
    run.sums = beats
        .chunks(3)
        .map(|c| [c[0].clone(), c[1].clone(), c[2].clone()])
        .collect();
    bench.step().expect("steps");
    run
}

/// What the sums must be: digit d of window w adds (x, ±y, 1) to the sums of the bits of |d|.
fn expected(
    config: &EngineConfig,
    points: &[(BigUint, BigUint)],
    scalars: &[BigUint],
) -> Vec<[BigUint; 3]> {
    let (windows, c) = (config.map.num_windows, config.map.window_bits);
    let wrap = BigUint::one() << config.adder.coordinate_bits;
    let mut sums = vec![[BigUint::zero(), BigUint::zero(), BigUint::zero()]; windows * c];
    for ((x, y), scalar) in points.iter().zip(scalars) {
        if x.is_zero() && y.is_zero() {
            continue;
        }
        let mut carry = 0i64;
        for w in 0..windows {
            let digit = ((scalar >> (w * c)) % (1u64 << c))
                .iter_u64_digits()
                .next()
                .unwrap_or(0);
            let mut signed = digit as i64 + carry;
            carry = 0;
            if signed >= 1 << (c - 1) {
                signed -= 1 << c;
                carry = 1;
            }
            for bit in 0..c {
                if signed.unsigned_abs() >> bit & 1 == 1 {
                    let sum = &mut sums[w * c + bit];
                    sum[0] = (&sum[0] + x) % &wrap;
                    let y = if signed < 0 {
                        &config.modulus - y
                    } else {
                        y.clone()
                    };
                    sum[1] = (&sum[1] + y) % &wrap;
                    sum[2] = &sum[2] + 1u32;
                }
            }
        }
    }
    sums
}

fn points(rng: &mut ChaCha8Rng, config: &EngineConfig, n: usize) -> Vec<(BigUint, BigUint)> {
    (0..n)
        .map(|_| {
            (
                random(rng, &config.modulus),
                random(rng, &(&config.modulus - 1u32)) + 1u32,
            )
        })
        .collect()
}

#[test]
fn every_value_is_added_once_under_any_stalls() {
    for (curve, windows, c, timing, name) in [
        (
            CurveId::Bn254G1,
            37,
            7,
            AdderTiming::pipelined(41),
            "engine_wide",
        ),
        (
            CurveId::Bls12_381G1,
            64,
            4,
            AdderTiming::pipelined(9),
            "engine_two_beats",
        ),
        (CurveId::Bn254G1, 64, 4, FOLDED, "engine_folded"),
        (
            CurveId::Bls12_381G1,
            64,
            4,
            FOLDED_LATE,
            "engine_folded_two_beats",
        ),
    ] {
        let config = config(curve, windows, c, timing);
        let Some(mut bench) = start(&config, name) else {
            return;
        };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let order = BigUint::one() << 253;
        for (n, stall, kind) in [
            (1, 0, "random"),
            (2, 30, "random"),
            (3, 0, "equal"),
            (64, 50, "random"),
            (65, 0, "half zero"),
            (90, 10, "bits"),
            (40, 20, "edges"),
        ] {
            let mut points = points(&mut rng, &config, n);
            points[n / 2] = (BigUint::zero(), BigUint::zero());
            let shared = random(&mut rng, &order);
            let scalars: Vec<BigUint> = (0..n)
                .map(|i| match kind {
                    "equal" => shared.clone(),
                    "half zero" if i % 2 == 0 => BigUint::zero(),
                    "bits" => BigUint::from(i as u32 % 2),
                    // Digits of −2^(c−1), 2^(c−1) − 1 and long runs of carries.
                    "edges" => match i % 4 {
                        0 => (0..windows - 2)
                            .map(|w| BigUint::one() << (w * c + c - 1))
                            .sum(),
                        1 => (BigUint::one() << 250) - 1u32,
                        2 => &order - 1u32,
                        _ => BigUint::one() << (i % 253),
                    },
                    _ => random(&mut rng, &order),
                })
                .collect();
            let run = job(
                &mut bench,
                &config,
                &points,
                &scalars,
                Stalls(stall, n as u64),
            );
            if stall == 0 {
                assert_eq!(
                    run.model_run(&config),
                    model_of(&config, &points, &scalars),
                    "{name} n {n} {kind}"
                );
            }
            let found = run.sums;
            let wanted = expected(&config, &points, &scalars);
            assert_eq!(found.len(), wanted.len(), "{name} n {n} {kind}");
            for (index, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
                assert_eq!(
                    found, wanted,
                    "{name} n {n} {kind} stalls {stall} sum {index}"
                );
            }
        }
    }
}

/// One addition a cycle, whatever the digits: the engine's reason to be.
#[test]
fn the_adder_is_busy_for_every_distribution() {
    let config = config(CurveId::Bn254G1, 37, 7, AdderTiming::pipelined(41));
    let Some(mut bench) = start(&config, "engine_wide") else {
        return;
    };
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let order = BigUint::one() << 253;
    let n = 512;
    let points = points(&mut rng, &config, n);
    let shared = random(&mut rng, &order);
    let mut cycles = Vec::new();
    for equal in [false, true] {
        let scalars: Vec<BigUint> = (0..n)
            .map(|_| {
                if equal {
                    shared.clone()
                } else {
                    random(&mut rng, &order)
                }
            })
            .collect();
        let run = job(&mut bench, &config, &points, &scalars, Stalls(0, 0));
        println!(
            "equal {equal}: {} cycles, {} of {} slots",
            run.cycles, run.busy, run.active
        );
        assert_eq!(run.model_run(&config), model_of(&config, &points, &scalars));
        cycles.push(run.cycles);
    }
    assert!(cycles[1] * 100 <= cycles[0] * 105, "{cycles:?}");
    assert_eq!(
        cycles, CYCLES_OF_512,
        "cycles are exact: a change here is a change of the engine"
    );
}

/// Cycles of 512 points with uniform and with equal scalars, 37 windows of 7 bits, latency 41.
const CYCLES_OF_512: [u64; 2] = [28062, 23314];
