//! From the partial sums of an MSM kernel to one affine point: Σ 2^j·S_j by Horner.
//!
//! A kernel's sum is projective with x = X/Z and y = Y/Z. The Montgomery radix multiplies all three
//! coordinates and so cancels. Every sum is held to the curve's equation before it is used.

use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, CurveGroup};
use ark_ff::{Field, PrimeField};
use vegalith_abi::memory::PartialSum;

use super::layout::reduce;

/// A sum that is no point of the curve, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffCurve(pub(super) usize);

/// Σ 2^j·sums[j].
pub(super) fn fold<P: SWCurveConfig>(sums: &[PartialSum]) -> Result<Affine<P>, OffCurve>
where
    P::BaseField: PrimeField,
{
    let mut total = Projective::<P>::ZERO;
    for (index, sum) in sums.iter().enumerate().rev() {
        total.double_in_place();
        total += point(sum).ok_or(OffCurve(index))?;
    }
    Ok(total.into_affine())
}

/// The point of one sum; `None` if it is not on the curve.
fn point<P: SWCurveConfig>(sum: &PartialSum) -> Option<Projective<P>>
where
    P::BaseField: PrimeField,
{
    let x: P::BaseField = reduce(&sum.x);
    let y: P::BaseField = reduce(&sum.y);
    let z: P::BaseField = reduce(&sum.z);
    if z == P::BaseField::ZERO {
        // The curve's one point with Z = 0 is (0, Y, 0); a sum to which nothing was added is written
        // as (0, 0, 0).
        return (x == P::BaseField::ZERO).then_some(Projective::ZERO);
    }
    let z_squared = z.square();
    // Y²Z = X³ + aXZ² + bZ³
    let right = x.square() * x + P::mul_by_a(x) * z_squared + P::COEFF_B * z * z_squared;
    if y.square() * z != right {
        return None;
    }
    // Arkworks' coordinates are Jacobian: x = X'/Z², y = Y'/Z³.
    Some(Projective::new_unchecked(x * z, y * z_squared, z))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::short_weierstrass::Projective;
    use ark_ff::{UniformRand, Zero};
    use ark_std::rand::Rng;
    use ark_std::test_rng;
    use bytemuck::Zeroable;
    use num_bigint::BigUint;
    use vegalith_driver::UNWRITTEN;

    /// A representative of `point` as a kernel may write it: scaled by a random factor, each
    /// coordinate with up to three moduli added.
    fn lazy_sum<P: SWCurveConfig>(point: Projective<P>, rng: &mut impl Rng) -> PartialSum
    where
        P::BaseField: PrimeField,
    {
        let factor = P::BaseField::rand(rng);
        let (x, y, z) = if point.is_zero() {
            (P::BaseField::zero(), factor, P::BaseField::zero())
        } else {
            let affine = point.into_affine();
            (affine.x * factor, affine.y * factor, factor)
        };
        let p: BigUint = P::BaseField::MODULUS.into();
        let mut lazy = |value: P::BaseField| {
            let canonical: BigUint = value.into();
            let value = canonical + &p * rng.gen_range(0..4u32);
            let mut bytes = value.to_bytes_le();
            bytes.resize(64, 0);
            <[u8; 64]>::try_from(bytes).unwrap()
        };
        PartialSum {
            x: lazy(x),
            y: lazy(y),
            z: lazy(z),
        }
    }

    fn folds<P: SWCurveConfig>(num_sums: usize)
    where
        P::BaseField: PrimeField,
    {
        let mut rng = test_rng();
        let points: Vec<Projective<P>> = (0..num_sums)
            .map(|j| match j % 5 {
                4 => Projective::zero(),
                _ => Projective::rand(&mut rng),
            })
            .collect();
        let sums: Vec<PartialSum> = points.iter().map(|p| lazy_sum(*p, &mut rng)).collect();
        let mut expected = Projective::<P>::zero();
        let mut weighted = points.clone();
        for (j, point) in weighted.iter_mut().enumerate() {
            (0..j).for_each(|_| *point = *point + *point);
            expected += *point;
        }
        assert_eq!(fold::<P>(&sums), Ok(expected.into_affine()));
    }

    #[test]
    fn sums_are_weighted_by_powers_of_two() {
        folds::<ark_bn254::g1::Config>(26);
        folds::<ark_bls12_381::g1::Config>(9);
        folds::<ark_bls12_377::g1::Config>(9);
    }

    #[test]
    fn only_infinities_give_infinity() {
        let mut rng = test_rng();
        let infinity = lazy_sum::<ark_bn254::g1::Config>(Projective::zero(), &mut rng);
        for sums in [[infinity; 10], [PartialSum::zeroed(); 10]] {
            let folded = fold::<ark_bn254::g1::Config>(&sums).unwrap();
            assert_eq!(folded, Affine::identity());
        }
    }

    #[test]
    fn a_changed_bit_is_noticed() {
        let mut rng = test_rng();
        let mut sums: Vec<PartialSum> = (0..6)
            .map(|_| lazy_sum::<ark_bn254::g1::Config>(Projective::rand(&mut rng), &mut rng))
            .collect();
        assert!(fold::<ark_bn254::g1::Config>(&sums).is_ok());
        sums[4].y[9] ^= 4;
        assert_eq!(fold::<ark_bn254::g1::Config>(&sums), Err(OffCurve(4)));
        sums[5].z = [0; 64];
        assert_eq!(fold::<ark_bn254::g1::Config>(&sums), Err(OffCurve(5)));
        sums[5] = UNWRITTEN;
        assert_eq!(fold::<ark_bn254::g1::Config>(&sums), Err(OffCurve(5)));
    }
}
