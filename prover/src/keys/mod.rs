//! Groth16 keys of a circuit: made once, kept on disk, loaded by the circuit's digest.
//!
//! **Test keys.** Whoever knows the randomness of a setup can forge proofs. [`KeySource::Test`]
//! derives it from a public seed, so that everybody gets the same keys: for examples, tests and
//! benches only. [`KeySource::Random`] takes it from the operating system and forgets it, which
//! asks users to trust the one machine that ran the setup.
//!
//! **The folder of keys must be trusted** as the program is: whoever may write there can have proofs fail,
//! or put verifying keys there whose proofs he can forge. Verifiers should have the verifying key of a
//! random setup from its maker.

mod file;
mod matrices;
mod query;
mod verifying;

pub(crate) use matrices::Matrices;
pub(crate) use query::Query;
pub use verifying::VerifyingKeyFile;

use std::path::{Path, PathBuf};

use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_groth16::{Groth16, PreparedVerifyingKey, ProvingKey};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::circuit::{BatchCircuit, Shape};
use crate::json;
use crate::random;
use crate::{Error, Result};

/// The public seed of test keys; the setup's generator is ChaCha20 with SHA-256(seed ‖ circuit digest).
const TEST_SEED: &[u8] = b"vegalith test keys: whoever knows this seed can forge proofs\0";

/// Where the randomness of a setup comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeySource {
    /// A seed that everybody knows: proofs can be forged, keys can be reproduced.
    Test,
    /// The operating system.
    Random,
}

/// What is being done about keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStage {
    /// The circuit is built and hashed.
    Circuit,
    /// A key file is read.
    Read,
    /// Keys are generated; the longest stage by far.
    Generate,
    /// Files are written.
    Write,
}

/// Told when a stage begins.
pub type KeyProgress<'a> = Option<&'a dyn Fn(KeyStage)>;

/// Proving and verifying key of a shape, with the circuit's matrices.
pub struct Keys {
    shape: Shape,
    circuit: [u8; 32],
    source: KeySource,
    pub(crate) matrices: Matrices,
    pub(crate) prepared: PreparedVerifyingKey<Bn254>,
    pub(crate) beta_g1: G1Affine,
    pub(crate) delta_g1: G1Affine,
    pub(crate) a: Query<G1Affine>,
    pub(crate) b_g1: Query<G1Affine>,
    pub(crate) b_g2: Query<G2Affine>,
    pub(crate) h: Query<G1Affine>,
    pub(crate) l: Query<G1Affine>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("shape", &self.shape)
            .field("circuit", &self.circuit_digest())
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Display for KeyStage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            KeyStage::Circuit => "building the circuit",
            KeyStage::Read => "reading the proving key",
            KeyStage::Generate => "generating keys",
            KeyStage::Write => "writing keys",
        })
    }
}

impl KeySource {
    fn code(self) -> u32 {
        match self {
            KeySource::Test => 0,
            KeySource::Random => 1,
        }
    }

    fn of_code(code: u32) -> Option<Self> {
        [KeySource::Test, KeySource::Random]
            .into_iter()
            .find(|source| source.code() == code)
    }

    fn generator(self, circuit: &[u8; 32]) -> Result<ChaCha20Rng> {
        match self {
            KeySource::Test => Ok(ChaCha20Rng::from_seed(
                Sha256::new()
                    .chain_update(TEST_SEED)
                    .chain_update(circuit)
                    .finalize()
                    .into(),
            )),
            KeySource::Random => random::generator(),
        }
    }
}

impl std::fmt::Display for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            KeySource::Test => "test keys (public seed: anybody can forge proofs)",
            KeySource::Random => "keys of a random setup",
        })
    }
}

impl Keys {
    /// Loads the keys of a shape from a folder, or makes test keys and writes them there, with the
    /// verifying key beside them: see [`Keys::paths`].
    ///
    /// # Errors
    /// [`Error::Keys`] for a file that is corrupt, truncated, of another circuit, or a verifying key
    /// that is not of the proving key beside it, or missing there though it is of a random setup; nothing
    /// is overwritten.
    pub fn load_or_create(dir: &Path, shape: &Shape, progress: KeyProgress<'_>) -> Result<Self> {
        let circuit = Circuit::build(shape, progress)?;
        let paths = circuit.paths(dir);
        if exists(&paths.0)? {
            circuit.load(&paths, progress)
        } else {
            // Not to be found out after the long work.
            create(dir)?;
            json::check_writable(&paths.0)?;
            let keys = circuit.generate(KeySource::Test, progress)?;
            // Whoever wrote a proving key meanwhile has the same: its verifying key is.
            keys.publish(dir, progress)?;
            Ok(keys)
        }
    }

    /// Loads the keys of a shape from a folder.
    ///
    /// # Errors
    /// As [`Keys::load_or_create`]; [`Error::Io`] if there are none.
    pub fn load(dir: &Path, shape: &Shape, progress: KeyProgress<'_>) -> Result<Self> {
        let circuit = Circuit::build(shape, progress)?;
        let paths = circuit.paths(dir);
        circuit.load(&paths, progress)
    }

    /// Makes keys; nothing is written.
    ///
    /// # Errors
    /// [`Error::Synthesis`], or [`Error::Randomness`] if the operating system has none.
    pub fn generate(shape: &Shape, source: KeySource, progress: KeyProgress<'_>) -> Result<Self> {
        Circuit::build(shape, progress)?.generate(source, progress)
    }

    /// Writes proving and verifying key to a folder, which is created if need be; gives their paths.
    /// A file appears when it is complete, and never in place of another, also if several write at the same
    /// time. The proving key comes last: where it stands, both do.
    ///
    /// # Errors
    /// [`Error::Keys`] if there are keys of the circuit already, or a verifying key that is not of these
    /// keys; [`Error::Io`].
    pub fn write(&self, dir: &Path, progress: KeyProgress<'_>) -> Result<(PathBuf, PathBuf)> {
        let exists_already = |file| Error::Keys {
            file,
            reason: "exists already; delete it first".into(),
        };
        let paths = self.paths(dir);
        if exists(&paths.0)? {
            return Err(exists_already(paths.0));
        }
        match self.publish(dir, progress)? {
            true => Ok(paths),
            false => Err(exists_already(paths.0)),
        }
    }

    /// Writes the files that are not there; whether the proving key was not. A verifying key that is not of
    /// these keys is an error: whoever writes it first decides whose proving key may stand beside it.
    fn publish(&self, dir: &Path, progress: KeyProgress<'_>) -> Result<bool> {
        let paths = self.paths(dir);
        tell(progress, KeyStage::Write);
        create(dir)?;
        let key = self.verifying_key();
        if !key.write_new(&paths.1)? && VerifyingKeyFile::read(&paths.1)? != key {
            return Err(Error::Keys {
                file: paths.1,
                reason:
                    "exists already and is of other keys; if their proving key is lost, delete it"
                        .into(),
            });
        }
        let bytes = file::encode(&self.circuit, self.source, &self.to_proving_key())?;
        json::write_new_bytes(&paths.0, &bytes)
    }

    /// Where keys of this shape and circuit are in a folder: `SHAPE-DIGEST.pk` and
    /// `SHAPE-DIGEST.vk.json`, with runs of the shape's letters counted (`t16`) and the first 16 digits
    /// of the circuit's digest.
    pub fn paths(&self, dir: &Path) -> (PathBuf, PathBuf) {
        paths(dir, &self.shape, &self.circuit)
    }

    /// Shape of the circuit.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// SHA-256 of the circuit, hexadecimal: over [`CIRCUIT_VERSION`](crate::CIRCUIT_VERSION) and the
    /// R1CS matrices.
    pub fn circuit_digest(&self) -> String {
        hex::encode(self.circuit)
    }

    /// Where the setup's randomness came from.
    pub fn source(&self) -> KeySource {
        self.source
    }

    /// Constraints of the circuit.
    pub fn num_constraints(&self) -> usize {
        self.matrices.num_constraints
    }

    /// What verifiers need.
    pub fn verifying_key(&self) -> VerifyingKeyFile {
        VerifyingKeyFile {
            circuit: self.circuit_digest(),
            shape: self.shape.clone(),
            source: self.source,
            key: self.prepared.vk.clone(),
        }
    }

    /// The proving key as arkworks has it: a copy.
    pub fn to_proving_key(&self) -> ProvingKey<Bn254> {
        ProvingKey {
            vk: self.prepared.vk.clone(),
            beta_g1: self.beta_g1,
            delta_g1: self.delta_g1,
            a_query: self.a.expanded(),
            b_g1_query: self.b_g1.expanded(),
            b_g2_query: self.b_g2.expanded(),
            h_query: self.h.expanded(),
            l_query: self.l.expanded(),
        }
    }
}

/// A circuit whose keys are wanted.
struct Circuit {
    shape: Shape,
    matrices: Matrices,
    digest: [u8; 32],
}

impl Circuit {
    fn build(shape: &Shape, progress: KeyProgress<'_>) -> Result<Self> {
        tell(progress, KeyStage::Circuit);
        let matrices = Matrices::of(shape)?;
        Ok(Circuit {
            shape: shape.clone(),
            digest: matrices.digest(),
            matrices,
        })
    }

    fn paths(&self, dir: &Path) -> (PathBuf, PathBuf) {
        paths(dir, &self.shape, &self.digest)
    }

    fn generate(self, source: KeySource, progress: KeyProgress<'_>) -> Result<Keys> {
        tell(progress, KeyStage::Generate);
        let key = Groth16::<Bn254>::generate_random_parameters_with_reduction(
            BatchCircuit::blank(&self.shape),
            &mut source.generator(&self.digest)?,
        )?;
        self.keys(source, key).map_err(Error::Synthesis)
    }

    fn load(self, paths: &(PathBuf, PathBuf), progress: KeyProgress<'_>) -> Result<Keys> {
        tell(progress, KeyStage::Read);
        let (source, key) = file::read(&paths.0, &self.digest, &self.matrices)?;
        let keys = self.keys(source, key).map_err(|reason| Error::Keys {
            file: paths.0.clone(),
            reason,
        })?;
        let expected = keys.verifying_key();
        if !exists(&paths.1)? {
            // Test keys are known to everybody; of others, a proving key that was planted would bring its
            // verifying key with it.
            if source == KeySource::Random {
                return Err(Error::Keys {
                    file: paths.1.clone(),
                    reason: format!(
                        "missing beside {}; the verifying key of a random setup is not made anew from \
                         a proving key: put back the one of its setup",
                        paths.0.display()
                    ),
                });
            }
            tell(progress, KeyStage::Write);
            // Another that loads the same keys may be first.
            expected.write_new(&paths.1)?;
        } else if VerifyingKeyFile::read(&paths.1)? != expected {
            return Err(Error::Keys {
                file: paths.1.clone(),
                reason: format!(
                    "not the verifying key of {}{}",
                    paths.0.display(),
                    match source {
                        KeySource::Test => "; delete it to have it written anew",
                        KeySource::Random => "; put back the one of its setup",
                    }
                ),
            });
        }
        Ok(keys)
    }

    /// The keys, if the queries have the sizes of the circuit.
    fn keys(self, source: KeySource, key: ProvingKey<Bn254>) -> Result<Keys, String> {
        let Matrices {
            num_inputs,
            num_variables,
            ..
        } = self.matrices;
        for (query, found, expected) in [
            ("a", key.a_query.len(), num_variables),
            ("b_g1", key.b_g1_query.len(), num_variables),
            ("b_g2", key.b_g2_query.len(), num_variables),
            ("l", key.l_query.len(), num_variables - num_inputs),
            ("h", key.h_query.len(), self.matrices.domain_size() - 1),
            ("gamma_abc_g1", key.vk.gamma_abc_g1.len(), num_inputs),
        ] {
            if found != expected {
                return Err(format!(
                    "{found} points of query {query}, expected {expected}"
                ));
            }
        }
        Ok(Keys {
            shape: self.shape,
            circuit: self.digest,
            source,
            matrices: self.matrices,
            prepared: ark_groth16::prepare_verifying_key(&key.vk),
            beta_g1: key.beta_g1,
            delta_g1: key.delta_g1,
            a: Query::new(key.a_query),
            b_g1: Query::new(key.b_g1_query),
            b_g2: Query::new(key.b_g2_query),
            h: Query::new(key.h_query),
            l: Query::new(key.l_query),
        })
    }
}

fn tell(progress: KeyProgress<'_>, stage: KeyStage) {
    if let Some(progress) = progress {
        progress(stage);
    }
}

fn exists(path: &Path) -> Result<bool> {
    path.try_exists().map_err(|source| Error::Io {
        file: path.to_owned(),
        action: "look for",
        source,
    })
}

fn create(dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|source| Error::Io {
        file: dir.to_owned(),
        action: "create",
        source,
    })
}

fn paths(dir: &Path, shape: &Shape, circuit: &[u8; 32]) -> (PathBuf, PathBuf) {
    let stem = format!("{}-{}", short_name(shape), hex::encode(&circuit[..8]));
    (
        dir.join(format!("{stem}.pk")),
        dir.join(format!("{stem}.vk.json")),
    )
}

/// The shape with its runs counted, cut to what fits a file's name.
fn short_name(shape: &Shape) -> String {
    let letters = shape.to_string();
    let mut name = String::new();
    for run in letters.as_bytes().chunk_by(|a, b| a == b) {
        name.push(char::from(run[0]));
        if run.len() > 1 {
            name.push_str(&run.len().to_string());
        }
    }
    name.truncate(64);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_whatever_the_shape() {
        let name = |letters: &str| short_name(&Shape::from_letters(letters).unwrap());
        assert_eq!(name("t"), "t");
        assert_eq!(name("ddtttw"), "d2t3w");
        assert_eq!(name(&"t".repeat(1024)), "t1024");
        assert_eq!(name(&"dt".repeat(512)).len(), 64);
    }
}
