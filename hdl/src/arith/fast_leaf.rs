//! The multipliers' simulation bodies: one DPI-C call a product behind a circular buffer.

use super::FieldParams;
use crate::graph::FastBody;
use num_bigint::BigUint;
use std::fmt::Write as _;

/// Body and C++ function of a multiplier with operand and result widths `(x, y, z)`.
pub(super) fn fast_body(
    field: &FieldParams,
    name: &str,
    widths: (usize, usize, usize),
    latency: usize,
) -> FastBody {
    let (x_bits, y_bits, z_bits) = widths;
    called_each_cycle(
        name,
        widths,
        latency,
        source(field, name, x_bits, y_bits, z_bits),
    )
}

/// Body around a C++ function of the module's name with operand and result widths `(x, y, z)`:
/// `void name(const uint32_t* x, const uint32_t* y, uint32_t* z)`, low words first.
pub(super) fn called_each_cycle(
    name: &str,
    (x_bits, y_bits, z_bits): (usize, usize, usize),
    latency: usize,
    source: String,
) -> FastBody {
    let top = z_bits - 1;
    let place_bits = usize::BITS - (latency - 2).leading_zeros();
    // One cycle goes into the ring, latency − 1 round it and out.
    let verilog = format!(
        "  import \"DPI-C\" function void {name}(
    input bit [{x_top}:0] x, input bit [{y_top}:0] y, output bit [{top}:0] z);
  reg [{top}:0] ring [0:{ring_top}];
  reg [{top}:0] oldest;
  reg [{place_top}:0] place = {place_bits}'d0;
  // The call's result is used in the same cycle only, so it is assigned at once.
  /* verilator lint_off BLKSEQ */
  bit [{top}:0] product;
  always @(posedge clk) begin
    {name}(x, y, product);
    oldest <= ring[place];
    ring[place] <= product;
    place <= (place == {place_bits}'d{ring_top}) ? {place_bits}'d0 : place + {place_bits}'d1;
  end
  /* verilator lint_on BLKSEQ */
  assign z = oldest;
",
        x_top = x_bits - 1,
        y_top = y_bits - 1,
        ring_top = latency - 2,
        place_top = place_bits - 1,
    );
    FastBody {
        verilog,
        dpi_source: (format!("{name}_dpi"), source),
    }
}

/// Shape of a multiplier that takes a digit of y a cycle.
pub(super) struct FoldedShape {
    pub(super) x_bits: usize,
    pub(super) digit_bits: usize,
    pub(super) num_digits: usize,
    pub(super) z_bits: usize,
    pub(super) ring_cycles: usize,
    /// From the last digit to the result.
    pub(super) tail_cycles: usize,
}

/// Body of a folded multiplier: the digits of every place of the ring are collected, the product is
/// formed with the last.
pub(super) fn folded_body(field: &FieldParams, name: &str, shape: &FoldedShape) -> FastBody {
    let y_bits = shape.digit_bits * shape.num_digits;
    let bits_for = |count: usize| usize::BITS - (count - 1).leading_zeros();
    let (round_bits, place_bits) = (bits_for(shape.num_digits + 1), bits_for(shape.ring_cycles));
    let line = shape.tail_cycles - 1;
    let line_bits = bits_for(line);
    let verilog = format!(
        "  import \"DPI-C\" function void {name}(
    input bit [{x_top}:0] x, input bit [{y_top}:0] y, output bit [{z_top}:0] z);
  reg [{y_top}:0] digits [0:{ring_top}];
  reg [{round_top}:0] rounds [0:{ring_top}];
  reg [{place_top}:0] place = {place_bits}'d0;
  reg [{z_top}:0] products [0:{line_top}];
  reg [{line_place_top}:0] oldest = {line_bits}'d0;
  reg [{z_top}:0] result;
  wire [{y_top}:0] y = {{digit, digits[place][{y_top}:{digit_bits}]}};
  wire [{round_top}:0] round = first ? {round_bits}'d1 : rounds[place] + {round_bits}'d1;
  // The call's result is used in the same cycle only, so it is assigned at once.
  /* verilator lint_off BLKSEQ */
  bit [{z_top}:0] product;
  always @(posedge clk) begin
    if (round == {round_bits}'d{num_digits}) {name}(x, y, product);
    digits[place] <= y;
    rounds[place] <= round;
    place <= (place == {place_bits}'d{ring_top}) ? {place_bits}'d0 : place + {place_bits}'d1;
    result <= products[oldest];
    products[oldest] <= product;
    oldest <= (oldest == {line_bits}'d{line_top}) ? {line_bits}'d0 : oldest + {line_bits}'d1;
  end
  /* verilator lint_on BLKSEQ */
  assign z = result;
",
        x_top = shape.x_bits - 1,
        y_top = y_bits - 1,
        z_top = shape.z_bits - 1,
        ring_top = shape.ring_cycles - 1,
        round_top = round_bits - 1,
        place_top = place_bits - 1,
        line_top = line - 1,
        line_place_top = line_bits - 1,
        digit_bits = shape.digit_bits,
        num_digits = shape.num_digits,
    );
    FastBody {
        verilog,
        dpi_source: (
            format!("{name}_dpi"),
            source(field, name, shape.x_bits, y_bits, shape.z_bits),
        ),
    }
}

fn limbs(value: &BigUint, count: usize) -> String {
    let mut digits = value.to_u64_digits();
    digits.resize(count, 0);
    let digits: Vec<_> = digits
        .iter()
        .map(|digit| format!("{digit:#x}ull"))
        .collect();
    digits.join(", ")
}

/// Self-contained C++: word-by-word Montgomery multiplication with a last partial word.
fn source(field: &FieldParams, name: &str, x_bits: usize, y_bits: usize, z_bits: usize) -> String {
    let r = field.radix_bits;
    let (words, rest) = (r / 64, r % 64);
    let p_limbs = field.bits().div_ceil(64);
    let (x_limbs, y_limbs) = (x_bits.div_ceil(64), y_bits.div_ceil(64));
    // T = x·y + m·p < 2^(x_bits + y_bits) + R·p.
    let t_limbs = (x_limbs + y_limbs)
        .max((r + field.bits()).div_ceil(64) + 1)
        .max(words + p_limbs + 2);
    let inverse = field
        .minus_inverse()
        .to_u64_digits()
        .first()
        .copied()
        .unwrap_or(0);
    let mut text = String::new();
    let _ = write!(
        text,
        "// {name}: z = (x*y + m*p)/2^{r}, m = -x*y/p mod 2^{r}; field {field_name}.
#include <cstdint>
#include <cstring>

namespace {{
typedef unsigned __int128 wide;
const int X = {x_limbs}, Y = {y_limbs}, P = {p_limbs}, T = {t_limbs};
const uint64_t p[P] = {{{p}}};
const uint64_t minus_inverse = {inverse:#x}ull;

template <int N>
inline void load(uint64_t* limbs, const uint32_t* words, int count) {{
#pragma GCC unroll 16
  for (int i = 0; i < N; i++) {{
    uint64_t low = words[2 * i];
    uint64_t high = 2 * i + 1 < count ? words[2 * i + 1] : 0;
    limbs[i] = low | high << 32;
  }}
}}

// t[0..N] += a[0..N] * factor; returns the word above.
template <int N>
inline uint64_t accumulate(uint64_t* t, const uint64_t* a, uint64_t factor) {{
  uint64_t carry = 0;
#pragma GCC unroll 16
  for (int i = 0; i < N; i++) {{
    wide sum = (wide)a[i] * factor + t[i] + carry;
    t[i] = (uint64_t)sum;
    carry = (uint64_t)(sum >> 64);
  }}
  return carry;
}}
}}  // namespace

extern \"C\" void {name}(const uint32_t* x_words, const uint32_t* y_words, uint32_t* z_words) {{
  uint64_t x[X], y[Y], t[T] = {{}};
  load<X>(x, x_words, {x_words});
  load<Y>(y, y_words, {y_words});
#pragma GCC unroll 16
  for (int i = 0; i < Y; i++) t[i + X] = accumulate<X>(t + i, x, y[i]);
  // The carry out of a row waits in `over` for the next row, one word higher.
  uint64_t over = 0;
#pragma GCC unroll 16
  for (int i = 0; i < {words}; i++) {{
    wide top = (wide)accumulate<P>(t + i, p, t[i] * minus_inverse) + t[i + P] + over;
    t[i + P] = (uint64_t)top;
    over = (uint64_t)(top >> 64);
  }}
",
        field_name = field.name,
        p = limbs(&field.modulus, p_limbs),
        x_words = x_bits.div_ceil(32),
        y_words = y_bits.div_ceil(32),
    );
    if rest > 0 {
        let _ = writeln!(
            text,
            "  {{
    uint64_t m = t[{words}] * minus_inverse & {:#x}ull;
    wide top = (wide)accumulate<P>(t + {words}, p, m) + t[{words} + P] + over;
    t[{words} + P] = (uint64_t)top;
    over = (uint64_t)(top >> 64);
  }}",
            (1u64 << rest) - 1
        );
    }
    let _ = writeln!(
        text,
        "#pragma GCC unroll 16
  for (int i = {} + P; i < T; i++) {{
    t[i] += over;
    over = t[i] < over;
  }}",
        words + usize::from(rest > 0)
    );
    for word in 0..z_bits.div_ceil(32) {
        let low = r + 32 * word;
        let (limb, shift) = (low / 64, low % 64);
        let mut value = format!("t[{limb}] >> {shift}");
        if shift > 32 && limb + 1 < t_limbs {
            value = format!("({value}) | (t[{}] << {})", limb + 1, 64 - shift);
        }
        let _ = writeln!(text, "  z_words[{word}] = (uint32_t)({value});");
    }
    text + "}\n"
}
