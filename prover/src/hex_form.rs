//! Field elements and points in JSON: a coordinate is `0x` and 64 hexadecimal digits, the most
//! significant first, below the modulus; a G2 coordinate is the pair [c0, c1]; infinity is all zero.

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, BigInteger, PrimeField};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Digits of a coordinate.
const DIGITS: usize = 64;

/// A field element as text.
#[derive(Clone, Copy)]
pub(crate) struct Hex<F>(pub F);

/// Affine coordinates as text.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coordinates<C> {
    x: C,
    y: C,
}

type G1Form = Coordinates<Hex<Fq>>;
type G2Form = Coordinates<[Hex<Fq>; 2]>;

impl<F: PrimeField> Hex<F> {
    pub fn text(&self) -> String {
        format!("0x{}", hex::encode(self.0.into_bigint().to_bytes_be()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("0x").unwrap_or_default();
        if digits.len() != DIGITS {
            return Err(format!("expected 0x and {DIGITS} hexadecimal digits"));
        }
        let bytes = hex::decode(digits).map_err(|_| "not hexadecimal digits".to_owned())?;
        let mut value = F::BigInt::default();
        for (limb, word) in value.as_mut().iter_mut().zip(bytes.rchunks_exact(8)) {
            *limb = word.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        }
        F::from_bigint(value)
            .map(Hex)
            .ok_or_else(|| "not below the field's modulus".into())
    }
}

impl<F: PrimeField> Serialize for Hex<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de, F: PrimeField> Deserialize<'de> for Hex<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Hex::parse(&text).map_err(D::Error::custom)
    }
}

/// The point of these coordinates, if it is in the prime-order group.
fn checked<P: SWCurveConfig>(x: P::BaseField, y: P::BaseField) -> Result<Affine<P>, &'static str> {
    // (0, 0) is on neither curve, so it is free to mean infinity.
    if x == P::BaseField::ZERO && y == P::BaseField::ZERO {
        return Ok(Affine::identity());
    }
    let point = Affine::new_unchecked(x, y);
    if !point.is_on_curve() {
        Err("the point is not on the curve")
    } else if !point.is_in_correct_subgroup_assuming_on_curve() {
        Err("the point is not in the prime-order subgroup")
    } else {
        Ok(point)
    }
}

/// `#[serde(with)]` of a scalar.
pub(crate) mod scalar {
    use super::*;

    pub fn serialize<S: Serializer>(value: &Fr, serializer: S) -> Result<S::Ok, S::Error> {
        Hex(*value).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Fr, D::Error> {
        Hex::deserialize(deserializer).map(|Hex(value)| value)
    }
}

/// A G1 point as text.
#[derive(Clone, Copy)]
pub(crate) struct G1(pub G1Affine);

/// A G2 point as text.
#[derive(Clone, Copy)]
pub(crate) struct G2(pub G2Affine);

impl Serialize for G1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (x, y) = self.0.xy().unwrap_or_default();
        G1Form {
            x: Hex(x),
            y: Hex(y),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for G1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Coordinates { x, y } = G1Form::deserialize(deserializer)?;
        checked(x.0, y.0).map(G1).map_err(D::Error::custom)
    }
}

impl Serialize for G2 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (x, y) = self.0.xy().unwrap_or_default();
        let form = |c: Fq2| [Hex(c.c0), Hex(c.c1)];
        G2Form {
            x: form(x),
            y: form(y),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for G2 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Coordinates { x, y } = G2Form::deserialize(deserializer)?;
        let element = |[c0, c1]: [Hex<Fq>; 2]| Fq2::new(c0.0, c1.0);
        checked(element(x), element(y))
            .map(G2)
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::UniformRand;

    #[test]
    fn points_round_trip() {
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([3; 32]);
        for point in [
            G1Affine::generator(),
            G1Affine::rand(&mut rng),
            G1Affine::zero(),
        ] {
            let text = serde_json::to_string(&G1(point)).unwrap();
            assert_eq!(serde_json::from_str::<G1>(&text).unwrap().0, point);
        }
        for point in [
            G2Affine::generator(),
            G2Affine::rand(&mut rng),
            G2Affine::zero(),
        ] {
            let text = serde_json::to_string(&G2(point)).unwrap();
            assert_eq!(serde_json::from_str::<G2>(&text).unwrap().0, point);
        }
        // EIP-196: the generator of BN254 G1 is (1, 2).
        assert_eq!(
            serde_json::to_value(G1(G1Affine::generator())).unwrap(),
            serde_json::json!({"x": format!("0x{:064x}", 1), "y": format!("0x{:064x}", 2)})
        );
    }

    #[test]
    fn what_is_no_element_or_point_is_refused_with_the_reason() {
        let refusal = |text: &str| Hex::<Fr>::parse(text).err().unwrap();
        let modulus = format!("0x{}", hex::encode(Fr::MODULUS.to_bytes_be()));
        assert!(refusal(&modulus).contains("modulus"));
        assert!(Hex::<Fq>::parse(&modulus).is_ok());
        assert!(refusal("0x1").contains("64"));
        assert!(refusal(&"0".repeat(66)).contains("0x"));
        assert!(refusal(&format!("0x{}", "g".repeat(64))).contains("hexadecimal"));

        let refusal = |x: u64, y: u64| {
            let point = serde_json::json!({"x": format!("0x{x:064x}"), "y": format!("0x{y:064x}")});
            serde_json::from_value::<G1>(point)
                .err()
                .map(|e| e.to_string())
        };
        assert_eq!(refusal(1, 2), None);
        assert!(refusal(1, 3).unwrap().contains("not on the curve"));
        // The twist has a cofactor: a point of small x is outside the subgroup.
        let outside = (1u64..)
            .find_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), false))
            .unwrap();
        let text = serde_json::to_string(&G2(outside)).unwrap();
        let error = serde_json::from_str::<G2>(&text).err().unwrap();
        assert!(error.to_string().contains("subgroup"), "{error}");
    }

    use rand::SeedableRng;
}
