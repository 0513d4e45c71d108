//! Outputs that are found to be impossible before the work, not after.

use std::path::Path;

use crate::error::CliError;

/// Makes sure that a file can be put at `path` by a rename: its folder takes new files, and it is no
/// folder itself. A file that is there stays as it is.
pub fn check_writable(path: &Path) -> Result<(), CliError> {
    let failed = |reason: &dyn std::fmt::Display| {
        CliError::Environment(format!("{}: cannot write: {reason}", path.display()))
    };
    if path.is_dir() {
        return Err(failed(&"it is a folder"));
    }
    if path.file_name().is_none() {
        return Err(failed(&"not the name of a file"));
    }
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    // Permission bits do not tell all (read-only file systems, quotas): try.
    tempfile::Builder::new()
        .prefix(".vegalith-")
        .tempfile_in(folder)
        .and_then(tempfile::NamedTempFile::close)
        .map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_for_files_are_writable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("proof.json");
        check_writable(&path).unwrap();
        std::fs::write(&path, "old").unwrap();
        check_writable(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

        for bad in [folder.path().to_owned(), path.join("x"), "no/such/x".into()] {
            let error = check_writable(&bad).unwrap_err();
            assert!(matches!(error, CliError::Environment(_)), "{error}");
            assert!(error.to_string().contains("cannot write"), "{error}");
        }
    }
}
