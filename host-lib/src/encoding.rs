//! Canonical bytes of field elements and points, as files, digests and results use them:
//! little-endian, not in Montgomery form, coordinates `x‖y` (over an extension `c0‖c1` each), the
//! point at infinity all zero.

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};

/// Bytes of one element of `F`.
pub(crate) fn element_bytes<F: Field>() -> usize {
    let limbs = <F::BasePrimeField as PrimeField>::BigInt::NUM_LIMBS;
    F::extension_degree() as usize * limbs * 8
}

/// Bytes of one affine point.
pub(crate) fn point_bytes<P: SWCurveConfig>() -> usize {
    2 * element_bytes::<P::BaseField>()
}

/// Appends the canonical bytes of `element`.
pub(crate) fn write_element<F: Field>(element: &F, out: &mut Vec<u8>) {
    for prime in element.to_base_prime_field_elements() {
        for limb in prime.into_bigint().as_ref() {
            out.extend_from_slice(&limb.to_le_bytes());
        }
    }
}

/// Appends the canonical bytes of `point`.
pub(crate) fn write_point<P: SWCurveConfig>(point: &Affine<P>, out: &mut Vec<u8>) {
    if point.is_zero() {
        out.resize(out.len() + point_bytes::<P>(), 0);
    } else {
        write_element(&point.x, out);
        write_element(&point.y, out);
    }
}

/// The element of exactly [`element_bytes`] bytes; `None` if a value is not below the modulus.
pub(crate) fn read_element<F: Field>(bytes: &[u8]) -> Option<F> {
    let prime_bytes = element_bytes::<F::BasePrimeField>();
    let primes = bytes
        .chunks_exact(prime_bytes)
        .map(read_prime::<F::BasePrimeField>)
        .collect::<Option<Vec<_>>>()?;
    F::from_base_prime_field_elems(primes)
}

fn read_prime<F: PrimeField>(bytes: &[u8]) -> Option<F> {
    let mut value = F::BigInt::default();
    for (limb, chunk) in value.as_mut().iter_mut().zip(bytes.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        *limb = u64::from_le_bytes(word);
    }
    F::from_bigint(value)
}

/// Why bytes or coordinates are not a base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PointFault {
    /// A coordinate is not below the modulus.
    CoordinateRange,
    /// The curve equation does not hold.
    OffCurve,
    /// On the curve, but not of prime order.
    OutsideSubgroup,
}

impl std::fmt::Display for PointFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            PointFault::CoordinateRange => "a coordinate is not below the field modulus",
            PointFault::OffCurve => "the point is not on the curve",
            PointFault::OutsideSubgroup => "the point is not in the prime-order subgroup",
        })
    }
}

/// The point of exactly [`point_bytes`] bytes, checked to be in the prime-order group.
pub(crate) fn read_point<P: SWCurveConfig>(bytes: &[u8]) -> Result<Affine<P>, PointFault> {
    let (x, y) = bytes.split_at(bytes.len() / 2);
    let x = read_element::<P::BaseField>(x).ok_or(PointFault::CoordinateRange)?;
    let y = read_element::<P::BaseField>(y).ok_or(PointFault::CoordinateRange)?;
    // (0, 0) solves y² = x³ + b on no curve with b ≠ 0, so it is free to mean infinity.
    if x == P::BaseField::ZERO && y == P::BaseField::ZERO {
        return Ok(Affine::identity());
    }
    let point = Affine::new_unchecked(x, y);
    check_point(&point)?;
    Ok(point)
}

/// Checks that `point` is in the prime-order group.
pub(crate) fn check_point<P: SWCurveConfig>(point: &Affine<P>) -> Result<(), PointFault> {
    if point.is_zero() {
        Ok(())
    } else if !point.is_on_curve() {
        Err(PointFault::OffCurve)
    } else if !point.is_in_correct_subgroup_assuming_on_curve() {
        Err(PointFault::OutsideSubgroup)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{One, UniformRand};

    #[test]
    fn sizes_are_those_of_the_file_format() {
        assert_eq!(element_bytes::<ark_bn254::Fr>(), 32);
        assert_eq!(element_bytes::<ark_bls12_377::Fr>(), 32);
        assert_eq!(element_bytes::<crate::Goldilocks>(), 8);
        assert_eq!(point_bytes::<ark_bn254::g1::Config>(), 64);
        assert_eq!(point_bytes::<ark_bn254::g2::Config>(), 128);
        assert_eq!(point_bytes::<ark_bls12_381::g1::Config>(), 96);
        assert_eq!(point_bytes::<ark_bls12_381::g2::Config>(), 192);
    }

    #[test]
    fn one_is_the_byte_one() {
        let mut bytes = Vec::new();
        write_element(&ark_bn254::Fr::one(), &mut bytes);
        let mut expected = [0; 32];
        expected[0] = 1;
        assert_eq!(bytes, expected);
    }

    #[test]
    fn modulus_is_refused_and_its_predecessor_is_not() {
        let mut bytes: Vec<u8> = 18446744069414584321u64.to_le_bytes().to_vec();
        assert_eq!(read_element::<crate::Goldilocks>(&bytes), None);
        bytes[0] = 0;
        assert_eq!(
            read_element::<crate::Goldilocks>(&bytes),
            Some(-crate::Goldilocks::one())
        );
    }

    #[test]
    fn points_round_trip_and_faults_are_told_apart() {
        let mut rng = ark_std::test_rng();
        let point = ark_bls12_381::G2Affine::rand(&mut rng);
        for p in [
            point,
            ark_bls12_381::G2Affine::generator(),
            Affine::identity(),
        ] {
            let mut bytes = Vec::new();
            write_point(&p, &mut bytes);
            assert_eq!(read_point(&bytes), Ok(p));
        }
        let mut bytes = Vec::new();
        write_point(&point, &mut bytes);
        bytes[100] ^= 1;
        assert_eq!(
            read_point::<ark_bls12_381::g2::Config>(&bytes),
            Err(PointFault::OffCurve)
        );
        bytes[143] = 0xff;
        assert_eq!(
            read_point::<ark_bls12_381::g2::Config>(&bytes),
            Err(PointFault::CoordinateRange)
        );
        // BLS12-381 G1 has cofactor > 1: a random x on the curve is outside the subgroup.
        let outside = (1u64..)
            .find_map(|x| {
                ark_bls12_381::G1Affine::get_point_from_x_unchecked(x.into(), false)
                    .filter(|p| !p.is_in_correct_subgroup_assuming_on_curve())
            })
            .unwrap();
        let mut bytes = Vec::new();
        write_point(&outside, &mut bytes);
        assert_eq!(
            read_point::<ark_bls12_381::g1::Config>(&bytes),
            Err(PointFault::OutsideSubgroup)
        );
    }
}
