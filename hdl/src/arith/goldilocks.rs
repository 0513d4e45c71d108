//! Arithmetic of the Goldilocks field p = 2^64 − 2^32 + 1 on canonical values, by its own reduction:
//! 2^64 ≡ 2^32 − 1 and 2^96 ≡ −1.
//!
//! ```text
//!  x = x0 + x1·2^32, y alike
//!  A = x0·y0   C = x1·y1   M = (x0 + x1)·(y0 + y1) − A = x0·y1 + x1·y0 + x1·y1
//!  x·y ≡ A − C + M·2^32                                      M = m0 + m1·2^32 + m2·2^64
//!      ≡ (A + (m0 + m1)·2^32) − (C + m1 + m2)                carries count as 2^32 − 1 each
//! ```
//! Sums are plain carry chains of up to 66 bits: no compressors, whose carries cost as much again in
//! devices of four-input tables.

use super::{fast_leaf, FieldParams};
use crate::graph::{ArithModule, Graph, GraphError, Rows, Signal, Target};
use num_bigint::BigUint;
use num_traits::One;

const BITS: usize = 64;
const HALF: usize = 32;

fn power_of_two(bits: usize) -> BigUint {
    BigUint::one() << bits
}

fn most(field: &FieldParams) -> BigUint {
    &field.modulus - 1u32
}

fn product(graph: &mut Graph, x: Signal, y: Signal) -> Signal {
    let max = graph.max(x) * graph.max(y);
    let rows = graph.product_rows(x, y, 0);
    graph.resolve(rows, &max)
}

/// a + b mod p of canonical values.
fn add(graph: &mut Graph, field: &FieldParams, a: Signal, b: Signal) -> Signal {
    let sum = graph.add(a, b);
    graph.subtract_if_not_below(sum, &field.modulus).0
}

/// a − b mod p of canonical values: a borrow is worth 2^64 ≡ 2^32 − 1.
fn subtract(graph: &mut Graph, field: &FieldParams, a: Signal, b: Signal) -> Signal {
    let difference = graph.subtract_modulo(a, b, BITS + 1);
    let borrow = graph.slice(difference, BITS, 1);
    let low = graph.slice(difference, 0, BITS);
    let correction = graph.concat(&[borrow; HALF]);
    let result = graph.subtract_modulo(low, correction, BITS);
    graph.tighten(result, most(field));
    result
}

/// x·y mod p of canonical values.
fn multiply(graph: &mut Graph, field: &FieldParams, x: Signal, y: Signal) -> Signal {
    let halves = |graph: &mut Graph, value: Signal| {
        (
            graph.slice(value, 0, HALF),
            graph.slice(value, HALF, BITS - HALF),
        )
    };
    let (x0, x1) = halves(graph, x);
    let (y0, y1) = halves(graph, y);
    let x_sum = graph.add(x0, x1);
    let y_sum = graph.add(y0, y1);
    let low = product(graph, x0, y0);
    let high = product(graph, x1, y1);
    let all = product(graph, x_sum, y_sum);
    let middle = graph.subtract_modulo(all, low, 2 * HALF + 2);
    let half_max = power_of_two(HALF) - 1u32;
    graph.tighten(middle, &half_max * &half_max * 3u32);
    let (m0, m1) = halves(graph, middle);
    let m2 = graph.slice(middle, BITS, 2);

    let u = graph.add(m0, m1);
    let (u_low, u_carry) = (graph.slice(u, 0, HALF), graph.slice(u, HALF, 1));
    let (a_low, a_high) = halves(graph, low);
    let v_high = graph.add(a_high, u_low);
    let v_carry = graph.slice(v_high, HALF, 1);
    let v_high = graph.slice(v_high, 0, HALF);
    let v = graph.concat(&[a_low, v_high]);
    let w = graph.add(high, m1);
    let w = graph.add(w, m2);
    let difference = graph.subtract_modulo(v, w, BITS + 1);
    let no_borrow = {
        let borrow = graph.slice(difference, BITS, 1);
        graph.not(borrow)
    };
    let difference = graph.slice(difference, 0, BITS);

    // Carries less borrow, −1 to 2, times 2^32 − 1, modulo 2^65. The sum is below 2^64 + 2^33 < 2p and,
    // where the correction is negative, x·y's representative A − C + … plus p: not negative, because
    // C + m1 + m2 ≤ p unless x1 = y1 = 2^32 − 1, where x0 = y0 = 0 and m0 + m1 = 2^32 − 1 make up for it.
    let carries_differ = graph.xor(u_carry, v_carry);
    let any_carry = graph.or(u_carry, v_carry);
    let both_carry = graph.and(u_carry, v_carry);
    let odd = graph.xor(carries_differ, no_borrow);
    let odd = graph.not(odd);
    let one_and_no_borrow = graph.and(any_carry, no_borrow);
    let positive = graph.or(both_carry, one_and_no_borrow);
    let not_negative = graph.or(any_carry, no_borrow);
    let negative = graph.not(not_negative);
    let two = graph.and(both_carry, no_borrow);
    let bit_32 = graph.or(negative, two);
    let mut bits = vec![odd];
    bits.extend([positive; HALF - 1]);
    bits.push(bit_32);
    bits.extend([negative; HALF]);
    let correction = graph.concat(&bits);
    let sum = graph.resolve_modulo(Rows::of(difference).plus(Rows::of(correction)), BITS + 1);
    graph.tighten(sum, &field.modulus * 2u32 - 1u32);
    graph.subtract_if_not_below(sum, &field.modulus).0
}

/// Module `vegalith_mul_goldilocks`: z = x·y mod p.  Requires `x`, `y` < p.  Ensures z < p.
pub fn goldilocks_mul(target: &Target) -> Result<ArithModule, GraphError> {
    let field = FieldParams::goldilocks();
    let mut graph = Graph::new(target.clone());
    let x = graph.input("x", &most(&field));
    let y = graph.input("y", &most(&field));
    let z = multiply(&mut graph, &field, x, y);
    let name = "vegalith_mul_goldilocks";
    let head = format!(
        "z = x*y mod p, p = 2^64 - 2^32 + 1, all below p; target {}, one operand pair a cycle.",
        target.name
    );
    let fast = |latency: usize| {
        fast_leaf::called_each_cycle(name, (BITS, BITS, BITS), latency, source(name))
    };
    let mut module = graph.finish(name, &head, &[("z", z, BITS)], Some(&fast))?;
    // What the graph's own evaluator gives, without a big integer for each of its nodes.
    let modulus = field.modulus;
    module.evaluator = std::sync::Arc::new(move |inputs| match inputs {
        [x, y] => vec![x * y % &modulus],
        _ => Vec::new(),
    });
    Ok(module)
}

fn source(name: &str) -> String {
    format!(
        "// {name}: z = x*y mod 2^64 - 2^32 + 1.
#include <cstdint>

extern \"C\" void {name}(const uint32_t* x, const uint32_t* y, uint32_t* z) {{
  typedef unsigned __int128 wide;
  const uint64_t p = 0xffffffff00000001ull, epsilon = 0xffffffffull;
  wide product = (wide)(x[0] | (uint64_t)x[1] << 32) * (y[0] | (uint64_t)y[1] << 32);
  uint64_t low = (uint64_t)product, high = (uint64_t)(product >> 64);
  // 2^96 = -1, then 2^64 = 2^32 - 1.
  uint64_t t = low - (high >> 32);
  if (low < high >> 32) t -= epsilon;
  uint64_t u = (high & epsilon) * epsilon, sum = t + u;
  if (sum < u) sum += epsilon;
  if (sum >= p) sum -= p;
  z[0] = (uint32_t)sum;
  z[1] = (uint32_t)(sum >> 32);
}}
"
    )
}

/// Module `vegalith_two_way_butterfly_goldilocks`: decimation in time if `forward`, in frequency if
/// not. All values are canonical.
///
/// ```text
///  a, b ─┬─ forward: a ─────────────────────────────────────┬─ y ─┬─► y + m ─► first   (forward)
///        ├─ else: a + b ────────────────────────────────────┘     ├─► y      ─► first   (else)
///        ├─ take_b: b ──────────────────────────────┐             ├─► y − m ─► second  (forward)
///        └─ else: ± (a − b), minus if swap ─────────┴─ · w ─► m ──┴─► m      ─► second  (else)
/// ```
/// A forward butterfly has `take_b`; without `forward` it makes `second` the bare product b·w.
pub fn two_way_butterfly(target: &Target) -> Result<ArithModule, GraphError> {
    let field = FieldParams::goldilocks();
    let multiplier = goldilocks_mul(target)?;
    let mut graph = Graph::new(target.clone());
    let a = graph.input("a", &most(&field));
    let b = graph.input("b", &most(&field));
    let w = graph.input("w", &most(&field));
    let swap = graph.input("swap", &BigUint::one());
    let take_b = graph.input("take_b", &BigUint::one());
    let forward = graph.input("forward", &BigUint::one());
    let minuend = graph.mux(swap, b, a)?;
    let subtrahend = graph.mux(swap, a, b)?;
    let difference = subtract(&mut graph, &field, minuend, subtrahend);
    let x = graph.mux(take_b, b, difference)?;
    let m = graph.instance(&multiplier, &[x, w])?[0];
    let sum = add(&mut graph, &field, a, b);
    let y = graph.mux(forward, a, sum)?;
    let masked = graph.masked(m, forward);
    let first = add(&mut graph, &field, y, masked);
    let less = subtract(&mut graph, &field, y, m);
    let second = graph.mux(forward, less, m)?;
    let head = format!(
        "forward: first, second = a + b*w, a - b*w; else a + b, (a - b)*w, or (b - a)*w if swap.\n\
         take_b multiplies b itself. All mod p = 2^64 - 2^32 + 1 and below p; target {}.",
        target.name
    );
    graph.finish(
        "vegalith_two_way_butterfly_goldilocks",
        &head,
        &[("first", first, BITS), ("second", second, BITS)],
        None,
    )
}
