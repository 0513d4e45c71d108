//! Opening: from an image and a device's number to everything that a job needs.

use std::time::{Duration, Instant};

use opencl3::command_queue::{CommandQueue, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE};
use opencl3::context::Context;
use opencl3::device::Device as ClDevice;
use opencl3::error_codes::{ClError, CL_BUILD_PROGRAM_FAILURE};
use opencl3::event::Event;
use opencl3::kernel::Kernel;
use opencl3::memory::{Buffer, ClMem, CL_MEM_READ_WRITE, CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED};
use opencl3::program::Program as ClProgram;
use opencl3::types::cl_mem;
use vegalith_abi::memory::ALIGNMENT_BYTES;
use vegalith_abi::registers;

use super::discovery::{self, OpenClDevice};
use super::event::await_event;
use super::failure::{failed, Step};
use super::image::{Program, Target, XrtImage};
use super::port::Port;
use super::straggler;
use crate::{Error, Result, Unavailability};

/// `CL_MEM_EXT_PTR_XILINX`: the host pointer of a buffer is a [`BankPointer`].
const CL_MEM_EXT_PTR_XILINX: u64 = 1 << 31;
/// `XCL_MEM_TOPOLOGY`: the other bits of the flags are an index in the image's topology.
const XCL_MEM_TOPOLOGY: u32 = 1 << 31;
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

impl Plan {
    /// The compute unit, among all of this process.
    pub(super) fn key(&self) -> straggler::Key {
        let unit = self.target.name.clone();
        (self.image.is_xclbin(), self.index, unit)
    }
}

/// What became known when it was opened.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub memory_bytes: u64,
    pub device: OpenClDevice,
}

/// All objects of the runtime. The device is idle while nothing else is said.
pub(super) struct Objects {
    pub arena: Buffer<u8>,
    pub kernel: Kernel,
    pub queue: CommandQueue,
    pub port: Option<Port>,
    pub is_xrt: bool,
    _program: ClProgram,
    _context: Context,
}

impl Objects {
    /// Has enqueued commands begun. XRT begins them at once, and its `clFlush` waits for their end.
    pub(super) fn submit(&self) -> std::result::Result<(), ClError> {
        match self.is_xrt {
            true => Ok(()),
            false => self.queue.flush(),
        }
    }

    /// Tells XRT that the device has the valid copy of buffers. It keeps a copy of each in the
    /// host's memory, and would write it over the device's before a kernel uses a new buffer.
    /// Others keep one copy only, and might discard it.
    pub(super) fn make_resident(
        &self,
        buffers: &[cl_mem],
    ) -> std::result::Result<Option<Event>, ClError> {
        if !self.is_xrt || buffers.is_empty() {
            return Ok(None);
        }
        // SAFETY: the buffers are of the queue's context and outlive the command.
        let event = unsafe {
            self.queue.enqueue_migrate_mem_object(
                buffers.len() as u32,
                buffers.as_ptr(),
                CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED,
                &[],
            )
        }?;
        self.submit()?;
        Ok(Some(event))
    }
}

/// # Errors
/// Those of [`XrtTransport::open`](super::XrtTransport::open).
pub(super) fn open(plan: &Plan) -> Result<(Objects, Opened)> {
    let fail = |step: Step| move |error: ClError| failed(&plan.name, step, error);
    straggler::check(&plan.key(), &plan.name)?;
    let (device, found) = choose(plan)?;
    let context = Context::from_device(&device).map_err(fail(Step::Context))?;
    // The call of OpenCL 1 and not that of 2: XRT implements 1.2.
    // SAFETY: the device is the context's; the property is one of OpenCL 1.0.
    let queue = unsafe {
        CommandQueue::create(
            &context,
            device.id(),
            CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE,
        )
    }
    .map_err(fail(Step::Context))?;
    let program = load(plan, &context, &device, &found)?;
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
    let memory_bytes = arena_bytes(plan, &device)?;
    let arena = create_arena(&context, plan.target.bank, memory_bytes);
    let arena = arena.map_err(fail(Step::Memory))?;
    let port = match plan.needs_port {
        true => Some(open_port(&plan.name, &device, &kernel)?),
        false => None,
    };
    let objects = Objects {
        arena,
        kernel,
        queue,
        port,
        is_xrt: found.is_xrt,
        _program: program,
        _context: context,
    };
    // The arena's memory is taken on the device now, so that there is enough of it later.
    let arena = [objects.arena.get()];
    let taken = objects.make_resident(&arena).map_err(fail(Step::Memory))?;
    if let Some(event) = taken {
        let until = Instant::now() + plan.copy_limit;
        if !await_event(&event, until).map_err(fail(Step::Memory))? {
            std::mem::forget((objects, event));
            return Err(Error::LinkDown {
                device: plan.name.clone(),
                reason: format!(
                    "taking device memory has not ended after {:?}",
                    plan.copy_limit
                ),
            });
        }
    }
    let opened = Opened {
        memory_bytes,
        device: found,
    };
    Ok((objects, opened))
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
        .ok_or_else(|| Error::Unavailable {
            device: plan.name.clone(),
            cause: Unavailability::Missing,
            expected: format!(
                "a device number {} of {}",
                plan.index,
                match wants_xrt {
                    true => "the platform Xilinx, for an .xclbin",
                    false => "a platform that compiles OpenCL C",
                }
            ),
            found: match list.is_empty() {
                true => "none".to_owned(),
                false => list.join(", "),
            },
            remedy: "`xbutil examine` lists the cards that XRT sees".to_owned(),
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
    let refused = |found: String| Error::Unavailable {
        device: name.to_owned(),
        cause: Unavailability::PermissionDenied,
        expected: "access to the kernel's registers, without which its errors stay unseen"
            .to_owned(),
        found,
        remedy:
            "set exclusive_cu_context=true below [Runtime] in xrt.ini (XRT_INI_PATH), and have no \
                 other process use the compute unit"
                .to_owned(),
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
