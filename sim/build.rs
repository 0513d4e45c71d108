//! Generates the simulated presets, verilates them and compiles the models behind the bridge.
//!
//! A model is compiled again only when its Verilog, its leaves or the flags change.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};
use vegalith_hdl::presets::{self, Generated};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const VERILATE: [&str; 11] = [
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
];
const OUTPUT_SPLIT: &str = "40000";

/// One compiled model: a preset with one of the two multiplier bodies.
struct Model {
    prefix: String,
    preset: &'static str,
    synthesisable: bool,
    digest: [u8; 32],
}

fn main() -> Result<()> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=cpp");
    println!("cargo::rerun-if-changed=src/bridge.rs");
    let include = verilator_include()?;

    let variants: &[bool] = if std::env::var_os("CARGO_FEATURE_SYNTH_LEAVES").is_some() {
        &[false, true]
    } else {
        &[false]
    };
    let mut models = Vec::new();
    let mut leaves: Vec<(String, String)> = Vec::new();
    for preset in presets::all().into_iter().filter(|preset| preset.simulated) {
        let generated = preset.generate()?;
        for &synthesisable in variants {
            let suffix = if synthesisable { "synth" } else { "fast" };
            let model = Model {
                prefix: format!("V{}_{suffix}", preset.name.replace('-', "_")),
                preset: preset.name,
                synthesisable,
                digest: generated.preset_digest,
            };
            compile_model(&out, &include, &model, &generated)?;
            models.push(model);
        }
        for leaf in &generated.design.dpi_sources {
            if !leaves.contains(leaf) {
                leaves.push(leaf.clone());
            }
        }
    }
    compile_runtime(&out, &include, &leaves)?;
    compile_bridge(&out, &include, &models)?;
    fs::write(out.join("models.rs"), model_table(&models))?;
    for library in ["stdc++", "z", "pthread", "atomic"] {
        println!("cargo::rustc-link-lib={library}");
    }
    Ok(())
}

fn verilator_include() -> Result<PathBuf> {
    let output = Command::new("verilator")
        .args(["--getenv", "VERILATOR_ROOT"])
        .output()
        .map_err(|error| format!("verilator cannot be run ({error}); `make setup` installs it"))?;
    Ok(Path::new(String::from_utf8(output.stdout)?.trim()).join("include"))
}

fn compiler(include: &Path) -> cc::Build {
    let mut build = cc::Build::new();
    build
        .cpp(true)
        .std("gnu++17")
        .opt_level(3)
        .debug(false)
        .warnings(false)
        .flag_if_supported("-march=native")
        .flag_if_supported("-faligned-new")
        .include(include)
        .include(include.join("vltstd"))
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
    build
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("{command:?}\n{}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(())
}

fn compile_model(out: &Path, include: &Path, model: &Model, generated: &Generated) -> Result<()> {
    let mut hash = Sha256::new();
    for file in &generated.design.files {
        hash.update(&file.text);
    }
    for text in [
        VERILATE.join(" "),
        fs::read_to_string("build.rs")?,
        model.prefix.clone(),
    ] {
        hash.update(text);
    }
    let stamp = hex::encode(hash.finalize());
    let directory = out.join(&model.prefix);
    let library = model.prefix.to_lowercase();
    let stamp_file = out.join(format!("{library}.stamp"));
    println!("cargo::rustc-link-search=native={}", out.display());
    if fs::read_to_string(&stamp_file).is_ok_and(|known| known == stamp) {
        println!("cargo::rustc-link-lib=static={library}");
        return Ok(());
    }
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory)?;
    let mut verilator = Command::new("verilator");
    verilator
        .current_dir(&directory)
        .args(VERILATE)
        .arg(OUTPUT_SPLIT)
        .args(["--prefix", &model.prefix, "--Mdir", "."])
        .args(["--top-module", &generated.design.top]);
    if !model.synthesisable {
        verilator.arg("-DVEGALITH_FAST_LEAF");
    }
    for file in &generated.design.files {
        fs::write(directory.join(&file.name), &file.text)?;
        verilator.arg(&file.name);
    }
    run(&mut verilator)?;
    let mut build = compiler(include);
    build.include(&directory);
    let mut sources: Vec<PathBuf> = fs::read_dir(&directory)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "cpp"))
        .collect();
    sources.sort();
    build.files(sources).try_compile(&library)?;
    fs::write(stamp_file, stamp)?;
    Ok(())
}

/// Verilator's own sources and the fast leaves.
fn compile_runtime(out: &Path, include: &Path, leaves: &[(String, String)]) -> Result<()> {
    let mut build = compiler(include);
    for name in [
        "verilated.cpp",
        "verilated_dpi.cpp",
        "verilated_fst_c.cpp",
        "verilated_threads.cpp",
    ] {
        let path = include.join(name);
        if path.exists() {
            build.file(path);
        }
    }
    for (name, text) in leaves {
        let path = out.join(format!("{name}.cpp"));
        fs::write(&path, text)?;
        build.file(path);
    }
    build.try_compile("verilated_runtime")?;
    Ok(())
}

fn compile_bridge(out: &Path, include: &Path, models: &[Model]) -> Result<()> {
    let mut text = String::from(
        "#include \"simulator.h\"\n#include \"verilated.h\"\n#include \"verilated_fst_c.h\"\n",
    );
    for model in models {
        writeln!(text, "#include \"{}.h\"", model.prefix)?;
    }
    text += KERNEL_TEMPLATE;
    text += "std::unique_ptr<Kernel> make_kernel(uint32_t index) {\n    switch (index) {\n";
    for (index, model) in models.iter().enumerate() {
        writeln!(
            text,
            "    case {index}: return std::make_unique<Verilated_<{}>>();",
            model.prefix
        )?;
    }
    text += "    default: return nullptr;\n    }\n}\n}  // namespace vegalith\n";
    let kernels = out.join("kernels.cc");
    fs::write(&kernels, text)?;

    let mut build = cxx_build::bridge("src/bridge.rs");
    build
        .std("gnu++17")
        .opt_level(3)
        .debug(false)
        .warnings(false)
        .flag_if_supported("-march=native")
        .include("cpp")
        .include(include)
        .include(include.join("vltstd"))
        .define("VM_TRACE", "1")
        .define("VM_TRACE_FST", "1")
        .files(["cpp/memory.cc", "cpp/simulator.cc"])
        .file(kernels);
    for model in models {
        build.include(out.join(&model.prefix));
    }
    build.try_compile("vegalith_simulator")?;
    // Link order: the bridge needs the models, the models need the runtime.
    for model in models {
        println!(
            "cargo::rustc-link-lib=static={}",
            model.prefix.to_lowercase()
        );
    }
    println!("cargo::rustc-link-lib=static=verilated_runtime");
    Ok(())
}

const KERNEL_TEMPLATE: &str = "
namespace vegalith {
template <class V>
class Verilated_ : public Kernel {
  public:
    Verilated_() : context_(), top_(&context_) {
        context_.traceEverOn(true);
        bind_ports(top_, ports);
    }
    ~Verilated_() override { top_.final(); }
    void eval() override { top_.eval(); }
    bool open_trace(const char* path) override {
        top_.trace(&trace_, 99);
        trace_.open(path);
        return trace_.isOpen();
    }
    void dump(uint64_t time) override { trace_.dump(time); }
    void close_trace() override { trace_.close(); }

  private:
    VerilatedContext context_;
    V top_;
    VerilatedFstC trace_;
};
";

fn model_table(models: &[Model]) -> String {
    let mut text = String::from("&[\n");
    for model in models {
        text += &format!(
            "    Model {{ preset: {:?}, synthesisable: {}, digest: {:?} }},\n",
            model.preset, model.synthesisable, model.digest
        );
    }
    text + "]\n"
}
