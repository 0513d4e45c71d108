//! The objects of the runtime, and what is done with them. Lives on one thread (see `watchdog`).

use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

use opencl3::error_codes::ClError;
use opencl3::event::Event;
use opencl3::kernel::set_kernel_arg;
use opencl3::memory::{Buffer, ClMem, CL_MEM_READ_WRITE};
use opencl3::types::{cl_event, cl_mem, CL_NON_BLOCKING};
use vegalith_abi::registers;

use super::event::{await_event, LONGEST_NAP};
use super::failure::{failed, Step};
use super::opening::{self, Objects, Opened, Plan};
use super::port::Port;
use super::straggler::{self, Running};
use crate::{Error, Result};

/// An argument of the next job.
#[derive(Clone, Debug)]
pub(super) enum Passed {
    Value(Vec<u8>),
    Buffer { address: u64, bytes: u64 },
}

pub(super) struct Session {
    /// Taken away when it is dropped, and then perhaps not released.
    objects: ManuallyDrop<Objects>,
    running: Option<Running>,
    /// Set when a copy never ended.
    stuck: bool,
    plan: Plan,
}

impl Session {
    pub(super) fn open(plan: Plan) -> Result<(Self, Opened)> {
        let (objects, opened) = opening::open(&plan)?;
        let session = Session {
            objects: ManuallyDrop::new(objects),
            running: None,
            stuck: false,
            plan,
        };
        Ok((session, opened))
    }

    fn fail(&self, step: Step) -> impl Fn(ClError) -> Error + '_ {
        move |error| failed(&self.plan.name, step, error)
    }

    fn link_down(&self, reason: String) -> Error {
        Error::LinkDown {
            device: self.plan.name.clone(),
            reason,
        }
    }

    /// # Errors
    /// [`Error::LinkDown`] while the device has something under way that was given up.
    fn check_free(&mut self) -> Result<()> {
        if self.stuck {
            return Err(self.link_down("a copy has never ended; reset the card".to_owned()));
        }
        match self.poll() {
            // A failed job is over, too.
            Ok(true) | Err(_) => Ok(()),
            Ok(false) => {
                let running = self.running.as_ref();
                let since = running.map(|running| running.since.elapsed());
                Err(self.link_down(format!(
                    "a job started {:.1?} ago is still running, which OpenCL cannot stop; wait \
                     for its end, or end this process and reset the card (`xbutil reset`)",
                    since.unwrap_or_default()
                )))
            }
        }
    }

    /// Whether no job is running (any more).
    ///
    /// # Errors
    /// [`Error::Fault`] if the job has just failed.
    fn poll(&mut self) -> Result<bool> {
        self.wait_job(Instant::now())
    }

    /// Waits for the end of the job; false if `until` passes first.
    ///
    /// # Errors
    /// [`Error::Fault`] if it failed.
    pub(super) fn wait_job(&mut self, until: Instant) -> Result<bool> {
        let Some(running) = &self.running else {
            return Ok(true);
        };
        let outcome = await_event(&running.event, until);
        if !matches!(outcome, Ok(false)) {
            // It has ended, one way or another.
            self.running = None;
        }
        outcome.map_err(self.fail(Step::Job))
    }

    /// Starts a job.
    pub(super) fn start(&mut self, arguments: &[Passed]) -> Result<()> {
        self.check_free()?;
        let mut parts: Vec<(u64, u64, Buffer<u8>)> = Vec::new();
        for passed in arguments {
            if let &Passed::Buffer { address, bytes } = passed {
                if !parts.iter().any(|(a, b, _)| (*a, *b) == (address, bytes)) {
                    // SAFETY: a plain region; the runtime checks that it lies in the arena.
                    let part = unsafe {
                        self.objects.arena.create_sub_buffer(
                            CL_MEM_READ_WRITE,
                            address as usize,
                            bytes as usize,
                        )
                    }
                    .map_err(self.fail(Step::Job))?;
                    parts.push((address, bytes, part));
                }
            }
        }
        for (index, passed) in arguments.iter().enumerate() {
            let part;
            let (bytes, pointer) = match passed {
                Passed::Value(value) => (value.len(), value.as_ptr().cast()),
                Passed::Buffer { address, bytes } => {
                    let mut found = parts.iter();
                    let found = found.find(|(a, b, _)| (a, b) == (address, bytes));
                    part = found.map_or(std::ptr::null_mut(), |(_, _, part)| part.get());
                    (size_of::<cl_mem>(), (&raw const part).cast())
                }
            };
            // SAFETY: `pointer` is valid for `bytes` bytes; the runtime copies them.
            unsafe { set_kernel_arg(self.objects.kernel.get(), index as u32, bytes, pointer) }
                .map_err(|code| failed(&self.plan.name, Step::Job, ClError(code)))?;
        }
        let handles: Vec<cl_mem> = parts.iter().map(|(_, _, part)| part.get()).collect();
        let resident = self
            .objects
            .make_resident(&handles)
            .map_err(self.fail(Step::Job))?;
        let before: Vec<cl_event> = resident.iter().map(Event::get).collect();
        let queue = &self.objects.queue;
        // SAFETY: one work item; all arguments have been set; the parts live until its end.
        let event = unsafe {
            queue.enqueue_nd_range_kernel(
                self.objects.kernel.get(),
                1,
                std::ptr::null(),
                [1].as_ptr(),
                [1].as_ptr(),
                &before,
            )
        }
        .map_err(self.fail(Step::Job))?;
        self.running = Some(Running {
            event,
            _parts: parts.into_iter().map(|(_, _, part)| part).collect(),
            since: Instant::now(),
        });
        self.objects.submit().map_err(self.fail(Step::Job))
    }

    /// Copies to device memory.
    pub(super) fn write(&mut self, address: u64, data: Vec<u8>, limit: Duration) -> Result<()> {
        self.check_free()?;
        let data = ManuallyDrop::new(data);
        let objects = &mut *self.objects;
        // SAFETY: `data` is leaked unless the copy ends.
        let event = unsafe {
            objects.queue.enqueue_write_buffer(
                &mut objects.arena,
                CL_NON_BLOCKING,
                address as usize,
                &data,
                &[],
            )
        };
        self.finish_copy(event, limit)?;
        drop(ManuallyDrop::into_inner(data));
        Ok(())
    }

    /// Copies from device memory.
    pub(super) fn read(&mut self, address: u64, bytes: usize, limit: Duration) -> Result<Vec<u8>> {
        self.check_free()?;
        let mut data = ManuallyDrop::new(vec![0; bytes]);
        // SAFETY: `data` is leaked unless the copy ends.
        let event = unsafe {
            self.objects.queue.enqueue_read_buffer(
                &self.objects.arena,
                CL_NON_BLOCKING,
                address as usize,
                &mut data,
                &[],
            )
        };
        self.finish_copy(event, limit)?;
        Ok(ManuallyDrop::into_inner(data))
    }

    fn finish_copy(
        &mut self,
        event: std::result::Result<Event, ClError>,
        limit: Duration,
    ) -> Result<()> {
        let event = event.map_err(self.fail(Step::Copy))?;
        let submitted = self.objects.submit();
        submitted.map_err(self.fail(Step::Copy))?;
        let until = Instant::now() + limit;
        match await_event(&event, until).map_err(self.fail(Step::Copy))? {
            true => Ok(()),
            false => {
                self.stuck = true;
                std::mem::forget(event);
                Err(self.link_down(format!("a copy has not ended after {limit:?}")))
            }
        }
    }

    /// A register of the card.
    pub(super) fn read_register(&mut self, offset: u32) -> Result<u32> {
        let value = match &self.objects.port {
            Some(port) => port.read(offset),
            None => Err("there is no register access".to_owned()),
        };
        value.map_err(|reason| self.link_down(reason))
    }

    /// Makes sure that nothing is under way, for at most `limit`. A kernel that is busy with what an
    /// earlier process left behind is reset.
    pub(super) fn reset(&mut self, limit: Duration) -> Result<()> {
        let until = Instant::now() + limit;
        // How the job ended is of no interest.
        let _ = self.wait_job(until);
        self.check_free()?;
        let Some(port) = &self.objects.port else {
            return Ok(());
        };
        let outcome = idle_port(port, until);
        outcome.map_err(|reason| self.link_down(reason))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let over = matches!(self.poll(), Ok(true) | Err(_));
        // SAFETY: the field is not used after this.
        let objects = unsafe { ManuallyDrop::take(&mut self.objects) };
        match self.running.take() {
            _ if self.stuck => straggler::keep(self.plan.key(), objects, None),
            running if !over => straggler::keep(self.plan.key(), objects, running),
            _ => drop(objects),
        }
    }
}

fn idle_port(port: &Port, until: Instant) -> std::result::Result<(), String> {
    let is_idle = |control: u32| control != u32::MAX && control & registers::CONTROL_IDLE != 0;
    if is_idle(port.read(registers::CONTROL)?) {
        return Ok(());
    }
    port.write(registers::CONTROL, registers::CONTROL_RESET)?;
    loop {
        let control = port.read(registers::CONTROL)?;
        if is_idle(control) {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(format!(
                "its control register is {control:#x} after a reset"
            ));
        }
        std::thread::sleep(LONGEST_NAP);
    }
}
