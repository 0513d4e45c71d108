//! What can go wrong, as exit codes.

use std::process::ExitCode;

use vegalith::files::FileError;
use vegalith_hdl::presets::GenerateError;
use vegalith_hdl::BoardError;

/// What a command that ran to its end has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done, or "yes": exit code 0.
    Done,
    /// "No", as in a proof that does not verify: exit code 1.
    No,
}

impl From<Answer> for ExitCode {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Done => ExitCode::SUCCESS,
            Answer::No => ExitCode::from(1),
        }
    }
}

/// Why a command failed; the message is one line.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// Bad usage or bad input: exit code 2.
    #[error("{0}")]
    Input(String),
    /// The device or the environment failed: exit code 3.
    #[error("{0}")]
    Environment(String),
    /// Somebody else uses the device: exit code 3.
    #[error("{message}")]
    Busy {
        /// What is told.
        message: String,
        /// Who uses it.
        holder: String,
    },
}

impl CliError {
    /// 2 or 3.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            CliError::Input(_) => 2,
            CliError::Environment(_) | CliError::Busy { .. } => 3,
        })
    }
}

impl From<vegalith::Error> for CliError {
    fn from(error: vegalith::Error) -> Self {
        use vegalith::Error::*;
        let message = one_line(&error);
        match error {
            InvalidInput(_) | Unsupported { .. } => CliError::Input(message),
            Busy { holder, .. } => CliError::Busy { message, holder },
            _ => CliError::Environment(message),
        }
    }
}

impl From<FileError> for CliError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Write { .. } => CliError::Environment(one_line(&error)),
            _ => CliError::Input(one_line(&error)),
        }
    }
}

impl From<vegalith_prover::Error> for CliError {
    fn from(error: vegalith_prover::Error) -> Self {
        use vegalith_prover::Error::*;
        let message = one_line(&error);
        match error {
            Backend(error) => error.into(),
            Refused(_)
            | Malformed { .. }
            | Io { action: "read", .. }
            | Keys { .. }
            | WrongKeys { .. } => CliError::Input(message),
            _ => CliError::Environment(message),
        }
    }
}

impl From<GenerateError> for CliError {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::UnknownPreset { .. } => CliError::Input(one_line(&error)),
            _ => CliError::Environment(one_line(&error)),
        }
    }
}

impl From<BoardError> for CliError {
    fn from(error: BoardError) -> Self {
        match error {
            BoardError::Unknown { .. } => CliError::Input(one_line(&error)),
            _ => CliError::Environment(one_line(&error)),
        }
    }
}

/// The message without line breaks.
pub fn one_line(error: &dyn std::fmt::Display) -> String {
    error
        .to_string()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
