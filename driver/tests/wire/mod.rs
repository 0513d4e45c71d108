//! What the serial tests and the fault campaign share: boards of which every gate is simulated, behind
//! pseudo-terminals.
#![allow(dead_code, reason = "each user takes a part")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use vegalith_driver::serial::SerialOptions;
use vegalith_driver::simulator::{
    boards, BoardSimulator, BoardTerminal, ModelOnBoard, NoiseCounts, TerminalOptions,
};
use vegalith_driver::Limits;

/// A board that runs on a thread of its own.
pub struct Served {
    pub path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<BoardTerminal>>,
}

impl Served {
    /// From power-up on.
    pub fn start(model: &ModelOnBoard, options: TerminalOptions) -> Served {
        let board = BoardSimulator::open(model.preset).unwrap();
        let terminal = BoardTerminal::open(board, options).unwrap();
        let mut served = Served {
            path: terminal.path().to_owned(),
            stop: Arc::default(),
            thread: None,
        };
        served.resume(terminal);
        served
    }

    /// Lets it go on.
    pub fn resume(&mut self, mut terminal: BoardTerminal) {
        self.stop.store(false, Ordering::Relaxed);
        let stop = Arc::clone(&self.stop);
        self.thread = Some(std::thread::spawn(move || {
            terminal.serve(&stop).unwrap();
            terminal
        }));
    }

    /// Stands the board's clock still.
    pub fn pause(&mut self) -> BoardTerminal {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().expect("is served").join().unwrap()
    }

    /// What has gone wrong on its line.
    pub fn noise(&mut self) -> NoiseCounts {
        let terminal = self.pause();
        let counts = terminal.noise();
        self.resume(terminal);
        counts
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A simulated line is slow: a few kilobytes a second on a busy machine.
pub fn patient() -> SerialOptions {
    SerialOptions {
        reply_timeout: Duration::from_millis(1500),
        longest_reply_timeout: Duration::from_millis(1500),
        ..SerialOptions::default()
    }
}

pub fn soon() -> Limits<'static> {
    Limits::from(Instant::now() + Duration::from_secs(120))
}

pub fn ntt_board() -> &'static ModelOnBoard {
    let is_ntt = |model: &&ModelOnBoard| model.preset.starts_with("ntt-goldilocks");
    boards().iter().find(is_ntt).expect("a board with an NTT")
}
