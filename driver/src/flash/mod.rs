//! Loading an image into a small board with openFPGALoader.
//!
//! The image has passed [`Image::open`](crate::Image::open) before; here it is held to the board,
//! the tool is found and asked for its version, and run with a limit. A board that was loaded says
//! what it is when it is opened.

mod process;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{DeviceLock, Error, Image, ImageKind};
use process::Ended;

/// Name of the program.
const TOOL: &str = "openFPGALoader";
/// Oldest version that is known to load these boards: Debian 12's.
const OLDEST: (u32, u32) = (0, 10);
/// Longest time for the tool to tell its version.
const VERSION_LIMIT: Duration = Duration::from_secs(10);
/// Our boards as openFPGALoader calls them (`openFPGALoader --list-boards`), and the part on them, as in
/// `bitstreams/boards`.
const BOARDS: [(&str, &str, &str); 1] = [("ecp5-evn", "ecp5_evn", "LFE5UM5G-85F-8BG381")];

/// How a board is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlashOptions {
    /// Where the image goes.
    pub memory: FlashMemory,
    /// Which of several boards.
    pub port: Option<FlashPort>,
    /// Longest time for the tool.
    pub limit: Duration,
    /// The program; a plain name is looked for in `PATH`.
    pub tool: PathBuf,
}

impl Default for FlashOptions {
    fn default() -> Self {
        FlashOptions {
            memory: FlashMemory::Configuration,
            port: None,
            limit: Duration::from_secs(120),
            tool: PathBuf::from(TOOL),
        }
    }
}

/// Where an image goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlashMemory {
    /// Into the FPGA, until it loses power.
    Configuration,
    /// Into the flash memory that the FPGA loads itself from.
    Permanent,
}

/// One of several boards at a computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlashPort {
    /// By its place on USB, as `lsusb` shows it.
    Usb {
        /// Number of the bus.
        bus: u16,
        /// Number of the device there.
        device: u16,
    },
    /// By the serial number of its USB chip.
    Serial(String),
}

impl std::str::FromStr for FlashPort {
    type Err = String;

    /// `BUS:DEVICE` as `lsusb` shows them, or a serial number.
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some((bus, device)) = text.split_once(':') {
            if let (Ok(bus), Ok(device)) = (bus.parse(), device.parse()) {
                return Ok(FlashPort::Usb { bus, device });
            }
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        match !text.is_empty() && text.chars().all(plain) {
            true => Ok(FlashPort::Serial(text.to_owned())),
            false => Err(format!(
                "expected BUS:DEVICE as `lsusb` shows them, as in 1:7, or the serial number of the \
                 board's USB chip, found {text:?}"
            )),
        }
    }
}

/// Why a board was not loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlashError {
    /// The image is for something else.
    #[error(
        "{image}: {field}: expected {expected}, found {found}; name an image built for this board",
        image = image.display()
    )]
    WrongImage {
        /// The image.
        image: PathBuf,
        /// What differs.
        field: &'static str,
        /// What such a board takes.
        expected: String,
        /// What its manifest says.
        found: String,
    },
    /// The tool cannot be run.
    #[error(
        "expected {TOOL} on PATH, found: {reason}; install it (`apt-get install openfpgaloader`)"
    )]
    NoTool {
        /// What the operating system says.
        reason: String,
    },
    /// The tool is too old, or another program.
    #[error(
        "expected {TOOL} {major}.{minor} or later, found {found}; install a newer one (Debian's \
         package is openfpgaloader)",
        major = OLDEST.0,
        minor = OLDEST.1
    )]
    WrongTool {
        /// What it says when it is asked.
        found: String,
    },
    /// Somebody else loads a board.
    #[error(transparent)]
    Busy(Error),
    /// The tool says that it failed.
    #[error("{command} failed ({status}): {output}; {remedy}")]
    Failed {
        /// What was run.
        command: String,
        /// How it ended.
        status: String,
        /// Its last lines.
        output: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The tool did not end.
    #[error(
        "{command} did not end within {limit:?} and was stopped: {output}; plug the board off and on \
         and try again"
    )]
    Timeout {
        /// What was run.
        command: String,
        /// How long it was given.
        limit: Duration,
        /// Its last lines.
        output: String,
    },
}

/// A command that loads a board, not yet run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    tool: PathBuf,
    arguments: Vec<OsString>,
    /// What must not be loaded by two at once.
    target: String,
    limit: Duration,
}

impl Flash {
    /// What loads `image` into `board`.
    ///
    /// # Errors
    /// [`FlashError::WrongImage`] if it is for another board, or for none that is loaded this way.
    pub fn new(image: &Image, board: &str, options: &FlashOptions) -> Result<Self, FlashError> {
        let manifest = image.manifest();
        let wrong = |field, expected: String, found: String| FlashError::WrongImage {
            image: image.path().to_owned(),
            field,
            expected,
            found,
        };
        if manifest.board != board {
            return Err(wrong("board", board.to_owned(), manifest.board.clone()));
        }
        let Some((_, name, part)) = BOARDS.iter().find(|(ours, ..)| *ours == board) else {
            let boards: Vec<&str> = Self::boards().collect();
            let expected = format!("one that {TOOL} loads here ({})", boards.join(", "));
            return Err(wrong("board", expected, board.to_owned()));
        };
        if manifest.image.kind != ImageKind::Bit {
            let (expected, found) = (ImageKind::Bit, manifest.image.kind);
            return Err(wrong("kind", expected.to_string(), found.to_string()));
        }
        if manifest.part != *part {
            return Err(wrong("part", (*part).to_owned(), manifest.part.clone()));
        }
        let mut arguments: Vec<OsString> = vec!["-b".into(), name.into()];
        let mut target = format!("flash:{board}");
        if let Some(port) = &options.port {
            let (option, value) = match port {
                FlashPort::Usb { bus, device } => ("--busdev-num", format!("{bus}:{device}")),
                FlashPort::Serial(serial) => ("--ftdi-serial", serial.clone()),
            };
            target = format!("{target}:{value}");
            arguments.extend([option.into(), value.into()]);
        }
        arguments.push(match options.memory {
            FlashMemory::Configuration => "-m".into(),
            FlashMemory::Permanent => "-f".into(),
        });
        // A name that begins with a dash would be an option.
        arguments.push(Path::new(".").join(image.path()).into());
        Ok(Flash {
            tool: options.tool.clone(),
            arguments,
            target,
            limit: options.limit,
        })
    }

    /// Boards that can be loaded.
    pub fn boards() -> impl Iterator<Item = &'static str> {
        BOARDS.iter().map(|(ours, ..)| *ours)
    }

    /// The command as a shell takes it.
    pub fn command(&self) -> String {
        let words = self
            .arguments
            .iter()
            .map(|word| quoted(&word.to_string_lossy()));
        let tool = quoted(&self.tool.to_string_lossy());
        let words: Vec<String> = std::iter::once(tool).chain(words).collect();
        words.join(" ")
    }

    /// Runs the command.
    ///
    /// # Errors
    /// [`FlashError`] for a tool that is missing, old, fails or does not end.
    pub fn run(&self) -> Result<(), FlashError> {
        check_version(&self.tool)?;
        // Two tools on one chip disturb each other.
        let lock = DeviceLock::acquire(&self.target);
        let _lock = lock.map_err(FlashError::Busy)?;
        let ended = process::run(&self.tool, &self.arguments, self.limit);
        let ended = ended.map_err(|error| no_tool(&error))?;
        match ended {
            Ended::Done { success: true, .. } => Ok(()),
            Ended::Done { status, output, .. } => Err(FlashError::Failed {
                command: self.command(),
                status,
                remedy: remedy(&output),
                output: last_lines(&output),
            }),
            Ended::Stopped { output } => Err(FlashError::Timeout {
                command: self.command(),
                limit: self.limit,
                output: last_lines(&output),
            }),
        }
    }
}

fn no_tool(error: &std::io::Error) -> FlashError {
    FlashError::NoTool {
        reason: error.to_string(),
    }
}

fn check_version(tool: &Path) -> Result<(), FlashError> {
    let ended = process::run(tool, &["--Version".into()], VERSION_LIMIT);
    let ended = ended.map_err(|error| no_tool(&error))?;
    let (Ended::Done { output, .. } | Ended::Stopped { output }) = ended;
    match version(&output) {
        Some(found) if found >= OLDEST => Ok(()),
        Some((major, minor)) => Err(FlashError::WrongTool {
            found: format!("{major}.{minor}"),
        }),
        None => Err(FlashError::WrongTool {
            found: format!("a program of that name that says {:?}", last_lines(&output)),
        }),
    }
}

/// Version in a line like `openFPGALoader v0.12.1`.
fn version(output: &str) -> Option<(u32, u32)> {
    let text = output.lines().find_map(|line| line.strip_prefix(TOOL))?;
    let mut numbers = text.trim().trim_start_matches('v').split('.');
    let mut number = || {
        let digits = numbers.next()?;
        let end = digits.find(|c: char| !c.is_ascii_digit());
        digits[..end.unwrap_or(digits.len())].parse().ok()
    };
    Some((number()?, number()?))
}

/// What the tool's own words mean.
fn remedy(output: &str) -> &'static str {
    let says = |words: &[&str]| words.iter().any(|word| output.contains(word));
    if says(&["-4 (", "-8 (", "usb_open() failed", "ermission denied"]) {
        "this user may not use the board's USB port: install the tool's udev rules \
         (99-openfpgaloader.rules), join group plugdev and plug the board off and on"
    } else if says(&["device not found", "-3 (", "unable to open"]) {
        "expected the board at a USB port of this computer, found none: connect it, switch it on, \
         and compare with `lsusb`; name one of several with --port"
    } else if says(&["cannot find board"]) {
        "the tool does not know the board: install a newer one"
    } else {
        "see the board's manual and the tool's `--detect`"
    }
}

/// The end of what a program wrote, in one line.
fn last_lines(output: &str) -> String {
    const LINES: usize = 4;
    const CHARACTERS: usize = 400;
    // Progress bars overwrite themselves.
    let lines: Vec<String> = output
        .split(['\n', '\r'])
        .map(|line| {
            line.replace(|c: char| c.is_control(), " ")
                .trim()
                .to_owned()
        })
        .filter(|line| !line.is_empty())
        .collect();
    let text = lines[lines.len().saturating_sub(LINES)..].join(" / ");
    match text.chars().count() {
        0 => "it said nothing".to_owned(),
        count => text
            .chars()
            .skip(count.saturating_sub(CHARACTERS))
            .collect(),
    }
}

/// A word for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=+@%,".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_tool() {
        assert_eq!(version("openFPGALoader v0.10.0\n"), Some((0, 10)));
        assert_eq!(version("openFPGALoader v1.2\n"), Some((1, 2)));
        assert_eq!(version("openFPGALoader v0.13.1-dirty"), Some((0, 13)));
        assert_eq!(version("openFPGALoader"), None);
        assert_eq!(version("fpgaloader v1.0"), None);
        assert!((0, 9) < OLDEST && (0, 12) > OLDEST && (1, 0) > OLDEST);
    }

    #[test]
    fn what_the_tool_says_has_a_remedy() {
        let not_there = "unable to open ftdi device: -3 (device not found)\n\
                         JTAG init failed with: unable to open ftdi device";
        assert!(remedy(not_there).contains("found none"));
        let forbidden = "unable to open ftdi device: -4 (usb_open() failed)";
        assert!(remedy(forbidden).contains("udev"));
        assert!(remedy("Error: cannot find board 'x'").contains("newer"));
        assert!(remedy("CRC error").contains("--detect"));
    }

    #[test]
    fn only_the_end_of_long_output_is_told() {
        assert_eq!(last_lines(" \n"), "it said nothing");
        assert_eq!(last_lines("a\rb\x07\n\nc\nd\ne\n"), "b / c / d / e");
        assert_eq!(last_lines(&"x".repeat(1000)).len(), 400);
    }

    #[test]
    fn ports_are_places_or_serial_numbers() {
        let usb = FlashPort::Usb { bus: 1, device: 7 };
        assert_eq!("001:007".parse(), Ok(usb));
        let serial = FlashPort::Serial("FT4X_1.2".into());
        assert_eq!("FT4X_1.2".parse(), Ok(serial));
        for text in ["", "1:x", "--reset", "a b"] {
            assert!(text.parse::<FlashPort>().is_err(), "{text}");
        }
    }

    #[test]
    fn commands_are_quoted() {
        assert_eq!(quoted("./a-b/c.bit"), "./a-b/c.bit");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }
}
