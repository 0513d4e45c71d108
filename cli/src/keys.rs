//! Where keys are, and how they are got.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use vegalith_prover::{KeySource, KeyStage, Keys, Shape};

use crate::args::KeysArgs;
use crate::error::CliError;
use crate::progress::Progress;

/// Loads the keys of a shape, or makes test keys. Says on stderr when keys are test keys.
pub fn load_or_create(
    args: &KeysArgs,
    shape: &Shape,
    progress: &Progress,
) -> Result<(Keys, PathBuf), CliError> {
    let folder = folder(args)?;
    let told = |stage: KeyStage| match stage {
        KeyStage::Generate | KeyStage::Write => {
            progress.step(format!("{stage} in {}", folder.display()));
        }
        stage => progress.step(stage.to_string()),
    };
    let keys = Keys::load_or_create(&folder, shape, Some(&told))?;
    if keys.source() == KeySource::Test {
        progress
            .notes()
            .print(format_args!("note: {}", keys.source()));
    }
    let (_, verifying) = keys.paths(&folder);
    Ok((keys, verifying))
}

fn folder(args: &KeysArgs) -> Result<PathBuf, CliError> {
    match &args.folder {
        Some(folder) => Ok(folder.clone()),
        None => default_folder(std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME"))
            .ok_or_else(|| {
                CliError::Environment(
                    "neither XDG_CACHE_HOME nor HOME is set: say where keys are with --keys".into(),
                )
            }),
    }
}

/// By the XDG base directory specification, which has relative paths ignored.
fn default_folder(cache: Option<OsString>, home: Option<OsString>) -> Option<PathBuf> {
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let cache = cache
        .and_then(absolute)
        .or_else(|| home.and_then(absolute).map(|home| home.join(".cache")))?;
    Some(cache.join(Path::new("vegalith/keys")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_folder_is_in_the_cache() {
        let folder = |cache: Option<&str>, home: Option<&str>| {
            default_folder(cache.map(Into::into), home.map(Into::into))
        };
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(folder(Some("/c"), Some("/h")), path("/c/vegalith/keys"));
        assert_eq!(folder(None, Some("/h")), path("/h/.cache/vegalith/keys"));
        for ignored in ["", "relative"] {
            let found = folder(Some(ignored), Some("/h"));
            assert_eq!(found, path("/h/.cache/vegalith/keys"));
        }
        assert_eq!(folder(None, None), None);
    }
}
