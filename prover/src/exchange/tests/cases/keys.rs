//! Deposits to keys that are not the account's, and keys that are no points of prime order.

use ark_bn254::Fr;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ed_on_bn254::{EdwardsAffine, EdwardsProjective, Fr as Scalar};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField, UniformRand, Zero};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::Case;
use crate::eddsa::{PublicKey, Signature, CHALLENGE_BITS};
use crate::exchange::tests::setting::{deposit, one_deposit, one_trade, MAKER, NOBODY};
use crate::exchange::{Item, Oracle, Reason, Rule, SignedOracle};
use crate::poseidon::{hash, Domain};
use crate::samples::sample_key;

/// The point of order two, (0, −1).
fn order_two() -> EdwardsAffine {
    EdwardsAffine::new_unchecked(Fr::ZERO, -Fr::ONE)
}

/// A point of order four, (1, 0): its double is (0, −1).
fn order_four() -> EdwardsAffine {
    EdwardsAffine::new_unchecked(Fr::ONE, Fr::ZERO)
}

/// A point of order eight: a multiple, by the group's prime order, of a point outside every subgroup.
fn order_eight() -> EdwardsAffine {
    let four = order_four();
    (1u64..)
        .filter_map(|y| EdwardsAffine::get_point_from_y_unchecked(Fr::from(y), true))
        .map(|point| point.mul_bigint(Scalar::MODULUS).into_affine())
        .find(|point| {
            let double = (*point + *point).into_affine();
            double == four || double == -four
        })
        .unwrap()
}

/// A key that is the owner's but for a part of small order.
fn shifted(by: EdwardsAffine) -> PublicKey {
    PublicKey((sample_key(NOBODY).public().0 + by).into_affine())
}

fn invalid(name: &'static str, key: PublicKey) -> Case {
    let mut batch = one_deposit(NOBODY);
    deposit(&mut batch, 0).key = key;
    Case::new(name, batch, Item::Transaction(0), Reason::InvalidKey)
}

/// A key of mixed order, and a signature under it for which the equation holds all the same: the
/// challenge is a multiple of eight, so the part of small order vanishes.
pub(crate) fn mixed_order(domain: Domain, message: &[Fr]) -> (PublicKey, Signature) {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let secret = Scalar::rand(&mut rng);
    let generator = EdwardsProjective::from(EdwardsAffine::generator());
    let key = PublicKey((generator * secret + order_eight()).into_affine());
    loop {
        let nonce = Scalar::rand(&mut rng);
        let r = (generator * nonce).into_affine();
        let mut inputs = vec![r.x, r.y, key.x(), key.y()];
        inputs.extend(message);
        let challenge = hash(domain, &inputs).into_bigint().to_bits_le();
        let low = <Scalar as PrimeField>::BigInt::from_bits_le(&challenge[..CHALLENGE_BITS]);
        let s = nonce + Scalar::from_bigint(low).unwrap() * secret;
        let signature = Signature { r, s };
        if challenge[..3] == [false; 3] && key.verify(domain, message, &signature) {
            return (key, signature);
        }
    }
}

fn oracle_of_mixed_order() -> Case {
    let mut batch = one_trade();
    let oracle: Oracle = batch.oracle.oracle;
    let (key, signature) = mixed_order(Domain::Oracle, &oracle.message());
    batch.oracle_key = key;
    batch.oracle = SignedOracle { oracle, signature };
    // The circuit's multiplication wants half of the key, which a key of mixed order need not have.
    Case::new(
        "an oracle's key of mixed order whose signature holds",
        batch,
        Item::Oracle,
        Reason::InvalidKey,
    )
    .also(Rule::Signature)
}

fn mismatch() -> Case {
    let mut batch = one_deposit(MAKER);
    deposit(&mut batch, 0).key = sample_key(NOBODY).public();
    Case::new(
        "a deposit to an account under another key",
        batch,
        Item::Transaction(0),
        Reason::KeyMismatch { account: MAKER },
    )
}

pub(super) fn cases() -> Vec<Case> {
    let off_curve = EdwardsAffine::new_unchecked(Fr::ONE, Fr::ONE);
    assert!(!off_curve.is_on_curve());
    let small = [order_two(), order_four(), order_eight()];
    for (point, order) in small.iter().zip([2u64, 4, 8]) {
        assert!(point.is_on_curve());
        assert!(point.mul_bigint([order]).is_zero() && !point.mul_bigint([order / 2]).is_zero());
    }
    let [two, four, eight] = small;
    vec![
        mismatch(),
        // Off the curve there is no group law to make a witness with.
        invalid("a key off the curve", PublicKey(off_curve)).without_witness(),
        invalid(
            "the neutral element as key",
            PublicKey(EdwardsAffine::zero()),
        ),
        invalid("a key of order two", PublicKey(two)),
        invalid("a key of order four", PublicKey(four)),
        invalid("a key of order eight", PublicKey(eight)),
        invalid("a key with a part of order two", shifted(two)),
        invalid("a key with a part of order four", shifted(four)),
        invalid("a key with a part of order eight", shifted(eight)),
        oracle_of_mixed_order(),
    ]
}
