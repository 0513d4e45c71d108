//! One user a device: advisory locks that name their holder.
//!
//! A lock is an exclusive `flock` on a file whose name is the device's and whose text says who holds
//! it. The operating system ends it with the process, however that ends: a lock of a dead process
//! blocks nobody, and what its file still says is not believed unless somebody holds the lock. The
//! file stays, since removing it would let two processes lock two files of one name.
//!
//! Any user of the machine may hold such a lock, as any may hold the device. It keeps the users of
//! this driver apart; it does not keep out others.

use std::fs::{File, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::fs::{flock, open, FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use crate::{Error, Result};

/// Longest text that is read from a lock file.
const TEXT_BYTES: u64 = 1024;
/// How long a new holder may take to write its name.
const NAMING_LIMIT: Duration = Duration::from_millis(100);

/// Who holds a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// Name of the program.
    pub program: String,
    /// Since when: date and time of day in UTC, as in `2026-01-31T12:00:00Z`.
    pub since: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Holder {
            pid,
            program,
            since,
        } = self;
        write!(f, "process {pid} ({program}) since {since}")
    }
}

impl Holder {
    fn this_process() -> Self {
        let program = std::env::args_os().next().map(PathBuf::from);
        let program = program.as_deref().and_then(Path::file_name);
        Holder {
            pid: std::process::id(),
            program: program.map_or_else(
                || "unknown".to_owned(),
                |name| name.to_string_lossy().into_owned(),
            ),
            since: utc(SystemTime::now()),
        }
    }

    fn to_text(&self) -> String {
        format!(
            "pid {}\nprogram {}\nsince {}\n",
            self.pid,
            self.program.replace(|c: char| c.is_control(), " "),
            self.since
        )
    }

    /// `None` for a text that is not complete.
    fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.split_inclusive('\n');
        let mut value = |key: &str| {
            let line = lines.next()?.strip_suffix('\n')?;
            let value = line.strip_prefix(key)?.strip_prefix(' ')?;
            Some(value.replace(|c: char| c.is_control(), " "))
        };
        Some(Holder {
            pid: value("pid")?.parse().ok()?,
            program: value("program")?,
            since: value("since")?,
        })
    }

    /// Whether there can be such a process. Where that cannot be told there can.
    fn may_live(&self) -> bool {
        let processes = Path::new("/proc");
        !processes.join("self").exists() || processes.join(self.pid.to_string()).exists()
    }
}

/// A device that is this process's alone until the lock is dropped.
#[derive(Debug)]
pub struct DeviceLock {
    file: File,
    path: PathBuf,
}

impl DeviceLock {
    /// Takes the lock of `device`, whatever process on this machine asks: the name has to be the same
    /// for everyone, as a PCI address or a canonical path is.
    ///
    /// # Errors
    /// [`Error::Busy`] with its holder if it is taken, by this process too; [`Error::Open`] if lock
    /// files cannot be written.
    pub fn acquire(device: &str) -> Result<Self> {
        Self::acquire_in(&lock_folder(), device)
    }

    /// The same in a folder of lock files.
    ///
    /// # Errors
    /// As of [`acquire`](Self::acquire).
    pub fn acquire_in(folder: &Path, device: &str) -> Result<Self> {
        let path = folder.join(file_name(device));
        let failed = |error: io::Error| {
            Error::Open {
            device: device.to_owned(),
            reason: format!(
                "expected a lock file at {}, which other users may hold, found: {error}; remove what \
                 is there, or name another folder in VEGALITH_LOCKS for all that use the device",
                path.display()
            ),
        }
        };
        loop {
            let file = lock_file(&path).map_err(failed)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => {
                    return Err(Error::Busy {
                        device: device.to_owned(),
                        holder: holder_of(&path),
                    })
                }
                Err(errno) => return Err(failed(errno.into())),
            }
            // It may have been removed, and made again by somebody, since it was opened.
            if !is_at(&file, &path).map_err(failed)? {
                continue;
            }
            // A file of another user may be locked, though not written.
            let _ = write_text(&file, &Holder::this_process().to_text());
            return Ok(DeviceLock { file, path });
        }
    }

    /// The lock file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for DeviceLock {
    fn drop(&mut self) {
        // Closing the file ends the lock; nobody believes a text without one.
        let _ = self.file.set_len(0);
    }
}

/// `VEGALITH_LOCKS`; else where everyone may write: `/run/lock`, the temporary folder.
fn lock_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("VEGALITH_LOCKS").filter(|folder| !folder.is_empty()) {
        return folder.into();
    }
    let machine = Path::new("/run/lock");
    if machine.is_dir() {
        return machine.to_owned();
    }
    std::env::temp_dir()
}

/// A name of its own for each device.
fn file_name(device: &str) -> String {
    let mut name = String::from("vegalith-");
    for byte in device.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b':' => {
                name.push(byte.into());
            }
            _ => name.push_str(&format!("%{byte:02x}")),
        }
    }
    name + ".lock"
}

/// Opens a plain file, which is made if there is none.
fn lock_file(path: &Path) -> io::Result<File> {
    // Without O_CREAT at first: in a folder that everyone may write to, that is refused for a file
    // of another user (fs.protected_regular).
    let safe = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let flags = safe | OFlags::RDWR;
    for _ in 0..8 {
        let opened = match open(path, flags, Mode::empty()) {
            // One that only its owner may write can still be locked.
            Err(Errno::ACCESS) => open(path, safe | OFlags::RDONLY, Mode::empty()),
            Err(Errno::NOENT) => {
                let create = flags | OFlags::CREATE | OFlags::EXCL;
                match open(path, create, Mode::from_raw_mode(0o666)) {
                    Err(Errno::EXIST) => continue,
                    Ok(made) => {
                        let file = File::from(made);
                        // Other users must be able to say in it that they hold the device.
                        file.set_permissions(Permissions::from_mode(0o666))?;
                        return Ok(file);
                    }
                    Err(errno) => Err(errno),
                }
            }
            opened => opened,
        };
        let file = match opened {
            Err(Errno::LOOP) => return Err(no_plain_file()),
            opened => File::from(opened?),
        };
        return match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(no_plain_file()),
        };
    }
    Err(io::Error::other("a file that comes and goes"))
}

fn no_plain_file() -> io::Error {
    io::Error::other("something that is no plain file")
}

/// Whether the path leads to the file.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let opened = file.metadata()?;
    match std::fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn write_text(mut file: &File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

/// Who holds a lock that is taken, as far as its file tells.
fn holder_of(path: &Path) -> String {
    let until = Instant::now() + NAMING_LIMIT;
    loop {
        let mut text = Vec::new();
        let read = File::open(path).and_then(|file| file.take(TEXT_BYTES).read_to_end(&mut text));
        let text = String::from_utf8_lossy(&text);
        if let Some(holder) = Holder::from_text(&text).filter(Holder::may_live) {
            return holder.to_string();
        }
        // Whoever has just taken it has not yet written its name over that of the last one.
        if read.is_err() || Instant::now() >= until {
            return format!("a process that does not say its name in {}", path.display());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Date and time of day in UTC, in the Gregorian calendar.
fn utc(time: SystemTime) -> String {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let mut days = seconds / 86_400;
    let mut year = 1970;
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let day = days + 1;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with `date -u -d @SECONDS`.
    #[test]
    fn times_are_those_of_the_calendar() {
        for (seconds, shown) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"),
            (1_798_761_600, "2027-01-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn devices_have_files_of_their_own() {
        assert_eq!(
            file_name("pcie:0000:3b:00.0"),
            "vegalith-pcie:0000:3b:00.0.lock"
        );
        assert_eq!(
            file_name("serial:/dev/a b"),
            "vegalith-serial:%2fdev%2fa%20b.lock"
        );
        assert_ne!(file_name("a/b"), file_name("a%2fb"));
    }

    #[test]
    fn holders_are_read_as_they_are_written() {
        let holder = Holder {
            pid: 77,
            program: "a program".into(),
            since: "2026-01-31T12:00:00Z".into(),
        };
        let text = holder.to_text();
        assert_eq!(Holder::from_text(&text), Some(holder.clone()));
        for end in 0..text.len() {
            assert_eq!(Holder::from_text(&text[..end]), None, "{end}");
        }
        let odd = Holder {
            program: "a\nb\x1b[1m".into(),
            ..holder
        };
        let read = Holder::from_text(&odd.to_text()).unwrap();
        assert_eq!(read.program, "a b [1m");
        assert_eq!(Holder::from_text("pid x\nprogram y\nsince z\n"), None);
    }
}
