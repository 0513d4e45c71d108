//! Registers of a compute unit through XRT's own interface: `xclRegRead` and `xclRegWrite` of the
//! shim that XRT's OpenCL has loaded. They work while this process has the unit to itself.

use std::ffi::{c_char, c_int, c_uint, c_void, OsStr};

use libloading::os::unix::{Library, RTLD_LAZY};
use opencl3::device::Device as ClDevice;
use opencl3::kernel::Kernel;

use super::runtime;

/// `CL_DEVICE_HANDLE` of XRT's extension.
const CL_DEVICE_HANDLE: u32 = 0x1121;
/// `XCL_COMPUTE_UNIT_INDEX` of XRT's extension.
const XCL_COMPUTE_UNIT_INDEX: c_uint = 0x1321;
/// Take a library only if it is loaded already: another copy would know nothing of the handle.
const RTLD_NOLOAD: c_int = 4;
/// XRT's OpenCL library.
const XRT_LIBRARY: &str = "libxilinxopencl.so.2";

type RegRead = unsafe extern "C" fn(*mut c_void, u32, u32, *mut u32) -> c_int;
type RegWrite = unsafe extern "C" fn(*mut c_void, u32, u32, u32) -> c_int;
type UnitInfo =
    unsafe extern "C" fn(*mut c_void, c_uint, c_uint, usize, *mut c_char, *mut usize) -> c_int;

/// Access to the registers of one compute unit. Valid while its device is open.
pub(super) struct Port {
    handle: *mut c_void,
    unit: u32,
    read: RegRead,
    write: RegWrite,
    // The functions live in it.
    _shim: Library,
}

impl Port {
    /// # Errors
    /// Which part of XRT's interface is missing.
    pub(super) fn open(device: &ClDevice, kernel: &Kernel) -> Result<Self, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let handle = device
            .get_data(CL_DEVICE_HANDLE)
            .map_err(|error| format!("the device shows no handle: {error}"))?;
        let handle: [u8; size_of::<usize>()] = handle
            .try_into()
            .map_err(|_| "the device's handle is no pointer".to_owned())?;
        let shim = runtime::shim_path().ok_or("XILINX_XRT is not set")?;
        let shim = loaded(shim.as_os_str())?;
        let opencl = loaded(OsStr::new(XRT_LIBRARY))?;
        let mut unit: u32 = 0;
        // SAFETY: signatures as in XRT's cl_ext_xilinx.h and xrt.h. An ICD loader hands out the
        // implementation's own kernel objects. The result is an unsigned int, as `unit` is.
        let (code, read, write) = unsafe {
            let info = opencl.get::<UnitInfo>(b"xclGetComputeUnitInfo\0");
            let info = info.map_err(|error| text(&error))?;
            let code = info(
                kernel.get(),
                0,
                XCL_COMPUTE_UNIT_INDEX,
                size_of_val(&unit),
                (&raw mut unit).cast(),
                std::ptr::null_mut(),
            );
            let read = shim.get::<RegRead>(b"xclRegRead\0");
            let write = shim.get::<RegWrite>(b"xclRegWrite\0");
            (
                code,
                *read.map_err(|error| text(&error))?,
                *write.map_err(|error| text(&error))?,
            )
        };
        if code != 0 {
            return Err(format!("the compute unit shows no index (code {code})"));
        }
        Ok(Port {
            handle: usize::from_ne_bytes(handle) as *mut c_void,
            unit,
            read,
            write,
            _shim: shim,
        })
    }

    pub(super) fn read(&self, offset: u32) -> Result<u32, String> {
        let mut value = 0;
        // SAFETY: the handle is of the open device, and `value` outlives the call.
        let code = unsafe { (self.read)(self.handle, self.unit, offset, &mut value) };
        match code {
            0 => Ok(value),
            code => Err(format!("register {offset:#x} cannot be read (code {code})")),
        }
    }

    pub(super) fn write(&self, offset: u32, value: u32) -> Result<(), String> {
        // SAFETY: the handle is of the open device.
        match unsafe { (self.write)(self.handle, self.unit, offset, value) } {
            0 => Ok(()),
            code => Err(format!(
                "register {offset:#x} cannot be written (code {code})"
            )),
        }
    }
}

fn loaded(name: &OsStr) -> Result<Library, String> {
    // SAFETY: the library is in the process already, so that nothing of it runs now.
    unsafe { Library::open(Some(name), RTLD_LAZY | RTLD_NOLOAD) }
        .map_err(|error| format!("XRT has not loaded {}: {error}", name.to_string_lossy()))
}
