//! Reading with every check.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::Field as ArkField;
use rayon::prelude::*;

use super::FileError;
use crate::encoding::{element_bytes, point_bytes, read_element, read_point};
use crate::{Bases, Curve, Elements, Field, Group, Scalars};

/// Reads affine points, at most `limit`; each is on the curve and in the prime-order subgroup.
///
/// # Errors
/// [`FileError`]: unreadable, empty, truncated, longer than `limit`, or a malformed point by index.
pub fn read_bases(
    path: &Path,
    curve: Curve,
    group: Group,
    limit: usize,
) -> Result<Bases, FileError> {
    match (curve, group) {
        (Curve::Bn254, Group::G1) => points(path, curve, group, limit).map(Bases::Bn254G1),
        (Curve::Bn254, Group::G2) => points(path, curve, group, limit).map(Bases::Bn254G2),
        (Curve::Bls12_381, Group::G1) => points(path, curve, group, limit).map(Bases::Bls12_381G1),
        (Curve::Bls12_381, Group::G2) => points(path, curve, group, limit).map(Bases::Bls12_381G2),
        (Curve::Bls12_377, Group::G1) => points(path, curve, group, limit).map(Bases::Bls12_377G1),
        (Curve::Bls12_377, Group::G2) => Err(FileError::Unsupported {
            curve: curve.to_string(),
            group: group.to_string(),
        }),
    }
}

/// Reads scalars below the group order, at most `limit`.
///
/// # Errors
/// See [`read_bases`].
pub fn read_scalars(path: &Path, curve: Curve, limit: usize) -> Result<Scalars, FileError> {
    let item = format!("{curve} scalar");
    match curve {
        Curve::Bn254 => elements(path, item, limit).map(Scalars::Bn254),
        Curve::Bls12_381 => elements(path, item, limit).map(Scalars::Bls12_381),
        Curve::Bls12_377 => elements(path, item, limit).map(Scalars::Bls12_377),
    }
}

/// Reads field elements, at most `limit`.
///
/// # Errors
/// See [`read_bases`].
pub fn read_elements(path: &Path, field: Field, limit: usize) -> Result<Elements, FileError> {
    let item = format!("{field} element");
    match field {
        Field::Bn254Fr => elements(path, item, limit).map(Elements::Bn254Fr),
        Field::Bls12_381Fr => elements(path, item, limit).map(Elements::Bls12_381Fr),
        Field::Bls12_377Fr => elements(path, item, limit).map(Elements::Bls12_377Fr),
        Field::Goldilocks => elements(path, item, limit).map(Elements::Goldilocks),
    }
}

fn points<P: SWCurveConfig>(
    path: &Path,
    curve: Curve,
    group: Group,
    limit: usize,
) -> Result<Arc<Vec<Affine<P>>>, FileError> {
    let item = format!("{curve} {group} point");
    parse(path, item, point_bytes::<P>(), limit, |bytes| {
        read_point(bytes).map_err(|fault| fault.to_string())
    })
}

fn elements<F: ArkField>(
    path: &Path,
    item: String,
    limit: usize,
) -> Result<Arc<Vec<F>>, FileError> {
    parse(path, item, element_bytes::<F>(), limit, |bytes| {
        read_element(bytes).ok_or_else(|| "the value is not below the field modulus".into())
    })
}

fn parse<T: Send>(
    path: &Path,
    item: String,
    item_bytes: usize,
    limit: usize,
    decode: impl Fn(&[u8]) -> Result<T, String> + Sync,
) -> Result<Arc<Vec<T>>, FileError> {
    let bytes = read_items(path, &item, item_bytes, limit)?;
    let decoded: Result<Vec<T>, (usize, String)> = bytes
        .par_chunks_exact(item_bytes)
        .enumerate()
        .map(|(index, chunk)| decode(chunk).map_err(|fault| (index, fault)))
        .collect();
    decoded.map(Arc::new).map_err(|_| {
        // Which of several faults a parallel collect reports is left open; the first is wanted.
        let (index, fault) = bytes
            .par_chunks_exact(item_bytes)
            .enumerate()
            .find_map_first(|(index, chunk)| Some((index, decode(chunk).err()?)))
            .unwrap_or_default();
        FileError::Item {
            path: path.to_owned(),
            item,
            index,
            fault,
        }
    })
}

/// Room for this many bytes, if there is. A length costs nothing to claim (files may be sparse), and an
/// allocation that fails otherwise ends the process.
fn buffer(bytes: u64) -> Option<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer
        .try_reserve_exact(usize::try_from(bytes).ok()?)
        .ok()?;
    Some(buffer)
}

/// The file's bytes, a whole number of items between 1 and `limit`; never reads more than that.
fn read_items(
    path: &Path,
    item: &str,
    item_bytes: usize,
    limit: usize,
) -> Result<Vec<u8>, FileError> {
    let failed = |error: std::io::Error| FileError::Read {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(std::io::Error::other("it is a folder")));
    }
    let too_many = |bytes: u64| FileError::TooMany {
        path: path.to_owned(),
        item: item.to_owned(),
        found: bytes / item_bytes as u64,
        limit: limit as u64,
    };
    let max_bytes = (limit as u64).saturating_mul(item_bytes as u64);
    let enough = max_bytes.saturating_add(item_bytes as u64);
    if metadata.len() >= enough {
        return Err(too_many(metadata.len()));
    }
    let mut bytes = buffer(metadata.len()).ok_or_else(|| FileError::Memory {
        path: path.to_owned(),
        bytes: metadata.len(),
    })?;
    // Pipes and devices have no length, and files may grow: the reader is bounded as well.
    file.by_ref()
        .take(enough)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let found = bytes.len() as u64;
    if found == 0 {
        return Err(FileError::Empty {
            path: path.to_owned(),
            item: item.to_owned(),
        });
    }
    if !found.is_multiple_of(item_bytes as u64) {
        return Err(FileError::Truncated {
            path: path.to_owned(),
            item: item.to_owned(),
            item_bytes,
            bytes: found,
            index: found / item_bytes as u64,
        });
    }
    if found > max_bytes {
        return Err(too_many(found));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_there_is_not_is_not_asked_for_in_vain() {
        assert!(buffer(1 << 20).unwrap().capacity() >= 1 << 20);
        for bytes in [u64::MAX, 1 << 63, i64::MAX as u64 - 63] {
            assert_eq!(buffer(bytes), None, "{bytes}");
        }
    }
}
