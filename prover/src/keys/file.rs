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

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ark_bn254::Bn254;
use ark_groth16::ProvingKey;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Validate};
use sha2::{Digest, Sha256};

use super::{KeySource, Matrices};
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
    let (header, payload) = bytes.split_at(HEADER);
    let hash = hash(header, payload);
    bytes[HASHED..HEADER].copy_from_slice(&hash);
    Ok(bytes)
}

/// SHA-256 of the header's beginning and the payload.
fn hash(header: &[u8], payload: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(&header[..HASHED])
        .chain_update(payload)
        .finalize()
        .into()
}

/// Bytes of the payload of a circuit's key.
fn payload_bytes(matrices: &Matrices) -> u64 {
    const G1: usize = 64;
    const G2: usize = 128;
    const LENGTH: usize = 8;
    let Matrices {
        num_inputs,
        num_variables,
        ..
    } = *matrices;
    let vk = G1 + 3 * G2 + LENGTH + num_inputs * G1;
    let a_and_b_g1 = 2 * (LENGTH + num_variables * G1);
    let b_g2 = LENGTH + num_variables * G2;
    let h = LENGTH + (matrices.domain_size() - 1) * G1;
    let l = LENGTH + (num_variables - num_inputs) * G1;
    (vk + 2 * G1 + a_and_b_g1 + b_g2 + h + l) as u64
}

/// The key in a file, if it is whole and of this circuit. No more is read than such a key has.
pub(super) fn read(
    path: &Path,
    circuit: &[u8; 32],
    matrices: &Matrices,
) -> Result<(KeySource, ProvingKey<Bn254>)> {
    let failed = |source| Error::Io {
        file: path.to_owned(),
        action: "read",
        source,
    };
    let corrupt = |fault: String| Error::Keys {
        file: path.to_owned(),
        reason: format!("{fault}; delete the file to have its keys made anew"),
    };
    let expected = payload_bytes(matrices);
    let mut file = File::open(path).map_err(failed)?;
    let mut header = Vec::new();
    file.by_ref()
        .take(HEADER as u64)
        .read_to_end(&mut header)
        .map_err(failed)?;
    let source = decode_header(&header, circuit, expected).map_err(corrupt)?;
    let mut payload = Vec::new();
    usize::try_from(expected)
        .ok()
        .and_then(|bytes| payload.try_reserve_exact(bytes).ok())
        .ok_or_else(|| failed(std::io::ErrorKind::OutOfMemory.into()))?;
    file.take(expected + 1)
        .read_to_end(&mut payload)
        .map_err(failed)?;
    let key = decode_payload(&header, &payload, expected).map_err(corrupt)?;
    Ok((source, key))
}

fn decode_header(header: &[u8], circuit: &[u8; 32], expected: u64) -> Result<KeySource, String> {
    if !header.starts_with(&MAGIC[..header.len().min(MAGIC.len())]) {
        return Err("not a proving key of this program".into());
    }
    if header.len() < HEADER {
        return Err(format!(
            "truncated: {} bytes, the header alone has {HEADER}",
            header.len()
        ));
    }
    let version = u32::from_le_bytes(array(header, 8));
    if version != VERSION {
        return Err(format!("format version {version}, expected {VERSION}"));
    }
    let of: [u8; 32] = array(header, 16);
    if of != *circuit {
        return Err(format!(
            "made for circuit {}, expected {}",
            hex::encode(of),
            hex::encode(circuit)
        ));
    }
    let announced = u64::from_le_bytes(array(header, 48));
    if announced != expected {
        return Err(format!(
            "corrupt: a payload of {announced} bytes, a key of this circuit has {expected}"
        ));
    }
    let code = u32::from_le_bytes(array(header, 12));
    KeySource::of_code(code).ok_or_else(|| format!("corrupt: unknown source {code}"))
}

fn decode_payload(
    header: &[u8],
    mut payload: &[u8],
    expected: u64,
) -> Result<ProvingKey<Bn254>, String> {
    let found = payload.len() as u64;
    if found < expected {
        return Err(format!(
            "truncated: {found} bytes after the header, expected {expected}"
        ));
    }
    if found > expected {
        return Err(format!(
            "too long: more than {expected} bytes after the header"
        ));
    }
    if hash(header, payload) != array(header, HASHED) {
        return Err("corrupt: its SHA-256 is not the one in its header".into());
    }
    let key = ProvingKey::deserialize_with_mode(&mut payload, Compress::No, Validate::No)
        .map_err(|error| format!("payload: {error}"))?;
    match payload.len() {
        0 => Ok(key),
        rest => Err(format!("payload: {rest} bytes after the key")),
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|i| bytes[at + i])
}
