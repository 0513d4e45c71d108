//! Generates the simulated presets, verilates them and compiles the models behind the bridge.
//!
//! How long each step took is written to standard error: `cargo build -vv` shows it.

mod bridge;
mod model;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use model::{Model, Toolchain};
use vegalith_hdl::presets::{self, Generated, Preset};
use vegalith_hdl::{Board, VerilogFile};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Variable that names the presets to build, comma separated, for whoever works on one of them and does not
/// want to wait for the others. Without it there are all.
const CHOICE: &str = "VEGALITH_SIM_PRESETS";

/// Variable that names a folder of netlists, `PRESET.v` each with the models of its cells. What the feature
/// `synth-leaves` compiles is then the netlist: `make equivalence`.
const NETLISTS: &str = "VEGALITH_SIM_NETLISTS";

/// A preset's Verilog with its netlist in place of what that was made from, if there are netlists.
fn netlist(preset: &Preset, generated: &Generated) -> Result<Option<Generated>> {
    let Ok(folder) = std::env::var(NETLISTS) else {
        return Ok(None);
    };
    let path = Path::new(&folder).join(format!("{}.v", preset.name));
    println!("cargo::rerun-if-changed={}", path.display());
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{NETLISTS}: {}: {error}", path.display()))?;
    let mut netlist = generated.clone();
    netlist.design.files = vec![VerilogFile {
        name: "netlist.v".to_owned(),
        text,
    }];
    Ok(Some(netlist))
}

fn chosen_presets() -> Result<Vec<Preset>> {
    let simulated = presets::all().into_iter().filter(|preset| preset.simulated);
    match std::env::var(CHOICE) {
        Err(_) => Ok(simulated.collect()),
        Ok(names) => {
            let chosen: Vec<&str> = names.split(',').map(str::trim).collect();
            for name in &chosen {
                presets::find(name).map_err(|error| format!("{CHOICE}: {error}"))?;
            }
            Ok(simulated
                .filter(|preset| chosen.contains(&preset.name))
                .collect())
        }
    }
}

fn main() -> Result<()> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for path in ["build", "cpp", "src/bridge.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    for variable in ["CXX", CHOICE, NETLISTS] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let toolchain = Toolchain::find()?;
    let variants: &[bool] = match std::env::var_os("CARGO_FEATURE_SYNTH_LEAVES") {
        Some(_) => &[false, true],
        None => &[false],
    };
    let mut models = Vec::new();
    let mut leaves: Vec<(String, String)> = Vec::new();
    for preset in chosen_presets()? {
        let generated = preset.generate()?;
        for leaf in &generated.design.dpi_sources {
            if !leaves.contains(leaf) {
                leaves.push(leaf.clone());
            }
        }
        for &synthesisable in variants {
            let netlist = match synthesisable {
                true => netlist(&preset, &generated)?,
                false => None,
            };
            let source = netlist.as_ref().unwrap_or(&generated);
            models.push(Model::new(&preset, source, synthesisable));
        }
        for board in Board::all() {
            // Netlists are compared without a board around them.
            if board.presets.contains(&preset.name) && std::env::var_os(NETLISTS).is_none() {
                let design = board.design(&preset, &generated)?;
                models.push(Model::on_board(&preset, &generated, board, &design));
            }
        }
    }
    model::build(&models, &toolchain, &out)?;
    bridge::build(&models, &leaves, &toolchain, &out)?;
    Ok(())
}
