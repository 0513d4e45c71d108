//! Errors of OpenCL, in words that an operator can act on.

use opencl3::error_codes::{self as codes, ClError};

use crate::{Error, Unavailability};

/// What was being done when a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Looking for platforms and devices.
    Discovery,
    /// Taking the device.
    Context,
    /// Loading the image.
    Program,
    /// Getting the kernel out of it.
    Kernel,
    /// Taking device memory.
    Memory,
    /// Moving data.
    Copy,
    /// Running a job.
    Job,
}

impl Step {
    fn describe(self) -> &'static str {
        match self {
            Step::Discovery => "looking for devices",
            Step::Context => "taking the device",
            Step::Program => "loading the image",
            Step::Kernel => "getting the kernel out of the image",
            Step::Memory => "taking device memory",
            Step::Copy => "a copy",
            Step::Job => "running the kernel",
        }
    }
}

/// What usually is behind a code that can mean several things.
fn cause(step: Step, code: i32) -> &'static str {
    match (step, code) {
        // XRT has one code for most of what can go wrong here, that of exhausted memory.
        (
            Step::Program,
            codes::CL_INVALID_BINARY
            | codes::CL_INVALID_VALUE
            | codes::CL_OUT_OF_RESOURCES
            | codes::CL_OUT_OF_HOST_MEMORY,
        ) => {
            "the runtime rejects the image: it was built for another shell, is damaged, or the \
             card is busy with another image, of this process or another (the runtime's messages \
             and `xbutil examine` say which)"
        }
        (Step::Program, codes::CL_BUILD_PROGRAM_FAILURE) => "the program does not compile",
        (Step::Kernel, codes::CL_INVALID_KERNEL_NAME) => "the image has no kernel of this name",
        (
            Step::Memory,
            codes::CL_MEM_OBJECT_ALLOCATION_FAILURE
            | codes::CL_OUT_OF_RESOURCES
            | codes::CL_OUT_OF_HOST_MEMORY
            | codes::CL_INVALID_BUFFER_SIZE,
        ) => {
            "the bank or the host has no room for it (the runtime mirrors device memory in the \
             host's): ask for less, or end what else uses the card"
        }
        (_, codes::CL_OUT_OF_HOST_MEMORY) => "the host is out of memory, or the runtime failed",
        (_, codes::CL_MEM_OBJECT_ALLOCATION_FAILURE) => "the device is out of memory",
        _ => "see the runtime's messages (XRT: `dmesg`, or `Runtime.verbosity` in xrt.ini)",
    }
}

/// Codes that say what is missing: its kind, what was expected, what to do.
fn obstacle(step: Step, code: i32) -> Option<(Unavailability, &'static str, &'static str)> {
    match (step, code) {
        (_, codes::DLOPEN_RUNTIME_LOAD_FAILED) => Some((
            Unavailability::NoDriver,
            "a libOpenCL.so.1",
            "install an OpenCL ICD loader (ocl-icd-libopencl1)",
        )),
        (_, codes::CL_PLATFORM_NOT_FOUND_KHR | codes::CL_DEVICE_NOT_FOUND) => Some((
            Unavailability::Missing,
            "an OpenCL platform with a device",
            "install XRT, or set OCL_ICD_VENDORS to the folder of its xilinx.icd; if XRT is \
             registered, see whether `xbutil examine` lists the card and this user may open it",
        )),
        (Step::Discovery | Step::Context, codes::CL_DEVICE_NOT_AVAILABLE) => Some((
            Unavailability::Busy,
            "a device that is ready",
            "`xbutil examine` shows who uses it",
        )),
        (Step::Kernel, codes::CL_OUT_OF_RESOURCES) => Some((
            Unavailability::Busy,
            "a free compute unit",
            "end the other process that uses it (`xbutil examine`)",
        )),
        _ => None,
    }
}

/// A failed call as an error of the driver.
pub(super) fn failed(device: &str, step: Step, error: ClError) -> Error {
    let code = error.0;
    let device = device.to_owned();
    if let Some((cause, expected, remedy)) = obstacle(step, code) {
        return Error::Unavailable {
            device,
            cause,
            expected: expected.to_owned(),
            found: match code {
                codes::DLOPEN_RUNTIME_LOAD_FAILED => "none".to_owned(),
                _ => format!("{error} ({code})"),
            },
            remedy: remedy.to_owned(),
        };
    }
    let what = step.describe();
    let reason = format!("{what}: {error} ({code}): {}", cause(step, code));
    match step {
        Step::Copy | Step::Job if code == codes::CL_DEVICE_NOT_AVAILABLE => {
            Error::LinkDown { device, reason }
        }
        Step::Copy | Step::Job => Error::Fault { device, reason },
        _ => Error::Open { device, reason },
    }
}
