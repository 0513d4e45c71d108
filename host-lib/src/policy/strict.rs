use std::sync::Arc;
use std::time::Instant;

use crate::{
    Backend, BackendInfo, Bases, BasesId, BasesOptions, Health, Job, Outcome, Result, Ticket,
};

/// The device's answer or its error, nothing else: no retry, no other backend. An outcome that
/// admits to a fall-back inside the wrapped backend is refused as well.
pub struct Strict {
    device: Arc<dyn Backend>,
}

impl Strict {
    /// Insists on `device`.
    pub fn new(device: Arc<dyn Backend>) -> Self {
        Strict { device }
    }
}

impl Backend for Strict {
    fn info(&self) -> BackendInfo {
        self.device.info()
    }

    fn health(&self) -> Health {
        self.device.health()
    }

    fn load_bases(&self, bases: &Bases, options: BasesOptions) -> Result<BasesId> {
        self.device.load_bases(bases, options)
    }

    fn submit(&self, job: Job, deadline: Instant) -> Result<Ticket> {
        self.device.submit(job, deadline)
    }

    fn wait(&self, ticket: Ticket) -> Result<Outcome> {
        let outcome = self.device.wait(ticket)?;
        match outcome.fallback {
            Some(error) => Err(error),
            None => Ok(outcome),
        }
    }

    fn cancel(&self, ticket: Ticket) {
        self.device.cancel(ticket);
    }
}
