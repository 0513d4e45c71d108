//! A proof with its statement as a JSON file.

use std::path::Path;

use ark_bn254::Fr;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Proof;
use crate::eddsa::PublicKey;
use crate::exchange::{fits, fits_signed, Oracle, Statement};
use crate::hex_form::{scalar, G1, G2};
use crate::json;
use crate::keys::Keys;
use crate::params::{ACCOUNT_BITS, FEE_BITS, FUNDING_BITS, NUM_MARKETS, PRICE_BITS, TIME_BITS};
use crate::Result;

/// Version of the file's format.
const VERSION: u32 = 1;

/// A proof and what it is about.
///
/// The file is a JSON object:
///
/// | key | |
/// |---|---|
/// | `version` | 1 |
/// | `circuit` | SHA-256 of the circuit, 64 hexadecimal digits |
/// | `statement` | `old_root`, `new_root`, `oracle` (`prices`, `funding`, `timestamp`), `oracle_key` (64 hexadecimal digits), `time`, `fees` (decimal digits in a string), `fee_account`, `commitment` |
/// | `public_input` | hash of the statement |
/// | `proof` | `a`, `b`, `c`: each `x` and `y`, in G2 (`b`) pairs `[c0, c1]` |
///
/// Field elements and coordinates are `0x` and 64 hexadecimal digits, most significant first.
#[derive(Clone, Debug, PartialEq)]
pub struct ProofFile {
    /// SHA-256 of the circuit, hexadecimal.
    pub circuit: String,
    /// What was proved.
    pub statement: Statement,
    /// The public input; of a proof that verifies, the hash of the statement.
    pub public_input: Fr,
    /// The proof.
    pub proof: Proof,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    version: json::Version<VERSION>,
    circuit: json::Digest,
    statement: StatementForm,
    #[serde(with = "scalar")]
    public_input: Fr,
    proof: ProofForm,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofForm {
    a: G1,
    b: G2,
    c: G1,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementForm {
    #[serde(with = "scalar")]
    old_root: Fr,
    #[serde(with = "scalar")]
    new_root: Fr,
    oracle: OracleForm,
    oracle_key: KeyForm,
    time: Bounded<TIME_BITS>,
    fees: Fees,
    fee_account: Bounded<ACCOUNT_BITS>,
    #[serde(with = "scalar")]
    commitment: Fr,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OracleForm {
    prices: [Bounded<PRICE_BITS>; NUM_MARKETS],
    funding: [Funding; NUM_MARKETS],
    timestamp: Bounded<TIME_BITS>,
}

/// A number below 2^BITS. Out of it, numbers would overlap in what is hashed, and one public input
/// would have several statements.
struct Bounded<const BITS: usize>(u64);

/// A signed number of [`FUNDING_BITS`] bits.
struct Funding(i128);

/// Decimal digits, since not every reader of JSON has numbers of [`FEE_BITS`] bits.
struct Fees(i128);

struct KeyForm(PublicKey);

impl ProofFile {
    /// A proof made with these keys.
    pub fn new(keys: &Keys, statement: Statement, proof: Proof) -> Self {
        ProofFile {
            circuit: keys.circuit_digest(),
            public_input: statement.public_input(),
            statement,
            proof,
        }
    }

    /// Reads a file and checks each value on its own: ranges, points on their curve and in their
    /// subgroup, no key unknown or twice. What only verification can tell is left to
    /// [`verify`](super::verify).
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io), or [`Error::Malformed`](crate::Error::Malformed) with the path
    /// of the value at fault.
    pub fn read(path: &Path) -> Result<Self> {
        let form: Form = json::read(path)?;
        let statement = form.statement;
        Ok(ProofFile {
            circuit: form.circuit.0,
            statement: Statement {
                old_root: statement.old_root,
                new_root: statement.new_root,
                oracle: Oracle {
                    prices: statement.oracle.prices.map(|price| price.0),
                    funding: statement.oracle.funding.map(|index| index.0),
                    timestamp: statement.oracle.timestamp.0,
                },
                oracle_key: statement.oracle_key.0,
                time: statement.time.0,
                fees: statement.fees.0,
                // ACCOUNT_BITS are fewer than 32.
                fee_account: statement.fee_account.0 as u32,
                commitment: statement.commitment,
            },
            public_input: form.public_input,
            proof: Proof {
                a: form.proof.a.0,
                b: form.proof.b.0,
                c: form.proof.c.0,
            },
        })
    }

    /// Writes the file: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io).
    pub fn write(&self, path: &Path) -> Result<()> {
        let statement = &self.statement;
        let form = Form {
            version: json::Version,
            circuit: json::Digest(self.circuit.clone()),
            statement: StatementForm {
                old_root: statement.old_root,
                new_root: statement.new_root,
                oracle: OracleForm {
                    prices: statement.oracle.prices.map(Bounded),
                    funding: statement.oracle.funding.map(Funding),
                    timestamp: Bounded(statement.oracle.timestamp),
                },
                oracle_key: KeyForm(statement.oracle_key),
                time: Bounded(statement.time),
                fees: Fees(statement.fees),
                fee_account: Bounded(statement.fee_account.into()),
                commitment: statement.commitment,
            },
            public_input: self.public_input,
            proof: ProofForm {
                a: G1(self.proof.a),
                b: G2(self.proof.b),
                c: G1(self.proof.c),
            },
        };
        json::write(path, &form)
    }
}

impl<const BITS: usize> Serialize for Bounded<BITS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de, const BITS: usize> Deserialize<'de> for Bounded<BITS> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = u64::deserialize(deserializer)?;
        if fits(value.into(), BITS) {
            Ok(Bounded(value))
        } else {
            Err(D::Error::custom(format!("{value} is not below 2^{BITS}")))
        }
    }
}

impl Serialize for Funding {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        i64::try_from(self.0)
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Funding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let value = i64::deserialize(deserializer)?.into();
        if fits_signed(value, FUNDING_BITS) {
            Ok(Funding(value))
        } else {
            Err(D::Error::custom(format!(
                "{value} is not a signed number of {FUNDING_BITS} bits"
            )))
        }
    }
}

impl Serialize for Fees {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_string())
    }
}

impl<'de> Deserialize<'de> for Fees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = text
            .parse()
            .map_err(|_| D::Error::custom("expected decimal digits"))?;
        if fits(value, FEE_BITS) && value.to_string() == text {
            Ok(Fees(value))
        } else {
            Err(D::Error::custom(format!(
                "expected decimal digits of a number below 2^{FEE_BITS}, without leading zeros"
            )))
        }
    }
}

impl Serialize for KeyForm {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_hex())
    }
}

impl<'de> Deserialize<'de> for KeyForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let key = PublicKey::from_hex(&text).map_err(D::Error::custom)?;
        if key.to_hex() == text {
            Ok(KeyForm(key))
        } else {
            Err(D::Error::custom(
                "expected 64 lower-case hexadecimal digits",
            ))
        }
    }
}
