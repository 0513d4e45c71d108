//! The engine on a memory in Rust, against the defining sum of the transform.

use std::collections::VecDeque;

use num_bigint::BigUint;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_abi::registers::ntt::{FLAG_COSET, FLAG_INVERSE};
use vegalith_abi::registers::ERROR_ARGUMENT;
use vegalith_testbench::Bench;

use super::config::{Arithmetic, FoldedNttConfig, Shape};
use super::engine::FoldedNttEngine;
use crate::arith::Target;
use crate::ntt::tables::coset_shift;
use crate::rtl::Design;
use crate::testing::{start_engine, Stalls};

const BEAT: u64 = 64;
const P: u64 = 0xffff_ffff_0000_0001;
/// Places of the buffers: source, destination.
const BUFFERS: [u64; 2] = [0x1_0000, 0x2_0000];

fn mul(x: u64, y: u64) -> u64 {
    (u128::from(x) * u128::from(y) % u128::from(P)) as u64
}

fn add(x: u64, y: u64) -> u64 {
    ((u128::from(x) + u128::from(y)) % u128::from(P)) as u64
}

fn power(x: u64, exponent: u64) -> u64 {
    (0..64).rev().fold(1, |power, bit| {
        let square = mul(power, power);
        if exponent >> bit & 1 == 1 {
            mul(square, x)
        } else {
            square
        }
    })
}

struct Engine {
    shape: Shape,
    bench: Bench,
}

fn start(log_max_size: usize) -> Option<Engine> {
    let config = FoldedNttConfig {
        log_max_size,
        target: Target {
            carry_bits: 72,
            ..Target::ecp5()
        },
    };
    config.validate().expect("in range");
    let arithmetic = Arithmetic::new(&config.target).expect("builds");
    let shape = Shape::new(&config, &arithmetic);
    let top = format!("folded_ntt_{log_max_size}");
    let mut design = Design::from_block(&top, FoldedNttEngine::new(&shape)).expect("consistent");
    design.add_modules(&arithmetic.modules().expect("names differ"));
    let bench = start_engine(FoldedNttEngine::new(&shape), design)?;
    Some(Engine { shape, bench })
}

#[derive(Clone, Copy, Debug)]
struct Transform {
    inverse: bool,
    coset: bool,
    in_place: bool,
}

/// The four transforms, the first and last of them in place.
fn transforms() -> [Transform; 4] {
    [(false, false), (false, true), (true, false), (true, true)].map(|(inverse, coset)| Transform {
        inverse,
        coset,
        in_place: inverse == coset,
    })
}

struct Run {
    cycles: u64,
    busy: u64,
    output: Vec<u64>,
}

fn arguments(source: u64, destination: u64, log_size: u64, flags: u32, scale: u64) -> BigUint {
    BigUint::from(source)
        | BigUint::from(destination) << 64
        | BigUint::from(log_size) << 192
        | BigUint::from(flags) << 224
        | BigUint::from(scale) << 256
}

impl Engine {
    /// A job with the memory on the other side of the ports. The kernel's scale need not be 1/N.
    fn run(&mut self, input: &[u64], transform: Transform, scale: u64, stalls: Stalls) -> Run {
        let log_size = input.len().ilog2();
        let beats = input.len().div_ceil(8) as u64;
        let destination = BUFFERS[usize::from(!transform.in_place)];
        let mut memory = vec![BigUint::ZERO; 0x3_0000 / BEAT as usize];
        for (chunk, place) in input.chunks(8).zip(BUFFERS[0] / BEAT..) {
            memory[place as usize] = chunk
                .iter()
                .rev()
                .fold(BigUint::ZERO, |beat, &x| (beat << 64) + x);
        }
        let mut flags = 0;
        if transform.inverse {
            flags |= FLAG_INVERSE;
        }
        if transform.coset {
            flags |= FLAG_COSET;
        }
        let words = arguments(BUFFERS[0], destination, log_size.into(), flags, scale);
        let bench = &mut self.bench;
        let mut rng = ChaCha8Rng::seed_from_u64(stalls.1);
        let mut acts = move || !rng.gen_ratio(stalls.0, 100);
        let set = |bench: &mut Bench, port: &str, value: bool| {
            bench.set_u64(port, value.into()).expect("port");
        };
        let get = |bench: &mut Bench, port: &str| bench.get_u64(port).expect("port");
        bench.set("arguments", &words).expect("port");
        set(bench, "start", true);
        bench.step().expect("steps");
        set(bench, "start", false);
        let mut reads: VecDeque<u64> = VecDeque::new();
        let mut writes: VecDeque<u64> = VecDeque::new();
        let (mut shown, mut cycles, mut busy) = (false, 0, 0);
        loop {
            set(bench, "writer_idle", writes.is_empty());
            shown = shown || (!reads.is_empty() && acts());
            set(bench, "data0_valid", shown);
            if shown {
                let beat = &memory[(reads[0] / BEAT) as usize];
                bench.set("data0_beat", beat).expect("port");
            }
            let (takes_reads, takes_writes) = (acts(), acts());
            let takes_result = !writes.is_empty() && acts();
            set(bench, "read0_ready", takes_reads);
            set(bench, "write_ready", takes_writes);
            set(bench, "result_ready", takes_result);
            let ready = get(bench, "data0_ready") == 1;
            assert_eq!(get(bench, "stalled") == 1, shown && !ready);
            if shown && ready {
                shown = false;
                reads.pop_front();
            }
            if takes_result && get(bench, "result_valid") == 1 {
                let place = writes.pop_front().expect("taken only if there is one");
                memory[(place / BEAT) as usize] = bench.get("result_beat").expect("port");
            }
            for (takes, queue, name) in [
                (takes_reads, &mut reads, "read0"),
                (takes_writes, &mut writes, "write"),
            ] {
                if takes && get(bench, &format!("{name}_valid")) == 1 {
                    let address = get(bench, &format!("{name}_address"));
                    let count = get(bench, &format!("{name}_beats"));
                    assert_eq!(count, beats, "{name}");
                    queue.extend((0..count).map(|beat| address + beat * BEAT));
                }
            }
            busy += get(bench, "busy");
            if get(bench, "done") == 1 {
                break;
            }
            bench.step().expect("steps");
            cycles += 1;
            assert!(cycles < 1_000_000, "no end");
        }
        assert_eq!(get(bench, "errors"), 0);
        assert!(reads.is_empty() && writes.is_empty());
        bench.step().expect("steps");
        let output = (0..input.len())
            .map(|index| {
                let beat = &memory[(destination / BEAT) as usize + index / 8];
                let mut digits = (beat >> (64 * (index % 8))).to_u64_digits();
                digits.resize(1, 0);
                digits[0]
            })
            .collect();
        Run {
            cycles,
            busy,
            output,
        }
    }
}

/// X\[k\] = Σ x\[n\]·(g·ω^k)^n; inverse scale·g^−k·Σ x\[n\]·ω^−kn.
fn expected(input: &[u64], transform: Transform, scale: u64) -> Vec<u64> {
    let params = Shape::params();
    let small = |value: BigUint| u64::try_from(value).expect("below p");
    let n = input.len();
    let omega = small(params.root_of_unity(n.ilog2() as usize).expect("exists"));
    let shift = if transform.coset {
        small(coset_shift(&params))
    } else {
        1
    };
    let evaluate = |at: u64| input.iter().rev().fold(0, |sum, &x| add(mul(sum, at), x));
    (0..n as u64)
        .map(|k| {
            let point = power(omega, k);
            if transform.inverse {
                let factor = mul(scale, power(power(shift, k), P - 2));
                mul(evaluate(power(point, P - 2)), factor)
            } else {
                evaluate(mul(shift, point))
            }
        })
        .collect()
}

fn random(rng: &mut ChaCha8Rng, count: usize) -> Vec<u64> {
    (0..count).map(|_| rng.gen_range(0..P)).collect()
}

#[test]
fn every_transform_of_every_size_is_right_under_stalls() {
    for log_max_size in [6, 9, 12] {
        let Some(mut engine) = start(log_max_size) else {
            return;
        };
        let mut rng = ChaCha8Rng::seed_from_u64(log_max_size as u64);
        for log_size in 1..=log_max_size.min(9) {
            for transform in transforms() {
                let input = random(&mut rng, 1 << log_size);
                let scale = rng.gen_range(0..P);
                let wanted = expected(&input, transform, scale);
                for stall in [0, 40] {
                    let stalls = Stalls(stall, log_size as u64);
                    let found = engine.run(&input, transform, scale, stalls);
                    assert_eq!(
                        found.output, wanted,
                        "m {log_max_size} 2^{log_size} {transform:?} stalls {stall}"
                    );
                    assert_eq!(found.busy, (log_size as u64) << (log_size - 1));
                }
            }
        }
    }
}

#[test]
fn the_largest_size() {
    let Some(mut engine) = start(12) else {
        return;
    };
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    for transform in transforms() {
        let input = random(&mut rng, 1 << 12);
        let scale = rng.gen_range(0..P);
        let wanted = expected(&input, transform, scale);
        let found = engine.run(&input, transform, scale, Stalls(0, 0));
        assert_eq!(found.output, wanted, "{transform:?}");
    }
}

#[test]
fn edges_of_the_field() {
    let Some(mut engine) = start(8) else {
        return;
    };
    for log_size in [2, 5, 8] {
        for transform in transforms() {
            for pattern in [0, 1, P - 1, 0xffff_ffff, 0xffff_ffff_0000_0000] {
                let input = vec![pattern; 1 << log_size];
                let wanted = expected(&input, transform, P - 1);
                let found = engine.run(&input, transform, P - 1, Stalls(0, 0));
                assert_eq!(found.output, wanted, "{pattern:x} {transform:?}");
            }
        }
    }
}

/// Beats in, a pair a cycle, beats out, and what lies between them.
#[test]
fn cycles_are_those_of_the_data_path() {
    let Some(mut engine) = start(12) else {
        return;
    };
    let shape = engine.shape.clone();
    for log_size in [5, 7, 8, 10, 12] {
        for transform in transforms() {
            let input = vec![1; 1 << log_size];
            let run = engine.run(&input, transform, 1, Stalls(0, 0));
            let stages = log_size as u64;
            let mut gaps = shape.finish_cycles() as u64 - 1;
            if (log_size as usize) < shape.log_overlap() {
                let between = stages - 1 + u64::from(transform.inverse);
                gaps += between * (shape.hazard_cycles() as u64 - 1);
            }
            let beats = 1 << (log_size - 3);
            // The constants of an inverse transform may take longer than the beats.
            let constants = shape.twiddle_latency() as u64 + 16;
            let load = if transform.inverse && constants > beats {
                constants
            } else {
                beats
            };
            let floor = (stages << (log_size - 1)) + u64::from(transform.inverse);
            let predicted = load + floor + gaps + beats + OVERHEAD;
            assert_eq!(run.cycles, predicted, "2^{log_size} {transform:?}");
        }
    }
}

/// Cycles of a job beside its beats, its pairs and its data path: start, commands, banks, queue, done.
const OVERHEAD: u64 = 13;

#[test]
fn bad_arguments_end_the_job() {
    let Some(mut engine) = start(8) else {
        return;
    };
    let bench = &mut engine.bench;
    let [source, destination] = BUFFERS;
    for words in [
        arguments(source, destination, 0, 0, 0),
        arguments(source, destination, 9, 0, 0),
        arguments(source, destination, 1 << 31 | 5, 0, 0),
        arguments(source + 64, destination, 5, 0, 0),
        arguments(source, destination + 2048, 5, 0, 0),
        arguments(source, destination, 5, 4, 0),
    ] {
        bench.set("arguments", &words).expect("port");
        bench.set_u64("start", 1).expect("port");
        bench.step().expect("steps");
        bench.set_u64("start", 0).expect("port");
        bench.step().expect("steps");
        assert_eq!(bench.get_u64("done").expect("port"), 1, "{words:x}");
        let errors = bench.get_u64("errors").expect("port");
        assert_eq!(errors, u64::from(ERROR_ARGUMENT), "{words:x}");
        assert_eq!(bench.get_u64("read0_valid").expect("port"), 0);
        bench.step().expect("steps");
        assert_eq!(bench.get_u64("idle").expect("port"), 1);
    }
}
