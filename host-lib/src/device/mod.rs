//! The device backend: kernels behind the driver as one [`Backend`].
//!
//! There is one kernel for each curve's MSM and each field's NTT. A thread owns each, so that jobs
//! for different kernels run at the same time and jobs for one in the order of their submission.
//! Bases are kept on the host by digest and uploaded ahead of their first job; when device memory
//! is short the least recently used give way and come back with their next job.

mod error;
mod fold;
mod hardware;
mod kernel;
mod layout;
#[cfg(feature = "pcie")]
mod pcie;
mod resident;
#[cfg(feature = "serial")]
mod serial;
#[cfg(feature = "sim")]
mod sim;
mod worker;
#[cfg(feature = "xrt")]
mod xrt;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use vegalith_driver::{Device, Expectation, Transport};

use crate::{
    check, Backend, BackendInfo, Bases, BasesId, BasesOptions, Curve, Error, Field, Group, Health,
    Job, Outcome, Result, Ticket,
};
use kernel::{Kernel, Offer, Task};
use worker::{Pending, Worker};

pub use hardware::HardwareOptions;
#[cfg(feature = "sim")]
pub use sim::SimSelection;

/// A kernel to be opened.
pub struct KernelSource {
    /// Name of its preset.
    pub preset: String,
    /// How it is reached.
    pub transport: Box<dyn Transport>,
    /// What it is held to.
    pub expected: Expectation,
}

/// MSMs and NTTs by kernels behind the driver.
pub struct DeviceBackend {
    name: String,
    kernels: Vec<Slot>,
    info: BackendInfo,
    bases: RwLock<HashMap<BasesId, Bases>>,
    tickets: Mutex<HashMap<Ticket, Entry>>,
    next_ticket: AtomicU64,
}

struct Slot {
    offer: Offer,
    worker: Worker,
}

struct Entry {
    /// Taken by the one who waits.
    pending: Option<Pending>,
    cancel: Arc<AtomicBool>,
}

impl DeviceBackend {
    /// Opens kernels under the name that [`BackendInfo`] and errors carry. Of several for the same
    /// curve or field the first is used.
    ///
    /// # Errors
    /// [`Error::ImageMismatch`] and [`Error::AbiMismatch`] for a kernel that is not as expected.
    pub fn open(name: &str, sources: Vec<KernelSource>) -> Result<Self> {
        let opened = sources.into_iter().map(|source| {
            let device = Device::open(source.transport, &source.expected)
                .map_err(|e| error::from_driver(e, name))?;
            Ok((source.preset, device))
        });
        Self::with_devices(name, opened, None)
    }

    /// The same with kernels that have passed their checks, opened one after the other.
    fn with_devices(
        name: &str,
        opened: impl IntoIterator<Item = Result<(String, Device)>>,
        clock_mhz: Option<u32>,
    ) -> Result<Self> {
        let mut kernels: Vec<Slot> = Vec::new();
        let mut info = BackendInfo {
            name: name.to_owned(),
            presets: Vec::new(),
            msm: Vec::new(),
            ntt: Vec::new(),
            memory_bytes: Some(0),
            clock_mhz,
        };
        for device in opened {
            let (preset, device) = device?;
            let kernel = Kernel::new(device);
            let offer = kernel.offer();
            if kernels.iter().any(|slot| slot.offer.is_like(&offer)) {
                continue;
            }
            let digest = kernel.device().identity().preset_digest;
            info.presets.push((preset, digest.to_string()));
            let memory = kernel.device().memory_bytes();
            info.memory_bytes = info.memory_bytes.map(|total| total + memory);
            match offer {
                Offer::Msm { curve, max_points } => info.msm.push((curve, Group::G1, max_points)),
                Offer::Ntt {
                    field,
                    max_log_size,
                } => info.ntt.push((field, max_log_size)),
            }
            let worker = Worker::start(kernel)?;
            kernels.push(Slot { offer, worker });
        }
        Ok(DeviceBackend {
            name: name.to_owned(),
            kernels,
            info,
            bases: RwLock::default(),
            tickets: Mutex::default(),
            next_ticket: AtomicU64::new(0),
        })
    }

    fn unsupported(&self, what: String) -> Error {
        Error::Unsupported {
            backend: self.name.clone(),
            what,
        }
    }

    /// The kernel for a curve, and the largest MSM there.
    fn msm_kernel(&self, curve: Curve, group: Group) -> Result<(&Worker, usize)> {
        self.kernels
            .iter()
            .find_map(|slot| match slot.offer {
                Offer::Msm {
                    curve: offered,
                    max_points,
                } if offered == curve && group == Group::G1 => Some((&slot.worker, max_points)),
                _ => None,
            })
            .ok_or_else(|| self.unsupported(format!("MSM in {curve} {group}")))
    }

    /// The kernel for a field, and log2 of the largest transform there.
    fn ntt_kernel(&self, field: Field) -> Result<(&Worker, u32)> {
        self.kernels
            .iter()
            .find_map(|slot| match slot.offer {
                Offer::Ntt {
                    field: offered,
                    max_log_size,
                } if offered == field => Some((&slot.worker, max_log_size)),
                _ => None,
            })
            .ok_or_else(|| self.unsupported(format!("NTT over {field}")))
    }

    fn start(&self, job: Job, deadline: Instant) -> Result<Pending> {
        match job {
            Job::Msm { bases: id, scalars } => {
                let known = self.bases.read().unwrap_or_else(PoisonError::into_inner);
                let bases = check::msm(&known, id, &scalars, |b| (b.curve(), b.len()))?;
                drop(known);
                let (worker, _) = self.msm_kernel(bases.curve(), bases.group())?;
                worker.submit(Task::Msm { id, bases, scalars }, deadline)
            }
            Job::Ntt { input, options } => {
                let log_size = check::ntt_log_size(input.len())?;
                let (worker, largest) = self.ntt_kernel(input.field())?;
                check::ntt_fits(&self.name, input.field(), log_size, largest)?;
                worker.submit(Task::Ntt { input, options }, deadline)
            }
        }
    }

    fn tickets(&self) -> MutexGuard<'_, HashMap<Ticket, Entry>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unknown(ticket: Ticket) -> Error {
    Error::Unknown {
        kind: "ticket",
        id: ticket.0.to_string(),
    }
}

impl Backend for DeviceBackend {
    fn info(&self) -> BackendInfo {
        self.info.clone()
    }

    fn health(&self) -> Health {
        self.kernels
            .iter()
            .map(|slot| slot.worker.health())
            .find(|health| *health != Health::Ready)
            .unwrap_or(Health::Ready)
    }

    fn load_bases(&self, bases: &Bases, options: BasesOptions) -> Result<BasesId> {
        let (worker, max_points) = self.msm_kernel(bases.curve(), bases.group())?;
        if bases.len() > max_points {
            return Err(self.unsupported(format!(
                "{} bases; at most {max_points} fit the device's memory",
                bases.len()
            )));
        }
        bases.check(options)?;
        let id = bases.id();
        let mut known = self.bases.write().unwrap_or_else(PoisonError::into_inner);
        if known.insert(id, bases.clone()).is_none() {
            worker.hint(Task::Preload {
                id,
                bases: bases.clone(),
            })?;
        }
        Ok(id)
    }

    fn submit(&self, job: Job, deadline: Instant) -> Result<Ticket> {
        let pending = self.start(job, deadline)?;
        let ticket = Ticket(self.next_ticket.fetch_add(1, Ordering::Relaxed));
        let entry = Entry {
            cancel: pending.cancel_flag(),
            pending: Some(pending),
        };
        self.tickets().insert(ticket, entry);
        Ok(ticket)
    }

    fn wait(&self, ticket: Ticket) -> Result<Outcome> {
        let pending = self
            .tickets()
            .get_mut(&ticket)
            .and_then(|entry| entry.pending.take())
            .ok_or_else(|| unknown(ticket))?;
        let outcome = pending.wait(&format!("job {} of {}", ticket.0, self.name));
        if self.tickets().remove(&ticket).is_none() {
            // Cancelled in the meantime.
            return Err(unknown(ticket));
        }
        outcome
    }

    fn cancel(&self, ticket: Ticket) {
        if let Some(entry) = self.tickets().remove(&ticket) {
            entry.cancel.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for DeviceBackend {
    fn drop(&mut self) {
        for entry in self.tickets().values() {
            entry.cancel.store(true, Ordering::Relaxed);
        }
    }
}
