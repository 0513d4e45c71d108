//! The curves and their base fields, each with its field in lanes.

use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ec::short_weierstrass::Affine;
use ark_ec::CurveConfig;
use ark_ff::Field;

use crate::field::{LaneField, Portable, Prime, PrimeWords, Quadratic, QuadraticWords, WordField};
#[cfg(target_arch = "x86_64")]
use crate::lanes::Avx512;
use crate::lanes::Simd;
use crate::msm::{Prepared, Sum};

/// A base field of arkworks that has a twin in lanes and one in words.
pub trait BaseField: Field {
    /// The field in words.
    type Words: WordField<Scalar = Self>;
    /// The field in lanes of `S`.
    type Lanes<S: Simd>: LaneField<Scalar = Self>;
    /// The field in lanes, given the instructions.
    fn lanes<S: Simd>(s: S) -> Self::Lanes<S>;
}

macro_rules! base_fields {
    ($curve:ident, $words:literal, $limbs:literal) => {
        impl BaseField for $curve::Fq {
            type Words = PrimeWords<$curve::FqConfig, $words>;
            type Lanes<S: Simd> = Prime<S, $curve::FqConfig, $words, $limbs>;
            fn lanes<S: Simd>(s: S) -> Self::Lanes<S> {
                Prime::new(s)
            }
        }
        impl BaseField for $curve::Fq2 {
            type Words = QuadraticWords<$curve::Fq2Config, $curve::FqConfig, $words>;
            type Lanes<S: Simd> = Quadratic<S, $curve::Fq2Config, $curve::FqConfig, $words, $limbs>;
            fn lanes<S: Simd>(s: S) -> Self::Lanes<S> {
                Quadratic::new(s)
            }
        }
    };
}
base_fields!(ark_bn254, 4, 5);
base_fields!(ark_bls12_381, 6, 8);

/// A group that MSMs are offered for: prime order, y² = x³ + b, with an endomorphism.
pub trait Curve: GLVConfig<BaseField: BaseField> {
    /// Bases for this CPU. Not generic, so that they are compiled once and here.
    #[doc(hidden)]
    fn prepare(bases: &[Affine<Self>], tables: u32) -> Box<dyn Sum<Self>>;
    /// Bases for any CPU.
    #[doc(hidden)]
    fn prepare_portable(bases: &[Affine<Self>], tables: u32) -> Box<dyn Sum<Self>>;
}

macro_rules! curves {
    ($($config:ty),*) => {$(
        impl Curve for $config {
            fn prepare(bases: &[Affine<Self>], tables: u32) -> Box<dyn Sum<Self>> {
                #[cfg(target_arch = "x86_64")]
                if let Some(s) = Avx512::detect() {
                    let lanes = <<Self as CurveConfig>::BaseField as BaseField>::lanes(s);
                    return Box::new(Prepared::new(lanes, bases, tables));
                }
                Self::prepare_portable(bases, tables)
            }
            fn prepare_portable(bases: &[Affine<Self>], tables: u32) -> Box<dyn Sum<Self>> {
                Box::new(Prepared::new(Portable::default(), bases, tables))
            }
        }
    )*};
}
curves!(
    ark_bn254::g1::Config,
    ark_bn254::g2::Config,
    ark_bls12_381::g1::Config,
    ark_bls12_381::g2::Config
);
