//! EdDSA over Baby Jubjub with Poseidon challenges.
//!
//! A signature (R, S) of message m under key A = a·B holds if S·B = R + c·A, where B generates the
//! subgroup of prime order ℓ, h = Poseidon(R.x, R.y, A.x, A.y, m…) and c is h mod 2²⁵⁰. For a
//! cheap proof that S and h are reduced, S < ℓ and h < p must already show in their top 80 bits:
//! values that agree there with the modulus (one in 2⁷⁸) are no signatures, and signers draw again.

use ark_bn254::Fr;
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ed_on_bn254::{EdwardsAffine, EdwardsProjective, Fr as Scalar};
use ark_ff::{BigInteger, PrimeField};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use sha2::{Digest, Sha512};

use crate::poseidon::{hash, Domain};

/// Bits of the challenge c.
pub(crate) const CHALLENGE_BITS: usize = 250;
/// Bits of S.
pub(crate) const SCALAR_BITS: usize = 251;
/// Bits of h.
pub(crate) const HASH_BITS: usize = 254;
/// Leading bits in which S and h must be below the modulus.
pub(crate) const TOP_BITS: usize = 80;

/// Public key: a point of prime order on Baby Jubjub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(pub(crate) EdwardsAffine);

/// Signature: a point R and a scalar S.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    pub(crate) r: EdwardsAffine,
    pub(crate) s: Scalar,
}

/// Secret key with its public key. Not constant time: for tests, examples and tools.
#[derive(Clone)]
pub struct SecretKey {
    scalar: Scalar,
    prefix: [u8; 32],
    public: PublicKey,
}

/// Why bytes are not a key or signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
    /// Another number of bytes.
    #[error("{found} bytes, expected {expected}")]
    Length {
        /// Bytes of the encoding.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// Not hexadecimal digits.
    #[error("not hexadecimal")]
    NotHex,
    /// The point is off the curve, outside the subgroup or not canonically encoded.
    #[error("no point of the prime-order subgroup")]
    Point,
    /// The key is the neutral element.
    #[error("the neutral element is no key")]
    Neutral,
    /// The scalar is not below the group order.
    #[error("scalar not below the group order")]
    Scalar,
}

fn bytes_of_hex<const N: usize>(text: &str) -> Result<[u8; N], EncodingError> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let bytes = hex::decode(digits).map_err(|_| EncodingError::NotHex)?;
    let found = bytes.len();
    bytes
        .try_into()
        .map_err(|_| EncodingError::Length { expected: N, found })
}

fn point_of_bytes(bytes: &[u8]) -> Result<EdwardsAffine, EncodingError> {
    let point = EdwardsAffine::deserialize_compressed(bytes).map_err(|_| EncodingError::Point)?;
    let mut again = Vec::with_capacity(32);
    let _ = point.serialize_compressed(&mut again);
    if again == bytes {
        Ok(point)
    } else {
        Err(EncodingError::Point)
    }
}

impl PublicKey {
    /// The key of 64 hexadecimal digits (compressed point of arkworks).
    ///
    /// # Errors
    /// If it is not a point of prime order.
    pub fn from_hex(text: &str) -> Result<Self, EncodingError> {
        let point = point_of_bytes(&bytes_of_hex::<32>(text)?)?;
        if point.is_zero() {
            return Err(EncodingError::Neutral);
        }
        Ok(PublicKey(point))
    }

    /// As [`PublicKey::from_hex`] reads it.
    pub fn to_hex(&self) -> String {
        let mut bytes = Vec::with_capacity(32);
        let _ = self.0.serialize_compressed(&mut bytes);
        hex::encode(bytes)
    }

    /// Whether this is a point on the curve of prime order.
    pub fn is_valid(&self) -> bool {
        self.0.is_on_curve()
            && self.0.is_in_correct_subgroup_assuming_on_curve()
            && !self.0.is_zero()
    }

    /// The generator: a key that stands in where values do not matter.
    pub(crate) fn generator() -> Self {
        PublicKey(EdwardsAffine::generator())
    }

    pub(crate) fn x(&self) -> Fr {
        self.0.x
    }

    pub(crate) fn y(&self) -> Fr {
        self.0.y
    }

    pub(crate) fn verify(&self, domain: Domain, message: &[Fr], signature: &Signature) -> bool {
        let h = challenge_hash(domain, &signature.r, self, message);
        if !top_is_below::<Fr>(&h, HASH_BITS) || !top_is_below::<Scalar>(&signature.s, SCALAR_BITS)
        {
            return false;
        }
        let left = EdwardsProjective::generator() * signature.s;
        let right = signature.r.into_group() + self.0 * truncated(&h);
        left == right
    }
}

impl Signature {
    /// The signature of 128 hexadecimal digits: R compressed, then S, little-endian.
    ///
    /// # Errors
    /// If R is no point of the subgroup or S not below its order.
    pub fn from_hex(text: &str) -> Result<Self, EncodingError> {
        let bytes = bytes_of_hex::<64>(text)?;
        let r = point_of_bytes(&bytes[..32])?;
        let s = Scalar::deserialize_compressed(&bytes[32..]).map_err(|_| EncodingError::Scalar)?;
        Ok(Signature { r, s })
    }

    /// As [`Signature::from_hex`] reads it.
    pub fn to_hex(&self) -> String {
        let mut bytes = Vec::with_capacity(64);
        let _ = self.r.serialize_compressed(&mut bytes);
        let _ = self.s.serialize_compressed(&mut bytes);
        hex::encode(bytes)
    }
}

impl SecretKey {
    /// The key derived from a seed: SHA-512 of it, halves for scalar and nonce prefix.
    pub fn from_seed(seed: &[u8]) -> Self {
        let digest = Sha512::new()
            .chain_update(b"vegalith key\0")
            .chain_update(seed)
            .finalize();
        let scalar = Scalar::from_le_bytes_mod_order(&digest[..32]);
        let mut prefix = [0; 32];
        prefix.copy_from_slice(&digest[32..]);
        let public = PublicKey((EdwardsProjective::generator() * scalar).into_affine());
        SecretKey {
            scalar,
            prefix,
            public,
        }
    }

    /// The key with another source of nonces: its signatures are others, and as good.
    #[cfg(test)]
    pub(crate) fn with_other_nonces(mut self) -> Self {
        self.prefix[0] ^= 1;
        self
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// Deterministic signature of message elements in a domain.
    pub(crate) fn sign(&self, domain: Domain, message: &[Fr]) -> Signature {
        for attempt in 0u64.. {
            let mut hasher = Sha512::new()
                .chain_update(self.prefix)
                .chain_update((domain as u64).to_le_bytes())
                .chain_update(attempt.to_le_bytes());
            for element in message {
                hasher.update(element.into_bigint().to_bytes_le());
            }
            let nonce = Scalar::from_le_bytes_mod_order(&hasher.finalize());
            let r = (EdwardsProjective::generator() * nonce).into_affine();
            let h = challenge_hash(domain, &r, &self.public, message);
            let s = nonce + truncated(&h) * self.scalar;
            let signature = Signature { r, s };
            if top_is_below::<Fr>(&h, HASH_BITS) && top_is_below::<Scalar>(&s, SCALAR_BITS) {
                return signature;
            }
        }
        unreachable!("2^64 attempts that each succeed but once in 2^78")
    }
}

fn challenge_hash(domain: Domain, r: &EdwardsAffine, key: &PublicKey, message: &[Fr]) -> Fr {
    let mut inputs = vec![r.x, r.y, key.x(), key.y()];
    inputs.extend_from_slice(message);
    hash(domain, &inputs)
}

/// The low [`CHALLENGE_BITS`] bits of h; they are below the group order.
fn truncated(h: &Fr) -> Scalar {
    let bits = h.into_bigint().to_bits_le();
    let low = <Scalar as PrimeField>::BigInt::from_bits_le(&bits[..CHALLENGE_BITS]);
    // 2^250 < ℓ, so that the conversion cannot fail.
    Scalar::from_bigint(low).unwrap_or_default()
}

/// The top [`TOP_BITS`] of a `bits`-bit modulus, as an integer.
pub(crate) fn modulus_top<F: PrimeField>(bits: usize) -> u128 {
    top(&F::MODULUS, bits)
}

fn top<B: BigInteger>(value: &B, bits: usize) -> u128 {
    (0..TOP_BITS).fold(0, |sum, i| {
        sum | (u128::from(value.get_bit(bits - TOP_BITS + i)) << i)
    })
}

fn top_is_below<F: PrimeField>(value: &F, bits: usize) -> bool {
    top(&value.into_bigint(), bits) < modulus_top::<F>(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_hold_for_their_message_domain_and_key_only() {
        let key = SecretKey::from_seed(b"a");
        let other = SecretKey::from_seed(b"b");
        let message = [Fr::from(5u64)];
        let signature = key.sign(Domain::Order, &message);
        assert_eq!(signature, key.sign(Domain::Order, &message));
        let public = key.public();
        assert!(public.is_valid());
        assert!(public.verify(Domain::Order, &message, &signature));
        assert!(!public.verify(Domain::Withdrawal, &message, &signature));
        assert!(!public.verify(Domain::Order, &[Fr::from(6u64)], &signature));
        assert!(!other.public().verify(Domain::Order, &message, &signature));
        let forged = Signature {
            s: signature.s + Scalar::from(1u64),
            ..signature
        };
        assert!(!public.verify(Domain::Order, &message, &forged));
    }

    #[test]
    fn encodings_round_trip_and_faults_are_named() {
        let key = SecretKey::from_seed(b"a");
        let signature = key.sign(Domain::Order, &[Fr::from(1u64)]);
        assert_eq!(
            PublicKey::from_hex(&key.public().to_hex()),
            Ok(key.public())
        );
        assert_eq!(Signature::from_hex(&signature.to_hex()), Ok(signature));
        assert_eq!(PublicKey::from_hex("zz"), Err(EncodingError::NotHex));
        assert!(matches!(
            PublicKey::from_hex("00"),
            Err(EncodingError::Length { found: 1, .. })
        ));
        let neutral = PublicKey(EdwardsAffine::zero()).to_hex();
        assert_eq!(PublicKey::from_hex(&neutral), Err(EncodingError::Neutral));
        let mut text = signature.to_hex();
        text.replace_range(64.., &"ff".repeat(32));
        assert_eq!(Signature::from_hex(&text), Err(EncodingError::Scalar));
    }
}
