//! Images and their manifests: found by digest, refused when anything differs.
//!
//! ```text
//!   image.json ─ Manifest ─┬─ schema, ABI version, timing met
//!                          ├─ preset and digest   those that this program knows
//!                          ├─ board, kind         those that were asked for
//!   image file ── bytes, SHA-256 ── Image ── agrees ── Identity of the kernel that runs
//! ```
//!
//! An [`Image`] is one whose file was read to its end and is what its manifest says. What the
//! manifest says of the kernel in it is only believed once the kernel says the same.

mod error;
mod manifest;
mod search;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use vegalith_abi::ABI_VERSION;

use crate::{Digest, Error, Identity};

pub use error::ImageError;
pub use manifest::{Access, Flow, ImageFile, ImageKind, Manifest, Resource, Source, Use};
pub use search::SearchPath;

/// Name of every manifest.
const MANIFEST: &str = "image.json";
/// Manifests of the flows have some kilobytes.
const MANIFEST_BYTES: u64 = 1 << 20;

/// A preset that a program knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPreset {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub digest: Digest,
}

/// The image that a caller means to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageRequest {
    /// Presets that the caller knows; an image of another is refused. Empty for any.
    pub known: Vec<KnownPreset>,
    /// Name of its preset; `None` for any that is known.
    pub preset: Option<String>,
    /// Digest of its preset; `None` for any that is known.
    pub preset_digest: Option<Digest>,
    /// Name of the board; `None` for any.
    pub board: Option<String>,
    /// Its kind; `None` for any.
    pub kind: Option<ImageKind>,
}

impl std::fmt::Display for ImageRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.preset, self.preset_digest) {
            (Some(preset), _) => write!(f, "{preset}")?,
            (None, Some(digest)) => write!(f, "the preset with digest {digest}")?,
            (None, None) => write!(f, "any preset")?,
        }
        match &self.board {
            Some(board) => write!(f, " for {board}"),
            None => Ok(()),
        }
    }
}

/// An image that is what its manifest says.
#[derive(Clone, Debug, PartialEq)]
pub struct Image {
    path: PathBuf,
    manifest: Manifest,
}

impl Image {
    /// Reads an image by its own path, its manifest's or that of the folder in which both are, and
    /// holds it to a request.
    ///
    /// # Errors
    /// [`ImageError`] for the first thing that is not as it should be.
    pub fn open(path: &Path, request: &ImageRequest) -> Result<Self, ImageError> {
        let manifest_path = manifest_of(path);
        let manifest = read_manifest(&manifest_path)?;
        let image = manifest_path.with_file_name(&manifest.image.file);
        let is_meant = path == manifest_path || path.is_dir() || same_file(path, &image);
        if !is_meant {
            return Err(ImageError::Mismatch {
                field: "image.file",
                expected: file_name(path),
                found: manifest.image.file.clone(),
                remedy: "the manifest beside it is another image's",
                path: manifest_path,
            });
        }
        accept(&manifest_path, &manifest, request)?;
        check_file(&image, &manifest.image)?;
        Ok(Image {
            path: image,
            manifest,
        })
    }

    /// The image file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is known of it.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether the kernel that runs is the one in the image.
    ///
    /// # Errors
    /// [`Error::ImageMismatch`] for the first word in which they differ.
    pub fn agrees(&self, kernel: &Identity) -> Result<(), Error> {
        let Manifest {
            preset_digest,
            abi_version,
            build_id,
            ..
        } = &self.manifest;
        let pairs = [
            (
                "preset digest",
                preset_digest.to_string(),
                kernel.preset_digest.to_string(),
            ),
            (
                "ABI version",
                abi_version.to_string(),
                kernel.abi_version.to_string(),
            ),
            (
                "build id",
                build_id.to_string(),
                kernel.build_id.to_string(),
            ),
        ];
        for (field, expected, found) in pairs {
            if expected != found {
                let image = self.path.display();
                return Err(Error::ImageMismatch {
                    field,
                    expected: format!("{expected} ({image}; load it with `vegalith flash`)"),
                    found,
                });
            }
        }
        Ok(())
    }
}

/// Path of the manifest of what a caller names.
fn manifest_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.join(MANIFEST);
    }
    match path.extension() {
        Some(extension) if extension == "json" => path.to_owned(),
        _ => path.with_file_name(MANIFEST),
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn same_file(a: &Path, b: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize();
    match (canonical(a), canonical(b)) {
        (Ok(a), Ok(b)) => a == b,
        // One that is missing is told as such when it is read.
        _ => a.file_name() == b.file_name(),
    }
}

/// Anything else may have no end, or wait for ever.
fn open_file(path: &Path) -> io::Result<File> {
    match std::fs::metadata(path)?.is_file() {
        true => File::open(path),
        false => Err(io::Error::other("no regular file")),
    }
}

fn read_manifest(path: &Path) -> Result<Manifest, ImageError> {
    let unreadable = |error: io::Error| ImageError::Unreadable {
        path: path.to_owned(),
        expected: "the manifest that every flow writes beside its image",
        reason: error.to_string(),
    };
    let malformed = |reason| ImageError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let file = open_file(path).map_err(unreadable)?;
    let mut text = Vec::new();
    let limited = file.take(MANIFEST_BYTES + 1);
    { limited }.read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > MANIFEST_BYTES {
        return Err(malformed(format!("more than {MANIFEST_BYTES} bytes")));
    }
    Manifest::parse(&text).map_err(malformed)
}

/// Holds what a manifest says to a request.
fn accept(path: &Path, manifest: &Manifest, request: &ImageRequest) -> Result<(), ImageError> {
    const REBUILD: &str = "build the image again with this version";
    let differs = |field, expected: String, found: String, remedy| {
        Err(ImageError::Mismatch {
            path: path.to_owned(),
            field,
            expected,
            found,
            remedy,
        })
    };
    let Manifest {
        preset,
        preset_digest,
        abi_version,
        board,
        clock_mhz,
        ..
    } = manifest;
    if !ABI_VERSION.accepts(*abi_version) {
        let expected = format!("{ABI_VERSION}, or a later {}.x", ABI_VERSION.major);
        return differs("abi_version", expected, abi_version.to_string(), REBUILD);
    }
    if let Some(wanted) = request.preset.as_ref().filter(|wanted| *wanted != preset) {
        return differs(
            "preset",
            wanted.clone(),
            preset.clone(),
            "name the image of that preset",
        );
    }
    if !request.known.is_empty() {
        let Some(known) = request.known.iter().find(|known| known.name == *preset) else {
            let names: Vec<&str> = request.known.iter().map(|k| k.name.as_str()).collect();
            return differs("preset", names.join(", "), preset.clone(), REBUILD);
        };
        if known.digest != *preset_digest {
            return differs(
                "preset_digest",
                format!("{} of {preset}", known.digest),
                preset_digest.to_string(),
                REBUILD,
            );
        }
    }
    let digest = request.preset_digest;
    if let Some(wanted) = digest.filter(|wanted| wanted != preset_digest) {
        return differs(
            "preset_digest",
            wanted.to_string(),
            preset_digest.to_string(),
            "name the image of that preset",
        );
    }
    if let Some(wanted) = request.board.as_ref().filter(|wanted| *wanted != board) {
        return differs(
            "board",
            wanted.clone(),
            board.clone(),
            "an image for another board may damage this one: name one built for it",
        );
    }
    let kind = manifest.image.kind;
    if let Some(wanted) = request.kind.filter(|wanted| *wanted != kind) {
        return differs(
            "image.kind",
            wanted.to_string(),
            kind.to_string(),
            "this way of loading takes no other",
        );
    }
    if let Some(fmax) = manifest.fmax_mhz.filter(|fmax| fmax < clock_mhz) {
        return differs(
            "fmax_mhz",
            format!("at least the clock of {clock_mhz}"),
            fmax.to_string(),
            "timing is not met and results would be wrong: build it with a slower clock or another seed",
        );
    }
    Ok(())
}

/// Reads the image to its end and compares.
fn check_file(path: &Path, expected: &ImageFile) -> Result<(), ImageError> {
    let unreadable = |error: io::Error| ImageError::Unreadable {
        path: path.to_owned(),
        expected: "the image of the manifest beside it",
        reason: error.to_string(),
    };
    let mut file = open_file(path).map_err(unreadable)?;
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => {
                hash.update(&buffer[..read]);
                bytes += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(error)),
        }
    }
    let differs = |field, expected: String, found: String, remedy| ImageError::Mismatch {
        path: path.to_owned(),
        field,
        expected,
        found,
        remedy,
    };
    if bytes != expected.bytes {
        let remedy = match bytes < expected.bytes {
            true => "the file is truncated: copy or build it again",
            false => "the file is another: copy or build it again",
        };
        let found = format!("{bytes} bytes");
        return Err(differs(
            "size",
            format!("{} bytes", expected.bytes),
            found,
            remedy,
        ));
    }
    let found = Digest(hash.finalize().into());
    if found != expected.sha256 {
        return Err(differs(
            "sha256",
            expected.sha256.to_string(),
            found.to_string(),
            "the file was altered: copy or build it again",
        ));
    }
    Ok(())
}
