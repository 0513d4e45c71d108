//! What can be wrong with an image.

use std::path::PathBuf;

/// Why an image is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A file cannot be read.
    #[error("{path}: expected {expected}, found: {reason}", path = path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What the operating system says.
        reason: String,
    },
    /// The manifest does not have the form of `bitstreams/manifest.schema.json`.
    #[error("{path}: malformed manifest: {reason}; build the image again", path = path.display())]
    Malformed {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The image is not what its manifest says, or not what was asked for.
    #[error("{path}: {field}: expected {expected}, found {found}; {remedy}", path = path.display())]
    Mismatch {
        /// The image or its manifest.
        path: PathBuf,
        /// What differs.
        field: &'static str,
        /// Value asked for.
        expected: String,
        /// Value found.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
    /// No image in the search path is what was asked for.
    #[error("no image of {wanted} in {searched}{others}; build one (`make bitstream`), or name it with --image")]
    NotFound {
        /// What was asked for.
        wanted: String,
        /// Folders, separated by commas.
        searched: String,
        /// Why images that were found are not it; begins with a separator.
        others: String,
    },
}
