//! Writes a preset on a board, as `vegalith generate --board` does, without building anything but
//! the generator: `cargo run -p vegalith-hdl --example board_verilog -- PRESET BOARD DIR`.

use std::error::Error;
use std::path::PathBuf;

use vegalith_hdl::{presets, Board};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [preset, board, out] = &arguments[..] else {
        return Err("usage: board_verilog PRESET BOARD DIR".into());
    };
    let preset = presets::find(preset)?;
    let kernel = preset.generate()?;
    let board = Board::find(board)?.design(&preset, &kernel)?;
    let out = PathBuf::from(out);
    std::fs::create_dir_all(&out)?;
    for file in board.design.files.iter().chain([&board.constraints]) {
        std::fs::write(out.join(&file.name), &file.text)?;
    }
    std::fs::write(out.join("manifest.json"), &kernel.manifest)?;
    std::fs::write(out.join("board.json"), &board.manifest)?;
    Ok(())
}
