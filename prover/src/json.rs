//! JSON files: read with the path of the value at fault, written all or nothing.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use vegalith::files::{self, write_atomically, FileError};

use crate::{Error, Result};

/// Bytes of a file at most: ten times what proofs and verifying keys take.
const MAX_BYTES: u64 = 1 << 16;

/// The version that a file must have.
pub(crate) struct Version<const V: u32>;

/// A SHA-256 as 64 lower-case hexadecimal digits.
pub(crate) struct Digest(pub String);

/// Reads a file.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let malformed = |item: String, reason: String| Error::Malformed {
        file: path.to_owned(),
        item,
        reason,
    };
    let text = read_bytes(path, MAX_BYTES)?;
    let mut deserializer = serde_json::Deserializer::from_slice(&text);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let item = match error.path().to_string() {
            path if path == "." => "file".into(),
            path => path,
        };
        malformed(item, error.into_inner().to_string())
    })?;
    deserializer
        .end()
        .map_err(|error| malformed("file".into(), error.to_string()))?;
    Ok(value)
}

/// The bytes of a file, at most `most`.
pub(crate) fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>> {
    // What a file's length is said to be holds for no pipe and for no file that grows.
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .map_err(|source| Error::Io {
            file: path.to_owned(),
            action: "read",
            source,
        })?;
    if bytes.len() as u64 > most {
        return Err(Error::Malformed {
            file: path.to_owned(),
            item: "file".into(),
            reason: format!("more than {most} bytes"),
        });
    }
    Ok(bytes)
}

/// Writes a file: all of it or nothing.
pub(crate) fn write<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let text = text(path, value)?;
    write_atomically(path, &text).map_err(|error| unwritten(path, error))
}

/// As [`write`], but never in place of another file; whether it was written.
pub(crate) fn write_new<T: Serialize>(path: &Path, value: &T) -> Result<bool> {
    write_new_bytes(path, &text(path, value)?)
}

/// As [`write_new`], for a file of any kind.
pub(crate) fn write_new_bytes(path: &Path, bytes: &[u8]) -> Result<bool> {
    match files::write_new(path, bytes) {
        Ok(()) => Ok(true),
        Err(FileError::Exists { .. }) => Ok(false),
        Err(error) => Err(unwritten(path, error)),
    }
}

/// Whether a file could be written now.
pub(crate) fn check_writable(path: &Path) -> Result<()> {
    files::check_writable(path).map_err(|error| unwritten(path, error))
}

fn text<T: Serialize>(path: &Path, value: &T) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| Error::Malformed {
        file: path.to_owned(),
        item: "file".into(),
        reason: error.to_string(),
    })?;
    text.push(b'\n');
    Ok(text)
}

fn unwritten(path: &Path, error: FileError) -> Error {
    Error::Io {
        file: path.to_owned(),
        action: "write",
        source: std::io::Error::other(match error {
            FileError::Write { reason, .. } => reason,
            other => other.to_string(),
        }),
    }
}

impl<const V: u32> Serialize for Version<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_u32(V)
    }
}

impl<'de, const V: u32> Deserialize<'de> for Version<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            found if found == V => Ok(Version),
            found => Err(D::Error::custom(format!("version {found}, expected {V}"))),
        }
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(is_digit) {
            Ok(Digest(text))
        } else {
            Err(D::Error::custom(
                "expected 64 lower-case hexadecimal digits",
            ))
        }
    }
}
