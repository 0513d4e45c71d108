//! The device nodes of a card: their names, and opening them.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{flock, FlockOperation};
use rustix::io::Errno;

use super::options::PcieOptions;
use crate::{Error, Unavailability};

/// Paths of the device nodes of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NodePaths {
    pub(super) user: PathBuf,
    pub(super) host_to_card: PathBuf,
    pub(super) card_to_host: PathBuf,
    pub(super) events: PathBuf,
}

/// `prefix` with `suffix` behind it.
pub(super) fn node(prefix: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(prefix);
    name.push(suffix);
    PathBuf::from(name)
}

impl NodePaths {
    pub(super) fn new(prefix: &Path, options: &PcieOptions) -> Self {
        NodePaths {
            user: node(prefix, "_user"),
            host_to_card: node(prefix, &format!("_h2c_{}", options.channel)),
            card_to_host: node(prefix, &format!("_c2h_{}", options.channel)),
            events: node(prefix, &format!("_events_{}", options.event)),
        }
    }

    /// Opens them. The result holds the device's lock until it is dropped.
    ///
    /// # Errors
    /// [`Error::Unavailable`] in the name of `device`.
    pub(super) fn open(&self, device: &str) -> Result<Nodes, Error> {
        let open = |path: &Path, read, write| {
            OpenOptions::new()
                .read(read)
                .write(write)
                .open(path)
                .map_err(|error| cannot_open(device, path, &error))
        };
        let user = open(&self.user, true, true)?;
        match flock(&user, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(locked(device, &self.user)),
            // Whoever makes nodes without locks must do without.
            Err(Errno::NOSYS | Errno::OPNOTSUPP | Errno::NOLCK) => {}
            Err(errno) => return Err(cannot_open(device, &self.user, &errno.into())),
        }
        Ok(Nodes {
            host_to_card: open(&self.host_to_card, false, true)?,
            card_to_host: open(&self.card_to_host, true, false)?,
            // Interrupts are a help, not a need.
            events: open(&self.events, true, false).ok(),
            user,
        })
    }
}

/// The open device nodes of a card.
#[derive(Debug)]
pub(super) struct Nodes {
    pub(super) host_to_card: File,
    pub(super) card_to_host: File,
    pub(super) events: Option<File>,
    /// Holds the lock. Last, so that whoever gets the lock finds the others closed.
    pub(super) user: File,
}

fn locked(device: &str, path: &Path) -> Error {
    Error::Unavailable {
        device: device.to_owned(),
        cause: Unavailability::Busy,
        expected: format!("{} unlocked", path.display()),
        found: "locked by another user, or by an earlier call that the driver has not ended"
            .to_owned(),
        remedy: format!(
            "stop that program (`fuser -v {path}` shows it) and try again",
            path = path.display()
        ),
    }
}

/// What an error of opening a node means.
pub(super) fn cannot_open(device: &str, path: &Path, error: &io::Error) -> Error {
    let path = path.display();
    let (cause, remedy) = match error.kind() {
        io::ErrorKind::NotFound => (
            Unavailability::Missing,
            "load the driver (`modprobe xdma`), and compare the channel and the prefix with \
             `ls /dev/xdma*`"
                .to_owned(),
        ),
        io::ErrorKind::PermissionDenied => (
            Unavailability::PermissionDenied,
            "have an administrator install the udev rule of docs/pcie.md and add this user to its \
             group"
                .to_owned(),
        ),
        io::ErrorKind::ResourceBusy => (
            Unavailability::Busy,
            format!("stop the program that uses it (`fuser -v {path}` shows it) and try again"),
        ),
        _ => match Errno::from_io_error(error) {
            Some(Errno::NODEV | Errno::NXIO) => (
                Unavailability::NoDriver,
                "the node is left over: unload and load the driver (`rmmod xdma; modprobe xdma`), \
                 and see `dmesg`"
                    .to_owned(),
            ),
            _ => (
                Unavailability::Failed,
                "see the driver's messages in `dmesg`".to_owned(),
            ),
        },
    };
    Error::Unavailable {
        device: device.to_owned(),
        cause,
        expected: format!("{path} to open"),
        found: error.to_string(),
        remedy,
    }
}
