//! The verifying key as a JSON file.

use std::path::Path;

use ark_bn254::{Bn254, G1Affine};
use ark_groth16::{PreparedVerifyingKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::KeySource;
use crate::hex_form::{G1, G2};
use crate::json;
use crate::{Error, Result, Shape};

/// Version of the file's format.
const VERSION: u32 = 1;

/// What a verifier needs to know of a circuit.
///
/// The file is a JSON object: `version` (1), `circuit` (SHA-256 of the circuit, 64 hexadecimal
/// digits), `shape` (a letter a transaction: `d`, `t`, `w`), `keys` (`"test"` or `"random"`, see
/// [`KeySource`]), and the points `alpha_g1`, `beta_g2`, `gamma_g2`, `delta_g2` and `gamma_abc_g1` (a
/// list of two). A G1 point is `{"x", "y"}`, each `0x` and 64 hexadecimal digits, most significant
/// first; in G2 each is a pair `[c0, c1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct VerifyingKeyFile {
    /// SHA-256 of the circuit, hexadecimal.
    pub circuit: String,
    /// Shape of the circuit, as the maker of the key says.
    pub shape: Shape,
    /// Where the setup's randomness came from, as the maker of the key says.
    pub source: KeySource,
    /// The key. Its circuit has one public input.
    pub key: VerifyingKey<Bn254>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    version: json::Version<VERSION>,
    circuit: json::Digest,
    shape: String,
    keys: KeySource,
    alpha_g1: G1,
    beta_g2: G2,
    gamma_g2: G2,
    delta_g2: G2,
    gamma_abc_g1: [G1; 2],
}

impl VerifyingKeyFile {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] with the path of the value at fault.
    pub fn read(path: &Path) -> Result<Self> {
        let form: Form = json::read(path)?;
        let shape = Shape::from_letters(&form.shape).ok_or_else(|| Error::Malformed {
            file: path.to_owned(),
            item: "shape".into(),
            reason: "expected a letter d, t or w for every transaction".into(),
        })?;
        Ok(VerifyingKeyFile {
            circuit: form.circuit.0,
            shape,
            source: form.keys,
            key: VerifyingKey {
                alpha_g1: form.alpha_g1.0,
                beta_g2: form.beta_g2.0,
                gamma_g2: form.gamma_g2.0,
                delta_g2: form.delta_g2.0,
                gamma_abc_g1: form.gamma_abc_g1.map(|point| point.0).to_vec(),
            },
        })
    }

    /// Writes the file: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Synthesis`] if the key is of another number of public inputs.
    pub fn write(&self, path: &Path) -> Result<()> {
        json::write(path, &self.form()?)
    }

    /// Writes the file if there is none; whether it was written.
    pub(super) fn write_new(&self, path: &Path) -> Result<bool> {
        json::write_new(path, &self.form()?)
    }

    fn form(&self) -> Result<Form> {
        let [one, input] = self.bases()?;
        Ok(Form {
            version: json::Version,
            circuit: json::Digest(self.circuit.clone()),
            shape: self.shape.to_string(),
            keys: self.source,
            alpha_g1: G1(self.key.alpha_g1),
            beta_g2: G2(self.key.beta_g2),
            gamma_g2: G2(self.key.gamma_g2),
            delta_g2: G2(self.key.delta_g2),
            gamma_abc_g1: [G1(one), G1(input)],
        })
    }

    /// The bases of one and the public input.
    fn bases(&self) -> Result<[G1Affine; 2]> {
        self.key.gamma_abc_g1[..].try_into().map_err(|_| {
            Error::Synthesis(format!(
                "a key with {} points for inputs, expected 2",
                self.key.gamma_abc_g1.len()
            ))
        })
    }

    /// The key made ready for one public input.
    pub(crate) fn prepare(&self) -> Result<PreparedVerifyingKey<Bn254>> {
        let [_one, _input] = self.bases()?;
        Ok(ark_groth16::prepare_verifying_key(&self.key))
    }
}
