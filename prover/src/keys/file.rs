//! Proving keys on disk.
//!
//! | bytes | |
//! |---|---|
//! | 0..8 | `VGLPKEY` and a zero |
//! | 8..12 | version of the format, little-endian |
//! | 12..16 | source of the setup's randomness: 0 test seed, 1 operating system |
//! | 16..48 | SHA-256 of the circuit |
//! | 48..56 | bytes of the payload, little-endian |
//! | 56..88 | SHA-256 of bytes 0..56 and the payload |
//! | 88.. | the payload: `ark_groth16::ProvingKey<Bn254>`, uncompressed |
//!
//! Points are not checked one by one: what the hash covers was made here. A file that is cut, changed
//! or of another circuit is refused and says why.

use std::path::Path;

use ark_bn254::Bn254;
use ark_groth16::ProvingKey;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Validate};
use sha2::{Digest, Sha256};

use super::KeySource;
use crate::{Error, Result};

const MAGIC: [u8; 8] = *b"VGLPKEY\0";
const VERSION: u32 = 1;
const HASHED: usize = 56;
const HEADER: usize = 88;

/// The bytes of a key file.
pub(super) fn encode(
    circuit: &[u8; 32],
    source: KeySource,
    key: &ProvingKey<Bn254>,
) -> Result<Vec<u8>> {
    let payload_bytes = key.uncompressed_size();
    let mut bytes = Vec::with_capacity(HEADER + payload_bytes);
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(source.code().to_le_bytes());
    bytes.extend(circuit);
    bytes.extend((payload_bytes as u64).to_le_bytes());
    bytes.resize(HEADER, 0);
    key.serialize_uncompressed(&mut bytes)
        .map_err(|error| Error::Synthesis(format!("proving key: {error}")))?;
    let hash = hash(&bytes);
    bytes[HASHED..HEADER].copy_from_slice(&hash);
    Ok(bytes)
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(&bytes[..HASHED])
        .chain_update(&bytes[HEADER..])
        .finalize()
        .into()
}

/// The key in a file, if it is whole and of this circuit.
pub(super) fn read(path: &Path, circuit: &[u8; 32]) -> Result<(KeySource, ProvingKey<Bn254>)> {
    let bytes = std::fs::read(path).map_err(|source| Error::Io {
        file: path.to_owned(),
        action: "read",
        source,
    })?;
    decode(&bytes, circuit).map_err(|fault| Error::Keys {
        file: path.to_owned(),
        reason: format!("{fault}; delete the file to have its keys made anew"),
    })
}

fn decode(bytes: &[u8], circuit: &[u8; 32]) -> Result<(KeySource, ProvingKey<Bn254>), String> {
    if !bytes.starts_with(&MAGIC[..bytes.len().min(MAGIC.len())]) {
        return Err("not a proving key of this program".into());
    }
    if bytes.len() < HEADER {
        return Err(format!(
            "truncated: {} bytes, the header alone has {HEADER}",
            bytes.len()
        ));
    }
    let version = u32::from_le_bytes(array(bytes, 8));
    if version != VERSION {
        return Err(format!("format version {version}, expected {VERSION}"));
    }
    let expected = u64::from_le_bytes(array(bytes, 48));
    let found = (bytes.len() - HEADER) as u64;
    if found != expected {
        let kind = if found < expected {
            "truncated"
        } else {
            "too long"
        };
        return Err(format!(
            "{kind}: {found} bytes after the header, expected {expected}"
        ));
    }
    if hash(bytes) != array(bytes, HASHED) {
        return Err("corrupt: its SHA-256 is not the one in its header".into());
    }
    let of: [u8; 32] = array(bytes, 16);
    if of != *circuit {
        return Err(format!(
            "made for circuit {}, expected {}",
            hex::encode(of),
            hex::encode(circuit)
        ));
    }
    let code = u32::from_le_bytes(array(bytes, 12));
    let source = KeySource::of_code(code).ok_or_else(|| format!("unknown source {code}"))?;
    let mut payload = &bytes[HEADER..];
    let key = ProvingKey::deserialize_with_mode(&mut payload, Compress::No, Validate::No)
        .map_err(|error| format!("payload: {error}"))?;
    match payload.len() {
        0 => Ok((source, key)),
        rest => Err(format!("payload: {rest} bytes after the key")),
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|i| bytes[at + i])
}
