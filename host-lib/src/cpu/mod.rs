//! The CPU backend: the reference that devices are compared with, and what policies fall back to.
//!
//! Jobs run one after another on a thread of the backend's own, each spread over all cores. A job
//! whose waiter gave up is dropped if it has not begun; one that has begun runs to its end, and its
//! result is thrown away.

mod compute;
mod queue;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use crate::{
    check, Backend, BackendInfo, Bases, BasesId, BasesOptions, Curve, Error, Field, Group, Health,
    Job, Outcome, Result, Ticket,
};
use compute::Prepared;
use queue::{Queue, Work};

/// Largest MSM that the CPU backend takes, in points.
const MAX_POINTS: usize = 1 << 26;

/// Log2 of the largest NTT that the CPU backend takes: 8 GiB of 32-byte elements, and as much again in a file
/// that they come from. Some fields would have room for 2^47.
const MAX_NTT_LOG_SIZE: u32 = 28;

/// MSMs and NTTs on all cores of the host.
///
/// Bases are kept as sums read them and nothing else of them: for each base, 128 bytes in BN254 G1,
/// 256 in BN254 G2 and BLS12-381 G1, 384 in BLS12-381 G2; those of BLS12-377 are shared with the caller.
pub struct CpuBackend {
    tables: u32,
    bases: RwLock<HashMap<BasesId, Arc<Prepared>>>,
    transforms: Arc<compute::Transforms>,
    queue: Queue,
}

impl CpuBackend {
    /// A backend without bases. Its thread starts with the first job and ends with the backend.
    pub fn new() -> Self {
        CpuBackend::with_tables(1)
    }

    /// The same, keeping up to so many times as much of bases: multiples of them, made when they are loaded, that
    /// make sums shorter ([`vegalith_cpu::PreparedBases::with_tables`]). For proving keys that stay loaded.
    pub fn with_tables(tables: u32) -> Self {
        CpuBackend {
            tables,
            bases: RwLock::default(),
            transforms: Arc::default(),
            queue: Queue::new(),
        }
    }
}

impl Default for CpuBackend {
    fn default() -> Self {
        CpuBackend::new()
    }
}

impl Backend for CpuBackend {
    fn info(&self) -> BackendInfo {
        BackendInfo {
            name: "cpu".into(),
            presets: Vec::new(),
            msm: vec![
                (Curve::Bn254, Group::G1, MAX_POINTS),
                (Curve::Bn254, Group::G2, MAX_POINTS),
                (Curve::Bls12_381, Group::G1, MAX_POINTS),
                (Curve::Bls12_381, Group::G2, MAX_POINTS),
                (Curve::Bls12_377, Group::G1, MAX_POINTS),
            ],
            ntt: [
                Field::Bn254Fr,
                Field::Bls12_381Fr,
                Field::Bls12_377Fr,
                Field::Goldilocks,
            ]
            .map(|field| (field, max_ntt_log_size(field)))
            .to_vec(),
            memory_bytes: None,
            clock_mhz: None,
        }
    }

    fn health(&self) -> Health {
        Health::Ready
    }

    fn load_bases(&self, bases: &Bases, options: BasesOptions) -> Result<BasesId> {
        if bases.len() > MAX_POINTS {
            return Err(Error::Unsupported {
                backend: "cpu".into(),
                what: format!("{} bases; at most {MAX_POINTS}", bases.len()),
            });
        }
        bases.check(options)?;
        let id = bases.id();
        let known = self.bases.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains_key(&id) {
            return Ok(id);
        }
        // Not under the lock: jobs with other bases go on meanwhile.
        drop(known);
        let prepared = Arc::new(Prepared::new(bases, self.tables));
        let mut known = self.bases.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(id).or_insert(prepared);
        Ok(id)
    }

    fn submit(&self, job: Job, deadline: Instant) -> Result<Ticket> {
        let work: Work = match job {
            Job::Msm { bases, scalars } => {
                let known = self.bases.read().unwrap_or_else(PoisonError::into_inner);
                let bases = check::msm(&known, bases, &scalars, |b| (b.curve, b.len))?;
                Box::new(move || compute::msm(&bases, &scalars))
            }
            Job::Ntt { input, options } => {
                check_ntt(input.field(), input.len())?;
                let transforms = Arc::clone(&self.transforms);
                Box::new(move || transforms.ntt(&input, options))
            }
        };
        self.queue.push(work, deadline)
    }

    fn wait(&self, ticket: Ticket) -> Result<Outcome> {
        self.queue.wait(ticket)
    }

    fn cancel(&self, ticket: Ticket) {
        self.queue.cancel(ticket);
    }
}

fn max_ntt_log_size(field: Field) -> u32 {
    field.two_adicity().min(MAX_NTT_LOG_SIZE)
}

fn check_ntt(field: Field, n: usize) -> Result<()> {
    let log_size = check::ntt_log_size(n)?;
    check::ntt_fits("cpu", field, log_size, max_ntt_log_size(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transforms_beyond_what_is_offered_are_refused_by_size() {
        for (field, max) in CpuBackend::new().info().ntt {
            assert!(max <= 28 && max <= field.two_adicity(), "{field}: {max}");
            assert!(check_ntt(field, 1 << max).is_ok());
            assert!(matches!(
                check_ntt(field, 1 << (max + 1)),
                Err(Error::Unsupported { .. })
            ));
            assert!(matches!(
                check_ntt(field, (1 << max) + 1),
                Err(Error::InvalidInput(_))
            ));
        }
    }
}
