//! Writes the blocks that are proved, one directory of Verilog a block, for `hdl/formal`.
//!
//! ```text
//! cargo run -p vegalith-hdl --example formal_blocks -- DIR
//! ```

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = PathBuf::from(std::env::args().nth(1).ok_or("usage: formal_blocks DIR")?);
    for block in vegalith_hdl::formal::blocks()? {
        let design = block.design;
        let directory = out.join(&design.top);
        std::fs::create_dir_all(&directory)?;
        for file in &design.files {
            std::fs::write(directory.join(&file.name), &file.text)?;
        }
        if let Some(latency) = block.latency_cycles {
            std::fs::write(directory.join("latency_cycles"), latency.to_string())?;
        }
    }
    Ok(())
}
