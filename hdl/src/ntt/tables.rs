//! Tables of field constants, in Montgomery form, and their Verilog.

use num_bigint::BigUint;
use num_traits::{One, Zero};

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

/// Most bits of a literal: tools must accept 2^16.
const LITERAL_BITS: usize = 1 << 15;

/// Declaration and contents of a read-only memory. The contents are a few long literals: tools take
/// minutes over as many assignments as there are entries.
pub(super) fn rom_text(name: &str, bits: usize, contents: &[BigUint]) -> String {
    let mut text = format!("reg [{}:0] {name} [0:{}];\n", bits - 1, contents.len() - 1);
    let chunk = LITERAL_BITS / bits;
    let mut copies = format!("integer {name}_index;\ninitial begin\n");
    for (index, values) in contents.chunks(chunk).enumerate() {
        let all = values
            .iter()
            .rev()
            .fold(BigUint::zero(), |all, value| (all << bits) + value);
        let width = values.len() * bits;
        text += &format!(
            "localparam [{}:0] {name}_part_{index} = {width}'h{all:x};\n",
            width - 1
        );
        copies += &format!(
            "  for ({name}_index = 0; {name}_index < {count}; {name}_index = {name}_index + 1)
    {name}[{first} + {name}_index] = {name}_part_{index}[{bits} * {name}_index +: {bits}];\n",
            count = values.len(),
            first = index * chunk,
        );
    }
    text + &copies + "end\n"
}
