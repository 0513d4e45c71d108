//! Multipliers for ECP5 with the device's multiplier block in place of the behavioural tile.

mod support;

use num_bigint::BigUint;
use std::fmt::Write as _;
use support::{edges, lint, rows_of_edges_and_random, source, Body};
use vegalith_hdl::{mont_mul, ArithModule, ConstantProducts, FieldParams, MontMulOptions, Target};
use vegalith_testbench::{Bench, BenchError};

/// The block as far as its data sheet (FPGA-TN-02205, sysDSP usage guide) describes unsigned products
/// with one clock: a register where a stage names CLK0, none where it names NONE.
fn block_model() -> String {
    let list = |port: char, width: usize| -> Vec<String> {
        (0..width).rev().map(|bit| format!("{port}{bit}")).collect()
    };
    let (a, b, p) = (
        list('A', 18).join(", "),
        list('B', 18).join(", "),
        list('P', 36).join(", "),
    );
    let mut text = format!(
        "module MULT18X18D (input CLK0, CE0, RST0, SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,\n\
         input {a},\ninput {b},\noutput {p});\n"
    );
    for stage in ["INPUTA", "INPUTB", "PIPELINE", "OUTPUT"] {
        for (setting, default) in [("CLK", "NONE"), ("CE", "CE0"), ("RST", "RST0")] {
            let _ = writeln!(text, "parameter REG_{stage}_{setting} = \"{default}\";");
        }
    }
    text += &format!(
        "parameter GSR = \"ENABLED\";
reg [17:0] a, b;
reg [35:0] middle, last;
wire [17:0] a_seen = REG_INPUTA_CLK == \"CLK0\" ? a : {{{a}}};
wire [17:0] b_seen = REG_INPUTB_CLK == \"CLK0\" ? b : {{{b}}};
wire [35:0] array = {{18'd0, a_seen}} * {{18'd0, b_seen}};
wire [35:0] middle_seen = REG_PIPELINE_CLK == \"CLK0\" ? middle : array;
wire [35:0] last_seen = REG_OUTPUT_CLK == \"CLK0\" ? last : middle_seen;
assign {{{p}}} = SIGNEDA || SIGNEDB || SOURCEA || SOURCEB ? 36'd0 : last_seen;
always @(posedge CLK0) if (RST0) begin
  a <= 0; b <= 0; middle <= 0; last <= 0;
end else if (CE0) begin
  a <= {{{a}}}; b <= {{{b}}}; middle <= array; last <= middle_seen;
end
endmodule\n"
    );
    text
}

fn check_with_blocks(module: &ArithModule, rows: &[Vec<BigUint>]) {
    let source = source(module, Body::Synthesisable)
        .define("VEGALITH_ECP5")
        .file("block_model.v", block_model());
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
