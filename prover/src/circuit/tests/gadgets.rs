//! Gadgets on values that wrap around the modulus.

use ark_ec::twisted_edwards::TECurveConfig;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bn254::{EdwardsAffine, EdwardsConfig, EdwardsProjective, Fr as Scalar};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField, UniformRand};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::super::signature::{reduced_bits, top_is_below};
use super::*;
use crate::eddsa::{modulus_top, HASH_BITS, SCALAR_BITS};
use crate::exchange::power_of_two;

/// Whether constraints over one witness value hold.
fn holds(value: Fr, enforce: impl FnOnce(&mut Builder, &Num) -> Result) -> bool {
    let mut b = builder();
    let value = b.witness(value).unwrap();
    enforce(&mut b, &value).unwrap();
    b.broken().is_empty()
}

/// Values around 0, ±2^k, ± the middle of the field and fractions: what a wrap-around would use.
fn treacherous() -> Vec<Fr> {
    let half = Fr::from(2u64).inverse().unwrap();
    let mut values = vec![half, -half, Fr::from(3u64).inverse().unwrap()];
    for bits in [
        0, 1, 30, 31, 32, 33, 48, 49, 62, 63, 64, 65, 81, 82, 127, 128, 149, 150, 252, 253,
    ] {
        for around in [-Fr::ONE, Fr::ZERO, Fr::ONE] {
            values.extend([power_of_two(bits) + around, -power_of_two(bits) + around]);
        }
    }
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    values.extend((0..20).map(|_| Fr::rand(&mut rng)));
    values
}

fn below(value: Fr, bits: usize) -> bool {
    value.into_bigint().num_bits() as usize <= bits
}

#[test]
fn ranges_hold_for_their_numbers_and_no_field_element_else() {
    for bits in [1, 7, 30, 32, 63, 64, 82, 150, 164, 253] {
        for value in treacherous() {
            assert_eq!(
                holds(value, |b, value| b.range(value, bits)),
                below(value, bits),
                "{value} in {bits} bits"
            );
            assert_eq!(
                holds(value, |b, value| b.signed_range(value, bits).map(drop)),
                below(value + power_of_two(bits - 1), bits),
                "{value} in {bits} bits with sign"
            );
        }
    }
}

#[test]
fn ages_hold_from_zero_to_the_limit() {
    let limit = Fr::from(MAX_PRICE_AGE);
    for time in [Fr::from(1_000u64), Fr::from(u32::MAX)] {
        for age in treacherous().into_iter().chain([limit, limit + Fr::ONE]) {
            let accepted = holds(time - age, |b, timestamp| {
                let time = b.witness(time)?;
                check_price_age(b, &time, timestamp)
            });
            assert_eq!(accepted, age.into_bigint() <= limit.into_bigint(), "{age}");
        }
    }
}

#[test]
fn zero_is_told_from_everything_else() {
    assert!(!holds(Fr::ZERO, |b, value| b.not_zero(value)));
    for value in treacherous() {
        assert_eq!(
            holds(value, |b, value| b.not_zero(value)),
            value != Fr::ZERO
        );
        let mut b = builder();
        let number = b.witness(value).unwrap();
        let zero = b.is_zero(&number).unwrap();
        assert_eq!(zero.value, Fr::from(value == Fr::ZERO));
        assert!(b.broken().is_empty());
    }
}

/// Bits of a number and, where they fit, of the number plus the modulus: the same field element.
fn check_reduction<F: PrimeField>(bits: usize, reduced: &F) {
    let top = modulus_top::<F>(bits);
    let accepts = |number: &F::BigInt| {
        let mut b = builder();
        let found: Vec<Num> = (0..bits)
            .map(|i| b.bit(number.get_bit(i)).unwrap())
            .collect();
        top_is_below(&mut b, &found, top).unwrap();
        b.broken().is_empty()
    };
    let mut number = reduced.into_bigint();
    assert!(accepts(&number), "{number}");
    number.add_with_carry(&F::MODULUS);
    if number.num_bits() as usize <= bits {
        assert!(!accepts(&number), "{number}");
    }
}

/// Neither S + ℓ for S nor h + p for h: each signature has one encoding.
#[test]
fn scalars_and_hashes_have_one_encoding() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    for small in [0u64, 1, 12_345] {
        check_reduction::<Scalar>(SCALAR_BITS, &Scalar::from(small));
        check_reduction::<Fr>(HASH_BITS, &Fr::from(small));
    }
    for _ in 0..20 {
        check_reduction::<Scalar>(SCALAR_BITS, &Scalar::rand(&mut rng));
        check_reduction::<Fr>(HASH_BITS, &Fr::rand(&mut rng));
    }
    // S + ℓ as the field element that it is.
    let top = modulus_top::<Scalar>(SCALAR_BITS);
    let order = Fr::from_bigint(Scalar::MODULUS).unwrap();
    for (s, accepted) in [(Fr::from(5u64), true), (Fr::from(5u64) + order, false)] {
        let found = holds(s, |b, s| reduced_bits(b, s, SCALAR_BITS, top).map(drop));
        assert_eq!(found, accepted, "{s}");
    }
    // The highest numbers are refused although they are reduced: the price of looking at 80 bits.
    let mut b = builder();
    let highest = (-Scalar::ONE).into_bigint();
    let bits: Vec<Num> = (0..SCALAR_BITS)
        .map(|i| b.bit(highest.get_bit(i)).unwrap())
        .collect();
    top_is_below(&mut b, &bits, modulus_top::<Scalar>(SCALAR_BITS)).unwrap();
    assert!(!b.broken().is_empty());
}

fn of_prime_order(point: EdwardsAffine, eighth: Option<EdwardsAffine>) -> bool {
    let mut b = builder();
    let key = Point::witness(&mut b, &point).unwrap();
    // The value from which the eighth is made; another one stands for a prover who chooses it.
    let value = eighth.map_or(point, |eighth| eighth.mul_bigint([8u64]).into_affine());
    key.of_prime_order(&mut b, &value).unwrap();
    b.broken().is_empty()
}

#[test]
fn keys_are_points_of_prime_order() {
    // Else the addition law would have exceptions.
    assert!(EdwardsConfig::COEFF_A == Fr::ONE && EdwardsConfig::COEFF_D.legendre().is_qnr());
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let two = EdwardsAffine::new_unchecked(Fr::ZERO, -Fr::ONE);
    for _ in 0..10 {
        let key = (EdwardsProjective::from(EdwardsAffine::generator()) * Scalar::rand(&mut rng))
            .into_affine();
        assert!(of_prime_order(key, None));
        let mixed = (key + two).into_affine();
        assert!(mixed.is_on_curve());
        assert!(!of_prime_order(mixed, None));
        assert!(!of_prime_order(mixed, Some(key)));
    }
    let off_curve = EdwardsAffine::new_unchecked(Fr::ONE, Fr::ONE);
    assert!(!of_prime_order(off_curve, Some(EdwardsAffine::generator())));
    assert!(!of_prime_order(off_curve, Some(EdwardsAffine::zero())));
    assert!(!of_prime_order(EdwardsAffine::zero(), None));
    assert!(!of_prime_order(two, Some(EdwardsAffine::zero())));
}
