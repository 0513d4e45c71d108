//! Values of files that know their range, so that whoever reads one is told where it is wrong.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use super::VERSION;
use crate::eddsa::{PublicKey, Signature};

/// Longest decimal number that is worth parsing; an `i128` has 40 characters at most.
const MAX_DIGITS: usize = 40;

/// An integer of `BITS` bits, with its sign among them if `SIGNED`: a JSON integer.
#[derive(Clone, Copy)]
pub(super) struct Integer<const BITS: usize, const SIGNED: bool>(pub i128);

/// As [`Integer`], written as a string: for values that may exceed the 2⁵³ up to which every JSON
/// reader is exact.
#[derive(Clone, Copy)]
pub(super) struct Decimal<const BITS: usize, const SIGNED: bool>(pub i128);

/// As an unsigned [`Integer`], but not 0.
#[derive(Clone, Copy)]
pub(super) struct Positive<const BITS: usize>(u64);

pub(super) type Unsigned<const BITS: usize> = Integer<BITS, false>;
pub(super) type Signed<const BITS: usize> = Integer<BITS, true>;

/// The version of the format; reading refuses every other.
#[derive(Clone, Copy)]
pub(super) struct Version;

/// A public key, 64 hexadecimal digits.
pub(super) struct KeyText(pub PublicKey);

/// A signature, 128 hexadecimal digits.
pub(super) struct SignatureText(pub Signature);

fn range(bits: usize, signed: bool) -> (i128, i128) {
    if signed {
        (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    } else {
        (0, (1 << bits) - 1)
    }
}

fn in_range<E: Error>(value: i128, (low, high): (i128, i128)) -> Result<i128, E> {
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(E::custom(format_args!(
            "{value} is out of range, expected {low} to {high}"
        )))
    }
}

impl<const BITS: usize, const SIGNED: bool> Integer<BITS, SIGNED> {
    /// The value of an unsigned integer; reading has refused what does not fit.
    pub(super) fn u64(self) -> u64 {
        self.0 as u64
    }

    pub(super) fn u32(self) -> u32 {
        self.0 as u32
    }

    pub(super) fn u8(self) -> u8 {
        self.0 as u8
    }
}

impl<const BITS: usize, const SIGNED: bool, T: Into<i128>> From<T> for Integer<BITS, SIGNED> {
    fn from(value: T) -> Self {
        Integer(value.into())
    }
}

impl<const BITS: usize, const SIGNED: bool> Serialize for Integer<BITS, SIGNED> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i128(self.0)
    }
}

impl<'de, const BITS: usize, const SIGNED: bool> Deserialize<'de> for Integer<BITS, SIGNED> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Within(range(BITS, SIGNED)))
            .map(Integer)
    }
}

/// Takes a JSON integer from the first to the second.
struct Within((i128, i128));

impl Visitor<'_> for Within {
    type Value = i128;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (low, high) = self.0;
        write!(f, "an integer from {low} to {high}")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<i128, E> {
        in_range(value.into(), self.0)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<i128, E> {
        in_range(value.into(), self.0)
    }
}

impl<const BITS: usize> Positive<BITS> {
    pub(super) fn u64(self) -> u64 {
        self.0
    }
}

impl<const BITS: usize> From<u64> for Positive<BITS> {
    fn from(value: u64) -> Self {
        Positive(value)
    }
}

impl<const BITS: usize> Serialize for Positive<BITS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de, const BITS: usize> Deserialize<'de> for Positive<BITS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (_, high) = range(BITS, false);
        let value = deserializer.deserialize_any(Within((1, high)))?;
        Ok(Positive(value as u64))
    }
}

impl<const BITS: usize, const SIGNED: bool> Serialize for Decimal<BITS, SIGNED> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The number of a canonical decimal: no plus sign, no leading zero, no minus zero.
fn parse_decimal(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = text.len() <= MAX_DIGITS
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !digits.starts_with('0'));
    canonical.then(|| text.parse().ok()).flatten()
}

impl<'de, const BITS: usize, const SIGNED: bool> Deserialize<'de> for Decimal<BITS, SIGNED> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Decimals<const BITS: usize, const SIGNED: bool>;
        impl<const BITS: usize, const SIGNED: bool> Visitor<'_> for Decimals<BITS, SIGNED> {
            type Value = i128;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                let (low, high) = range(BITS, SIGNED);
                write!(f, "a string with a decimal number from {low} to {high}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<i128, E> {
                match parse_decimal(text) {
                    Some(value) => in_range(value, range(BITS, SIGNED)),
                    None => {
                        let shown: String = text.chars().take(MAX_DIGITS).collect();
                        Err(E::invalid_value(serde::de::Unexpected::Str(&shown), &self))
                    }
                }
            }
        }
        deserializer
            .deserialize_str(Decimals::<BITS, SIGNED>)
            .map(Decimal)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = Unsigned::<64>::deserialize(deserializer)?.u64();
        if found == VERSION {
            Ok(Version)
        } else {
            Err(D::Error::custom(format_args!(
                "{found}, expected {VERSION}"
            )))
        }
    }
}

/// Deserializes a string and makes something of it.
fn from_text<'de, D: Deserializer<'de>, T, F: fmt::Display>(
    deserializer: D,
    expected: &'static str,
    make: fn(&str) -> Result<T, F>,
) -> Result<T, D::Error> {
    struct Text<T, F> {
        expected: &'static str,
        make: fn(&str) -> Result<T, F>,
    }
    impl<T, F: fmt::Display> Visitor<'_> for Text<T, F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str(self.expected)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            (self.make)(text).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Text { expected, make })
}

impl Serialize for KeyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_hex())
    }
}

impl<'de> Deserialize<'de> for KeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "a public key of 64 hexadecimal digits";
        from_text(deserializer, EXPECTED, PublicKey::from_hex).map(KeyText)
    }
}

impl Serialize for SignatureText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_hex())
    }
}

impl<'de> Deserialize<'de> for SignatureText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "a signature of 128 hexadecimal digits";
        from_text(deserializer, EXPECTED, Signature::from_hex).map(SignatureText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer<const BITS: usize, const SIGNED: bool>(text: &str) -> Result<i128, String> {
        serde_json::from_str::<Integer<BITS, SIGNED>>(text)
            .map(|i| i.0)
            .map_err(|e| e.to_string())
    }

    fn decimal(text: &str) -> Result<i128, String> {
        serde_json::from_str::<Decimal<64, true>>(text)
            .map(|i| i.0)
            .map_err(|e| e.to_string())
    }

    #[test]
    fn integers_end_at_their_ranges() {
        assert_eq!(integer::<32, false>("4294967295"), Ok(4294967295));
        assert_eq!(integer::<33, true>("-4294967296"), Ok(-4294967296));
        assert_eq!(
            integer::<64, false>("18446744073709551615"),
            Ok(u64::MAX.into())
        );
        let message = integer::<32, false>("4294967296").unwrap_err();
        assert!(message.starts_with("4294967296 is out of range, expected 0 to 4294967295"));
        for bad in [
            "-1",
            "1.0",
            "1e3",
            "\"1\"",
            "true",
            "null",
            "[1]",
            "99999999999999999999",
        ] {
            assert!(integer::<32, false>(bad).is_err(), "{bad}");
        }
        assert!(integer::<33, true>("-4294967297").is_err());
        assert!(integer::<33, true>("4294967296").is_err());
    }

    #[test]
    fn decimals_are_canonical_strings_in_their_range() {
        assert_eq!(decimal("\"-9223372036854775808\""), Ok(i64::MIN.into()));
        assert_eq!(decimal("\"9223372036854775807\""), Ok(i64::MAX.into()));
        assert_eq!(decimal("\"0\""), Ok(0));
        let huge = format!("\"{}\"", "9".repeat(1000));
        let bad = [
            "5",
            "\"\"",
            "\"-\"",
            "\"-0\"",
            "\"00\"",
            "\"01\"",
            "\"+1\"",
            "\" 1\"",
            "\"1.0\"",
            "\"1e3\"",
            "\"0x1\"",
            "\"9223372036854775808\"",
            "\"-9223372036854775809\"",
            &huge,
            "\"170141183460469231731687303715884105728\"",
        ];
        for text in bad {
            let message = decimal(text).unwrap_err();
            assert!(message.len() < 300, "{message}");
            assert!(
                message.contains("expected") && message.contains("-9223372036854775808"),
                "{message}"
            );
        }
    }
}
