//! The engine on a memory in Rust, against the defining sum of the transform.

use std::collections::VecDeque;

use num_bigint::BigUint;
use num_traits::{One, Zero};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_abi::registers::ntt::{FLAG_COSET, FLAG_INVERSE};
use vegalith_abi::FieldId;
use vegalith_testbench::Bench;

use super::config::{Arithmetic, NttConfig};
use super::engine::NttEngine;
use super::kernel::engine_config;
use super::tables::coset_shift;
use crate::arith::{FieldParams, Target};
use crate::rtl::Design;
use crate::testing::{random, start_engine, Stalls};

const BEAT: u64 = 64;
/// Places of the buffers: source, destination, scratch.
const BUFFERS: [u64; 3] = [0x1_0000, 0x2_0000, 0x3_0000];

struct Engine {
    config: NttConfig,
    params: FieldParams,
    bench: Bench,
}

fn start(field: FieldId, log_stage: usize, log_columns: usize) -> Option<Engine> {
    let config = NttConfig {
        field,
        log_stage,
        log_columns,
        tile_ram_style: "block",
        target: Target::ultrascale_plus(),
    };
    config.validate().expect("in range");
    let arithmetic = Arithmetic::new(&config).expect("builds");
    let engine = engine_config(&config, &arithmetic);
    let top = format!("ntt_{}_{log_stage}_{log_columns}", config.params().name);
    let mut design = Design::from_block(&top, NttEngine::new(&engine)).expect("consistent");
    design.add_modules(&arithmetic.modules(log_stage).expect("names differ"));
    let bench = start_engine(NttEngine::new(&engine), design)?;
    Some(Engine {
        params: config.params(),
        config,
        bench,
    })
}

#[derive(Clone, Copy, Debug)]
struct Transform {
    inverse: bool,
    coset: bool,
    in_place: bool,
}

struct Run {
    cycles: u64,
    busy: u64,
    output: Vec<BigUint>,
}

impl Engine {
    fn element_bytes(&self) -> usize {
        self.config.field.element_bytes()
    }

    fn arguments(&self, log_size: usize, transform: Transform) -> BigUint {
        let mut flags = 0;
        if transform.inverse {
            flags |= FLAG_INVERSE;
        }
        if transform.coset {
            flags |= FLAG_COSET;
        }
        let destination = BUFFERS[usize::from(!transform.in_place)];
        let n = BigUint::one() << log_size;
        let scale = self.params.to_mont(&self.params.inverse(&n));
        BigUint::from(BUFFERS[0])
            | BigUint::from(destination) << 64
            | BigUint::from(BUFFERS[2]) << 128
            | BigUint::from(log_size) << 192
            | BigUint::from(flags) << 224
            | scale << 256
    }

    /// A job with the memory on the other side of the ports.
    fn run(&mut self, input: &[BigUint], transform: Transform, stalls: Stalls) -> Run {
        let bytes = self.element_bytes();
        let log_size = input.len().ilog2() as usize;
        let beats = (input.len() * bytes).div_ceil(BEAT as usize) as u64;
        let mut memory = vec![BigUint::zero(); 0x4_0000 / BEAT as usize];
        for (chunk, place) in input.chunks(BEAT as usize / bytes).zip(BUFFERS[0] / BEAT..) {
            memory[place as usize] = chunk
                .iter()
                .rev()
                .fold(BigUint::zero(), |beat, x| (beat << (8 * bytes)) + x);
        }
        let arguments = self.arguments(log_size, transform);
        let bench = &mut self.bench;
        let mut rng = ChaCha8Rng::seed_from_u64(stalls.1);
        let mut acts = move || !rng.gen_ratio(stalls.0, 100);
        let set = |bench: &mut Bench, port: &str, value: bool| {
            bench.set_u64(port, value.into()).expect("port");
        };
        let get = |bench: &mut Bench, port: &str| bench.get_u64(port).expect("port");
        bench.set("arguments", &arguments).expect("port");
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
            if shown && get(bench, "data0_ready") == 1 {
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
                    assert!(count >= 1 && count <= beats, "{name} of {count} beats");
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
        let place = BUFFERS[usize::from(!transform.in_place)];
        let mask = (BigUint::one() << (8 * bytes)) - 1u32;
        let output = (0..input.len())
            .map(|index| {
                let byte = index * bytes;
                let beat = &memory[(place as usize + byte) / BEAT as usize];
                (beat >> (8 * (byte % BEAT as usize))) & &mask
            })
            .collect();
        Run {
            cycles,
            busy,
            output,
        }
    }

    /// X\[k\] = Σ x\[n\]·(s·ω^k)^n, and its inverse.
    fn expected(&self, input: &[BigUint], transform: Transform) -> Vec<BigUint> {
        let p = &self.params.modulus;
        let n = input.len();
        let omega = self
            .params
            .root_of_unity(n.ilog2() as usize)
            .expect("exists");
        let shift = if transform.coset {
            coset_shift(&self.params)
        } else {
            BigUint::one()
        };
        let evaluate = |at: &BigUint| {
            let step = |sum: BigUint, x: &BigUint| (sum * at + x) % p;
            input.iter().rev().fold(BigUint::zero(), step)
        };
        (0..n)
            .map(|k| {
                let point = omega.modpow(&BigUint::from(k), p);
                if !transform.inverse {
                    return evaluate(&(shift.clone() * point % p));
                }
                let scale = shift.modpow(&BigUint::from(k), p) * BigUint::from(n);
                evaluate(&self.params.inverse(&point)) * self.params.inverse(&(scale % p)) % p
            })
            .collect()
    }
}

/// The four transforms, the first and last of them in place.
fn transforms() -> [Transform; 4] {
    [(false, false), (false, true), (true, false), (true, true)].map(|(inverse, coset)| Transform {
        inverse,
        coset,
        in_place: inverse == coset,
    })
}

#[test]
fn every_transform_of_every_size_is_right_under_stalls() {
    for (field, log_stage, log_columns) in [
        (FieldId::Bn254Fr, 3, 1),
        (FieldId::Bn254Fr, 4, 2),
        (FieldId::Goldilocks, 5, 3),
    ] {
        let Some(mut engine) = start(field, log_stage, log_columns) else {
            return;
        };
        let mut rng = ChaCha8Rng::seed_from_u64(log_stage as u64);
        let p = engine.params.modulus.clone();
        for log_size in 1..=2 * log_stage {
            for transform in transforms() {
                let input: Vec<_> = (0..1 << log_size).map(|_| random(&mut rng, &p)).collect();
                let wanted = engine.expected(&input, transform);
                for stall in [0, 40] {
                    let stalls = Stalls(stall, log_size as u64);
                    let found = engine.run(&input, transform, stalls);
                    assert_eq!(
                        found.output, wanted,
                        "{field:?} K {log_stage} 2^{log_size} {transform:?} stalls {stall}"
                    );
                    assert_eq!(found.busy, (log_size as u64) << (log_size - 1));
                }
            }
        }
    }
}

#[test]
fn edges_of_the_field() {
    let Some(mut engine) = start(FieldId::Goldilocks, 5, 3) else {
        return;
    };
    let largest = &engine.params.modulus - 1u32;
    for log_size in [2, 5, 8] {
        for transform in transforms() {
            for pattern in [&BigUint::zero(), &BigUint::one(), &largest] {
                let input = vec![pattern.clone(); 1 << log_size];
                let wanted = engine.expected(&input, transform);
                assert_eq!(engine.run(&input, transform, Stalls(0, 0)).output, wanted);
            }
        }
    }
}

/// A tile is filled, goes through the pipeline and is drained, a pair a cycle.
#[test]
fn cycles_of_one_pass_are_those_of_the_data_path() {
    for (field, log_stage, log_columns) in [(FieldId::Goldilocks, 5, 3), (FieldId::Bn254Fr, 4, 2)] {
        let Some(mut engine) = start(field, log_stage, log_columns) else {
            return;
        };
        let arithmetic = Arithmetic::new(&engine.config).expect("builds");
        let data_path = engine_config(&engine.config, &arithmetic);
        for log_size in 4..=log_stage {
            let input = vec![BigUint::one(); 1 << log_size];
            let run = engine.run(&input, transforms()[0], Stalls(0, 0));
            let walks = 3 << (log_size - 1);
            let latency = data_path.latency() + data_path.pipeline.latency(Some(log_size));
            let predicted = walks + latency as u64 + OVERHEAD;
            assert_eq!(run.cycles, predicted, "{field:?} 2^{log_size}");
        }
    }
}

/// Cycles of a pass beside its walks and its data path: start, commands, beats, queue, done.
const OVERHEAD: u64 = 9;

#[test]
fn cycles_are_exact() {
    let Some(mut engine) = start(FieldId::Goldilocks, 5, 3) else {
        return;
    };
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let p = engine.params.modulus.clone();
    let cycles = transforms().map(|transform| {
        let input: Vec<_> = (0..1 << 10).map(|_| random(&mut rng, &p)).collect();
        engine.run(&input, transform, Stalls(0, 0)).cycles
    });
    assert_eq!(
        cycles, CYCLES_OF_1024,
        "a change here is a change of the engine"
    );
}

/// Cycles of 1024 points with 5 butterflies: forward, coset, inverse, inverse coset.
const CYCLES_OF_1024: [u64; 4] = [1998, 1998, 1998, 2857];
