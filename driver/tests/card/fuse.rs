//! A flat folder of files served from this process by the kernel's FUSE protocol (linux/fuse.h,
//! version 7.31), mounted by `mount(2)`: real nodes for real system calls, whose answers a test
//! decides.
//!
//! A process that is killed while one of its threads waits for one of its own files can leave them
//! mounted and that thread asleep for ever: `umount -f` as root ends both.

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustix::io::Errno;
use rustix::mount::{mount, unmount, MountFlags, UnmountFlags};

/// What is behind the files. Calls come from several threads.
pub trait Files: Send + Sync + 'static {
    /// Names of the files that are there now.
    fn names(&self) -> Vec<String>;
    /// Fills at most `bytes` from `offset` on.
    fn read(&self, name: &str, offset: u64, bytes: usize) -> Result<Vec<u8>, Errno>;
    /// Takes the data or a part of it from its start.
    fn write(&self, name: &str, offset: u64, data: &[u8]) -> Result<usize, Errno>;
    /// Whether a read would find something. `wake` is called when that changes to yes.
    fn is_readable(&self, name: &str, wake: Wake) -> bool;
}

/// Wakes whoever polls a file.
#[derive(Clone)]
pub struct Wake {
    connection: Arc<File>,
    handle: u64,
}

impl Wake {
    pub fn wake(&self) {
        const NOTIFY_POLL: i32 = 1;
        // Nobody is left to be woken when this fails.
        let _ = send(&self.connection, NOTIFY_POLL, 0, &self.handle.to_le_bytes());
    }
}

/// A mounted folder; dropping it makes its files fail with ENOTCONN, as when a device is pulled.
pub struct Mount {
    target: PathBuf,
    threads: Vec<JoinHandle<()>>,
}

const THREADS: usize = 3;
/// Size of the kernel's requests and of the space for them.
const MAX_WRITE_BYTES: u32 = 1 << 20;
const IN_HEADER_BYTES: usize = 40;
const ROOT: u64 = 1;

impl Mount {
    /// Mounts at a folder. Fails where the process may not mount or there is no FUSE.
    pub fn new(target: &Path, files: Arc<dyn Files>) -> io::Result<Self> {
        let connection = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/dev/fuse")?;
        let data = format!(
            "fd={},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions",
            connection.as_raw_fd()
        );
        let data = CString::new(data)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        mount("vegalith", target, "fuse", flags, data.as_c_str())?;
        let connection = Arc::new(connection);
        let threads = (0..THREADS)
            .map(|_| {
                let server = Server {
                    connection: connection.clone(),
                    files: files.clone(),
                };
                std::thread::spawn(move || server.run())
            })
            .collect();
        Ok(Mount {
            target: target.to_owned(),
            threads,
        })
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // Forced: calls under way are aborted, the server's threads see the end.
        let flags = UnmountFlags::FORCE | UnmountFlags::DETACH;
        if unmount(&self.target, flags).is_ok() {
            for thread in self.threads.drain(..) {
                let _ = thread.join();
            }
        }
    }
}

struct Server {
    connection: Arc<File>,
    files: Arc<dyn Files>,
}

/// Answer to a request: nothing at all, or a body.
type Answer = Option<Result<Vec<u8>, Errno>>;

struct Request<'a> {
    opcode: u32,
    unique: u64,
    node: u64,
    body: &'a [u8],
}

impl Request<'_> {
    fn u32(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.body[at..at + 4].try_into().unwrap())
    }

    fn u64(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.body[at..at + 8].try_into().unwrap())
    }
}

fn send(connection: &File, error: i32, unique: u64, body: &[u8]) -> io::Result<()> {
    let mut message = Vec::with_capacity(16 + body.len());
    message.extend((16 + body.len() as u32).to_le_bytes());
    message.extend(error.to_le_bytes());
    message.extend(unique.to_le_bytes());
    message.extend(body);
    (&*connection).write_all(&message)
}

impl Server {
    fn run(&self) {
        let mut message = vec![0; MAX_WRITE_BYTES as usize + 4096];
        loop {
            let bytes = match (&*self.connection).read(&mut message) {
                Ok(bytes) => bytes,
                // A request that was withdrawn meanwhile.
                Err(error) if error.raw_os_error() == Some(Errno::NOENT.raw_os_error()) => continue,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // Unmounted.
                Err(_) => return,
            };
            let header = Request {
                opcode: 0,
                unique: 0,
                node: 0,
                body: &message[..IN_HEADER_BYTES],
            };
            let request = Request {
                opcode: header.u32(4),
                unique: header.u64(8),
                node: header.u64(16),
                body: &message[IN_HEADER_BYTES..bytes],
            };
            // An answer that nobody waits for any more is refused by the kernel.
            let _ = match self.answer(&request) {
                None => Ok(()),
                Some(Ok(body)) => send(&self.connection, 0, request.unique, &body),
                Some(Err(errno)) => {
                    send(&self.connection, -errno.raw_os_error(), request.unique, &[])
                }
            };
        }
    }

    fn answer(&self, request: &Request<'_>) -> Answer {
        const DIRECT_IO: u32 = 1 << 0;
        Some(match request.opcode {
            // LOOKUP
            1 => self.lookup(request.body),
            // FORGET, INTERRUPT, BATCH_FORGET
            2 | 36 | 42 => return None,
            // GETATTR, SETATTR
            3 | 4 => Ok(self.attributes(request.node)),
            // OPEN, OPENDIR
            14 | 27 => self.name(request.node).map(|_| {
                let mut body = 0u64.to_le_bytes().to_vec();
                body.extend(DIRECT_IO.to_le_bytes());
                body.extend([0; 4]);
                body
            }),
            // READ
            15 => self.name(request.node).and_then(|name| {
                let bytes = request.u32(16) as usize;
                self.files.read(&name, request.u64(8), bytes)
            }),
            // WRITE
            16 => self.name(request.node).and_then(|name| {
                let data = &request.body[40..40 + request.u32(16) as usize];
                let written = self.files.write(&name, request.u64(8), data)?;
                let mut body = (written as u32).to_le_bytes().to_vec();
                body.extend([0; 4]);
                Ok(body)
            }),
            // RELEASE, RELEASEDIR, ACCESS, DESTROY
            18 | 29 | 34 | 38 => Ok(Vec::new()),
            // INIT
            26 => Ok(self.initialise()),
            // READDIR
            28 => Ok(self.read_folder(request.u64(8), request.u32(16) as usize)),
            // POLL
            40 => self.name(request.node).map(|name| {
                let wake = Wake {
                    connection: self.connection.clone(),
                    handle: request.u64(8),
                };
                const IN: u32 = 1;
                let events = u32::from(self.files.is_readable(&name, wake)) * IN;
                let mut body = events.to_le_bytes().to_vec();
                body.extend([0; 4]);
                body
            }),
            _ => Err(Errno::NOSYS),
        })
    }

    /// Nodes are numbered by the place of their name.
    fn name(&self, node: u64) -> Result<String, Errno> {
        if node == ROOT {
            return Ok(String::new());
        }
        let index = (node - ROOT - 1) as usize;
        let names = self.files.names();
        names.into_iter().nth(index).ok_or(Errno::NODEV)
    }

    fn lookup(&self, body: &[u8]) -> Result<Vec<u8>, Errno> {
        let wanted = body.strip_suffix(&[0]).unwrap_or(body);
        let names = self.files.names();
        let index = names.iter().position(|name| name.as_bytes() == wanted);
        let node = ROOT + 1 + index.ok_or(Errno::NOENT)? as u64;
        // Generation, and validity of names and attributes: none, since files come and go.
        let mut entry = node.to_le_bytes().to_vec();
        entry.extend([0; 32]);
        entry.extend(attribute(node));
        Ok(entry)
    }

    fn attributes(&self, node: u64) -> Vec<u8> {
        let mut body = vec![0; 16];
        body.extend(attribute(node));
        body
    }

    fn initialise(&self) -> Vec<u8> {
        const MAX_PAGES: u32 = 1 << 22;
        const BIG_WRITES: u32 = 1 << 5;
        let mut body = Vec::new();
        // Version, read-ahead, flags.
        for word in [7, 31, 0, MAX_PAGES | BIG_WRITES] {
            body.extend(u32::to_le_bytes(word));
        }
        // Requests in the background, congestion threshold.
        body.extend(16u16.to_le_bytes());
        body.extend(12u16.to_le_bytes());
        body.extend(MAX_WRITE_BYTES.to_le_bytes());
        // Granularity of times.
        body.extend(1u32.to_le_bytes());
        body.extend(((MAX_WRITE_BYTES / 4096) as u16).to_le_bytes());
        body.resize(64, 0);
        body
    }

    fn read_folder(&self, offset: u64, space: usize) -> Vec<u8> {
        const REGULAR: u32 = 8;
        let mut body = Vec::new();
        let names = self.files.names();
        for (index, name) in names.iter().enumerate().skip(offset as usize) {
            let mut entry = Vec::new();
            entry.extend((ROOT + 1 + index as u64).to_le_bytes());
            entry.extend((index as u64 + 1).to_le_bytes());
            entry.extend((name.len() as u32).to_le_bytes());
            entry.extend(REGULAR.to_le_bytes());
            entry.extend(name.as_bytes());
            entry.resize(entry.len().next_multiple_of(8), 0);
            if body.len() + entry.len() > space {
                break;
            }
            body.extend(entry);
        }
        body
    }
}

/// `struct fuse_attr`.
fn attribute(node: u64) -> Vec<u8> {
    const FOLDER: u32 = 0o040755;
    const FILE: u32 = 0o100660;
    let mut body = node.to_le_bytes().to_vec();
    // Size, blocks, three times and their nanoseconds.
    body.extend([0; 5 * 8 + 3 * 4]);
    let mode = if node == ROOT { FOLDER } else { FILE };
    // Mode, links, user, group, device, block size, flags.
    for word in [mode, 1, 0, 0, 0, 4096, 0] {
        body.extend(u32::to_le_bytes(word));
    }
    body
}
