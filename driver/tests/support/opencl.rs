//! OpenCL tests: the runtimes read environment variables once a process and some failures end it,
//! so each scenario runs in a child process, which is this test program with a variable set.
#![allow(dead_code, reason = "each test program uses a part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vegalith_abi::{registers, BlockType, CurveId, FieldId, ABI_VERSION};
use vegalith_driver::xrt::IdentityWords;
use vegalith_driver::Limits;

/// Names the scenario in a child process.
const SCENARIO: &str = "VEGALITH_SCENARIO";
/// Longest time for a scenario, its process' exit included.
const SCENARIO_LIMIT: Duration = Duration::from_secs(120);

/// Folder with files for one test, removed at its end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("vegalith-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Folder of ICD files that registers these libraries.
    pub fn vendors(&self, libraries: &[&Path]) -> PathBuf {
        let vendors = self.0.join("vendors");
        std::fs::create_dir_all(&vendors).unwrap();
        for (i, library) in libraries.iter().enumerate() {
            let line = format!("{}\n", library.display());
            std::fs::write(vendors.join(format!("{i}.icd")), line).unwrap();
        }
        vendors
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A library of the system; `None` says in the test's output that the test was skipped.
pub fn library(name: &str, package: &str) -> Option<PathBuf> {
    let folders = [
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib64",
        "/usr/lib",
        "/usr/local/lib",
    ];
    let found = folders.iter().map(|folder| Path::new(folder).join(name));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no {name} (package {package}; scripts/setup-opencl.sh)");
    }
    found
}

/// The scenario that this process is to run, if it is a child.
pub fn scenario() -> Option<String> {
    std::env::var(SCENARIO).ok()
}

/// Runs a scenario in a child process with these variables (`None` removes one), and gives what it
/// printed.
pub fn run(scenario: &str, variables: &[(&str, Option<&Path>)]) -> String {
    let folder = Folder::new(&format!("output-{scenario}"));
    let output = folder.0.join("output");
    let file = std::fs::File::create(&output).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(SCENARIO, scenario)
        .stdin(Stdio::null())
        .stdout(file.try_clone().unwrap())
        .stderr(file);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if started.elapsed() > SCENARIO_LIMIT {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = String::from_utf8_lossy(&std::fs::read(&output).unwrap()).into_owned();
    let done = format!("scenario {scenario} done");
    match status {
        Some(status) if status.success() && text.contains(&done) => text,
        Some(status) => panic!("{scenario}: {status}\n{text}"),
        None => panic!("{scenario}: its process did not end within {SCENARIO_LIMIT:?}\n{text}"),
    }
}

/// To be called by the child at the end of its scenario: a child that never got there is a failure.
pub fn done(scenario: &str) {
    println!("scenario {scenario} done");
}

/// Digest in [`msm_identity`] and [`ntt_identity`].
pub const DIGEST: [u8; 32] = [0x5a; 32];

fn identity(block: BlockType, kind: u32) -> IdentityWords {
    let words = IdentityWords::new()
        .with(registers::BLOCK_TYPE, block as u32)
        .with(registers::ABI_VERSION, ABI_VERSION.to_word())
        .with(registers::CAP_KIND, kind)
        .with(registers::CAP_WINDOW, 4)
        .with(registers::CAP_UNITS, 1)
        .with(registers::CAP_LOG_MAX_SIZE, 16);
    (registers::PRESET_DIGEST..registers::PRESET_DIGEST + 32)
        .step_by(4)
        .fold(words, |words, offset| words.with(offset, 0x5a5a_5a5a))
}

/// A BN254 kernel that writes a partial sum for each of 256 bits.
pub fn msm_identity() -> IdentityWords {
    identity(BlockType::Msm, CurveId::Bn254G1 as u32)
        .with(registers::CAP_MONT_BITS, 256)
        .with(registers::CAP_NUM_PARTIAL_SUMS, 256)
}

/// A Goldilocks kernel with Montgomery radix 2^64.
pub fn ntt_identity() -> IdentityWords {
    identity(BlockType::Ntt, FieldId::Goldilocks as u32).with(registers::CAP_MONT_BITS, 64)
}

pub fn within(seconds: f64) -> Limits<'static> {
    Limits::from(Instant::now() + Duration::from_secs_f64(seconds))
}
