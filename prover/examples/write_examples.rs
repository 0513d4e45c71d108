//! Writes the example batches: `cargo run -p vegalith-prover --example write_examples [DIR]`; DIR
//! is the repository's `examples` folder if it is not given.

use std::path::PathBuf;

fn main() -> Result<(), vegalith_prover::Error> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let directory = std::env::args_os().nth(1).map_or(default, PathBuf::from);
    for (name, batch) in vegalith_prover::sample_files() {
        batch.write(directory.join(name))?;
    }
    Ok(())
}
