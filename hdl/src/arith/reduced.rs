//! Modules around the multiplier for values below p or 2p: the NTT's butterfly and its company.

use super::mont_mul::{mont_mul, MontMulOptions};
use super::FieldParams;
use crate::graph::{ArithModule, Graph, GraphError, Rows, Target};
use num_bigint::BigUint;

fn check_bound(what: &str, found: &BigUint, limit: &BigUint) -> Result<(), GraphError> {
    if found < limit {
        return Ok(());
    }
    Err(GraphError::Overflow {
        what: what.to_owned(),
        expected: limit - 1u32,
        found: found.clone(),
    })
}

/// The multiplier of butterflies and scalings: `x` < 4p, `y` < p.
fn twiddle_multiplier(field: &FieldParams, target: &Target) -> Result<ArithModule, GraphError> {
    let x_max = &field.modulus * 4u32 - 1u32;
    let y_max = &field.modulus - 1u32;
    let options = MontMulOptions::for_width(x_max.bits() as usize, target);
    let suffix = format!("mont_mul_{}", field.name);
    let module = mont_mul(&suffix, field, &x_max, &y_max, options, target)?;
    for port in module.outputs() {
        check_bound(&module.name, &port.max, &(&field.modulus * 2u32))?;
    }
    Ok(module)
}

/// Module `vegalith_scale_<field>`: z = x·w·R⁻¹ mod p, z < 2p.  Requires `x` < 2p, `w` < p.
pub fn scale(field: &FieldParams, target: &Target) -> Result<ArithModule, GraphError> {
    let multiplier = twiddle_multiplier(field, target)?;
    let mut graph = Graph::new(target.clone());
    let x = graph.input("x", &(&field.modulus * 2u32 - 1u32));
    let w = graph.input("w", &(&field.modulus - 1u32));
    let z = graph.instance(&multiplier, &[x, w])?[0];
    let width = (&field.modulus * 2u32 - 1u32).bits() as usize;
    let head = format!(
        "z = x*w/R mod p, z < 2p.  Requires x < 2p, w < p; field {}.",
        field.name
    );
    let name = format!("vegalith_scale_{}", field.name);
    graph.finish(&name, &head, &[("z", z, width)], None)
}

/// Module `vegalith_butterfly_<field>`, decimation in frequency:
/// `sum` = a + b < 2p, `diff` = (a − b)·w·R⁻¹ mod p < 2p, or (b − a)·w·R⁻¹ if `swap`.
/// Requires `a`, `b` < 2p and `w` < p.
///
/// ```text
///  a, b ─┬─► a + b ─► −2p if not below 2p ─────────── delay ─► sum
///        └─► swap ─► a + 2p − b ─► · w ─► /R ─────────────────► diff
/// ```
pub fn butterfly(field: &FieldParams, target: &Target) -> Result<ArithModule, GraphError> {
    let twice = &field.modulus * 2u32;
    let multiplier = twiddle_multiplier(field, target)?;
    let mut graph = Graph::new(target.clone());
    let a = graph.input("a", &(&twice - 1u32));
    let b = graph.input("b", &(&twice - 1u32));
    let w = graph.input("w", &(&field.modulus - 1u32));
    let swap = graph.input("swap", &1u32.into());
    let sum = graph.add(a, b);
    let (sum, _) = graph.subtract_if_not_below(sum, &twice);
    let minuend = graph.mux(swap, b, a)?;
    let subtrahend = graph.mux(swap, a, b)?;
    let difference = graph.sub(minuend, subtrahend, &twice)?;
    let diff = graph.instance(&multiplier, &[difference, w])?[0];
    let width = (&twice - 1u32).bits() as usize;
    let head = format!(
        "sum = a + b mod p, diff = (swap ? b - a : a - b)*w/R mod p, both < 2p.\n\
         Requires a, b < 2p, w < p; field {}.",
        field.name
    );
    let name = format!("vegalith_butterfly_{}", field.name);
    let outputs = [("sum", sum, width), ("diff", diff, width)];
    graph.finish(&name, &head, &outputs, None)
}

/// Module `vegalith_canonicalize_<field>`: z = x mod p.  Requires `x` < 2p.
pub fn canonicalize(field: &FieldParams, target: &Target) -> Result<ArithModule, GraphError> {
    let mut graph = Graph::new(target.clone());
    let x = graph.input("x", &(&field.modulus * 2u32 - 1u32));
    let (z, _) = graph.subtract_if_not_below(x, &field.modulus);
    let head = format!("z = x mod p.  Requires x < 2p; field {}.", field.name);
    let name = format!("vegalith_canonicalize_{}", field.name);
    graph.finish(&name, &head, &[("z", z, field.bits())], None)
}

/// Module `vegalith_negate_<field>`: z = −x mod p, z < p.  Requires `x` < p.
pub fn negate_canonical(field: &FieldParams, target: &Target) -> Result<ArithModule, GraphError> {
    let mut graph = Graph::new(target.clone());
    let x = graph.input("x", &(&field.modulus - 1u32));
    let minus = graph.negated(&Rows::of(x)).plus_constant(&field.modulus);
    let difference = graph.resolve(minus, &field.modulus);
    let zero = graph.is_zero_value(x);
    let none = graph.zeros(field.bits());
    let z = graph.mux(zero, none, difference)?;
    graph.tighten(z, &field.modulus - 1u32);
    let head = format!(
        "z = -x mod p, z < p.  Requires x < p; field {}.",
        field.name
    );
    let name = format!("vegalith_negate_{}", field.name);
    graph.finish(&name, &head, &[("z", z, field.bits())], None)
}
