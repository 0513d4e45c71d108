//! Policies: backends made of backends, which decide what happens when a device fails or errs.

mod fallback;
mod shadow;
mod strict;

pub use fallback::{Fallback, FallbackEvent};
pub use shadow::Shadow;
pub use strict::Strict;

use crate::Job;

/// What a job is, for messages.
fn describe(job: &Job) -> String {
    match job {
        Job::Msm { scalars, .. } => {
            format!("msm of {} points of {}", scalars.len(), scalars.curve())
        }
        Job::Ntt { input, .. } => format!("ntt of {} elements of {}", input.len(), input.field()),
    }
}

#[cfg(test)]
mod tests;
