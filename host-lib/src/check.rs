//! What every backend refuses before it takes a job.

use std::collections::HashMap;

use crate::{Bases, BasesId, Error, Field, Result, Scalars};

/// The bases of an MSM, if they are known and there are one to as many scalars of their curve.
pub(crate) fn msm(
    known: &HashMap<BasesId, Bases>,
    id: BasesId,
    scalars: &Scalars,
) -> Result<Bases> {
    let bases = known.get(&id).cloned().ok_or_else(|| Error::Unknown {
        kind: "bases",
        id: format!("{id:?}"),
    })?;
    if scalars.is_empty() {
        return Err(Error::InvalidInput("scalars: there are none".into()));
    }
    if scalars.curve() != bases.curve() {
        return Err(Error::InvalidInput(format!(
            "scalars are of {}, bases of {}",
            scalars.curve(),
            bases.curve()
        )));
    }
    if scalars.len() > bases.len() {
        return Err(Error::InvalidInput(format!(
            "{} scalars for {} bases",
            scalars.len(),
            bases.len()
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
