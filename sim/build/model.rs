//! From Verilog to a static library, once for each content.
//!
//! Libraries are kept in the target directory by a digest of everything that goes into them, so that
//! neither another set of features nor another profile compiles them again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime};

use sha2::{Digest, Sha256};
use vegalith_hdl::presets::{Generated, Preset};
use vegalith_hdl::{Board, BoardDesign};

use crate::Result;

/// Functions and files are split because compilers take far more than twice the time for twice the
/// length.
const VERILATE: [&str; 14] = [
    "--cc",
    "--trace-fst",
    "-O3",
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "--noassert",
    "-Wno-fatal",
    "--no-timing",
    "--output-split",
    "40000",
    "--output-split-cfuncs",
    "500",
];
/// What the Verilog's fast leaves are chosen by.
const FAST_LEAF: &str = "VEGALITH_FAST_LEAF";
const CONFIGURATION: &str = "model.vlt";
/// Optimisation of what runs every cycle, and of what runs once or when a trace is written: that is
/// most of the code, and minutes of compilation at any higher level.
pub const HOT: u32 = 2;
const COLD: u32 = 0;
/// Libraries of one model that are kept.
const KEPT: usize = 3;

/// A preset with one of the two multiplier bodies, alone or on a board.
pub struct Model {
    /// Name of the C++ class.
    pub prefix: String,
    /// Name of the preset.
    pub preset: &'static str,
    /// Which body.
    pub synthesisable: bool,
    /// Digest of the preset.
    pub digest: [u8; 32],
    /// Name of the board, if it is on one.
    pub board: Option<&'static str>,
    top: String,
    /// Verilog parameters of the top.
    parameters: Vec<(&'static str, u32)>,
    files: Vec<(String, String)>,
}

/// Clocks of a bit on a simulated board's serial line: as few as the board's receiver can do with, because
/// everything is waiting for the line.
pub const BOARD_BIT_CLOCKS: u32 = 4;

impl Model {
    pub fn new(preset: &Preset, generated: &Generated, synthesisable: bool) -> Self {
        let suffix = if synthesisable { "synth" } else { "fast" };
        Model {
            prefix: format!("V{}_{suffix}", preset.name.replace('-', "_")),
            preset: preset.name,
            synthesisable,
            digest: generated.preset_digest,
            board: None,
            top: generated.design.top.clone(),
            parameters: Vec::new(),
            files: (generated.design.files.iter())
                .map(|file| (file.name.clone(), file.text.clone()))
                .collect(),
        }
    }

    /// A preset on a board, with the fast multiplier bodies.
    pub fn on_board(
        preset: &Preset,
        generated: &Generated,
        board: &Board,
        design: &BoardDesign,
    ) -> Self {
        let kernel = Model::new(preset, generated, false);
        Model {
            prefix: format!("{}_{}", kernel.prefix, board.name.replace('-', "_")),
            board: Some(board.name),
            top: design.design.top.clone(),
            parameters: vec![("BIT_CLOCKS", BOARD_BIT_CLOCKS)],
            files: (design.design.files.iter())
                .map(|file| (file.name.clone(), file.text.clone()))
                .collect(),
            ..kernel
        }
    }

    /// Name of the static library.
    pub fn library(&self) -> String {
        self.prefix.to_lowercase()
    }

    fn key(&self, toolchain: &Toolchain) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        };
        part(include_str!("model.rs"));
        part(&toolchain.version);
        part(&self.prefix);
        for (name, value) in &self.parameters {
            part(&format!("{name}={value}"));
        }
        for (name, text) in &self.files {
            part(name);
            part(text);
        }
        hex::encode(&hash.finalize()[..8])
    }

    /// Verilator's configuration. Traces show what leaves take and give, not their insides: those are
    /// most of a model's signals, and each would be kept in memory. Synthesisable multipliers stay
    /// modules of their own; flattened, their number multiplies the time to compile.
    fn configuration(&self) -> String {
        let mut text = String::from("`verilator_config\n");
        for (name, verilog) in &self.files {
            if verilog.contains(FAST_LEAF) {
                text += &format!("tracing_off -file \"*{name}\"\n");
            }
            if self.synthesisable && verilog.contains("import \"DPI-C\"") {
                let module = name.trim_end_matches(".v");
                text += &format!("no_inline -module \"{module}\"\n");
            }
        }
        text
    }

    /// Verilates and compiles to `directory`, which then holds the library and the headers.
    fn compile(&self, toolchain: &Toolchain, directory: &Path) -> Result<()> {
        let started = Instant::now();
        let mut verilator = Command::new("verilator");
        verilator
            .current_dir(directory)
            .args(VERILATE)
            .args(["--prefix", &self.prefix, "--Mdir", "."])
            .args(["--top-module", &self.top]);
        for (name, value) in &self.parameters {
            verilator.arg(format!("-G{name}={value}"));
        }
        if !self.synthesisable {
            verilator.arg(format!("-D{FAST_LEAF}"));
        }
        fs::write(directory.join(CONFIGURATION), self.configuration())?;
        verilator.arg(CONFIGURATION);
        for (name, text) in &self.files {
            fs::write(directory.join(name), text)?;
            verilator.arg(name);
        }
        run(&mut verilator)?;
        let verilated = started.elapsed();
        let sources = files_with_extension(directory, "cpp")?;
        let (cold, hot): (Vec<_>, Vec<_>) = sources.into_iter().partition(|path| is_cold(path));
        let mut objects = Vec::new();
        for (sources, level) in [(hot, HOT), (cold, COLD)] {
            let mut build = toolchain.compiler(level);
            build.include(directory).out_dir(directory);
            objects.extend(build.files(sources).try_compile_intermediates()?);
        }
        let mut archive = toolchain.compiler(HOT);
        archive.out_dir(directory).cargo_metadata(false);
        archive.objects(objects).try_compile(&self.library())?;
        eprintln!(
            "{}: verilated in {:.1} s, compiled in {:.1} s",
            self.prefix,
            verilated.as_secs_f64(),
            (started.elapsed() - verilated).as_secs_f64()
        );
        Ok(())
    }

    /// Brings library and headers to `out`, compiled now or earlier.
    fn install(&self, toolchain: &Toolchain, cache: &Path, out: &Path) -> Result<()> {
        let kept = cache.join(format!("{}-{}", self.prefix, self.key(toolchain)));
        if !kept.is_dir() {
            let work = cache.join(format!("{}.{}", self.prefix, std::process::id()));
            fs::create_dir_all(&work)?;
            self.compile(toolchain, &work)?;
            for extension in ["cpp", "o", "v", "vlt", "d", "mk", "dat"] {
                for path in files_with_extension(&work, extension)? {
                    fs::remove_file(path)?;
                }
            }
            // Another build may have been quicker.
            if fs::rename(&work, &kept).is_err() {
                fs::remove_dir_all(&work)?;
            }
        }
        let headers = out.join(&self.prefix);
        let _ = fs::remove_dir_all(&headers);
        fs::create_dir_all(&headers)?;
        for path in files_with_extension(&kept, "h")? {
            fs::copy(&path, headers.join(path.file_name().unwrap_or_default()))?;
        }
        let archive = format!("lib{}.a", self.library());
        fs::copy(kept.join(&archive), out.join(&archive))?;
        forget_old(cache, &format!("{}-", self.prefix))
    }
}

/// Whether a source runs only at the start or for traces.
fn is_cold(path: &Path) -> bool {
    let name = path.to_string_lossy();
    ["__Slow", "__Trace", "__Syms", "__ConstPool", "__Dpi"]
        .iter()
        .any(|part| name.contains(part))
}

/// Builds the libraries of all models in `out`, several at a time.
pub fn build(models: &[Model], toolchain: &Toolchain, out: &Path) -> Result<()> {
    let cache = cache_directory(out);
    fs::create_dir_all(&cache)?;
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        while let Some(model) = models.get(next.fetch_add(1, Ordering::Relaxed)) {
            model.install(toolchain, &cache, out)?;
        }
        Ok(())
    };
    let num_threads = std::env::var("NUM_JOBS").map_or(1, |jobs| jobs.parse().unwrap_or(1));
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..models.len().min(num_threads))
            .map(|_| scope.spawn(work))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().map_err(|_| "a build thread panicked")?)
    })
}

/// `TARGET/vegalith-models` beside the profiles' directories, or `out` itself in an unknown layout.
fn cache_directory(out: &Path) -> PathBuf {
    let mut ancestors = out.ancestors().skip(2);
    match (ancestors.next(), ancestors.nth(1)) {
        (Some(build), Some(target)) if build.ends_with("build") => target.join("vegalith-models"),
        _ => out.join("vegalith-models"),
    }
}

/// Removes all but the latest entries whose names begin with `prefix`.
fn forget_old(cache: &Path, prefix: &str) -> Result<()> {
    let mut entries: Vec<(SystemTime, PathBuf)> = fs::read_dir(cache)?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let known = entry.file_name().to_string_lossy().starts_with(prefix);
            known.then_some((entry.metadata().ok()?.modified().ok()?, entry.path()))
        })
        .collect();
    entries.sort();
    let surplus = entries.len().saturating_sub(KEPT);
    for (_, path) in entries.into_iter().take(surplus) {
        // Another build may have removed it.
        let _ = fs::remove_dir_all(path);
    }
    Ok(())
}

fn files_with_extension(directory: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(directory)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    Ok(files)
}

fn run(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}; `make setup` installs what is needed"))?;
    if !output.status.success() {
        return Err(format!("{command:?}\n{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Verilator and the C++ compiler.
pub struct Toolchain {
    /// Verilator's own sources.
    pub include: PathBuf,
    /// Of both, and the compiler's flags.
    version: String,
}

impl Toolchain {
    pub fn find() -> Result<Self> {
        let root = run(Command::new("verilator").args(["--getenv", "VERILATOR_ROOT"]))?;
        let include = PathBuf::from(root.trim()).join("include");
        let mut version = run(Command::new("verilator").arg("--version"))?;
        let compiler = cc::Build::new().cpp(true).try_get_compiler()?;
        // With the flags of CXXFLAGS.
        version += &format!("{:?}", compiler.to_command());
        version += &run(Command::new(compiler.path()).arg("--version"))?;
        Ok(Toolchain { include, version })
    }

    /// Flags that all C++ of the simulator is compiled with.
    pub fn compiler(&self, opt_level: u32) -> cc::Build {
        let mut build = cc::Build::new();
        self.configure(&mut build);
        build.opt_level(opt_level);
        build
    }

    /// The same for a compiler that is there already.
    pub fn configure(&self, build: &mut cc::Build) {
        build
            .cpp(true)
            .std("gnu++17")
            .opt_level(HOT)
            .debug(false)
            .warnings(false)
            .flag_if_supported("-faligned-new")
            .include(&self.include)
            .include(self.include.join("vltstd"))
            .cpp_link_stdlib(None);
        for (name, value) in [
            ("VERILATOR", "1"),
            ("VM_COVERAGE", "0"),
            ("VM_SC", "0"),
            ("VM_TRACE", "1"),
            ("VM_TRACE_FST", "1"),
            ("VM_TRACE_VCD", "0"),
            ("VL_USER_FINISH", "1"),
            ("VL_USER_STOP", "1"),
            ("VL_USER_FATAL", "1"),
        ] {
            build.define(name, value);
        }
    }
}
