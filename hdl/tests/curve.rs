//! The complete adder in Verilator against an affine model written out in `BigUint`.

mod support;

use num_bigint::BigUint;
use rand_chacha::rand_core::SeedableRng;
use rand_chacha::ChaCha8Rng;
use support::points::{add, affine, pairs, projective, Affine};
use support::{lint, source, Body};
use vegalith_hdl::{complete_adder, CurveParams, Target};
use vegalith_testbench::{Bench, BenchError};

fn check(curve: &CurveParams, count: usize, body: Body) {
    let adder = complete_adder(curve, &Target::ultrascale_plus()).unwrap();
    lint(&adder.module);
    println!("{}: {}", adder.module.name, adder.module.census);
    let mut random = ChaCha8Rng::seed_from_u64(21);
    let pairs = pairs(curve, count, &mut random);
    let rows: Vec<Vec<BigUint>> = pairs
        .iter()
        .map(|(a, b)| {
            let a = projective(&adder.coordinate_max, curve, a, &mut random);
            let b = projective(&adder.coordinate_max, curve, b, &mut random);
            a.into_iter().chain(b).collect()
        })
        .collect();
    let expected: Vec<Affine> = pairs.iter().map(|(a, b)| add(curve, a, b)).collect();
    assert!(expected.iter().any(Option::is_none));
    let evaluated: Vec<_> = rows.iter().map(|row| adder.module.evaluate(row)).collect();
    for (i, (found, expected)) in evaluated.iter().zip(&expected).enumerate() {
        assert_eq!(
            &affine(curve, found),
            expected,
            "evaluator, pair {i}: {:x?}",
            pairs[i]
        );
        assert!(found.iter().all(|value| *value <= adder.coordinate_max));
    }
    let mut bench = match Bench::start(&source(&adder.module, body)) {
        Err(BenchError::Unavailable(reason)) => {
            println!("skipped: {reason}");
            return;
        }
        bench => bench.unwrap(),
    };
    let seen = bench
        .run_pipeline(&rows, adder.module.latency_cycles)
        .unwrap();
    for (cycle, (seen, evaluated)) in seen.iter().zip(&evaluated).enumerate() {
        assert_eq!(seen, evaluated, "cycle {cycle}, inputs {:x?}", rows[cycle]);
    }
}

#[test]
fn bn254() {
    check(&CurveParams::bn254(), 2400, Body::Fast);
}

#[test]
fn bls12_381() {
    check(&CurveParams::bls12_381(), 2400, Body::Fast);
}

#[test]
fn bls12_377() {
    check(&CurveParams::bls12_377(), 800, Body::Fast);
}

/// Every multiplier spelled out: minutes of C++ compilation.
#[test]
#[ignore = "compiles for minutes; the multiplier's bodies are compared in tests/arith.rs"]
fn bn254_synthesisable() {
    check(&CurveParams::bn254(), 400, Body::Synthesisable);
}

#[test]
fn a_radix_without_room_is_refused() {
    let mut curve = CurveParams::bn254();
    curve.field.radix_bits = 254;
    assert!(complete_adder(&curve, &Target::ultrascale_plus()).is_err());
}
