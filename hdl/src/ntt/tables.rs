//! Tables of field constants, in Montgomery form, and their Verilog.

use num_bigint::BigUint;
use num_traits::One;

use crate::arith::FieldParams;

/// base^0 … base^(count−1), each times R.
pub(super) fn powers_mont(field: &FieldParams, base: &BigUint, count: usize) -> Vec<BigUint> {
    let mut power = field.one_mont();
    (0..count)
        .map(|_| {
            let next = &power * base % &field.modulus;
            std::mem::replace(&mut power, next)
        })
        .collect()
}

/// The root of order 2^`log_order`.
///
/// # Panics
/// If the field has none: a validated configuration asks for no other.
pub(super) fn root(field: &FieldParams, log_order: usize) -> BigUint {
    field
        .root_of_unity(log_order)
        .expect("a validated configuration stays within the field's two-adicity")
}

/// g, which cosets are shifted by.
pub(super) fn coset_shift(field: &FieldParams) -> BigUint {
    field.generator.map_or_else(BigUint::one, BigUint::from)
}

/// Twiddles of the butterfly whose transforms have 2^`log_points` points: ω^j, j < 2^(log − 1).
pub(super) fn stage_twiddles(field: &FieldParams, log_points: usize) -> Vec<BigUint> {
    powers_mont(field, &root(field, log_points), 1 << (log_points - 1))
}

/// g^−(2^log − 1) for log = 0 … `largest`.
pub(super) fn coset_corrections(field: &FieldParams, largest: usize) -> Vec<BigUint> {
    let inverse = field.inverse(&coset_shift(field));
    (0..=largest)
        .map(|log| {
            let exponent = (BigUint::one() << log) - 1u32;
            field.to_mont(&inverse.modpow(&exponent, &field.modulus))
        })
        .collect()
}

/// Declaration and contents of a read-only memory.
pub(super) fn rom_text(name: &str, bits: usize, contents: &[BigUint]) -> String {
    let mut text = format!(
        "reg [{}:0] {name} [0:{}];\ninitial begin\n",
        bits - 1,
        contents.len() - 1
    );
    for (index, value) in contents.iter().enumerate() {
        text += &format!("  {name}[{index}] = {bits}'h{value:x};\n");
    }
    text + "end\n"
}
