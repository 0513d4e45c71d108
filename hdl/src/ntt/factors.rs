//! The factors that elements are scaled by on their way in: T0\[low\]·T1\[high\] of an exponent's
//! two halves, from tables of 2^K powers of g and of the root of order 2^2K each.

use rust_hdl::prelude::*;

use num_bigint::BigUint;

use super::config::Shape;
use super::pass::{pass_wires, Factor, PASS_BITS};
use super::tables::{coset_corrections, coset_shift, powers_mont, rom_text, root};
use crate::rtl::leaf_block;

/// Cycles from a pair's issue to the exponents of its two elements.
pub(super) const EXPONENT_LATENCY: usize = 5;
/// Cycles from exponents to the operands of the multiplication that makes a factor.
pub(super) const OPERAND_LATENCY: usize = 2;

leaf_block! {
    /// Exponents of the two elements of every issued pair, modulo 2^2K.
    ///
    /// With row i (and i + n/2 for the second) of column c of the pass:
    /// twiddles ±(row·c)·2^2K/N; coset powers the index in device memory, which is stride·row + c
    /// in a pass over columns, else n·c + row; in the shift N − 1 less that.
    Exponent(shape: Shape) = exponent_body;
    In clock: 1;
    In pass: PASS_BITS;
    In first: 1;
    In column: shape.exponent_bits();
    Out exponent_0: shape.exponent_bits();
    Out exponent_1: shape.exponent_bits();
}

fn exponent_body(shape: &Shape) -> String {
    let e = shape.exponent_bits();
    format!(
        "{fields}wire twiddle = factor == 3'd{twiddle};
wire coset = factor == 3'd{coset};
wire [5:0] twiddle_shift = 6'd{e} - log_size;
reg first_1;
reg first_2;
reg [{et}:0] column_1;
reg [{et}:0] start;
reg [{et}:0] step;
reg [{et}:0] offset;
reg [{et}:0] offset_3;
reg [{et}:0] exponent_3;
reg [{et}:0] near;
reg [{et}:0] far;
wire [{et}:0] mask = scale_only ? ~({{{e}{{1'b1}}}} << log_size) : {e}'d0;
always @(posedge clock) begin
  first_1 <= first;
  column_1 <= column;
  first_2 <= first_1;
  start <= twiddle ? {e}'d0 : read_strided ? column_1 : column_1 << log_rows;
  step <= twiddle ? column_1 << twiddle_shift : read_strided ? {e}'d1 << log_stride : {e}'d1;
  offset <= twiddle ? (column_1 << twiddle_shift) << (log_rows - 6'd1)
    : read_strided ? {e}'d1 << (log_size - 6'd1) : {e}'d1 << (log_rows - 6'd1);
  offset_3 <= offset;
  exponent_3 <= first_2 ? start : exponent_3 + step;
  near <= exponent_3;
  far <= exponent_3 + offset_3;
  exponent_0 <= (twiddle && inverse) ? {e}'d0 - near : (twiddle || coset) ? near ^ mask : {e}'d0;
  exponent_1 <= (twiddle && inverse) ? {e}'d0 - far : (twiddle || coset) ? far ^ mask : {e}'d0;
end",
        fields = pass_wires(&[
            "log_size",
            "log_rows",
            "log_stride",
            "read_strided",
            "scale_only",
            "inverse",
            "factor"
        ]),
        twiddle = Factor::Twiddle as u32,
        coset = Factor::Coset as u32,
        et = e - 1,
    )
}

leaf_block! {
    /// Operands whose product is the factor, for both elements of a pair: the entries of the two
    /// tables, or SCALE with 1 or g^−(N−1).
    FactorTables(shape: Shape) = factor_tables_body;
    In clock: 1;
    In pass: PASS_BITS;
    In scale: shape.element_bits;
    In exponent_0: shape.exponent_bits();
    In exponent_1: shape.exponent_bits();
    Out low_0: shape.lazy_bits;
    Out high_0: shape.element_bits;
    Out low_1: shape.lazy_bits;
    Out high_1: shape.element_bits;
}

fn factor_tables_body(shape: &Shape) -> String {
    let field = &shape.params;
    let (k, bits) = (shape.log_stage, shape.element_bits);
    let count = 1usize << k;
    let bases = [coset_shift(field), root(field, 2 * k)];
    let raised = |base: &BigUint| base.modpow(&BigUint::from(count), &field.modulus);
    let low: Vec<_> = bases
        .iter()
        .flat_map(|base| powers_mont(field, base, count))
        .collect();
    let high: Vec<_> = bases
        .iter()
        .flat_map(|base| powers_mont(field, &raised(base), count))
        .collect();
    let lane = |lane: usize| {
        format!(
            "  entry_low_{lane} <= low[{{twiddle, exponent_{lane}[{kt}:0]}}];
  entry_high_{lane} <= high[{{twiddle, exponent_{lane}[{et}:{k}]}}];
  low_{lane} <= constant ? {{{pad}'d0, scale}} : {{{pad}'d0, entry_low_{lane}}};
  high_{lane} <= constant ? constant_high : entry_high_{lane};
",
            kt = k - 1,
            et = 2 * k - 1,
            pad = shape.lazy_bits - bits,
        )
    };
    format!(
        "{fields}{low_rom}{high_rom}{corrections}wire twiddle = factor == 3'd{twiddle};
wire constant = (factor == 3'd{scale}) || (factor == 3'd{scale_coset});
reg [{top}:0] correction;
wire [{top}:0] constant_high = (factor == 3'd{scale}) ? {bits}'h{one:x} : correction;
reg [{top}:0] entry_low_0;
reg [{top}:0] entry_high_0;
reg [{top}:0] entry_low_1;
reg [{top}:0] entry_high_1;
always @(posedge clock) begin
  correction <= corrections[log_size[{correction_top}:0]];
{lane_0}{lane_1}end",
        fields = pass_wires(&["log_size", "factor"]),
        low_rom = rom_text("low", bits, &low),
        high_rom = rom_text("high", bits, &high),
        corrections = rom_text("corrections", bits, &coset_corrections(field, 2 * k)),
        twiddle = Factor::Twiddle as u32,
        scale = Factor::Scale as u32,
        scale_coset = Factor::ScaleCoset as u32,
        top = bits - 1,
        one = field.one_mont(),
        correction_top = (2 * k).ilog2(),
        lane_0 = lane(0),
        lane_1 = lane(1),
    )
}

/// Shape of a [`Multiplier`].
#[derive(Clone, Debug)]
pub(super) struct MultiplierConfig {
    /// Name of the arithmetic module.
    pub(super) module: String,
    pub(super) lazy_bits: usize,
    pub(super) element_bits: usize,
}

leaf_block! {
    /// z = x·w·R⁻¹ mod p, z < 2p, for x < 2p and w < p; latency as of the arithmetic module.
    Multiplier(config: MultiplierConfig) = multiplier_body;
    In clock: 1;
    In x: config.lazy_bits;
    In w: config.element_bits;
    Out z: config.lazy_bits;
}

fn multiplier_body(config: &MultiplierConfig) -> String {
    format!(
        "wire [{top}:0] product;
{module} multiplier(.clk(clock), .x(x), .w(w), .z(product));
always @(*) z = product;",
        module = config.module,
        top = config.lazy_bits - 1,
    )
}
