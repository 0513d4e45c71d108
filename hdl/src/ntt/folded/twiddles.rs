//! Twiddles times the constants of coset and scale.
//!
//! ```text
//!  cycle   0       1       2       3        4       5        6                     6 + multiplier
//!        step ─► shift ─► shift ─► index ─► table ─────────► x ─┐
//!          └──► constant ─► both ─► chosen ─────────► ─────► y ─┴─ x·y ─────────────► w
//! ```
//! The constants of an inverse transform exist twice, as they are and times SCALE: that table is made
//! by the same multiplier before the first stage.

use num_bigint::BigUint;
use num_traits::One;
use rust_hdl::prelude::*;

use super::config::{Shape, ELEMENT_BITS, TABLE_LATENCY};
use crate::ntt::tables::{coset_shift, powers_mont, rom_text, root};
use crate::rtl::leaf_block;

/// Width of a constant's number.
const CONSTANT_BITS: usize = 4;
/// Number of the constant 1.
const ONE: usize = (1 << CONSTANT_BITS) - 1;

leaf_block! {
    /// Entries ω^j, ω of order 2^m, of the steps of five cycles before; the table goes half round. Inverse
    /// transforms take ω^−j = −ω^(2^(m−1)−j): `swap`, three cycles after the step, tells that the sign
    /// is wanted.
    TwiddleTable(shape: Shape) = twiddle_table_body;
    In clock: 1;
    In inverse: 1;
    In pair: shape.pair_bits();
    In exponent: shape.pair_bits();
    In stage: 4;
    Out entry: ELEMENT_BITS;
    Out swap: 1;
}

/// Cycles from a step to `swap`.
pub(super) const SWAP_LATENCY: usize = 3;

fn twiddle_table_body(shape: &Shape) -> String {
    let bits = shape.pair_bits();
    let params = Shape::params();
    // R is 1 here: the powers are what they are called.
    let canonical = crate::arith::FieldParams {
        radix_bits: 0,
        ..params
    };
    let table = powers_mont(&canonical, &root(&canonical, shape.log_max_size), 1 << bits);
    let reversed: Vec<_> = (0..bits).map(|bit| format!("pair[{bit}]")).collect();
    format!(
        "{rom}wire [{top}:0] reversed = {{{reversed}}};
reg [{top}:0] shifted_1;
reg [{top}:0] shifted_2;
reg [{top}:0] index;
reg [1:0] coarse;
reg [63:0] raw;
always @(posedge clock) begin
  shifted_1 <= inverse ? reversed << stage[1:0] : exponent;
  coarse <= inverse ? stage[3:2] : 2'd0;
  shifted_2 <= shifted_1 << {{coarse, 2'd0}};
  index <= inverse ? {bits}'d0 - shifted_2 : shifted_2;
  swap <= inverse && (shifted_2 != {bits}'d0);
  raw <= table_entries[index];
  entry <= raw;
end",
        rom = rom_text("table_entries", ELEMENT_BITS, &table).replacen(
            "reg ",
            "(* ram_style = \"block\" *) reg ",
            1
        ),
        reversed = reversed.join(", "),
        top = bits - 1,
    )
}

leaf_block! {
    /// The operands of the multiplication that makes twiddles, of the steps of six cycles before.
    ///
    /// From `prepare` on (inverse transforms only, before the first step) multiplies the constants by
    /// `scale` and keeps the `product`s; `prepared` pulses at the end.
    TwiddleFactors(shape: Shape) = twiddle_factors_body;
    In clock: 1;
    In reset: 1;
    In prepare: 1;
    Out prepared: 1;
    In scale: ELEMENT_BITS;
    In log_size: 6;
    In inverse: 1;
    In coset: 1;
    In stage: 4;
    In path: 1;
    In alone: 1;
    In entry: ELEMENT_BITS;
    Out x: ELEMENT_BITS;
    Out y: ELEMENT_BITS;
    In product: ELEMENT_BITS;
}

/// g^(2^t) for t < 2^4 − 2, then 1 (twice); the same of g^−1.
fn constants() -> Vec<BigUint> {
    let params = Shape::params();
    let g = coset_shift(&params);
    let inverse = params.inverse(&g);
    [g, inverse]
        .iter()
        .flat_map(|base| {
            (0..=ONE).map(|t| {
                if t + 1 < ONE {
                    base.modpow(&(BigUint::one() << t), &params.modulus)
                } else {
                    BigUint::one()
                }
            })
        })
        .collect()
}

fn twiddle_factors_body(shape: &Shape) -> String {
    debug_assert_eq!(TABLE_LATENCY, 6);
    let cycles = TABLE_LATENCY + shape.multiplier_latency;
    format!(
        "{rom}(* ram_style = \"distributed\" *) reg [63:0] scaled [0:{ONE}];
reg preparing;
reg [{delay_top}:0] under_way;
reg [3:0] last_stage;
reg [4:0] number;
reg [3:0] product_number;
reg [3:0] constant_1;
reg path_1;
reg path_2;
reg [63:0] plain_2;
reg [63:0] scaled_2;
reg [63:0] chosen_3;
reg [63:0] chosen_4;
reg [63:0] chosen_5;
wire sending = preparing && !number[4];
wire ready = under_way[{delay_top}];
wire [3:0] of_stage = inverse ? stage : last_stage - stage;
wire unused = &{{1'b0, log_size}};
always @(*) prepared = ready && (product_number == 4'd{ONE});
always @(posedge clock) begin
  if (reset || prepare) begin
    preparing <= prepare && !reset;
    under_way <= {cycles}'d0;
    number <= 5'd0;
    product_number <= 4'd0;
  end else begin
    under_way <= {{under_way[{delay_top1}:0], sending}};
    if (sending) number <= number + 5'd1;
    if (ready) product_number <= product_number + 4'd1;
    if (prepared) preparing <= 1'b0;
  end
  last_stage <= log_size[3:0] - 4'd1;
  if (ready) scaled[product_number] <= product;
  constant_1 <= preparing ? number[3:0] : (alone || !coset) ? 4'd{ONE} : of_stage;
  path_1 <= !preparing && inverse && (path || alone);
  plain_2 <= constants[{{inverse, constant_1}}];
  scaled_2 <= scaled[constant_1];
  path_2 <= path_1;
  chosen_3 <= path_2 ? scaled_2 : plain_2;
  chosen_4 <= chosen_3;
  chosen_5 <= chosen_4;
  y <= chosen_5;
  x <= preparing ? scale : entry;
end",
        rom = rom_text("constants", ELEMENT_BITS, &constants()).replacen(
            "reg ",
            "(* rom_style = \"logic\" *) reg ",
            1
        ),
        delay_top = cycles - 1,
        delay_top1 = cycles - 2,
    )
}

leaf_block! {
    /// z = x·y mod p; latency as of the arithmetic module.
    TwiddleMultiplier(shape: Shape) = multiplier_body;
    In clock: 1;
    In x: ELEMENT_BITS;
    In y: ELEMENT_BITS;
    Out z: ELEMENT_BITS;
}

fn multiplier_body(shape: &Shape) -> String {
    format!(
        "wire [{top}:0] product;
{module} multiplier(.clk(clock), .x(x), .y(y), .z(product));
always @(*) z = product;",
        module = shape.multiplier,
        top = ELEMENT_BITS - 1,
    )
}
