use std::path::Path;

use serde::Serialize;
use vegalith::files::write_atomically;
use vegalith_hdl::presets;
use vegalith_hdl::{Board, Census};

use crate::args::GenerateArgs;
use crate::error::{Answer, CliError};
use crate::progress::Progress;
use crate::report::{print_json, print_line};

#[derive(Serialize)]
struct CensusRecord {
    multiplier_tiles: usize,
    adder_bits: usize,
    compressor_bits: usize,
    logic_bits: usize,
    register_bits: usize,
    delay_bits: usize,
    depth_cycles: usize,
}

impl From<&Census> for CensusRecord {
    fn from(census: &Census) -> Self {
        CensusRecord {
            multiplier_tiles: census.tiles,
            adder_bits: census.adder_bits,
            compressor_bits: census.compressor_bits,
            logic_bits: census.logic_bits,
            register_bits: census.register_bits,
            delay_bits: census.delay_bits,
            depth_cycles: census.depth_cycles,
        }
    }
}

#[derive(Serialize)]
struct Report {
    preset: String,
    digest: String,
    /// The kernel's top, or the board's.
    top: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    board: Option<String>,
    out: String,
    files: Vec<String>,
    census: CensusRecord,
}

/// Generates a preset, with its board if one is asked for, and writes it; the manifests come last, so
/// that where they stand all stands.
pub fn run(args: &GenerateArgs) -> Result<Answer, CliError> {
    let preset = presets::find(&args.preset)?;
    let board = args.board.as_deref().map(Board::find).transpose()?;
    let progress = Progress::start(format!("generating {}", preset.name));
    let generated = preset.generate()?;
    let board_design = board
        .map(|board| board.design(&preset, &generated))
        .transpose()?;
    let design = match &board_design {
        Some(board) => &board.design,
        None => &generated.design,
    };
    let census = CensusRecord::from(&generated.census);
    let census_text = serde_json::to_string_pretty(&census)
        .map_err(|error| CliError::Environment(format!("cannot encode the census: {error}")))?
        + "\n";

    let mut files: Vec<(String, &str)> = Vec::new();
    for file in &design.files {
        files.push((file.name.clone(), &file.text));
    }
    for (name, text) in &design.dpi_sources {
        files.push((format!("{name}.cc"), text));
    }
    files.push(("census.json".into(), &census_text));
    files.push(("kernel.xml".into(), &generated.kernel_xml));
    files.push(("manifest.json".into(), &generated.manifest));
    if let Some(board) = &board_design {
        files.push((board.constraints.name.clone(), &board.constraints.text));
        files.push(("board.json".into(), &board.manifest));
    }

    create_folder(&args.out)?;
    for (name, text) in &files {
        progress.step(format!("writing {name}"));
        write_atomically(&args.out.join(name), text.as_bytes())?;
    }
    drop(progress);

    let report = Report {
        preset: preset.name.into(),
        digest: hex::encode(generated.preset_digest),
        top: design.top.clone(),
        board: board.map(|board| board.name.to_owned()),
        out: args.out.display().to_string(),
        files: files.into_iter().map(|(name, _)| name).collect(),
        census,
    };
    if args.json {
        print_json(&report)?;
        return Ok(Answer::Done);
    }
    print_line(&format!("preset    {}", report.preset))?;
    print_line(&format!("digest    {}", report.digest))?;
    print_line(&format!("top       {}", report.top))?;
    print_line(&format!(
        "written   {} files to {}",
        report.files.len(),
        report.out
    ))?;
    print_line(&format!("census    {}", generated.census))?;
    Ok(Answer::Done)
}

fn create_folder(path: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(path).map_err(|error| {
        CliError::Environment(format!("{}: cannot create: {error}", path.display()))
    })
}
