//! Multipliers for ECP5 with the device's multiplier block in place of the behavioural tile.

mod support;

use num_bigint::BigUint;
use support::{edges, lint, rows_of_edges_and_random, source, Body};
use vegalith_hdl::{mont_mul, ArithModule, ConstantProducts, FieldParams, MontMulOptions, Target};
use vegalith_testbench::{Bench, BenchError};

/// The device's blocks; a library of cells, most of which a design does not use.
const BLOCKS: &str = include_str!("../netlist/ecp5.v");

fn check_with_blocks(module: &ArithModule, rows: &[Vec<BigUint>]) {
    let source = source(module, Body::Synthesisable)
        .define("VEGALITH_ECP5")
        .file("blocks.v", BLOCKS.to_owned());
    let mut bench = match Bench::start(&source) {
        Err(BenchError::Unavailable(reason)) => {
            println!("skipped: {reason}");
            return;
        }
        bench => bench.unwrap(),
    };
    let seen = bench.run_pipeline(rows, module.latency_cycles).unwrap();
    for (cycle, (seen, row)) in seen.iter().zip(rows).enumerate() {
        assert_eq!(*seen, module.evaluate(row), "cycle {cycle}, {row:x?}");
    }
}

#[test]
fn the_block_is_wired_like_the_tile_it_replaces() {
    let target = Target::ecp5();
    for (field, constant_products) in [
        (
            FieldParams::goldilocks(),
            ConstantProducts::Adders { digit_window: 4 },
        ),
        (FieldParams::bn254_fq(), ConstantProducts::Tiles),
    ] {
        let max = &field.modulus * 4u32;
        let options = MontMulOptions {
            constant_products,
            ..MontMulOptions::for_width(max.bits() as usize, &target)
        };
        let name = format!("blocks_{}", field.name);
        let module = mont_mul(&name, &field, &max, &max, options, &target).unwrap();
        println!("{name}: {}", module.census);
        let instances: usize = module.files[0].text.matches("vegalith_tile_18x18 ").count();
        assert_eq!(instances, module.census.tiles);
        lint(&module);
        let operand = edges(&field, &max);
        let rows = rows_of_edges_and_random(&[operand.clone(), operand], 300, 31);
        check_with_blocks(&module, &rows);
    }
}
