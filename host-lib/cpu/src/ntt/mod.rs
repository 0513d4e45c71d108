//! Number-theoretic transforms of 2^k elements, natural order in and out.
//!
//! ```text
//! values ──► [columns]  R-point transforms, eight columns in the lanes   256 bytes of each row at a time
//!               │ × ω_N^(row·column), scale, coset
//!               ▼
//!             tiles     eight rows of a column side by side              256 bytes each, in order
//!               ▼
//!            [rows]     C-point transforms, eight rows in the lanes
//!               ▼
//! values ◄── canonical                                                   256 bytes of each row at a time
//! ```
//!
//! N = R·C, R about √N (D. H. Bailey, "FFTs in external or hierarchical memory", 1990), so that a pass works in
//! the second-level cache (320·R bytes) and memory is read and written twice. No butterfly is inside a
//! vector, so every root is the same for all lanes; only the factors between the passes are not.
//!
//! Operations of the fields of 254 and 255 bits, in `vpmadd52` for eight elements: a product by a root 60
//! (`prime`), by a factor between the passes 100, a reduction 11. Each pass saves the products where the root is
//! 1 (`butterflies`), so N = 2^16 has 6.0 products by roots an element, one by a factor and 1.6 reductions:
//! 478 `vpmadd52`, or 60 cycles an element where one is started a cycle; N = 2^18 has 546 (68 cycles),
//! N = 2^20 598 (75 cycles). A radix-2 transform of Montgomery products has 100·k/2: 800, 900, 1000.
//!
//! Elements keep the Montgomery form of arkworks throughout, as every product is by a prepared factor. An
//! inverse reads x[−n mod N] and uses the same roots; 1/N and powers of g are in the factors, in a shift of the
//! columns (forward on a coset) or in one more product by a constant at the end (inverse on a coset).

mod butterflies;
mod lanes;
mod passes;
mod portable;
mod prime;
mod small;
mod tables;

use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

#[cfg(target_arch = "x86_64")]
use crate::lanes::Avx512;
use crate::machine::huge_pages;
pub use lanes::{NttField, NttLanes};
use passes::Tile;
pub use portable::PortableField;
use portable::PortableNtt;
use small::Small;
use tables::{Shape, Tables};

/// Log2 of the largest transform.
pub const MAX_LOG_SIZE: u32 = 28;
/// Log2 of the smallest transform that two passes do: eight rows and columns.
const MIN_LOG_SIZE: u32 = 6;
/// Log2 of the largest transform that keeps its factors between the passes, an element's worth of memory
/// each, and the memory for values there; larger ones make both again every time, at one product a factor.
const MAX_LOG_KEPT: u32 = 20;

/// Direction and domain of a transform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transform {
    /// From evaluations to coefficients, scaled by 1/N.
    pub inverse: bool,
    /// Over the coset g·⟨ω⟩.
    pub coset: bool,
}

/// Why there is no transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NttError {
    /// No transforms of this size.
    #[error("no transform of 2^{log_size} elements; at most 2^{max}")]
    Size {
        /// What was asked for.
        log_size: u32,
        /// The largest, by the two-adicity of the field and [`MAX_LOG_SIZE`].
        max: u32,
    },
    /// Values that are not whole transforms.
    #[error("{found} values are no multiple of {size}")]
    Length {
        /// Elements of a transform.
        size: usize,
        /// Values that were given.
        found: usize,
    },
}

/// Transforms of one size.
pub struct Ntt<F: NttField>(Form<F>);

enum Form<F: NttField> {
    Small(Small<F>),
    #[cfg(target_arch = "x86_64")]
    Avx512(Plan<F::Lanes<Avx512>>),
    Portable(Plan<PortableNtt<F>>),
}

impl<F: NttField> Ntt<F> {
    /// Transforms of 2^log_size elements on this CPU.
    pub fn new(log_size: u32) -> Result<Self, NttError> {
        #[cfg(target_arch = "x86_64")]
        if let (Some(s), MIN_LOG_SIZE..=MAX_LOG_SIZE) = (Avx512::detect(), log_size) {
            check_size::<F>(log_size)?;
            return Ok(Ntt(Form::Avx512(Plan::new(F::ntt_lanes(s), log_size))));
        }
        Self::portable(log_size)
    }

    /// Transforms of 2^log_size elements on any CPU.
    pub fn portable(log_size: u32) -> Result<Self, NttError> {
        check_size::<F>(log_size)?;
        Ok(Ntt(if log_size < MIN_LOG_SIZE {
            Form::Small(Small::new(log_size))
        } else {
            Form::Portable(Plan::new(PortableNtt::new(), log_size))
        }))
    }

    /// Elements of a transform.
    pub fn size(&self) -> usize {
        1 << match &self.0 {
            Form::Small(small) => small.log_size(),
            #[cfg(target_arch = "x86_64")]
            Form::Avx512(plan) => plan.log_size,
            Form::Portable(plan) => plan.log_size,
        }
    }

    /// The same values transformed, as [`Self::transform`].
    pub fn transformed(&self, values: &[F], kind: Transform) -> Result<Vec<F>, NttError> {
        rayon::scope(|_| {
            let mut values = huge_pages::copied(values);
            self.transform(&mut values, kind)?;
            Ok(values)
        })
    }

    /// Transforms values in place, on the threads of the current rayon pool. They are one transform or
    /// several, one after another.
    pub fn transform(&self, values: &mut [F], kind: Transform) -> Result<(), NttError> {
        let (size, found) = (self.size(), values.len());
        if found % size != 0 {
            return Err(NttError::Length { size, found });
        }
        // Threads are worth their while from a thousand elements on.
        values
            .par_chunks_exact_mut(size)
            .with_min_len(1024 / size.min(1024))
            .for_each(|values| match &self.0 {
                Form::Small(small) => small.transform(values, kind),
                #[cfg(target_arch = "x86_64")]
                Form::Avx512(plan) => plan.transform(values, kind),
                Form::Portable(plan) => plan.transform(values, kind),
            });
        Ok(())
    }
}

fn check_size<F: NttField>(log_size: u32) -> Result<(), NttError> {
    let max = F::TWO_ADICITY.min(MAX_LOG_SIZE);
    if log_size > max {
        return Err(NttError::Size { log_size, max });
    }
    Ok(())
}

/// Tables of each kind as they were first needed, and memory between the passes.
struct Plan<L: NttLanes> {
    f: L,
    log_size: u32,
    /// Whether memory is kept between transforms.
    keeps: bool,
    tables: [OnceLock<Tables<L>>; 4],
    spare: Mutex<Vec<Vec<Tile<L>>>>,
}

impl<L: NttLanes<Element: NttField>> Plan<L> {
    fn new(f: L, log_size: u32) -> Self {
        Plan {
            f,
            log_size,
            keeps: log_size <= MAX_LOG_KEPT,
            tables: [const { OnceLock::new() }; 4],
            spare: Mutex::default(),
        }
    }

    /// Not made while the lock is held: making them waits for the pool's threads, which may take up another
    /// transform meanwhile and then wait for the lock.
    fn tables(&self, index: usize, shape: Shape, kind: Transform) -> &Tables<L> {
        self.tables[index].get().unwrap_or_else(|| {
            let made = Tables::new(self.f, shape, kind, self.keeps);
            // Another thread may have been sooner.
            self.tables[index].get_or_init(|| made)
        })
    }

    /// Transforms 2^log_size values.
    fn transform(&self, values: &mut [L::Element], kind: Transform) {
        let shape = Shape::new(self.log_size);
        let index = usize::from(kind.inverse) + 2 * usize::from(kind.coset);
        let tables = self.tables(index, shape, kind);
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let reused = spare().pop();
        let new = || huge_pages::filled([L::STORED_ZERO; 8], values.len() / 8);
        let mut tiles = reused.unwrap_or_else(new);
        passes::columns(self.f, shape, tables, values, kind.inverse, &mut tiles);
        passes::rows(self.f, shape, tables, &tiles, values);
        if self.keeps {
            spare().push(tiles);
        }
    }
}

#[cfg(test)]
mod tests;
