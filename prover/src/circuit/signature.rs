//! A signature in constraints: the equation of [`crate::eddsa`], S·B − c·A = R.

use ark_bn254::Fr;
use ark_ed_on_bn254::Fr as Scalar;
use ark_ff::PrimeField;
use ark_relations::gr1cs::SynthesisError;

use super::builder::{Builder, Num, Section};
use super::edwards::{mul_generator, mul_point, subtract, Point};
use super::poseidon::hash;
use crate::eddsa::{
    modulus_top, PublicKey, Signature, CHALLENGE_BITS, HASH_BITS, SCALAR_BITS, TOP_BITS,
};
use crate::exchange::Rule;
use crate::poseidon::Domain;

type Result<T = ()> = std::result::Result<T, SynthesisError>;

/// Bits of a number whose top bits are below those of a modulus.
pub(super) fn reduced_bits(
    b: &mut Builder,
    value: &Num,
    bits: usize,
    top: u128,
) -> Result<Vec<Num>> {
    let found = b.bits(value, bits)?;
    top_is_below(b, &found, top)?;
    Ok(found)
}

/// The number that the last [`TOP_BITS`] of the bits say is below `top`.
pub(super) fn top_is_below(b: &mut Builder, bits: &[Num], top: u128) -> Result {
    let leading = Num::of_bits(&bits[bits.len() - TOP_BITS..]);
    b.range(&Num::constant(Fr::from(top - 1)).sub(&leading), TOP_BITS)
}

/// The signature of the message holds under the key.
pub(crate) fn verify(
    b: &mut Builder,
    domain: Domain,
    key: &Point,
    key_value: &PublicKey,
    message: &[Num],
    signature: &Signature,
) -> Result {
    b.enter(Rule::Signature, Section::Signatures);
    let r = Point::witness(b, &signature.r)?;
    let mut inputs = vec![r.x.clone(), r.y.clone(), key.x.clone(), key.y.clone()];
    inputs.extend_from_slice(message);
    let h = hash(b, domain, &inputs)?;
    let h_bits = reduced_bits(b, &h, HASH_BITS, modulus_top::<Fr>(HASH_BITS))?;
    // Both fields have 4 limbs and the scalar field is the smaller one.
    let s = b.witness(Fr::from_bigint(signature.s.into_bigint()).unwrap_or_default())?;
    let s_bits = reduced_bits(b, &s, SCALAR_BITS, modulus_top::<Scalar>(SCALAR_BITS))?;
    let commitment = mul_generator(b, &s_bits)?;
    let challenge = mul_point(b, key, &key_value.0, &h_bits[..CHALLENGE_BITS])?;
    subtract(b, &commitment, &challenge)?.equal(b, &r)
}
