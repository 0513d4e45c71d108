//! A complete point adder with one multiplier and one adder for everything, for devices with few tiles.
//!
//! ```text
//!  x1 … z2 ─► held ─┐                         ┌─► x ───────────► folded multiplier ─┐
//!                   ├─► register file, 4 ×    ├─► y ─► digit ─►                     │
//!             ┌─────┘   window of each        ├─► a, or K ────► a + b ──────────────┤
//!             │         addition under way ───┴─► b, b·2^s, ~b ►                    │
//!             └────────────────────────────────────────────── one result a cycle ◄──┴─► x3, y3, z3
//! ```
//! The operations of [`Program`] run as [`Schedule`] has them. Each addition has a window of the
//! register file of its own; a control word for each cycle of the interval says which registers of
//! which of the additions under way are read and written. That addresses belong to additions that were
//! taken a whole number of intervals ago is why points are taken at no other distance.

use super::control::{control, Control};
use super::pace::AdderPace;
use super::program::Program;
use super::schedule::{Schedule, Timing};
use super::CurveParams;
use crate::arith::{folded_mont_mul, ArithModule, FoldedMultiplier};
use crate::graph::{Census, Graph, GraphError, ModuleSet, Target, VerilogModule};
use num_bigint::BigUint;
use num_traits::One;

/// Cycles of a result outside the unit that makes it: addresses to operands 3, selection and
/// register file 2.
const AROUND_UNIT_CYCLES: usize = 5;
/// Width of a chunk of the adder.
const SUM_CHUNK_BITS: usize = 66;

/// A complete adder that takes points every `interval_cycles`.
#[derive(Clone, Debug)]
pub struct FoldedAdder {
    /// The adder first, then what it instantiates.
    pub modules: ModuleSet,
    /// Module with ports `clk`, `rst`, `valid`, `ready`, `x1`, `y1`, `z1`, `x2`, `y2`, `z2`, `done`,
    /// `x3`, `y3`, `z3`.
    ///
    /// Points are taken in a cycle with `valid` and `ready`. `done` is set exactly `latency_cycles`
    /// later, whatever comes in between, with the sum beside it; the sum may change after that cycle.
    /// `rst` abandons everything under way and takes nothing. `ready` follows from nothing but earlier
    /// acceptances: see [`AdderPace`].
    pub name: String,
    /// From acceptance to `done`.
    pub latency_cycles: usize,
    /// Cycles between two acceptances at full rate.
    pub interval_cycles: usize,
    /// Acceptances without a pause between are a multiple of this apart.
    pub ring_cycles: usize,
    /// Width of every coordinate port.
    pub coordinate_bits: usize,
    /// Largest coordinate allowed at the inputs; none at the outputs is larger.
    pub coordinate_max: BigUint,
    /// Operators, without the register file.
    pub census: Census,
    program: Program,
}

impl FoldedAdder {
    /// Bit by bit the sum of (x1 : y1 : z1) and (x2 : y2 : z2).
    pub fn evaluate(&self, coordinates: &[BigUint; 6]) -> [BigUint; 3] {
        self.program.evaluate(coordinates)
    }

    /// A model of `ready`, out of reset.
    pub fn pace(&self) -> AdderPace {
        AdderPace::new(self.interval_cycles, self.latency_cycles)
    }
}

/// Complete adder of a curve on one multiplier that takes `digit_bits` of an operand a cycle: half as wide a
/// digit takes half the tiles and twice the interval. It must divide the exponent of the Montgomery radix.
pub fn folded_adder(
    curve: &CurveParams,
    digit_bits: usize,
    target: &Target,
) -> Result<FoldedAdder, GraphError> {
    let program = Program::new(curve)?;
    let num_digits = curve.field.radix_bits / digit_bits;
    let name = format!("vegalith_folded_adder_{}", curve.name);
    let (x_max, y_max) = program.product_bounds();
    let multiplier = folded_mont_mul(
        &format!("folded_mont_mul_{}", curve.field.name),
        &curve.field,
        (&x_max, &y_max),
        digit_bits,
        12 * num_digits,
        target,
    )?;
    let sum = sum_module(curve, program.value_bits(), target)?;
    let timing = Timing::new(
        &multiplier,
        sum.latency_cycles + AROUND_UNIT_CYCLES,
        AROUND_UNIT_CYCLES,
    );
    let schedule = Schedule::new(&program, &timing)?;
    let control = control(&program, &schedule, &timing)?;
    let coordinate_bits = program.coordinate_max.bits() as usize;
    let text = text(
        &name,
        curve,
        &program,
        &multiplier,
        &sum,
        &schedule,
        &control,
    );

    let value_bits = program.value_bits();
    let mut census = multiplier.census;
    census.add(&sum.census);
    census.register_bits += 9 * coordinate_bits + 18 * value_bits;
    census.logic_bits += 3 * coordinate_bits + 3 * value_bits + digit_bits * num_digits;
    census.depth_cycles = control.latency_cycles;
    let mut modules = ModuleSet {
        files: vec![VerilogModule {
            name: name.clone(),
            text,
        }],
        dpi_sources: multiplier.dpi_sources.clone(),
        census,
    };
    crate::graph::merge_files(&mut modules.files, &multiplier.files)?;
    crate::graph::merge_files(&mut modules.files, &sum.files)?;
    Ok(FoldedAdder {
        modules,
        name,
        latency_cycles: control.latency_cycles,
        interval_cycles: schedule.interval_cycles,
        ring_cycles: schedule.interval_cycles,
        coordinate_bits,
        coordinate_max: program.coordinate_max.clone(),
        census,
        program,
    })
}

/// sum = a + b modulo 2^bits.
fn sum_module(
    curve: &CurveParams,
    bits: usize,
    target: &Target,
) -> Result<ArithModule, GraphError> {
    let max = (BigUint::one() << bits) - 1u32;
    let mut graph = Graph::new(target.clone());
    let operands = ["a", "b"].map(|name| {
        let signal = graph.input(name, &max);
        let chunks: Vec<_> = (0..bits)
            .step_by(SUM_CHUNK_BITS)
            .map(|low| graph.slice(signal, low, SUM_CHUNK_BITS.min(bits - low)))
            .collect();
        graph.chunks_of(SUM_CHUNK_BITS, &chunks)
    });
    let sum = graph.sum_of_chunks(operands.to_vec(), bits.div_ceil(SUM_CHUNK_BITS));
    let sum = graph.chunk_signals(&sum, &max);
    let sum = graph.concat(&sum);
    let name = format!("vegalith_folded_sum_{}", curve.name);
    let head = format!("sum = a + b modulo 2^{bits}.");
    graph.finish(&name, &head, &[("sum", sum, bits)], None)
}

fn text(
    name: &str,
    curve: &CurveParams,
    program: &Program,
    multiplier: &FoldedMultiplier,
    sum: &ArithModule,
    schedule: &Schedule,
    control: &Control,
) -> String {
    let bits = program.value_bits();
    let coordinate_bits = program.coordinate_max.bits() as usize;
    let mut text = format!(
        "// (x3 : y3 : z3) = (x1 : y1 : z1) + (x2 : y2 : z2) on {curve}, complete, projective.
// Montgomery form with R = 2^{radix}; coordinates up to {max:x} (hex) in and out.
// Renes, Costello, Batina 2015, algorithm 7, on one multiplier and one adder.
// Taken with valid and ready; done {latency} cycles after acceptance. Ready is set in any cycle while the
// adder is empty, and a multiple of {interval} cycles after the last acceptance until the last is done.
module {name} (
  input  wire clk,
  input  wire rst,
  input  wire valid,
  output wire ready,
",
        curve = curve.name,
        radix = curve.field.radix_bits,
        max = program.coordinate_max,
        interval = schedule.interval_cycles,
        latency = control.latency_cycles,
    );
    for port in ["x1", "y1", "z1", "x2", "y2", "z2"] {
        text += &format!("  input  wire [{}:0] {port},\n", coordinate_bits - 1);
    }
    text += "  output reg  done";
    for port in ["x3", "y3", "z3"] {
        text += &format!(",\n  output reg  [{}:0] {port}", coordinate_bits - 1);
    }
    text += "\n);\n";
    text += &control.text;
    text += &operands_text(program, multiplier, sum, control);
    text += &results_text(bits, coordinate_bits, multiplier.z_bits);
    text + "endmodule\n"
}

/// Register file, multiplier and adder.
fn operands_text(
    program: &Program,
    multiplier: &FoldedMultiplier,
    sum: &ArithModule,
    control: &Control,
) -> String {
    let bits = program.value_bits();
    let top = bits - 1;
    let depth_top = (1usize << control.address_bits) - 1;
    let mut text = format!(
        "
  // Register file: a copy for each operand. A register is read after the cycle in which it is written.
  reg [{top}:0] result;
"
    );
    for copy in ["a", "b", "x", "y"] {
        text += &format!(
            "  (* no_rw_check, ram_style = \"block\" *) reg [{top}:0] file_{copy} [0:{depth_top}];
  reg [{top}:0] read_{copy};
  reg [{top}:0] value_{copy};
  always @(posedge clk) begin
    if (write_4) file_{copy}[write_address_4] <= result;
    read_{copy} <= file_{copy}[{copy}_address];
    value_{copy} <= read_{copy};
  end
"
        );
    }
    let shift = program.shift as usize;
    let plus_one = (&program.complement + 1u32) % (BigUint::one() << bits);
    text += &format!(
        "
  // a + b, a + b*2^{shift}, or K - b as K + 1 + ~b.
  reg [{top}:0] term_a;
  reg [{top}:0] term_b;
  wire [{top}:0] sum;
  wire [{top}:0] scaled_b = shifted_4 ? {{value_b[{kept}:0], {shift}'d0}} : value_b;
  always @(posedge clk) begin
    if (complement_4) term_a <= {bits}'h{plus_one:x};
    else term_a <= value_a;
    term_b <= scaled_b ^ {{{bits}{{complement_4}}}};
  end
  {sum_name} adder (.clk(clk), .a(term_a), .b(term_b), .sum(sum));
",
        kept = top - shift,
        sum_name = sum.name,
    );
    let (x_bits, digit_bits) = (multiplier.x_bits, multiplier.digit_bits);
    let padded = multiplier.num_digits * digit_bits;
    let value_y = if padded > bits {
        format!("{{{}'d0, value_y}}", padded - bits)
    } else {
        format!("value_y[{}:0]", padded - 1)
    };
    text += &format!(
        "
  // x with digit digit_4 of y.
  reg [{x_top}:0] factor_x;
  reg [{digit_top}:0] digit;
  wire [{padded_top}:0] digits = {value_y};
  wire [{z_top}:0] product;
  always @(posedge clk) begin
    factor_x <= value_x[{x_top}:0];
    case (digit_4)
",
        x_top = x_bits - 1,
        digit_top = digit_bits - 1,
        padded_top = padded - 1,
        z_top = multiplier.z_bits - 1,
    );
    for i in 0..multiplier.num_digits {
        let label = if i + 1 == multiplier.num_digits {
            "default".to_owned()
        } else {
            format!("{}'d{i}", control.digit_index_bits)
        };
        text += &format!(
            "      {label}: digit <= digits[{}:{}];\n",
            (i + 1) * digit_bits - 1,
            i * digit_bits
        );
    }
    text += &format!(
        "    endcase
  end
  {name} multiplier (
    .clk(clk), .first(first_5), .x(factor_x), .digit(digit), .z(product)
  );
",
        name = multiplier.name
    );
    if x_bits < bits {
        text += &format!(
            "  wire unused_x = &{{1'b0, value_x[{top}:{x_bits}]}};  // no factor is as wide\n"
        );
    }
    text
}

/// Inputs held, and the choice of the cycle's result: all but one of the sources are cleared.
fn results_text(bits: usize, coordinate_bits: usize, z_bits: usize) -> String {
    let coordinate_top = coordinate_bits - 1;
    let extended = |value: &str, width: usize| {
        if width == bits {
            value.to_owned()
        } else {
            format!("{{{}'d0, {value}}}", bits - width)
        }
    };
    let mut text = "\n  // One result a cycle: all sources but one are cleared.\n".to_owned();
    let mut sources = Vec::new();
    for axis in ["x", "y", "z"] {
        text += &format!(
            "  reg [{coordinate_top}:0] held_{axis}1;
  reg [{coordinate_top}:0] held_{axis}2;
  reg [{coordinate_top}:0] from_{axis}_3;
  always @(posedge clk) begin
    if (start) begin
      held_{axis}1 <= {axis}1;
      held_{axis}2 <= {axis}2;
    end
    if (clear_{axis}) from_{axis}_3 <= {coordinate_bits}'d0;
    else from_{axis}_3 <= second ? held_{axis}2 : held_{axis}1;
  end
"
        );
        sources.push(extended(&format!("from_{axis}_3"), coordinate_bits));
    }
    for (unit, width) in [("sum", bits), ("product", z_bits)] {
        let unit_top = width - 1;
        text += &format!(
            "  reg [{unit_top}:0] from_{unit}_3;
  always @(posedge clk)
    if (clear_{unit}) from_{unit}_3 <= {width}'d0;
    else from_{unit}_3 <= {unit};
"
        );
        sources.push(extended(&format!("from_{unit}_3"), width));
    }
    text += &format!(
        "  always @(posedge clk) result <= {};
  always @(posedge clk) begin
    if (store_x) x3 <= result[{coordinate_top}:0];
    if (store_y) y3 <= result[{coordinate_top}:0];
    if (store_z) z3 <= result[{coordinate_top}:0];
    done <= write_4 && last_4 && !rst;
  end
",
        sources.join("\n    | ")
    );
    text
}
