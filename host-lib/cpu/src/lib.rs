//! Multi-scalar multiplication and number-theoretic transforms on CPUs, as fast as the arithmetic
//! allows: fields in eight AVX-512 lanes, buckets summed by batches of affine additions.
//!
//! [`PreparedBases`] and [`Ntt`] are what callers want. Below it: [`Simd`], lanes of one instruction set;
//! [`Prime`] and [`Quadratic`], fields in lanes; [`Portable`], the same interface in words of 64 bits for
//! CPUs without AVX-512 IFMA. Which one is used is decided when bases are prepared.

#![deny(unsafe_code)]

mod curve;
mod field;
mod goldilocks;
mod lanes;
mod machine;
mod msm;
mod ntt;

pub use curve::{BaseField, Curve};
pub use field::{LaneField, Portable, Prime, PrimeWords, Quadratic, QuadraticWords, WordField};
pub use goldilocks::{Goldilocks, GoldilocksConfig};
#[cfg(target_arch = "x86_64")]
pub use lanes::Avx512;
pub use lanes::{Kernel, Simd, Twin, LIMB_BITS, LIMB_MASK};
pub use msm::PreparedBases;
pub use ntt::{Ntt, NttError, NttField, NttLanes, PortableField, Transform, MAX_LOG_SIZE};
