//! What the tests of arithmetic modules share.
#![allow(dead_code)]

pub mod points;

use num_bigint::BigUint;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use vegalith_hdl::{ArithModule, FieldParams, PortDirection};
use vegalith_testbench::{Bench, BenchError, Direction, Source};

/// Which body of the multipliers is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    Synthesisable,
    Fast,
}

pub fn source(module: &ArithModule, body: Body) -> Source {
    let mut source = Source::new(&module.name);
    for port in &module.ports {
        let direction = match port.direction {
            PortDirection::Input => Direction::Input,
            PortDirection::Output => Direction::Output,
        };
        source = source.port(&port.name, port.width, direction);
    }
    for file in &module.files {
        source = source.file(format!("{}.v", file.name), &file.text);
    }
    if body == Body::Synthesisable {
        source = source.quick_compile();
    } else {
        source = source.define("VEGALITH_FAST_LEAF");
        for (name, text) in &module.dpi_sources {
            source = source.dpi(name, text);
        }
    }
    source
}

/// Lints both bodies.
pub fn lint(module: &ArithModule) {
    for body in [Body::Synthesisable, Body::Fast] {
        match source(module, body).lint() {
            Err(BenchError::Unavailable(reason)) => println!("skipped: {reason}"),
            result => result.unwrap(),
        }
    }
}

/// 0, 1, 2, p − 2 .. p + 1, 2p − 1, R mod p, all ones and the bound itself, as far as allowed.
pub fn edges(field: &FieldParams, max: &BigUint) -> Vec<BigUint> {
    let p = &field.modulus;
    let mut edges: Vec<BigUint> = [0u32, 1, 2].map(BigUint::from).to_vec();
    edges.extend([p - 2u32, p - 1u32, p.clone(), p + 1u32, p * 2u32 - 1u32]);
    edges.extend([field.one_mont(), field.radix_squared()]);
    edges.push((BigUint::from(1u32) << (max.bits() - 1)) - 1u32);
    edges.push(max - 1u32);
    edges.push(max.clone());
    edges.retain(|value| value <= max);
    edges.dedup();
    edges
}

pub fn random_below(random: &mut ChaCha8Rng, limit: &BigUint) -> BigUint {
    let mut bytes = vec![0; limit.bits() as usize / 8 + 9];
    random.fill_bytes(&mut bytes);
    BigUint::from_bytes_le(&bytes) % limit
}

/// All pairs of edges of the first two operands (others in turn), then random rows up to each
/// operand's largest edge.
pub fn rows_of_edges_and_random(
    operands: &[Vec<BigUint>],
    count: usize,
    seed: u64,
) -> Vec<Vec<BigUint>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let second = operands.get(1).map_or(1, Vec::len);
    let mut rows = Vec::new();
    for i in 0..operands[0].len() * second {
        let pick = |(position, edges): (usize, &Vec<BigUint>)| {
            let index = match position {
                0 => i / second,
                1 => i % second,
                other => i / (other - 1),
            };
            edges[index % edges.len()].clone()
        };
        rows.push(operands.iter().enumerate().map(pick).collect());
    }
    for _ in 0..count {
        let pick = |edges: &Vec<BigUint>| {
            let max = edges.iter().max().unwrap();
            random_below(&mut random, &(max + 1u32))
        };
        rows.push(operands.iter().map(pick).collect());
    }
    rows
}

/// Runs rows through evaluator and Verilator at full rate and compares every result with the
/// golden function, which fixes the latency too: another one would shift the results.
pub fn check_pipeline(
    module: &ArithModule,
    body: Body,
    rows: &[Vec<BigUint>],
    golden: impl Fn(&[BigUint]) -> Vec<BigUint>,
) {
    let expected: Vec<_> = rows.iter().map(|row| golden(row)).collect();
    for (row, expected) in rows.iter().zip(&expected) {
        let found = module.evaluate(row);
        assert_eq!(&found, expected, "{}: evaluator at {row:x?}", module.name);
        for (value, port) in found.iter().zip(module.outputs()) {
            assert!(
                *value <= port.max,
                "{}: {} above its bound",
                module.name,
                port.name
            );
        }
    }
    let mut bench = match Bench::start(&source(module, body)) {
        Err(BenchError::Unavailable(reason)) => {
            println!("skipped: {reason}");
            return;
        }
        bench => bench.unwrap(),
    };
    let seen = bench.run_pipeline(rows, module.latency_cycles).unwrap();
    for (cycle, (seen, expected)) in seen.iter().zip(&expected).enumerate() {
        assert_eq!(
            seen, expected,
            "{} {body:?}: cycle {cycle}, inputs {:x?}",
            module.name, rows[cycle]
        );
    }
}
