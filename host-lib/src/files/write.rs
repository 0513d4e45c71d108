//! Writing that is all or nothing.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::Field as ArkField;

use super::FileError;
use crate::encoding::{write_element, write_point};
use crate::{Bases, Elements, Scalars};

/// Writes `bytes` to a temporary file beside `path` and renames it: under `path` stands what stood
/// there before or all of `bytes`, never a part.
///
/// # Errors
/// [`FileError::Write`]; the temporary file is removed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let failed = |error: std::io::Error| FileError::Write {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let temporary = temporary_name(path).ok_or_else(|| {
        failed(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "not the name of a file",
        ))
    })?;
    let result = File::create_new(&temporary)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&temporary, path));
    result.map_err(|error| {
        // A name that could not be created belongs to someone else.
        if error.kind() != std::io::ErrorKind::AlreadyExists {
            let _ = fs::remove_file(&temporary);
        }
        failed(error)
    })
}

/// Writes affine points as [`read_bases`](super::read_bases) reads them.
///
/// # Errors
/// [`FileError::Write`].
pub fn write_bases(path: &Path, bases: &Bases) -> Result<(), FileError> {
    let bytes = match bases {
        Bases::Bn254G1(points) => point_file(points),
        Bases::Bn254G2(points) => point_file(points),
        Bases::Bls12_381G1(points) => point_file(points),
        Bases::Bls12_381G2(points) => point_file(points),
        Bases::Bls12_377G1(points) => point_file(points),
    };
    write_atomically(path, &bytes)
}

/// Writes scalars as [`read_scalars`](super::read_scalars) reads them.
///
/// # Errors
/// [`FileError::Write`].
pub fn write_scalars(path: &Path, scalars: &Scalars) -> Result<(), FileError> {
    let bytes = match scalars {
        Scalars::Bn254(values) => element_file(values),
        Scalars::Bls12_381(values) => element_file(values),
        Scalars::Bls12_377(values) => element_file(values),
    };
    write_atomically(path, &bytes)
}

/// Writes field elements as [`read_elements`](super::read_elements) reads them.
///
/// # Errors
/// [`FileError::Write`].
pub fn write_elements(path: &Path, elements: &Elements) -> Result<(), FileError> {
    let bytes = match elements {
        Elements::Bn254Fr(values) => element_file(values),
        Elements::Bls12_381Fr(values) => element_file(values),
        Elements::Bls12_377Fr(values) => element_file(values),
        Elements::Goldilocks(values) => element_file(values),
    };
    write_atomically(path, &bytes)
}

fn point_file<P: SWCurveConfig>(points: &[Affine<P>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for point in points {
        write_point(point, &mut bytes);
    }
    bytes
}

fn element_file<F: ArkField>(elements: &[F]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for element in elements {
        write_element(element, &mut bytes);
    }
    bytes
}

/// A hidden name beside `path` that no other writer of this machine uses at the same time.
fn temporary_name(path: &Path) -> Option<PathBuf> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut name = OsString::from(".");
    name.push(path.file_name()?);
    name.push(format!(
        ".{}.{}.tmp",
        std::process::id(),
        COUNTER.fetch_add(1, Ordering::Relaxed)
    ));
    Some(path.with_file_name(name))
}
