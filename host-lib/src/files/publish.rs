//! Putting bytes under a name, all or nothing.
//!
//! The bytes go to a temporary file of a random name in the same folder, which is then moved: a writer that
//! is killed leaves one behind, and it is in nobody's way. New files get the mode that the umask
//! leaves of 0666, replaced ones no more than they had.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::FileError;

/// Puts `bytes` under `path`: there stands what stood there before or all of `bytes`, never a part. Links are
/// followed. What is no regular file (a pipe, `/dev/null`) is not replaced but written to.
///
/// # Errors
/// [`FileError::Write`], also for a folder; the temporary file is removed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> std::result::Result<(), FileError> {
    replace(path, bytes).map_err(|error| failed(path, &error))
}

/// Puts `bytes` under `path` if nothing stands there, also if others try the same at the same time.
///
/// # Errors
/// [`FileError::Exists`], and as [`write_atomically`].
pub fn write_new(path: &Path, bytes: &[u8]) -> std::result::Result<(), FileError> {
    let written = temporary(path, bytes, None).and_then(|file| {
        file.persist_noclobber(path)
            .map(drop)
            .map_err(|error| error.error)
    });
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => FileError::Exists {
            path: path.to_owned(),
        },
        _ => failed(path, &error),
    })
}

fn failed(path: &Path, error: &Error) -> FileError {
    FileError::Write {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    let resolved = is_link.then(|| fs::canonicalize(path)).transpose()?;
    let path = resolved.as_deref().unwrap_or(path);
    let before = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        found => Some(found?),
    };
    match &before {
        Some(found) if found.is_dir() => Err(Error::new(
            ErrorKind::IsADirectory,
            "it is a folder, expected the name of a file",
        )),
        Some(found) if !found.is_file() => {
            OpenOptions::new().write(true).open(path)?.write_all(bytes)
        }
        _ => {
            let file = temporary(path, bytes, before.as_ref())?;
            file.persist(path).map(drop).map_err(|error| error.error)
        }
    }
}

/// A complete file beside `path`, gone when dropped.
fn temporary(path: &Path, bytes: &[u8], before: Option<&Metadata>) -> Result<NamedTempFile> {
    if path.file_name().is_none() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "it is not the name of a file",
        ));
    }
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".vegalith-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = before.map_or(0o666, |found| found.permissions().mode() & 0o777);
        builder.permissions(PermissionsExt::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = before;
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}
