//! The objects of the runtime, and what is done with them. Lives on one thread (see `watchdog`).

use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

use opencl3::command_queue::{CommandQueue, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE};
use opencl3::context::Context;
use opencl3::device::Device as ClDevice;
use opencl3::error_codes::{ClError, CL_BUILD_PROGRAM_FAILURE};
use opencl3::event::Event;
use opencl3::kernel::{set_kernel_arg, Kernel};
use opencl3::memory::{Buffer, ClMem, CL_MEM_READ_WRITE, CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED};
use opencl3::program::Program as ClProgram;
use opencl3::types::{cl_event, cl_mem, CL_NON_BLOCKING};
use vegalith_abi::memory::ALIGNMENT_BYTES;
use vegalith_abi::registers;

use super::discovery::{self, OpenClDevice};
use super::failure::{failed, Step};
use super::image::{Program, Target, XrtImage};
use super::port::Port;
use crate::{Error, Result};

/// `CL_MEM_EXT_PTR_XILINX`: the host pointer of a buffer is a [`BankPointer`].
const CL_MEM_EXT_PTR_XILINX: u64 = 1 << 31;
/// `XCL_MEM_TOPOLOGY`: the other bits of the flags are an index in the image's topology.
const XCL_MEM_TOPOLOGY: u32 = 1 << 31;
/// Longest sleep between two looks at an event.
const LONGEST_NAP: Duration = Duration::from_millis(1);
/// First sleep; each further one is twice as long.
const FIRST_NAP: Duration = Duration::from_micros(20);

/// `cl_mem_ext_ptr_t`.
#[repr(C)]
struct BankPointer {
    flags: u32,
    object: *mut std::ffi::c_void,
    parameter: *mut std::ffi::c_void,
}

/// How a session is opened.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub name: String,
    pub index: usize,
    pub image: XrtImage,
    pub target: Target,
    pub memory_bytes: Option<u64>,
    pub needs_port: bool,
    pub copy_limit: Duration,
}

/// What became known when it was opened.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub memory_bytes: u64,
    pub device: OpenClDevice,
}

/// An argument of the next job.
#[derive(Clone, Debug)]
pub(super) enum Passed {
    Value(Vec<u8>),
    Buffer { address: u64, bytes: u64 },
}

struct Objects {
    arena: Buffer<u8>,
    kernel: Kernel,
    _program: ClProgram,
    queue: CommandQueue,
    _context: Context,
    port: Option<Port>,
}

struct Running {
    event: Event,
    // What the job reads and writes.
    _parts: Vec<Buffer<u8>>,
    since: Instant,
}

pub(super) struct Session {
    // Not released while the device may still use them: releasing waits, or pulls memory from
    // under a kernel.
    objects: ManuallyDrop<Objects>,
    running: Option<ManuallyDrop<Running>>,
    /// Set when a copy never ended.
    stuck: bool,
    is_xrt: bool,
    plan: Plan,
}

impl Session {
    pub(super) fn open(plan: Plan) -> Result<(Self, Opened)> {
        let name = plan.name.clone();
        let fail = |step: Step| {
            let name = name.clone();
            move |error: ClError| failed(&name, step, error)
        };
        let (device, found) = choose(&plan)?;
        let context = Context::from_device(&device).map_err(fail(Step::Context))?;
        // SAFETY: context and device belong together; properties are OpenCL 1.0's.
        // The call of OpenCL 1 and not that of 2: XRT implements 1.2.
        let queue = unsafe {
            #[allow(deprecated)]
            CommandQueue::create(
                &context,
                device.id(),
                CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE,
            )
        }
        .map_err(fail(Step::Context))?;
        let program = load(&plan, &context, &device, &found)?;
        let kernel = Kernel::create(&program, &plan.target.name).map_err(fail(Step::Kernel))?;
        let expected = plan.target.kernel.arguments.len();
        let num_args = kernel.num_args().map_err(fail(Step::Kernel))? as usize;
        if num_args != expected {
            return Err(Error::ImageMismatch {
                field: "number of arguments",
                expected: expected.to_string(),
                found: num_args.to_string(),
            });
        }
        let memory_bytes = arena_bytes(&plan, &device)?;
        let arena =
            create_arena(&context, plan.target.bank, memory_bytes).map_err(fail(Step::Memory))?;
        let port = match plan.needs_port {
            true => Some(open_port(&name, &device, &kernel)?),
            false => None,
        };
        let session = Session {
            objects: ManuallyDrop::new(Objects {
                arena,
                kernel,
                _program: program,
                queue,
                _context: context,
                port,
            }),
            running: None,
            stuck: false,
            is_xrt: found.is_xrt,
            plan,
        };
        session.reserve()?;
        let opened = Opened {
            memory_bytes,
            device: found,
        };
        Ok((session, opened))
    }

    fn fail(&self, step: Step) -> impl Fn(ClError) -> Error + '_ {
        move |error| failed(&self.plan.name, step, error)
    }

    /// Has the arena's memory taken on the device now, so that there is enough of it later.
    fn reserve(&self) -> Result<()> {
        let arena = [self.objects.arena.get()];
        if let Some(event) = self
            .make_resident(&arena)
            .map_err(self.fail(Step::Memory))?
        {
            let until = Instant::now() + self.plan.copy_limit;
            let done = await_event(&event, until).map_err(self.fail(Step::Memory))?;
            if !done {
                return Err(self.link_down("taking device memory does not end".to_owned()));
            }
        }
        Ok(())
    }

    /// Tells XRT that the device has the valid copy of buffers. It keeps a copy of each in the
    /// host's memory, and would write it over the device's before a kernel uses a new buffer.
    /// Others keep one copy only, and might discard it.
    fn make_resident(&self, buffers: &[cl_mem]) -> std::result::Result<Option<Event>, ClError> {
        if !self.is_xrt || buffers.is_empty() {
            return Ok(None);
        }
        // SAFETY: the buffers are of the queue's context and outlive the command.
        let event = unsafe {
            self.objects.queue.enqueue_migrate_mem_object(
                buffers.len() as u32,
                buffers.as_ptr(),
                CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED,
                &[],
            )
        }?;
        self.objects.queue.flush()?;
        Ok(Some(event))
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
            self.running.take().map(ManuallyDrop::into_inner);
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
        let resident = self.make_resident(&handles).map_err(self.fail(Step::Job))?;
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
        self.running = Some(ManuallyDrop::new(Running {
            event,
            _parts: parts.into_iter().map(|(_, _, part)| part).collect(),
            since: Instant::now(),
        }));
        self.objects.queue.flush().map_err(self.fail(Step::Job))
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
        let flushed = self.objects.queue.flush();
        flushed.map_err(self.fail(Step::Copy))?;
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
        let busy = self.stuck || matches!(self.poll(), Ok(false));
        if !busy {
            // SAFETY: nothing uses them after this.
            unsafe { ManuallyDrop::drop(&mut self.objects) };
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

/// Waits for the end of a command; false if `until` passes first.
fn await_event(event: &Event, until: Instant) -> std::result::Result<bool, ClError> {
    let mut nap = FIRST_NAP;
    loop {
        match event.command_execution_status()?.0 {
            0 => return Ok(true),
            code if code < 0 => return Err(ClError(code)),
            _ => {}
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        std::thread::sleep(nap.min(left));
        nap = (nap * 2).min(LONGEST_NAP);
    }
}

/// The device that is asked for, if the image can be meant for it.
fn choose(plan: &Plan) -> Result<(ClDevice, OpenClDevice)> {
    let all = discovery::find(&plan.name)?;
    let wants_xrt = plan.image.is_xclbin();
    let list: Vec<String> = all
        .iter()
        .map(|(_, device)| format!("{} of {}", device.name, device.platform))
        .collect();
    let (device, found) = all
        .into_iter()
        .find(|(_, device)| device.is_xrt == wants_xrt && device.index == plan.index)
        .ok_or_else(|| Error::Open {
            device: plan.name.clone(),
            reason: format!(
                "expected a device number {} of {}, found {}",
                plan.index,
                match wants_xrt {
                    true => "the platform Xilinx, for an .xclbin",
                    false => "a platform that compiles OpenCL C",
                },
                match list.is_empty() {
                    true => "no device at all: does `xbutil examine` list the card?".to_owned(),
                    false => list.join(", "),
                }
            ),
        })?;
    if let Some(contents) = plan.image.contents() {
        if let Some((expected, found)) = other_board(&found.name, &contents.platform) {
            return Err(Error::ImageMismatch {
                field: "board",
                expected,
                found,
            });
        }
    }
    Ok((device, found))
}

/// The boards (`u250`, …) of a device and of an image, if both are known and differ. Names of
/// shells are not compared further: XRT compares their UUIDs.
fn other_board(device: &str, image: &str) -> Option<(String, String)> {
    let board = |name: &str| {
        let name = name.to_lowercase();
        let mut parts = name.split(|c: char| !c.is_ascii_alphanumeric());
        let vendor = parts.next()?;
        let board = parts.next()?;
        (vendor == "xilinx").then(|| board.to_owned())
    };
    let (device, image) = (board(device)?, board(image)?);
    (device != image).then_some((device, image))
}

fn load(
    plan: &Plan,
    context: &Context,
    device: &ClDevice,
    found: &OpenClDevice,
) -> Result<ClProgram> {
    let fail = |error: ClError| match failed(&plan.name, Step::Program, error) {
        Error::Open { device, reason } => Error::Open {
            device,
            reason: match plan.image.contents() {
                Some(contents) => format!(
                    "{reason}; the image is for {}, the card has {}",
                    contents.platform, found.name
                ),
                None => reason,
            },
        },
        other => other,
    };
    match &plan.image.program {
        Program::Binary { bytes, .. } => {
            // SAFETY: the device is the context's; the bytes have been checked.
            unsafe { ClProgram::create_from_binary(context, &[device.id()], &[bytes]) }
                .map_err(fail)
        }
        Program::Source { text, .. } => {
            let mut program = ClProgram::create_from_source(context, text).map_err(fail)?;
            program.build(&[device.id()], "").map_err(|error| {
                let log = program.get_build_log(device.id()).unwrap_or_default();
                match error.0 {
                    CL_BUILD_PROGRAM_FAILURE => Error::Open {
                        device: plan.name.clone(),
                        reason: format!("the program does not compile: {}", log.trim()),
                    },
                    _ => fail(error),
                }
            })?;
            Ok(program)
        }
    }
}

/// Memory of the arena when the caller does not say.
const DEFAULT_BYTES: u64 = 2 << 30;

fn arena_bytes(plan: &Plan, device: &ClDevice) -> Result<u64> {
    let memory = |error: ClError| failed(&plan.name, Step::Memory, error);
    let align_bytes = u64::from(device.mem_base_addr_align().map_err(memory)?) / 8;
    if align_bytes > ALIGNMENT_BYTES {
        return Err(Error::Open {
            device: plan.name.clone(),
            reason: format!(
                "its buffers start at multiples of {align_bytes} bytes, expected {ALIGNMENT_BYTES}"
            ),
        });
    }
    let largest = device.max_mem_alloc_size().map_err(memory)?;
    let bank = plan.target.bank.map_or(u64::MAX, |(_, bytes)| bytes);
    let available = largest.min(bank) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    match plan.memory_bytes {
        Some(needed) if needed > available => Err(Error::OutOfMemory { needed, available }),
        Some(bytes) => Ok(bytes.max(1).next_multiple_of(ALIGNMENT_BYTES)),
        None => Ok(available.min(DEFAULT_BYTES)),
    }
}

fn create_arena(
    context: &Context,
    bank: Option<(u32, u64)>,
    bytes: u64,
) -> std::result::Result<Buffer<u8>, ClError> {
    let mut pointer = BankPointer {
        flags: XCL_MEM_TOPOLOGY | bank.map_or(0, |(index, _)| index),
        object: std::ptr::null_mut(),
        parameter: std::ptr::null_mut(),
    };
    let (flags, host_pointer) = match bank {
        Some(_) => (
            CL_MEM_READ_WRITE | CL_MEM_EXT_PTR_XILINX,
            (&raw mut pointer).cast(),
        ),
        None => (CL_MEM_READ_WRITE, std::ptr::null_mut()),
    };
    // SAFETY: a host pointer is given only with the flag that says what it is, and read at once.
    unsafe { Buffer::create(context, flags, bytes as usize, host_pointer) }
}

fn open_port(name: &str, device: &ClDevice, kernel: &Kernel) -> Result<Port> {
    let refused = |reason: String| Error::Open {
        device: name.to_owned(),
        reason: format!(
            "{reason}; without registers the kernel's errors stay unseen. XRT gives access to \
             them with exclusive_cu_context=true below [Runtime] in xrt.ini (XRT_INI_PATH), if no \
             other process uses the compute unit"
        ),
    };
    let port = Port::open(device, kernel).map_err(refused)?;
    port.read(registers::MAGIC).map_err(refused)?;
    Ok(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_are_compared_and_shells_are_not() {
        let other = |device, image| other_board(device, image);
        let u250 = "xilinx_u250_gen3x16_xdma_shell_4_1";
        assert_eq!(other(u250, "xilinx_u250_gen3x16_xdma_4_1_202210_1"), None);
        assert_eq!(other(u250, "xilinx:u250:gen3x16:4.1"), None);
        let expected = ("u250".to_owned(), "u55c".to_owned());
        assert_eq!(
            other(u250, "xilinx_u55c_gen3x16_xdma_3_202210_1"),
            Some(expected)
        );
        assert_eq!(other("noop", "xilinx_u55c_gen3x16"), None);
        assert_eq!(other(u250, ""), None);
    }
}
