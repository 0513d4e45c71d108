//! What every backend refuses before it takes a job.

use std::collections::HashMap;

use crate::{BasesId, Curve, Error, Field, Result, Scalars};

/// The bases of an MSM as a backend keeps them, if they are known and there are one to as many scalars
/// of their curve. `shape` says of which curve bases are and how many.
pub(crate) fn msm<B: Clone>(
    known: &HashMap<BasesId, B>,
    id: BasesId,
    scalars: &Scalars,
    shape: impl FnOnce(&B) -> (Curve, usize),
) -> Result<B> {
    let bases = known.get(&id).cloned().ok_or_else(|| Error::Unknown {
        kind: "bases",
        id: format!("{id:?}"),
    })?;
    if scalars.is_empty() {
        return Err(Error::InvalidInput("scalars: there are none".into()));
    }
    let (curve, num_bases) = shape(&bases);
    if scalars.curve() != curve {
        return Err(Error::InvalidInput(format!(
            "scalars are of {}, bases of {curve}",
            scalars.curve()
        )));
    }
    if scalars.len() > num_bases {
        return Err(Error::InvalidInput(format!(
            "{} scalars for {num_bases} bases",
            scalars.len()
        )));
    }
    Ok(bases)
}

/// log2 of a transform's size.
pub(crate) fn ntt_log_size(n: usize) -> Result<u32> {
    if n.is_power_of_two() {
        Ok(n.ilog2())
    } else {
        Err(Error::InvalidInput(format!(
            "a transform of {n} elements: not a power of two"
        )))
    }
}

/// Whether a backend offers transforms of this size.
pub(crate) fn ntt_fits(backend: &str, field: Field, log_size: u32, largest: u32) -> Result<()> {
    if log_size <= largest {
        Ok(())
    } else {
        Err(Error::Unsupported {
            backend: backend.to_owned(),
            what: format!("a transform of 2^{log_size} elements of {field}; at most 2^{largest}"),
        })
    }
}
