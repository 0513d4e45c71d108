//! The Goldilocks modules: Verilator against the evaluator and `BigUint` in both bodies, latency, lint.

mod support;

use num_bigint::BigUint;
use support::{check_pipeline, lint, rows_of_edges_and_random, Body};
use vegalith_hdl::{goldilocks_mul, two_way_butterfly, FieldParams, Target};

fn targets() -> [Target; 2] {
    let long_carries = Target {
        carry_bits: 72,
        ..Target::ecp5()
    };
    [long_carries, Target::ecp5()]
}

/// Canonical values whose halves are at their bounds, and neighbours.
fn edges() -> Vec<BigUint> {
    let p = FieldParams::goldilocks().modulus;
    let half = 1u64 << 32;
    let mut edges: Vec<BigUint> = [0, 1, 2, half - 2, half - 1, half, half + 1, 1 << 63]
        .map(BigUint::from)
        .to_vec();
    edges.extend([
        BigUint::from((half - 2) << 32),
        BigUint::from((half - 2) << 32 | (half - 1)),
        BigUint::from(0x5555_5555_5555_5555u64),
        BigUint::from(0xaaaa_aaaa_aaaa_aaaau64),
    ]);
    edges.extend([&p - 2u32, &p - 1u32]);
    edges
}

#[test]
fn products_in_both_bodies() {
    let p = FieldParams::goldilocks().modulus;
    for target in targets() {
        let module = goldilocks_mul(&target).unwrap();
        println!("{}: {}", module.name, module.census);
        lint(&module);
        let rows = rows_of_edges_and_random(&[edges(), edges()], 20_000, 5);
        let golden = |row: &[BigUint]| vec![&row[0] * &row[1] % &p];
        check_pipeline(&module, Body::Synthesisable, &rows, golden);
        check_pipeline(&module, Body::Fast, &rows, golden);
    }
}

#[test]
fn butterflies_of_all_kinds() {
    let p = FieldParams::goldilocks().modulus;
    for target in targets() {
        let module = two_way_butterfly(&target).unwrap();
        println!("{}: {}", module.name, module.census);
        lint(&module);
        let bit = || vec![BigUint::from(0u32), BigUint::from(1u32)];
        let operands = [edges(), edges(), edges(), bit(), bit(), bit()];
        let rows = rows_of_edges_and_random(&operands, 20_000, 6);
        let golden = |row: &[BigUint]| {
            let [a, b, w, swap, take_b, forward] = row else {
                panic!("six operands");
            };
            let set = |flag: &BigUint| *flag != BigUint::from(0u32);
            let difference = if set(swap) { b + &p - a } else { a + &p - b };
            let m = if set(take_b) { b * w } else { difference * w } % &p;
            if set(forward) {
                vec![(a + &m) % &p, (a + &p - m) % &p]
            } else {
                vec![(a + b) % &p, m]
            }
        };
        check_pipeline(&module, Body::Synthesisable, &rows, golden);
    }
}
