//! Simulated boards: a kernel with its memory and its serial bridge, seen at the pins.
//!
//! ```text
//!   program ── /dev/pts/N ── Noise ── LineWriter ─► BoardSimulator
//!                         └─ Noise ── LineReader ◄─┘
//! ```

mod line;
mod noise;
mod terminal;

use crate::bridge::ffi;
use crate::Error;

pub use line::{LineReader, LineWriter};
pub use noise::{Noise, NoiseCounts, NoiseRates};
pub use terminal::{BoardTerminal, TerminalError, TerminalOptions};

/// A compiled model of a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelOnBoard {
    /// Name of the board.
    pub board: &'static str,
    /// Preset of its kernel.
    pub preset: &'static str,
    /// Digest of the preset.
    pub digest: [u8; 32],
    /// Clocks of a bit on the serial line; far fewer than on the real board.
    pub bit_clocks: usize,
}

static BOARDS: &[ModelOnBoard] = include!(concat!(env!("OUT_DIR"), "/boards.rs"));

/// All compiled boards.
pub fn boards() -> &'static [ModelOnBoard] {
    BOARDS
}

/// A board from its power-up on.
pub struct BoardSimulator {
    inner: cxx::UniquePtr<ffi::BoardSimulator>,
    model: ModelOnBoard,
}

impl std::fmt::Debug for BoardSimulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoardSimulator")
            .field("preset", &self.model.preset)
            .field("cycle", &self.cycle())
            .finish_non_exhaustive()
    }
}

impl BoardSimulator {
    /// Opens the board that carries a preset's kernel.
    ///
    /// # Errors
    /// [`Error::UnknownBoard`] for a preset that is compiled for no board.
    pub fn open(preset: &str) -> Result<Self, Error> {
        let found = BOARDS.iter().position(|model| model.preset == preset);
        let index = found.ok_or_else(|| Error::UnknownBoard {
            preset: preset.to_owned(),
            known: BOARDS
                .iter()
                .map(|model| model.preset)
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        Ok(BoardSimulator {
            inner: ffi::open_board(index as u32)?,
            model: BOARDS[index],
        })
    }

    /// The model behind it.
    pub fn model(&self) -> ModelOnBoard {
        self.model
    }

    /// Clocks since power-up.
    pub fn cycle(&self) -> u64 {
        self.inner.cycle()
    }

    /// One clock for each level: `driven` on the board's input line, 0 or 1, and in `seen` what it has on
    /// its output line. An idle line is 1.
    ///
    /// # Errors
    /// [`Error::Model`] if the lengths differ or the model fails.
    pub fn exchange(&mut self, driven: &[u8], seen: &mut [u8]) -> Result<(), Error> {
        Ok(self.inner.pin_mut().exchange(driven, seen)?)
    }

    /// Holds the board's reset button for some clocks.
    pub fn press_button(&mut self, clocks: u32) -> Result<(), Error> {
        Ok(self.inner.pin_mut().press_button(clocks)?)
    }

    /// The board's lights, lit ones 1.
    pub fn lights(&self) -> u8 {
        self.inner.lights()
    }
}
