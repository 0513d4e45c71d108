//! The device's answers, a random part of them compared with a reference before they leave.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::describe;
use crate::{
    Backend, BackendInfo, Bases, BasesId, BasesOptions, Elements, Error, Health, Job, Outcome,
    Output, Result, Ticket,
};

/// Runs every job on the device and a random part of them on a reference too; answers that differ
/// become [`Error::WrongResult`]. Both work at the same time, each until the job's deadline.
pub struct Shadow {
    device: Arc<dyn Backend>,
    reference: Arc<dyn Backend>,
    rate: f64,
    state: Mutex<State>,
}

struct State {
    random: u64,
    next_ticket: u64,
    jobs: HashMap<Ticket, Pending>,
}

struct Pending {
    device: Ticket,
    reference: Option<Ticket>,
    request: String,
}

impl Shadow {
    /// Checks each job with probability `rate`; which ones is a function of `seed` and the order of
    /// submission.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if `rate` is not in 0..=1.
    pub fn new(
        device: Arc<dyn Backend>,
        reference: Arc<dyn Backend>,
        rate: f64,
        seed: u64,
    ) -> Result<Self> {
        if !(0.0..=1.0).contains(&rate) {
            return Err(Error::InvalidInput(format!(
                "a shadow rate of {rate}: not in 0..=1"
            )));
        }
        Ok(Shadow {
            device,
            reference,
            rate,
            state: Mutex::new(State {
                random: seed,
                next_ticket: 0,
                jobs: HashMap::new(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A number in 0..1 (SplitMix64, upper 53 bits).
    fn draw(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 11) as f64 / (1u64 << 53) as f64
    }
}

impl Backend for Shadow {
    fn info(&self) -> BackendInfo {
        self.device.info()
    }

    fn health(&self) -> Health {
        match self.device.health() {
            Health::Ready => self.reference.health(),
            failed => failed,
        }
    }

    fn load_bases(&self, bases: &Bases, options: BasesOptions) -> Result<BasesId> {
        let expected = self.reference.load_bases(bases, options)?;
        // The reference has checked them.
        let found = self
            .device
            .load_bases(bases, BasesOptions { trusted: true })?;
        if found != expected {
            return Err(Error::WrongResult {
                check: "digest of bases".into(),
                expected: format!("{expected:?}"),
                found: format!("{found:?}"),
            });
        }
        Ok(found)
    }

    fn submit(&self, job: Job, deadline: Instant) -> Result<Ticket> {
        let request = describe(&job);
        let checked = {
            let mut state = self.state();
            state.draw() < self.rate
        };
        let device = self.device.submit(job.clone(), deadline)?;
        let reference = if checked {
            match self.reference.submit(job, deadline) {
                Ok(ticket) => Some(ticket),
                Err(error) => {
                    self.device.cancel(device);
                    return Err(error);
                }
            }
        } else {
            None
        };
        let mut state = self.state();
        let ticket = Ticket(state.next_ticket);
        state.next_ticket += 1;
        let pending = Pending {
            device,
            reference,
            request,
        };
        state.jobs.insert(ticket, pending);
        Ok(ticket)
    }

    fn wait(&self, ticket: Ticket) -> Result<Outcome> {
        let pending = self.state().jobs.remove(&ticket);
        let Pending {
            device,
            reference,
            request,
        } = pending.ok_or_else(|| Error::Unknown {
            kind: "ticket",
            id: ticket.0.to_string(),
        })?;
        let outcome = match self.device.wait(device) {
            Ok(outcome) => outcome,
            Err(error) => {
                if let Some(reference) = reference {
                    self.reference.cancel(reference);
                }
                return Err(error);
            }
        };
        if let Some(reference) = reference {
            let expected = self.reference.wait(reference)?.output;
            if let Some((expected, found)) = difference(&expected, &outcome.output) {
                return Err(Error::WrongResult {
                    check: format!(
                        "{request} on {} against {}",
                        self.device.info().name,
                        self.reference.info().name
                    ),
                    expected,
                    found,
                });
            }
        }
        Ok(outcome)
    }

    fn cancel(&self, ticket: Ticket) {
        let pending = self.state().jobs.remove(&ticket);
        if let Some(Pending {
            device, reference, ..
        }) = pending
        {
            self.device.cancel(device);
            if let Some(reference) = reference {
                self.reference.cancel(reference);
            }
        }
    }
}

/// What is expected and what was found, where two outputs first differ.
fn difference(expected: &Output, found: &Output) -> Option<(String, String)> {
    if expected == found {
        return None;
    }
    let first = match (expected, found) {
        (Output::Elements(e), Output::Elements(f)) => match (e, f) {
            (Elements::Bn254Fr(e), Elements::Bn254Fr(f)) => first_difference(e, f),
            (Elements::Bls12_381Fr(e), Elements::Bls12_381Fr(f)) => first_difference(e, f),
            (Elements::Bls12_377Fr(e), Elements::Bls12_377Fr(f)) => first_difference(e, f),
            (Elements::Goldilocks(e), Elements::Goldilocks(f)) => first_difference(e, f),
            _ => None,
        },
        _ => None,
    };
    Some(first.unwrap_or_else(|| (format!("{expected:?}"), format!("{found:?}"))))
}

fn first_difference<F: ark_ff::Field>(expected: &[F], found: &[F]) -> Option<(String, String)> {
    if expected.len() != found.len() {
        return Some((
            format!("{} elements", expected.len()),
            format!("{} elements", found.len()),
        ));
    }
    let (index, (e, f)) = expected
        .iter()
        .zip(found)
        .enumerate()
        .find(|(_, (e, f))| e != f)?;
    Some((
        format!("element {index} = {e}"),
        format!("element {index} = {f}"),
    ))
}
