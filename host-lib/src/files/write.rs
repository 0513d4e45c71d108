//! Writing what [`read`](super::read) reads.

use std::path::Path;

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::Field as ArkField;

use super::{write_atomically, FileError};
use crate::encoding::{write_element, write_point};
use crate::{Bases, Elements, Scalars};

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
