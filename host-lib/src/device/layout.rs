//! From arkworks' values to the bytes of device memory and back.
//!
//! Arkworks keeps x·R' with a radix R' of its own; the device wants the canonical integer of
//! x·R mod p with its R. So a coordinate is multiplied by R as a field element and then written
//! canonically.

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField};
use rayon::prelude::*;
use vegalith_abi::memory::{PointLayout, Scalar};

/// Items converted at a time by one thread.
const ITEMS_PER_CHUNK: usize = 1024;

/// R = 2^mont_bits mod p.
pub(super) fn radix<F: PrimeField>(mont_bits: u32) -> F {
    F::from(2u64).pow([u64::from(mont_bits)])
}

/// Writes the canonical value of `element`, little-endian, and zeros behind it.
fn put<F: PrimeField>(element: F, slot: &mut [u8]) {
    let value = element.into_bigint();
    let limbs = value.as_ref().iter().flat_map(|limb| limb.to_le_bytes());
    for (byte, value) in slot.iter_mut().zip(limbs.chain(std::iter::repeat(0))) {
        *byte = value;
    }
}

/// The canonical value in `slot`; `None` if it is not below the modulus.
fn get<F: PrimeField>(slot: &[u8]) -> Option<F> {
    let mut value = F::BigInt::default();
    for (limb, bytes) in value.as_mut().iter_mut().zip(slot.chunks(8)) {
        *limb = bytes
            .iter()
            .rev()
            .fold(0, |limb, &byte| limb << 8 | u64::from(byte));
    }
    F::from_bigint(value)
}

/// Affine points in the device's Montgomery form, one slot each; infinity is all zero.
pub(super) fn points_to_bytes<P: SWCurveConfig>(
    points: &[Affine<P>],
    layout: PointLayout,
    mont_bits: u32,
) -> Vec<u8>
where
    P::BaseField: PrimeField,
{
    let radix = radix::<P::BaseField>(mont_bits);
    let mut bytes = vec![0; points.len() * layout.slot_bytes];
    bytes
        .par_chunks_mut(ITEMS_PER_CHUNK * layout.slot_bytes)
        .zip(points.par_chunks(ITEMS_PER_CHUNK))
        .for_each(|(bytes, points)| {
            for (slot, point) in bytes.chunks_mut(layout.slot_bytes).zip(points) {
                if let Some((x, y)) = point.xy() {
                    let (x_slot, rest) = slot.split_at_mut(layout.coordinate_bytes);
                    put(x * radix, x_slot);
                    put(y * radix, &mut rest[..layout.coordinate_bytes]);
                }
            }
        });
    bytes
}

/// Canonical scalars.
pub(super) fn scalars_to_device<F: PrimeField>(scalars: &[F]) -> Vec<Scalar> {
    scalars
        .par_iter()
        .with_min_len(ITEMS_PER_CHUNK)
        .map(|scalar| {
            let mut bytes = [0; 32];
            put(*scalar, &mut bytes);
            Scalar(bytes)
        })
        .collect()
}

/// Canonical elements of `element_bytes` bytes each.
pub(super) fn elements_to_bytes<F: PrimeField>(elements: &[F], element_bytes: usize) -> Vec<u8> {
    let mut bytes = vec![0; elements.len() * element_bytes];
    bytes
        .par_chunks_mut(element_bytes)
        .with_min_len(ITEMS_PER_CHUNK)
        .zip(elements)
        .for_each(|(slot, element)| put(*element, slot));
    bytes
}

/// Elements from their canonical bytes.
///
/// # Errors
/// The index of the first value that is not below the modulus.
pub(super) fn elements_from_bytes<F: PrimeField>(
    bytes: &[u8],
    element_bytes: usize,
) -> Result<Vec<F>, usize> {
    bytes
        .chunks(element_bytes)
        .enumerate()
        .map(|(index, slot)| get(slot).ok_or(index))
        .collect()
}

/// N⁻¹·R mod p for N = 2^log_size: what an inverse transform is scaled by.
pub(super) fn inverse_scale<F: PrimeField>(log_size: u32, mont_bits: u32) -> [u8; 32] {
    let two_adic = F::from(2u64).pow([u64::from(log_size)]);
    // The modulus is odd, so that a power of two has an inverse.
    let inverse = two_adic.inverse().unwrap_or(F::ONE);
    let mut bytes = [0; 32];
    put(inverse * radix::<F>(mont_bits), &mut bytes);
    bytes
}

/// The residue of a little-endian value of any size.
pub(super) fn reduce<F: PrimeField>(bytes: &[u8]) -> F {
    F::from_le_bytes_mod_order(bytes)
}

/// Digits of the modulus, for messages.
pub(super) fn modulus_hex<F: PrimeField>() -> String {
    let digits: String = F::MODULUS
        .to_bytes_be()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("0x{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::UniformRand;
    use ark_std::test_rng;
    use num_bigint::BigUint;
    use vegalith_abi::CurveId;

    fn points_hold<P: SWCurveConfig>(curve: CurveId, mont_bits: u32)
    where
        P::BaseField: PrimeField,
    {
        let mut rng = test_rng();
        let layout = curve.point_layout();
        // More than one chunk, and one of them not full.
        let mut points: Vec<Affine<P>> = vec![Affine::generator(); 2 * ITEMS_PER_CHUNK + 5];
        points[1] = Affine::identity();
        points[ITEMS_PER_CHUNK] = Affine::<P>::rand(&mut rng);
        let bytes = points_to_bytes(&points, layout, mont_bits);
        let p: BigUint = P::BaseField::MODULUS.into();
        for (index, (slot, point)) in bytes.chunks(layout.slot_bytes).zip(&points).enumerate() {
            let value = |element: P::BaseField| -> BigUint {
                let canonical: BigUint = element.into();
                (canonical << mont_bits) % &p
            };
            let (x, y) = point
                .xy()
                .map_or_else(Default::default, |(x, y)| (value(x), value(y)));
            let c = layout.coordinate_bytes;
            assert_eq!(BigUint::from_bytes_le(&slot[..c]), x, "x of {index}");
            assert_eq!(BigUint::from_bytes_le(&slot[c..2 * c]), y, "y of {index}");
            assert!(
                slot[2 * c..].iter().all(|&byte| byte == 0),
                "padding of {index}"
            );
        }
    }

    #[test]
    fn points_are_in_the_devices_montgomery_form() {
        points_hold::<ark_bn254::g1::Config>(CurveId::Bn254G1, 264);
        points_hold::<ark_bls12_381::g1::Config>(CurveId::Bls12_381G1, 392);
        points_hold::<ark_bls12_377::g1::Config>(CurveId::Bls12_377G1, 392);
    }

    #[test]
    fn elements_round_trip_and_the_modulus_is_refused() {
        fn check<F: PrimeField>(element_bytes: usize) {
            let mut rng = test_rng();
            let mut elements: Vec<F> = (0..100).map(|_| F::rand(&mut rng)).collect();
            elements[3] = F::ZERO;
            elements[4] = -F::ONE;
            let mut bytes = elements_to_bytes(&elements, element_bytes);
            assert_eq!(bytes.len(), 100 * element_bytes);
            assert_eq!(elements_from_bytes(&bytes, element_bytes), Ok(elements));
            let modulus: BigUint = F::MODULUS.into();
            let mut modulus = modulus.to_bytes_le();
            modulus.resize(element_bytes, 0);
            bytes[7 * element_bytes..8 * element_bytes].copy_from_slice(&modulus);
            assert_eq!(elements_from_bytes::<F>(&bytes, element_bytes), Err(7));
        }
        check::<ark_bn254::Fr>(32);
        check::<ark_bls12_381::Fr>(32);
        check::<ark_bls12_377::Fr>(32);
        check::<crate::Goldilocks>(8);
    }

    #[test]
    fn scale_is_the_inverse_of_the_size_in_montgomery_form() {
        fn check<F: PrimeField>(log_size: u32, mont_bits: u32) {
            let p: BigUint = F::MODULUS.into();
            let scale = BigUint::from_bytes_le(&inverse_scale::<F>(log_size, mont_bits));
            assert!(scale < p);
            let one = (scale << log_size) % &p;
            assert_eq!(one, (BigUint::from(1u32) << mont_bits) % &p);
        }
        check::<ark_bn254::Fr>(15, 264);
        check::<ark_bls12_381::Fr>(1, 256);
        check::<crate::Goldilocks>(20, 72);
    }

    #[test]
    fn scalars_are_canonical() {
        let scalars = scalars_to_device(&[-ark_bn254::Fr::from(1u64), ark_bn254::Fr::from(258u64)]);
        let r: BigUint = ark_bn254::Fr::MODULUS.into();
        assert_eq!(BigUint::from_bytes_le(&scalars[0].0), r - 1u32);
        assert_eq!(scalars[1].0[..3], [2, 1, 0]);
    }
}
