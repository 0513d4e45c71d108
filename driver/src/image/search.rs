//! Where images are looked for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{accept, Image, ImageError, ImageRequest, MANIFEST};

/// Folders with images: in themselves, or in folders below, as `make bitstream` leaves them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPath {
    folders: Vec<PathBuf>,
}

impl SearchPath {
    /// The folders of `VEGALITH_IMAGES`, separated by colons as in `PATH`; then
    /// `$XDG_DATA_HOME/vegalith/images`, else `~/.local/share/vegalith/images`; then
    /// `target/bitstreams` in the working folder.
    pub fn from_environment() -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        Self::of(
            variable("VEGALITH_IMAGES"),
            variable("XDG_DATA_HOME"),
            variable("HOME"),
        )
    }

    fn of(named: Option<OsString>, data: Option<OsString>, home: Option<OsString>) -> Self {
        let mut folders: Vec<PathBuf> = named
            .iter()
            .flat_map(std::env::split_paths)
            .filter(|folder| !folder.as_os_str().is_empty())
            .collect();
        let home = home.map(|home| Path::new(&home).join(".local/share"));
        let data = data.map(PathBuf::from).or(home);
        folders.extend(data.map(|data| data.join("vegalith/images")));
        folders.push(PathBuf::from("target/bitstreams"));
        SearchPath { folders }
    }

    /// These folders.
    pub fn new(folders: Vec<PathBuf>) -> Self {
        SearchPath { folders }
    }

    /// Manifests, in the order of the folders, in each by name.
    fn manifests(&self) -> Vec<PathBuf> {
        let mut manifests = Vec::new();
        for folder in &self.folders {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let mut below: Vec<PathBuf> =
                entries.map(|entry| entry.path().join(MANIFEST)).collect();
            below.sort();
            manifests.push(folder.join(MANIFEST));
            manifests.extend(below);
        }
        manifests.retain(|manifest| manifest.is_file());
        manifests
    }

    /// Every image that is there for a request, or why it is refused.
    pub fn all(&self, request: &ImageRequest) -> Vec<Result<Image, ImageError>> {
        let manifests = self.manifests();
        let images = manifests.iter();
        images.map(|path| Image::open(path, request)).collect()
    }

    /// The first image that is what a request asks for. One whose manifest is, but whose file is
    /// not what the manifest says, is an error: another than the one that was built last would be
    /// used in its place.
    ///
    /// # Errors
    /// [`ImageError::NotFound`] with what was found instead; else that of [`Image::open`].
    pub fn find(&self, request: &ImageRequest) -> Result<Image, ImageError> {
        let mut others = Vec::new();
        for path in self.manifests() {
            let meant =
                super::read_manifest(&path).and_then(|manifest| accept(&path, &manifest, request));
            match meant {
                Ok(()) => return Image::open(&path, request),
                Err(error) => others.push(error.to_string()),
            }
        }
        let folders: Vec<String> = self
            .folders
            .iter()
            .map(|folder| folder.display().to_string())
            .collect();
        Err(ImageError::NotFound {
            wanted: request.to_string(),
            searched: folders.join(", "),
            others: match others.as_slice() {
                [] => String::new(),
                others => format!(" (found: {})", others.join("; ")),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(path: &SearchPath) -> Vec<&str> {
        let folders = path.folders.iter();
        folders.map(|folder| folder.to_str().unwrap()).collect()
    }

    #[test]
    fn folders_are_in_the_order_of_their_rank() {
        let of = |named: Option<&str>, data: Option<&str>, home: Option<&str>| {
            SearchPath::of(
                named.map(Into::into),
                data.map(Into::into),
                home.map(Into::into),
            )
        };
        assert_eq!(
            folders(&of(Some("/a::b"), Some("/data"), Some("/home"))),
            ["/a", "b", "/data/vegalith/images", "target/bitstreams"]
        );
        assert_eq!(
            folders(&of(None, None, Some("/home"))),
            ["/home/.local/share/vegalith/images", "target/bitstreams"]
        );
        assert_eq!(folders(&of(None, None, None)), ["target/bitstreams"]);
    }
}
