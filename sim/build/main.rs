//! Generates the simulated presets, verilates them and compiles the models behind the bridge.
//!
//! How long each step took is written to standard error: `cargo build -vv` shows it.

mod bridge;
mod model;

use std::error::Error;
use std::path::PathBuf;

use model::{Model, Toolchain};
use vegalith_hdl::presets;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for path in ["build", "cpp", "src/bridge.rs"] {
        println!("cargo::rerun-if-changed={path}");
    }
    println!("cargo::rerun-if-env-changed=CXX");
    let toolchain = Toolchain::find()?;
    let variants: &[bool] = match std::env::var_os("CARGO_FEATURE_SYNTH_LEAVES") {
        Some(_) => &[false, true],
        None => &[false],
    };
    let mut models = Vec::new();
    let mut leaves: Vec<(String, String)> = Vec::new();
    for preset in presets::all().into_iter().filter(|p| p.simulated) {
        let generated = preset.generate()?;
        for leaf in &generated.design.dpi_sources {
            if !leaves.contains(leaf) {
                leaves.push(leaf.clone());
            }
        }
        models.extend(
            variants
                .iter()
                .map(|&synthesisable| Model::new(&preset, &generated, synthesisable)),
        );
    }
    model::build(&models, &toolchain, &out)?;
    bridge::build(&models, &leaves, &toolchain, &out)?;
    Ok(())
}
