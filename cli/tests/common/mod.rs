//! Running the built command and looking at what it did.

#![allow(dead_code, reason = "every test program uses a part of this")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that is removed at the end of the test, and commands run in it.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path().join(name)).unwrap()
    }

    /// Names of everything in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(self.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs `vegalith` with blank-separated arguments.
    pub fn run(&self, arguments: &str) -> Run {
        self.run_with(arguments, &[])
    }

    /// The same with environment variables set, or unset.
    pub fn run_with(&self, arguments: &str, environment: &[(&str, Option<&str>)]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vegalith"));
        command
            .args(arguments.split_whitespace())
            .current_dir(self.path());
        for (name, value) in environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let output = command.output().unwrap();
        Run {
            arguments: arguments.to_owned(),
            output,
        }
    }
}

/// A command that has ended.
pub struct Run {
    arguments: String,
    output: Output,
}

impl Run {
    pub fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }

    pub fn code(&self) -> i32 {
        self.output.status.code().unwrap()
    }

    #[track_caller]
    pub fn expect_code(&self, code: i32) -> &Self {
        assert_eq!(
            self.output.status.code(),
            Some(code),
            "vegalith {}\nstdout: {}\nstderr: {}",
            self.arguments,
            self.stdout(),
            self.stderr()
        );
        self
    }

    /// The one JSON object on stdout of a command that succeeded.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        self.expect_code(0);
        serde_json::from_str(&self.stdout()).unwrap_or_else(|e| panic!("{e}: {}", self.stdout()))
    }

    /// Asserts a failure with one line on stderr that contains all `words`, and nothing on stdout.
    #[track_caller]
    pub fn fails(&self, code: i32, words: &[&str]) {
        self.expect_code(code);
        let stderr = self.stderr();
        assert_eq!(self.stdout(), "");
        assert!(stderr.starts_with("error: "), "{stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "{stderr}");
        for word in words {
            assert!(stderr.contains(word), "no {word:?} in: {stderr}");
        }
    }
}

/// A file of the repository's examples.
pub fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(name)
}

/// An example as JSON.
pub fn example_json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(example(name)).unwrap()).unwrap()
}

/// The mixed example's deposit alone: the smallest circuit that there is.
pub fn deposit() -> serde_json::Value {
    let mut batch = example_json("batch-mixed.json");
    batch["transactions"].as_array_mut().unwrap().truncate(1);
    batch
}

/// A folder of keys that tests share: made by the first that needs them.
pub fn shared_keys() -> &'static str {
    concat!(env!("CARGO_TARGET_TMPDIR"), "/keys")
}

/// Keys of a JSON object, sorted.
pub fn keys(value: &serde_json::Value) -> Vec<&str> {
    let mut keys: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}
