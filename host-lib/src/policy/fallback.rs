//! The device first, the reference when it fails: an answer in any case, and never silently.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::describe;
use crate::{
    Backend, BackendInfo, Bases, BasesId, BasesOptions, Error, Health, Job, Outcome, Result, Ticket,
};

/// A request that the device failed and the reference takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FallbackEvent {
    /// Name of the device.
    pub device: String,
    /// What was asked for.
    pub request: String,
    /// How the device failed.
    pub error: Error,
}

impl std::fmt::Display for FallbackEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let FallbackEvent {
            device,
            request,
            error,
        } = self;
        write!(f, "{device} failed ({error}); falling back for {request}")
    }
}

type Listener = Box<dyn Fn(&FallbackEvent) + Send + Sync>;

/// Asks the device; when it fails for any reason but malformed input, tells the listener and asks
/// the reference. The outcome carries the device's error in [`Outcome::fallback`].
///
/// The device gets half of the time to a job's deadline, so that the reference has the other half.
/// Bases are loaded into both. [`Backend::info`] is that of the device.
pub struct Fallback {
    device: Arc<dyn Backend>,
    reference: Arc<dyn Backend>,
    listener: Listener,
    jobs: Mutex<HashMap<Ticket, Pending>>,
    next_ticket: AtomicU64,
}

struct Pending {
    at: At,
    job: Job,
    deadline: Instant,
}

enum At {
    Device(Ticket),
    /// The device refused the job with this error.
    Reference(Ticket, Error),
}

impl Fallback {
    /// `listener` is called on the thread that makes the request.
    pub fn new(
        device: Arc<dyn Backend>,
        reference: Arc<dyn Backend>,
        listener: impl Fn(&FallbackEvent) + Send + Sync + 'static,
    ) -> Self {
        Fallback {
            device,
            reference,
            listener: Box::new(listener),
            jobs: Mutex::default(),
            next_ticket: AtomicU64::new(0),
        }
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<Ticket, Pending>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report(&self, request: String, error: &Error) {
        (self.listener)(&FallbackEvent {
            device: self.device.info().name,
            request,
            error: error.clone(),
        });
    }
}

impl Backend for Fallback {
    fn info(&self) -> BackendInfo {
        self.device.info()
    }

    /// Of the reference: as long as it answers, so does this.
    fn health(&self) -> Health {
        self.reference.health()
    }

    fn load_bases(&self, bases: &Bases, options: BasesOptions) -> Result<BasesId> {
        let id = self.reference.load_bases(bases, options)?;
        // The reference has checked them.
        if let Err(error) = self
            .device
            .load_bases(bases, BasesOptions { trusted: true })
        {
            self.report(
                format!("{} bases of {}", bases.len(), bases.curve()),
                &error,
            );
        }
        Ok(id)
    }

    fn submit(&self, job: Job, deadline: Instant) -> Result<Ticket> {
        let now = Instant::now();
        let half = now + deadline.saturating_duration_since(now) / 2;
        let at = match self.device.submit(job.clone(), half) {
            Ok(ticket) => At::Device(ticket),
            Err(error @ Error::InvalidInput(_)) => return Err(error),
            Err(error) => {
                self.report(describe(&job), &error);
                At::Reference(self.reference.submit(job.clone(), deadline)?, error)
            }
        };
        let ticket = Ticket(self.next_ticket.fetch_add(1, Ordering::Relaxed));
        self.jobs().insert(ticket, Pending { at, job, deadline });
        Ok(ticket)
    }

    fn wait(&self, ticket: Ticket) -> Result<Outcome> {
        let Pending { at, job, deadline } =
            self.jobs().remove(&ticket).ok_or_else(|| Error::Unknown {
                kind: "ticket",
                id: ticket.0.to_string(),
            })?;
        let (outcome, error) = match at {
            At::Reference(ticket, error) => (self.reference.wait(ticket)?, error),
            At::Device(ticket) => match self.device.wait(ticket) {
                Ok(outcome) => return Ok(outcome),
                Err(error @ Error::InvalidInput(_)) => return Err(error),
                Err(error) => {
                    self.report(describe(&job), &error);
                    (self.reference.run(job, deadline)?, error)
                }
            },
        };
        Ok(Outcome {
            fallback: Some(error),
            ..outcome
        })
    }

    fn cancel(&self, ticket: Ticket) {
        match self.jobs().remove(&ticket).map(|pending| pending.at) {
            Some(At::Device(ticket)) => self.device.cancel(ticket),
            Some(At::Reference(ticket, _)) => self.reference.cancel(ticket),
            None => {}
        }
    }
}
