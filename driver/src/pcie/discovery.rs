//! Finding cards: PCI functions in sysfs, and the device nodes that belong to them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{access, Access};

use super::address::{Bdf, PcieAddress};
use super::nodes::{cannot_open, node, NodePaths};
use super::options::{PcieOptions, PcieRoots};
use crate::{Error, Unavailability};

/// Name of the driver that makes the device nodes.
const DRIVER: &str = "xdma";
const USER_SUFFIX: &str = "_user";

/// A card that is there, whether or not it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcieDevice {
    /// By what it can be opened.
    pub address: PcieAddress,
    /// What its device nodes begin with, if there are any.
    pub prefix: Option<PathBuf>,
    /// PCI vendor and device number, if it is known to sysfs.
    pub id: Option<(u16, u16)>,
    /// Driver that is bound to it.
    pub driver: Option<String>,
    /// Why it cannot be opened, as far as can be told without opening it.
    pub problem: Option<Error>,
}

/// Name that errors and people call a card by.
pub(super) fn device_name(address: &PcieAddress) -> String {
    format!("pcie:{address}")
}

/// Cards that are there: every PCI function with XDMA-style device nodes or with the number of an
/// FPGA card, in the order of their places, then device nodes that belong to no function. Nothing
/// is opened.
pub fn discover(options: &PcieOptions) -> Vec<PcieDevice> {
    let roots = &options.roots;
    let mut seen = BTreeSet::new();
    let mut devices = Vec::new();
    for bdf in functions(roots) {
        let function = Function::read(roots, bdf);
        if function.prefix_name.is_none() && !function.is_card() {
            continue;
        }
        seen.extend(function.prefix_name.clone());
        let address = PcieAddress::Bdf(bdf);
        let problem = match resolve(&address, roots) {
            Ok(prefix) => problem_of(&address, &prefix, options),
            Err(error) => Some(error),
        };
        devices.push(PcieDevice {
            address,
            prefix: function.prefix_name.map(|name| roots.dev.join(name)),
            id: function.id,
            driver: function.driver,
            problem,
        });
    }
    for name in names(&roots.dev) {
        let Some(prefix_name) = name.strip_suffix(USER_SUFFIX) else {
            continue;
        };
        let prefix = roots.dev.join(prefix_name);
        // Other drivers have nodes of this ending; only these have DMA channels beside it.
        let is_card = node(&prefix, &format!("_h2c_{}", options.channel)).exists();
        if !is_card || !seen.insert(prefix_name.to_owned()) {
            continue;
        }
        let address = PcieAddress::Prefix(prefix.clone());
        devices.push(PcieDevice {
            problem: problem_of(&address, &prefix, options),
            address,
            prefix: Some(prefix),
            id: None,
            driver: None,
        });
    }
    devices
}

/// What the device nodes of `address` begin with.
///
/// # Errors
/// [`Error::Unavailable`] if there is no such function, or no driver of this kind at it.
pub(super) fn resolve(address: &PcieAddress, roots: &PcieRoots) -> Result<PathBuf, Error> {
    let bdf = match address {
        // An absolute path replaces the folder.
        PcieAddress::Prefix(prefix) => return Ok(roots.dev.join(prefix)),
        PcieAddress::Bdf(bdf) => *bdf,
    };
    let unavailable = |cause, expected: String, found: String, remedy: &str| Error::Unavailable {
        device: device_name(address),
        cause,
        expected,
        found,
        remedy: remedy.to_owned(),
    };
    if !function_folder(roots, bdf).is_dir() {
        let cards: Vec<String> = functions(roots)
            .into_iter()
            .filter(|&other| {
                let function = Function::read(roots, other);
                function.prefix_name.is_some() || function.is_card()
            })
            .map(|other| other.to_string())
            .collect();
        return Err(unavailable(
            Unavailability::Missing,
            format!("a PCI function at {bdf}"),
            match cards.as_slice() {
                [] => "no FPGA card at all".to_owned(),
                cards => format!("cards at {}", cards.join(", ")),
            },
            "compare with `lspci`; a card that was reloaded may need `echo 1 > \
             /sys/bus/pci/rescan` as root",
        ));
    }
    let function = Function::read(roots, bdf);
    match (function.prefix_name, function.driver) {
        (Some(name), _) => Ok(roots.dev.join(name)),
        (None, Some(driver)) if driver == DRIVER => Err(unavailable(
            Unavailability::NoDriver,
            format!("device nodes of driver {DRIVER}"),
            "the driver, but no nodes of it".to_owned(),
            "the driver did not find its engines in the image: see its messages in `dmesg`",
        )),
        (None, driver) => Err(unavailable(
            Unavailability::NoDriver,
            format!("driver {DRIVER}"),
            driver.map_or_else(|| "no driver".to_owned(), |other| format!("driver {other}")),
            "load it (`modprobe xdma`), or unload the other first (`rmmod`); it must list the \
             card's vendor and device number",
        )),
    }
}

/// Why the nodes cannot be opened.
fn problem_of(address: &PcieAddress, prefix: &Path, options: &PcieOptions) -> Option<Error> {
    let paths = NodePaths::new(prefix, options);
    let both = Access::READ_OK | Access::WRITE_OK;
    let mut nodes = [
        (&paths.user, both),
        (&paths.host_to_card, Access::WRITE_OK),
        (&paths.card_to_host, Access::READ_OK),
    ]
    .into_iter();
    nodes.find_map(|(path, wanted)| {
        let errno = access(path, wanted).err()?;
        Some(cannot_open(&device_name(address), path, &errno.into()))
    })
}

/// What sysfs says of a PCI function.
struct Function {
    id: Option<(u16, u16)>,
    driver: Option<String>,
    prefix_name: Option<String>,
}

impl Function {
    fn read(roots: &PcieRoots, bdf: Bdf) -> Self {
        let folder = function_folder(roots, bdf);
        let number = |file: &str| {
            let text = fs::read_to_string(folder.join(file)).ok()?;
            u16::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
        };
        let driver = fs::read_link(folder.join("driver")).ok();
        let driver = driver.and_then(|path| Some(path.file_name()?.to_str()?.to_owned()));
        Function {
            id: number("vendor").zip(number("device")),
            driver,
            prefix_name: prefix_name(&folder),
        }
    }

    /// Whether its number is that of an FPGA card: Xilinx's own, or Amazon's with an image loaded
    /// (0xf000 and following are the examples') or cleared (0x9048).
    fn is_card(&self) -> bool {
        match self.id {
            Some((0x10ee, _)) => true,
            Some((0x1d0f, device)) => device == 0x9048 || device >> 8 == 0xf0,
            _ => false,
        }
    }
}

fn function_folder(roots: &PcieRoots, bdf: Bdf) -> PathBuf {
    let devices = roots.sysfs.join("bus/pci/devices");
    devices.join(bdf.to_string())
}

fn functions(roots: &PcieRoots) -> Vec<Bdf> {
    let mut functions: Vec<Bdf> = names(&roots.sysfs.join("bus/pci/devices"))
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    functions.sort();
    functions
}

/// The driver makes its nodes as children of the function, a class between them:
/// `…/0000:3b:00.0/xdma/xdma0_user`.
fn prefix_name(folder: &Path) -> Option<String> {
    names(folder).iter().find_map(|class| {
        let class = folder.join(class);
        // Links lead to the driver, the bus and other functions.
        if class.is_symlink() {
            return None;
        }
        let children = names(&class);
        children
            .iter()
            .find_map(|child| child.strip_suffix(USER_SUFFIX).map(str::to_owned))
    })
}

/// Names in a folder, sorted; none if it cannot be read.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}
