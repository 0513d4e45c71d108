//! Which platforms and devices there are.

use std::time::Duration;

use opencl3::device::{Device as ClDevice, CL_DEVICE_TYPE_ALL};
use opencl3::error_codes::{ClError, CL_DEVICE_NOT_FOUND};
use opencl3::platform::{get_platforms, Platform};

use super::failure::{failed, Step};
use super::runtime;
use super::watchdog::Watchdog;
use crate::{Error, Result};

/// Name of XRT's platform.
const XRT_PLATFORM: &str = "Xilinx";
/// `CL_DEVICE_PCIE_BDF` of XRT's extension.
const CL_DEVICE_PCIE_BDF: u32 = 0x1120;
/// Longest time that a look at all devices may take.
const DISCOVERY_LIMIT: Duration = Duration::from_secs(30);

/// A device of an OpenCL platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenClDevice {
    /// Number in `xrt:INDEX`; devices of XRT and those of other platforms are counted apart.
    pub index: usize,
    /// Whether it is one of XRT's, and takes an `.xclbin`.
    pub is_xrt: bool,
    /// Name of the platform.
    pub platform: String,
    /// Name of the device; of XRT's, that of the shell.
    pub name: String,
    /// Version of its driver.
    pub driver: String,
    /// Place on the PCIe bus, if it says so.
    pub bdf: Option<String>,
    /// Bytes of device memory.
    pub memory_bytes: u64,
    /// Whether its platform calls it available; XRT's emulations are not.
    pub available: bool,
}

/// Devices of all OpenCL platforms.
///
/// # Errors
/// [`Error::Unavailable`] if there is no platform, or its runtime cannot be called;
/// [`Error::LinkDown`] if it does not answer.
pub fn xrt_devices() -> Result<Vec<OpenClDevice>> {
    const NAME: &str = "OpenCL";
    runtime::check(NAME)?;
    let found = Watchdog::start(DISCOVERY_LIMIT, Duration::ZERO, || {
        let all = find(NAME)?;
        Ok::<_, Error>(all.into_iter().map(|(_, device)| device).collect())
    });
    let silent = |silence: super::watchdog::Silence| Error::LinkDown {
        device: NAME.to_owned(),
        reason: silence.to_string(),
    };
    let devices: Watchdog<Vec<OpenClDevice>> = found.map_err(silent)??;
    devices
        .call(DISCOVERY_LIMIT, std::mem::take)
        .map_err(silent)
}

/// Devices of all platforms, XRT's first, with their handles.
pub(super) fn find(caller: &str) -> Result<Vec<(ClDevice, OpenClDevice)>> {
    let discovery = |error: ClError| failed(caller, Step::Discovery, error);
    let mut found = Vec::new();
    for platform in get_platforms().map_err(discovery)? {
        let is_xrt = platform.name().map_err(discovery)?.contains(XRT_PLATFORM);
        let ids = match platform.get_devices(CL_DEVICE_TYPE_ALL) {
            Err(ClError(CL_DEVICE_NOT_FOUND)) => Vec::new(),
            ids => ids.map_err(discovery)?,
        };
        for id in ids {
            let device = ClDevice::new(id);
            let described = describe(platform, &device, is_xrt).map_err(discovery)?;
            found.push((device, described));
        }
    }
    found.sort_by_key(|(_, device)| !device.is_xrt);
    for is_xrt in [true, false] {
        let family = found.iter_mut().filter(|(_, d)| d.is_xrt == is_xrt);
        for (index, (_, device)) in family.enumerate() {
            device.index = index;
        }
    }
    Ok(found)
}

fn describe(
    platform: Platform,
    device: &ClDevice,
    is_xrt: bool,
) -> std::result::Result<OpenClDevice, ClError> {
    let bdf = is_xrt
        .then(|| device.get_data(CL_DEVICE_PCIE_BDF).ok())
        .flatten()
        .map(|bytes| {
            String::from_utf8_lossy(&bytes)
                .trim_end_matches('\0')
                .into()
        })
        .filter(|bdf: &String| !bdf.is_empty());
    Ok(OpenClDevice {
        index: 0,
        is_xrt,
        platform: platform.name()?,
        name: device.name()?,
        driver: device.driver_version()?,
        bdf,
        memory_bytes: device.global_mem_size()?,
        available: device.available()?,
    })
}
