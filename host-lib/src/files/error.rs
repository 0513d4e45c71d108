use std::path::PathBuf;

/// Why a file was refused or could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be read.
    #[error("{}: cannot read: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// The file cannot be written; whatever stood under its name still does.
    #[error("{}: cannot write: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        reason: String,
    },
    /// Something of this name is there already; it stays as it is.
    #[error("{}: exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file holds nothing.
    #[error("{}: empty; at least one {item} is needed", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        item: String,
    },
    /// The file does not end where an item ends.
    #[error(
        "{}: truncated: {bytes} bytes are not a whole number of {item}s of {item_bytes} bytes \
         (item {index} is incomplete)", path.display()
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        item: String,
        /// Bytes of one.
        item_bytes: usize,
        /// Bytes of the file.
        bytes: u64,
        /// Index of the incomplete item.
        index: u64,
    },
    /// The file holds more than can be taken.
    #[error("{}: {found} {item}s; at most {limit} can be taken", path.display())]
    TooMany {
        /// The file.
        path: PathBuf,
        /// What it holds.
        item: String,
        /// How many it holds.
        found: u64,
        /// How many can be taken.
        limit: u64,
    },
    /// There is no memory for what the file says it holds.
    #[error("{}: there is no memory for its {bytes} bytes", path.display())]
    Memory {
        /// The file.
        path: PathBuf,
        /// Bytes of the file.
        bytes: u64,
    },
    /// An item is malformed.
    #[error("{}: {item} {index}: {fault}", path.display())]
    Item {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        item: String,
        /// Index of the first malformed one.
        index: usize,
        /// What is wrong with it.
        fault: String,
    },
    /// No file format for this curve and group.
    #[error("{group} of {curve} is not offered")]
    Unsupported {
        /// Name of the curve.
        curve: String,
        /// Name of the group.
        group: String,
    },
}
