//! A simulated card behind files that behave like its device nodes, for whoever wants to try
//! `pcie:/tmp/card/xdma0`:
//!
//! ```text
//! cargo run -p vegalith-driver --features pcie,sim --example card -- --preset ntt-goldilocks-ecp5 --at /tmp/card
//! ```
//!
//! Mounts a file system at that folder, which takes root's rights, and prints the card's name. Runs
//! until it is interrupted; however it ends, the folder is an empty one again.

use std::error::Error;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

#[path = "../tests/card/mod.rs"]
mod card;

use card::fuse::Mount;
use card::nodes::{Card, Layout, Nodes, PREFIX};

/// First argument, before preset and folder, of the process that serves the files until its standard
/// input ends: when the one that was interrupted is gone.
const SERVE: &str = "--serve";

fn serve(preset: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let card = Card::new(Layout::usual(preset), true)?;
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("{} is to be an empty folder: {error}", folder.display()))?;
    let mount = Mount::new(folder, Arc::new(Nodes(card))).map_err(|error| {
        format!(
            "cannot mount at {}: {error}; it takes /dev/fuse and root's rights",
            folder.display()
        )
    })?;
    println!("pcie:{}", folder.join(PREFIX).display());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    drop(mount);
    Ok(())
}

fn run() -> Result<bool, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [SERVE, preset, folder] => serve(preset, Path::new(folder)).map(|()| true),
        ["--preset", preset, "--at", folder] => served(preset, folder),
        _ => Err("expected --preset PRESET --at FOLDER".into()),
    }
}

/// Has a process of its own serve until this one is gone.
fn served(preset: &str, folder: &str) -> Result<bool, Box<dyn Error>> {
    let mut server = Command::new(std::env::current_exe()?)
        .args([SERVE, preset, folder])
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()?;
    // Waiting would close it.
    let _until_the_end = server.stdin.take();
    Ok(server.wait()?.success())
}

fn main() -> ExitCode {
    match run() {
        Ok(done) => ExitCode::from(u8::from(!done)),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
