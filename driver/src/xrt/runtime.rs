//! Whether the OpenCL runtime can be called at all, found out before it is called.
//!
//! XRT throws a C++ exception out of `clGetPlatformIDs` when its own libraries are not where it
//! looks for them, which ends the process. What it checks is checked here first: an ICD file that
//! names its library, `XILINX_XRT`, and the shim for the emulation mode in there.

use std::path::{Path, PathBuf};

use crate::{Error, Unavailability};

/// Folder of ICD files, unless `OCL_ICD_VENDORS` names another.
const VENDORS: &str = "/etc/OpenCL/vendors";
/// Part of the name of XRT's OpenCL library.
const XRT_LIBRARY: &str = "xilinxopencl";

/// Which of XRT's libraries reaches the device.
pub(super) fn shim() -> &'static str {
    match std::env::var("XCL_EMULATION_MODE").as_deref() {
        Ok("noop") => "libxrt_noop.so.2",
        Ok("sw_emu") => "libxrt_swemu.so.2",
        Ok("hw_emu") => "libxrt_hwemu.so.2",
        _ => "libxrt_core.so.2",
    }
}

/// Path of that library, as XRT forms it.
pub(super) fn shim_path() -> Option<PathBuf> {
    let xrt = std::env::var_os("XILINX_XRT")?;
    Some(Path::new(&xrt).join("lib").join(shim()))
}

/// # Errors
/// [`Error::Unavailable`] if calling the runtime would end the process.
pub(super) fn check(device: &str) -> Result<(), Error> {
    let vendors = std::env::var_os("OCL_ICD_VENDORS");
    let vendors = vendors.map_or_else(|| PathBuf::from(VENDORS), PathBuf::from);
    let xrt = std::env::var_os("XILINX_XRT").map(PathBuf::from);
    let obstacle = |lack: Lack| Error::Unavailable {
        device: device.to_owned(),
        cause: Unavailability::NoDriver,
        expected: lack.expected,
        found: lack.found.to_owned(),
        remedy: lack.remedy.to_owned(),
    };
    check_xrt(&vendors, xrt.as_deref(), shim()).map_err(obstacle)
}

/// What XRT would not find.
#[derive(Debug, PartialEq, Eq)]
struct Lack {
    expected: String,
    found: &'static str,
    remedy: &'static str,
}

fn check_xrt(vendors: &Path, xrt: Option<&Path>, shim: &str) -> Result<(), Lack> {
    let Some(icd) = registers_xrt(vendors) else {
        return Ok(());
    };
    let icd = icd.display();
    let Some(xrt) = xrt.filter(|path| !path.as_os_str().is_empty()) else {
        return Err(Lack {
            expected: format!("XILINX_XRT to be set, since {icd} registers XRT"),
            found: "it is not",
            remedy: "`source /opt/xilinx/xrt/setup.sh`",
        });
    };
    let library = xrt.join("lib").join(shim);
    match library.is_file() {
        true => Ok(()),
        false => Err(Lack {
            expected: format!("{}, since {icd} registers XRT", library.display()),
            found: "no such file",
            remedy: "install XRT, set XILINX_XRT to its folder, or remove the registration",
        }),
    }
}

/// The ICD file that names XRT's library. `vendors` is a folder of such files, or one of them, or a
/// library itself.
fn registers_xrt(vendors: &Path) -> Option<PathBuf> {
    let names_xrt = |path: &Path| {
        let is_icd = path.extension().is_some_and(|extension| extension == "icd");
        let text = match is_icd {
            true => std::fs::read_to_string(path).unwrap_or_default(),
            false => path.to_string_lossy().into_owned(),
        };
        text.contains(XRT_LIBRARY)
    };
    match std::fs::read_dir(vendors) {
        Ok(folder) => folder
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|e| e == "icd") && names_xrt(path)),
        Err(_) => names_xrt(vendors).then(|| vendors.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xrt_without_its_libraries_is_not_called() {
        let folder = std::env::temp_dir().join(format!("vegalith-icd-{}", std::process::id()));
        let vendors = folder.join("vendors");
        let prefix = folder.join("xrt");
        std::fs::create_dir_all(&vendors).unwrap();
        std::fs::create_dir_all(prefix.join("lib")).unwrap();
        std::fs::write(vendors.join("pocl.icd"), "libpocl.so.2\n").unwrap();
        assert_eq!(check_xrt(&vendors, None, "shim.so"), Ok(()), "no XRT");

        let icd = vendors.join("xilinx.icd");
        std::fs::write(&icd, "libxilinxopencl.so.2\n").unwrap();
        for vendors in [&vendors, &icd] {
            let unset = check_xrt(vendors, None, "shim.so").unwrap_err();
            assert!(unset.expected.contains("XILINX_XRT to be set"), "{unset:?}");
            let gone = check_xrt(vendors, Some(&prefix), "shim.so").unwrap_err();
            assert!(gone.expected.contains("lib/shim.so"), "{gone:?}");
        }
        std::fs::write(prefix.join("lib/shim.so"), "").unwrap();
        assert_eq!(check_xrt(&vendors, Some(&prefix), "shim.so"), Ok(()));
        let library = Path::new("/nowhere/libxilinxopencl.so.2");
        assert!(check_xrt(library, None, "shim.so").is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
