//! What jobs are made of: curves, fields, bases, scalars and elements. Every enum here has a
//! variant per curve or field, so that one trait object serves all of them.

use std::sync::Arc;

use ark_ff::FftField;

pub use vegalith_cpu::Goldilocks;

/// A pairing-friendly curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// BN254 (alt_bn128).
    Bn254,
    /// BLS12-381.
    Bls12_381,
    /// BLS12-377.
    Bls12_377,
}

/// A group of a pairing-friendly curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// Points over the base field.
    G1,
    /// Points over its quadratic extension.
    G2,
}

/// A field that transforms are offered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Scalar field of BN254.
    Bn254Fr,
    /// Scalar field of BLS12-381.
    Bls12_381Fr,
    /// Scalar field of BLS12-377.
    Bls12_377Fr,
    /// p = 2^64 − 2^32 + 1.
    Goldilocks,
}

/// Bases of an MSM: affine points of one group, on the curve and in its prime-order subgroup.
/// Cheap to clone.
#[derive(Clone, Debug)]
pub enum Bases {
    /// BN254 G1.
    Bn254G1(Arc<Vec<ark_bn254::G1Affine>>),
    /// BN254 G2.
    Bn254G2(Arc<Vec<ark_bn254::G2Affine>>),
    /// BLS12-381 G1.
    Bls12_381G1(Arc<Vec<ark_bls12_381::G1Affine>>),
    /// BLS12-381 G2.
    Bls12_381G2(Arc<Vec<ark_bls12_381::G2Affine>>),
    /// BLS12-377 G1.
    Bls12_377G1(Arc<Vec<ark_bls12_377::G1Affine>>),
}

/// Scalars of an MSM. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Scalars {
    /// BN254.
    Bn254(Arc<Vec<ark_bn254::Fr>>),
    /// BLS12-381.
    Bls12_381(Arc<Vec<ark_bls12_381::Fr>>),
    /// BLS12-377.
    Bls12_377(Arc<Vec<ark_bls12_377::Fr>>),
}

/// An affine point: the result of an MSM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// BN254 G1.
    Bn254G1(ark_bn254::G1Affine),
    /// BN254 G2.
    Bn254G2(ark_bn254::G2Affine),
    /// BLS12-381 G1.
    Bls12_381G1(ark_bls12_381::G1Affine),
    /// BLS12-381 G2.
    Bls12_381G2(ark_bls12_381::G2Affine),
    /// BLS12-377 G1.
    Bls12_377G1(ark_bls12_377::G1Affine),
}

/// Input or output of a transform, natural order. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elements {
    /// Scalar field of BN254.
    Bn254Fr(Arc<Vec<ark_bn254::Fr>>),
    /// Scalar field of BLS12-381.
    Bls12_381Fr(Arc<Vec<ark_bls12_381::Fr>>),
    /// Scalar field of BLS12-377.
    Bls12_377Fr(Arc<Vec<ark_bls12_377::Fr>>),
    /// Goldilocks.
    Goldilocks(Arc<Vec<Goldilocks>>),
}

macro_rules! for_each_variant {
    ($value:expr, [$($variant:path),+], $inner:ident => $body:expr) => {
        match $value { $($variant($inner) => $body),+ }
    };
}

impl Bases {
    /// Number of points.
    pub fn len(&self) -> usize {
        use Bases::*;
        for_each_variant!(self, [Bn254G1, Bn254G2, Bls12_381G1, Bls12_381G2, Bls12_377G1], v => v.len())
    }

    /// Whether there are no points.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Curve of the points.
    pub fn curve(&self) -> Curve {
        match self {
            Bases::Bn254G1(_) | Bases::Bn254G2(_) => Curve::Bn254,
            Bases::Bls12_381G1(_) | Bases::Bls12_381G2(_) => Curve::Bls12_381,
            Bases::Bls12_377G1(_) => Curve::Bls12_377,
        }
    }

    /// Group of the points.
    pub fn group(&self) -> Group {
        match self {
            Bases::Bn254G1(_) | Bases::Bls12_381G1(_) | Bases::Bls12_377G1(_) => Group::G1,
            Bases::Bn254G2(_) | Bases::Bls12_381G2(_) => Group::G2,
        }
    }
}

impl Scalars {
    /// Number of scalars.
    pub fn len(&self) -> usize {
        use Scalars::*;
        for_each_variant!(self, [Bn254, Bls12_381, Bls12_377], v => v.len())
    }

    /// Whether there are no scalars.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Curve whose group order the scalars are below.
    pub fn curve(&self) -> Curve {
        match self {
            Scalars::Bn254(_) => Curve::Bn254,
            Scalars::Bls12_381(_) => Curve::Bls12_381,
            Scalars::Bls12_377(_) => Curve::Bls12_377,
        }
    }
}

impl Elements {
    /// Number of elements.
    pub fn len(&self) -> usize {
        use Elements::*;
        for_each_variant!(self, [Bn254Fr, Bls12_381Fr, Bls12_377Fr, Goldilocks], v => v.len())
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Field of the elements.
    pub fn field(&self) -> Field {
        match self {
            Elements::Bn254Fr(_) => Field::Bn254Fr,
            Elements::Bls12_381Fr(_) => Field::Bls12_381Fr,
            Elements::Bls12_377Fr(_) => Field::Bls12_377Fr,
            Elements::Goldilocks(_) => Field::Goldilocks,
        }
    }
}

impl Field {
    /// Largest k for which the field has a domain of 2^k elements.
    pub fn two_adicity(self) -> u32 {
        match self {
            Field::Bn254Fr => ark_bn254::Fr::TWO_ADICITY,
            Field::Bls12_381Fr => ark_bls12_381::Fr::TWO_ADICITY,
            Field::Bls12_377Fr => ark_bls12_377::Fr::TWO_ADICITY,
            Field::Goldilocks => Goldilocks::TWO_ADICITY,
        }
    }
}

impl std::fmt::Display for Curve {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Curve::Bn254 => "bn254",
            Curve::Bls12_381 => "bls12-381",
            Curve::Bls12_377 => "bls12-377",
        })
    }
}

impl std::fmt::Display for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Group::G1 => "g1",
            Group::G2 => "g2",
        })
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Field::Bn254Fr => "bn254-fr",
            Field::Bls12_381Fr => "bls12-381-fr",
            Field::Bls12_377Fr => "bls12-377-fr",
            Field::Goldilocks => "goldilocks",
        })
    }
}
