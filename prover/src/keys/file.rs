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
//! The hash is against accidents: a file that is cut, changed or of another circuit is refused and says
//! why. Whoever may write to the folder can plant keys with a right hash. Points of the verifying key and those
//! that every proof starts from are checked all the same, for pairings are not defined elsewhere; the points of
//! the queries are not, one by one, as a proof made with wrong ones does not verify.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ark_bn254::Bn254;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::AffineRepr;
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
    if !payload.is_empty() {
        return Err(format!("payload: {} bytes after the key", payload.len()));
    }
    check_points(&key)?;
    Ok(key)
}

/// The few points that are not of a query are in their groups, and none is at infinity.
fn check_points(key: &ProvingKey<Bn254>) -> Result<(), String> {
    fn check<P: SWCurveConfig>(name: &str, point: &Affine<P>) -> Result<(), String> {
        let fault = if point.is_zero() {
            "at infinity"
        } else if !point.is_on_curve() {
            "not on the curve"
        } else if !point.is_in_correct_subgroup_assuming_on_curve() {
            "not in the prime-order subgroup"
        } else {
            return Ok(());
        };
        Err(format!("point {name} is {fault}"))
    }
    let vk = &key.vk;
    for (name, point) in [
        ("alpha_g1", &vk.alpha_g1),
        ("beta_g1", &key.beta_g1),
        ("delta_g1", &key.delta_g1),
    ] {
        check(name, point)?;
    }
    for (name, point) in [
        ("beta_g2", &vk.beta_g2),
        ("gamma_g2", &vk.gamma_g2),
        ("delta_g2", &vk.delta_g2),
    ] {
        check(name, point)?;
    }
    vk.gamma_abc_g1
        .iter()
        .try_for_each(|point| check("gamma_abc_g1", point))
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|i| bytes[at + i])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
    use ark_ff::Field;
    use ark_groth16::VerifyingKey;

    fn key() -> ProvingKey<Bn254> {
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        ProvingKey {
            vk: VerifyingKey {
                alpha_g1: g1,
                beta_g2: g2,
                gamma_g2: g2,
                delta_g2: g2,
                gamma_abc_g1: vec![g1; 2],
            },
            beta_g1: g1,
            delta_g1: g1,
            a_query: vec![g1; 3],
            b_g1_query: vec![g1; 3],
            b_g2_query: vec![g2; 3],
            h_query: vec![g1; 3],
            l_query: vec![g1],
        }
    }

    /// A file made with a hash that is right, whatever the points are.
    fn planted(change: impl FnOnce(&mut ProvingKey<Bn254>)) -> Result<(), String> {
        let mut key = key();
        change(&mut key);
        let bytes = encode(&[7; 32], KeySource::Test, &key).unwrap();
        let (header, payload) = bytes.split_at(HEADER);
        let expected = payload.len() as u64;
        assert_eq!(
            decode_header(header, &[7; 32], expected),
            Ok(KeySource::Test)
        );
        decode_payload(header, payload, expected).map(drop)
    }

    #[test]
    fn planted_points_outside_their_groups_are_refused_by_name() {
        assert_eq!(planted(|_| ()), Ok(()));
        let off = G1Affine::new_unchecked(Fq::ONE, Fq::ONE);
        let off_g2 = G2Affine::new_unchecked(Fq2::ONE, Fq2::ONE);
        // The twist has a cofactor: a point of small x is in no small group, and not in the right one.
        let outside = (1u64..)
            .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), true))
            .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
            .unwrap();
        type Change = Box<dyn FnOnce(&mut ProvingKey<Bn254>)>;
        let cases: Vec<(&str, Change)> = vec![
            ("alpha_g1 is not on", Box::new(move |k| k.vk.alpha_g1 = off)),
            ("beta_g1 is not on", Box::new(move |k| k.beta_g1 = off)),
            (
                "beta_g1 is at infinity",
                Box::new(|k| k.beta_g1 = G1Affine::zero()),
            ),
            ("delta_g1 is not on", Box::new(move |k| k.delta_g1 = off)),
            (
                "delta_g1 is at infinity",
                Box::new(|k| k.delta_g1 = G1Affine::zero()),
            ),
            (
                "beta_g2 is not on",
                Box::new(move |k| k.vk.beta_g2 = off_g2),
            ),
            (
                "beta_g2 is not in",
                Box::new(move |k| k.vk.beta_g2 = outside),
            ),
            (
                "gamma_g2 is at infinity",
                Box::new(|k| k.vk.gamma_g2 = G2Affine::zero()),
            ),
            (
                "delta_g2 is not in",
                Box::new(move |k| k.vk.delta_g2 = outside),
            ),
            (
                "gamma_abc_g1 is not on",
                Box::new(move |k| k.vk.gamma_abc_g1[1] = off),
            ),
        ];
        for (expected, change) in cases {
            let refusal = planted(change).expect_err(expected);
            assert!(refusal.contains(expected), "{refusal}");
        }
    }
}
