//! Putting bytes under a name, all or nothing.
//!
//! The bytes go to a temporary file of a random name in the same folder, which is then moved: a writer that
//! is killed leaves one behind, and it is in nobody's way. New files get the mode that the umask
//! leaves of 0666, replaced ones no more than they had.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

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

/// Whether [`write_atomically`] could put a file under `path` now; for work that takes long before there is
/// something to write. What stands there is not touched.
///
/// # Errors
/// [`FileError::Write`], as writing would.
pub fn check_writable(path: &Path) -> std::result::Result<(), FileError> {
    let check = || {
        let (path, before) = target(path)?;
        match &before {
            // To open a pipe would wait for its reader.
            Some(found) if !found.is_file() => Ok(()),
            // What the mode of a folder does not tell: file systems that are read-only or full.
            _ => temporary(&path, &[], before.as_ref()).map(drop),
        }
    };
    check().map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &Error) -> FileError {
    FileError::Write {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let (path, before) = target(path)?;
    match &before {
        Some(found) if !found.is_file() => {
            OpenOptions::new().write(true).open(path)?.write_all(bytes)
        }
        _ => {
            let file = temporary(&path, bytes, before.as_ref())?;
            file.persist(path).map(drop).map_err(|error| error.error)
        }
    }
}

/// The place that `path` leads to, and what stands there; no folder.
fn target(path: &Path) -> Result<(PathBuf, Option<Metadata>)> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
    let path = if is_link {
        fs::canonicalize(path)?
    } else {
        path.to_owned()
    };
    match fs::metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((path, None)),
        Ok(found) if found.is_dir() => Err(Error::new(
            ErrorKind::IsADirectory,
            "it is a folder, expected the name of a file",
        )),
        found => Ok((path, Some(found?))),
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
    let mut file = builder.tempfile_in(folder).map_err(without_name)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// The system's error without the temporary file's name, which nobody gave and `tempfile` appends.
fn without_name(error: Error) -> Error {
    match error.to_string().rsplit_once(" at path ") {
        Some((reason, _)) => Error::new(error.kind(), reason.to_owned()),
        None => error,
    }
}
