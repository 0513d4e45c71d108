//! From a [`Source`] to a program, through Verilator and the C++ compiler, with a cache.

use crate::{program, BenchError, Source};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

const VERILATOR_FLAGS: [&str; 12] = [
    "-O3",
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "--noassert",
    "-Wno-fatal",
    "--no-timing",
    "--output-split",
    "200000",
    "--output-split-cfuncs",
    "50000",
];
const COMPILER_FLAGS: [&str; 11] = [
    "-std=gnu++17",
    "-faligned-new",
    "-fno-strict-aliasing",
    "-w",
    "-DVERILATOR=1",
    "-DVM_COVERAGE=0",
    "-DVM_SC=0",
    "-DVM_TRACE=0",
    "-DVM_TRACE_FST=0",
    "-DVM_TRACE_VCD=0",
    "-pthread",
];
/// Above this size the generated C++ is compiled file by file, on two cores, with less effort: the
/// time of the optimiser grows faster than its input.
const ONE_UNIT_BYTES: u64 = 600_000;

struct Tools {
    version: String,
    root: PathBuf,
}

fn run(tool: &'static str, top: &str, command: &mut Command) -> Result<String, BenchError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| BenchError::Unavailable(format!("{tool}: {error}")))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let mut log = text(&output.stderr) + &text(&output.stdout);
    if log.len() > 8000 {
        let cut = (0..=8000).rev().find(|&at| log.is_char_boundary(at));
        log.truncate(cut.unwrap_or(0));
        log.push_str("\n[...]");
    }
    Err(BenchError::Build {
        tool,
        top: top.to_owned(),
        log,
    })
}

fn tools() -> Result<Tools, BenchError> {
    let version = run("verilator", "", Command::new("verilator").arg("--version"))?;
    run("g++", "", Command::new("g++").arg("--version"))?;
    let root = run(
        "verilator",
        "",
        Command::new("verilator").args(["--getenv", "VERILATOR_ROOT"]),
    )?;
    Ok(Tools {
        version,
        root: PathBuf::from(root.trim()),
    })
}

fn cache_root() -> Result<PathBuf, BenchError> {
    let root = std::env::var_os("VEGALITH_TESTBENCH_CACHE")
        .or_else(|| {
            std::env::var_os("CARGO_TARGET_DIR").map(|dir| Path::new(&dir).join("testbench").into())
        })
        .map_or_else(
            || std::env::temp_dir().join("vegalith-testbench"),
            PathBuf::from,
        );
    fs::create_dir_all(&root).map_err(BenchError::io(format!("create {}", root.display())))?;
    Ok(root)
}

fn compiler(include: &Path, work: &Path) -> Command {
    let mut command = Command::new("g++");
    command
        .args(COMPILER_FLAGS)
        .arg(format!("-I{}", include.display()))
        .arg(format!("-I{}", include.join("vltstd").display()))
        .arg(format!("-I{}", work.display()))
        .current_dir(work);
    command
}

/// Verilator's own runtime, compiled once per version.
fn runtime(tools: &Tools, cache: &Path) -> Result<PathBuf, BenchError> {
    let key = Source::new("runtime").digest(&tools.version);
    let object = cache.join(format!("runtime-{key}.o"));
    if object.exists() {
        return Ok(object);
    }
    let include = tools.root.join("include");
    let work = tempfile::tempdir_in(cache).map_err(BenchError::io("create a directory"))?;
    let mut text = String::new();
    for name in [
        "verilated.cpp",
        "verilated_dpi.cpp",
        "verilated_threads.cpp",
    ] {
        let path = include.join(name);
        if path.exists() {
            text += &format!("#include \"{}\"\n", path.display());
        }
    }
    write(&work.path().join("runtime.cpp"), &text)?;
    run(
        "g++",
        "runtime",
        compiler(&include, work.path()).args(["-O2", "-c", "runtime.cpp", "-o", "runtime.o"]),
    )?;
    publish(&work.path().join("runtime.o"), &object)?;
    Ok(object)
}

fn write(path: &Path, text: &str) -> Result<(), BenchError> {
    fs::write(path, text).map_err(BenchError::io(format!("write {}", path.display())))
}

/// Renames, so that concurrent tests never see half a file.
fn publish(from: &Path, to: &Path) -> Result<(), BenchError> {
    fs::rename(from, to).map_err(BenchError::io(format!("create {}", to.display())))
}

fn write_verilog(source: &Source, work: &Path) -> Result<Vec<String>, BenchError> {
    let mut names = Vec::new();
    for (name, text) in &source.verilog {
        let name = if name.contains('.') {
            name.clone()
        } else {
            format!("{name}.v")
        };
        write(&work.join(&name), text)?;
        names.push(name);
    }
    Ok(names)
}

fn verilator(source: &Source, work: &Path) -> Result<Command, BenchError> {
    let mut command = Command::new("verilator");
    command
        .current_dir(work)
        .args(["--top-module", &source.top])
        .args(
            source
                .defines
                .iter()
                .map(|define| format!("+define+{define}")),
        )
        .args(write_verilog(source, work)?);
    Ok(command)
}

/// Path of the simulation program of `source`, built if it is not in the cache.
pub(crate) fn program(source: &Source) -> Result<PathBuf, BenchError> {
    let tools = tools()?;
    let cache = cache_root()?;
    let main = program::main_text(source);
    let key = source.digest(&format!(
        "{}{main}{VERILATOR_FLAGS:?}{COMPILER_FLAGS:?}",
        tools.version
    ));
    let binary = cache.join(format!("{}-{key}", source.top));
    if binary.exists() {
        return Ok(binary);
    }
    let runtime = runtime(&tools, &cache)?;
    let work = tempfile::tempdir_in(&cache).map_err(BenchError::io("create a directory"))?;
    let work = work.path();
    run(
        "verilator",
        &source.top,
        verilator(source, work)?
            .args(["--cc", "--prefix", "Vbench", "-Mdir", "."])
            .args(VERILATOR_FLAGS),
    )?;

    let mut units = Vec::new();
    let mut size = 0;
    let listing = fs::read_dir(work).map_err(BenchError::io("list generated files"))?;
    for entry in listing {
        let entry = entry.map_err(BenchError::io("list generated files"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".cpp") {
            size += entry.metadata().map_or(0, |data| data.len());
            units.push(name);
        }
    }
    units.sort();
    let large = size >= ONE_UNIT_BYTES;
    if !large {
        let all: String = units
            .iter()
            .map(|name| format!("#include \"{name}\"\n"))
            .collect();
        write(&work.join("all_units.cpp"), &all)?;
        units = vec!["all_units.cpp".to_owned()];
    }
    write(&work.join("bench_main.cpp"), &main)?;
    units.push("bench_main.cpp".to_owned());
    for (name, text) in &source.dpi_sources {
        let name = if name.contains('.') {
            name.clone()
        } else {
            format!("{name}.cpp")
        };
        write(&work.join(&name), text)?;
        units.push(name);
    }
    let include = tools.root.join("include");
    compile_all(source, &units, large, &include, work)?;
    let objects = units.iter().map(|unit| format!("{unit}.o"));
    run(
        "g++",
        &source.top,
        compiler(&include, work)
            .args(objects)
            .arg(&runtime)
            .args(["-o", "program"]),
    )?;
    publish(&work.join("program"), &binary)?;
    Ok(binary)
}

fn compile_all(
    source: &Source,
    units: &[String],
    large: bool,
    include: &Path,
    work: &Path,
) -> Result<(), BenchError> {
    let compile = |unit: &String| {
        let effort = match large {
            _ if !unit.starts_with("Vbench") => "-O2",
            true if source.quick_compile || unit.contains("__Slow") => "-O0",
            true => "-O1",
            false => "-O2",
        };
        run(
            "g++",
            &source.top,
            compiler(include, work).args([effort, "-c", unit, "-o", &format!("{unit}.o")]),
        )
    };
    let next = AtomicUsize::new(0);
    let each = || {
        while let Some(unit) = units.get(next.fetch_add(1, Ordering::Relaxed)) {
            compile(unit)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(each);
        each()?;
        other
            .join()
            .unwrap_or_else(|_| Err(BenchError::Unavailable("a compiler thread died".to_owned())))
    })
}

/// Runs `verilator --lint-only -Wall`; any warning is an error.
pub(crate) fn lint(source: &Source) -> Result<(), BenchError> {
    tools()?;
    let work = tempfile::tempdir_in(cache_root()?).map_err(BenchError::io("create a directory"))?;
    run(
        "verilator",
        &source.top,
        verilator(source, work.path())?.args(["--lint-only", "-Wall", "--no-timing"]),
    )
    .map(drop)
}
