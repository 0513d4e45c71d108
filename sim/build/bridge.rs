//! The clock loop, the memory and the bridge to Rust around the models.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use vegalith_hdl::Board;

use crate::model::{Model, Toolchain, BOARD_BIT_CLOCKS, HOT};
use crate::Result;

/// Compiles Verilator's runtime with the fast leaves, and the bridge over all models; writes the
/// table of models for Rust, and says what to link.
pub fn build(
    models: &[Model],
    leaves: &[(String, String)],
    toolchain: &Toolchain,
    out: &Path,
) -> Result<()> {
    println!("cargo::rustc-link-search=native={}", out.display());
    compile_bridge(models, toolchain, out)?;
    // Link order: the bridge needs the models, the models need the runtime.
    for model in models {
        println!("cargo::rustc-link-lib=static={}", model.library());
    }
    compile_runtime(leaves, toolchain, out)?;
    for library in ["stdc++", "z", "pthread", "atomic"] {
        println!("cargo::rustc-link-lib={library}");
    }
    fs::write(out.join("models.rs"), model_table(models))?;
    fs::write(out.join("boards.rs"), board_table(models))?;
    Ok(())
}

fn compile_runtime(leaves: &[(String, String)], toolchain: &Toolchain, out: &Path) -> Result<()> {
    let mut build = toolchain.compiler(HOT);
    for name in [
        "verilated.cpp",
        "verilated_dpi.cpp",
        "verilated_fst_c.cpp",
        "verilated_threads.cpp",
    ] {
        let path = toolchain.include.join(name);
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

fn compile_bridge(models: &[Model], toolchain: &Toolchain, out: &Path) -> Result<()> {
    let mut text = String::from(
        "#include \"board.h\"\n#include \"simulator.h\"\n#include \"verilated.h\"\n#include \"verilated_fst_c.h\"\n",
    );
    for model in models {
        writeln!(text, "#include \"{}.h\"", model.prefix)?;
    }
    text += KERNEL_TEMPLATE;
    for (made, class, boards) in [
        ("Kernel", "VerilatedKernel", false),
        ("BoardModel", "VerilatedBoard", true),
    ] {
        let function = if boards { "make_board" } else { "make_kernel" };
        writeln!(
            text,
            "std::unique_ptr<{made}> {function}(uint32_t index) {{"
        )?;
        text += "    switch (index) {\n";
        let made = models
            .iter()
            .filter(|model| model.board.is_some() == boards);
        for (index, model) in made.enumerate() {
            writeln!(
                text,
                "    case {index}: return std::make_unique<{class}<{}>>();",
                model.prefix
            )?;
        }
        text += "    default: return nullptr;\n    }\n}\n";
    }
    text += "}  // namespace vegalith\n";
    let kernels = out.join("kernels.cc");
    fs::write(&kernels, text)?;
    let mut build = cxx_build::bridge("src/bridge.rs");
    toolchain.configure(&mut build);
    build
        .include("cpp")
        .files(["cpp/board.cc", "cpp/memory.cc", "cpp/simulator.cc"])
        .file(kernels);
    for model in models {
        build.include(out.join(&model.prefix));
    }
    build.try_compile("vegalith_simulator")?;
    Ok(())
}

const KERNEL_TEMPLATE: &str = "
namespace vegalith {
template <class V>
class VerilatedKernel : public Kernel {
  public:
    VerilatedKernel() : context_(), top_(&context_) {
        context_.traceEverOn(true);
        bind_ports(top_, ports);
    }
    ~VerilatedKernel() override { top_.final(); }
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

template <class V>
class VerilatedBoard : public BoardModel {
  public:
    VerilatedBoard() : context_(), top_(&context_) {
        context_.traceEverOn(true);
        clock = &top_.clk12;
        button_n = &top_.reset_button_n;
        receive = &top_.uart_rx;
        transmit = &top_.uart_tx;
        lights_n = &top_.led_n;
    }
    ~VerilatedBoard() override { top_.final(); }
    void eval() override { top_.eval(); }

  private:
    VerilatedContext context_;
    V top_;
};
";

/// Latency of a card's memory behind its controller, roughly.
const CARD_LATENCY_CYCLES: u32 = 40;

/// Latency of the memory that a preset is simulated with unless told otherwise.
fn latency_cycles(preset: &str) -> u32 {
    let has_board = Board::all()
        .iter()
        .any(|board| board.presets.contains(&preset));
    match has_board {
        true => Board::LATENCY_CYCLES,
        false => CARD_LATENCY_CYCLES,
    }
}

fn model_table(models: &[Model]) -> String {
    let mut text = String::from("&[\n");
    for model in models.iter().filter(|model| model.board.is_none()) {
        text +=
            &format!(
            "    Model {{ preset: {:?}, synthesisable: {}, digest: {:?}, latency_cycles: {} }},\n",
            model.preset, model.synthesisable, model.digest, latency_cycles(model.preset)
        );
    }
    text + "]\n"
}

fn board_table(models: &[Model]) -> String {
    let mut text = String::from("&[\n");
    for model in models {
        if let Some(board) = model.board {
            text += &format!(
                "    ModelOnBoard {{ board: {board:?}, preset: {:?}, digest: {:?}, bit_clocks: {BOARD_BIT_CLOCKS} }},\n",
                model.preset, model.digest
            );
        }
    }
    text + "]\n"
}
