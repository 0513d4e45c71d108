//! A program that is run with a limit, and what it wrote.

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

/// Time between two looks at a program.
const NAP: Duration = Duration::from_millis(10);
/// How long its output may go on after its end: a child of its own may have kept the pipe.
const DRAIN_LIMIT: Duration = Duration::from_millis(500);
/// Most that is kept of what it writes.
const OUTPUT_BYTES: usize = 1 << 16;

/// How a program ended.
pub(super) enum Ended {
    /// By itself.
    Done {
        success: bool,
        status: String,
        output: String,
    },
    /// It was stopped at its limit.
    Stopped { output: String },
}

/// Runs a program of `PATH`; its output and errors are kept in the order of their arrival.
///
/// # Errors
/// If it cannot be started.
pub(super) fn run(program: &Path, arguments: &[OsString], limit: Duration) -> io::Result<Ended> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let pieces = listen(&mut child);
    let mut output = Vec::new();
    let until = Instant::now() + limit;
    let status = loop {
        keep(&mut output, &pieces, NAP);
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < until => {}
            Ok(None) | Err(_) => break None,
        }
    };
    if status.is_none() {
        // It may have ended just now.
        let _ = child.kill();
        let _ = child.wait();
    }
    let drained = Instant::now() + DRAIN_LIMIT;
    while keep(&mut output, &pieces, NAP) && Instant::now() < drained {}
    let output = String::from_utf8_lossy(&output).into_owned();
    Ok(match status {
        Some(status) => Ended::Done {
            success: status.success(),
            status: status.to_string(),
            output,
        },
        None => Ended::Stopped { output },
    })
}

/// What a program writes, piece by piece.
fn listen(child: &mut Child) -> Receiver<Vec<u8>> {
    let (send, pieces) = mpsc::channel();
    pass_on(child.stdout.take(), send.clone());
    pass_on(child.stderr.take(), send);
    pieces
}

fn pass_on(pipe: Option<impl Read + Send + 'static>, pieces: Sender<Vec<u8>>) {
    let Some(mut pipe) = pipe else { return };
    std::thread::spawn(move || {
        let mut piece = vec![0; 4096];
        while let Ok(read @ 1..) = pipe.read(&mut piece) {
            if pieces.send(piece[..read].to_vec()).is_err() {
                break;
            }
        }
    });
}

/// Adds what comes within `patience`; whether more may come.
fn keep(output: &mut Vec<u8>, pieces: &Receiver<Vec<u8>>, patience: Duration) -> bool {
    let started = Instant::now();
    loop {
        let left = patience.saturating_sub(started.elapsed());
        match pieces.recv_timeout(left) {
            Ok(piece) => {
                output.extend(piece);
                let excess = output.len().saturating_sub(OUTPUT_BYTES);
                output.drain(..excess);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => return true,
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                std::thread::sleep(left);
                return false;
            }
        }
    }
}
