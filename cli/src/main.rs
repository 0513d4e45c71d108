//! The `vegalith` command: arguments in, one report out. What it does lies in the libraries.

mod args;
mod backend;
mod commands;
mod error;
mod hardware;
mod keys;
mod progress;
mod proof;
mod report;
mod stages;
mod summary;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Command::Demo(args) => commands::demo::run(&args),
        Command::Prove(args) => commands::prove::run(&args),
        Command::Verify(args) => commands::verify::run(&args),
        Command::Msm(args) => commands::msm::run(&args),
        Command::Ntt(args) => commands::ntt::run(&args),
        Command::Generate(args) => commands::generate::run(&args),
        Command::Presets(args) => commands::presets::run(&args),
        Command::Devices(args) => commands::devices::run(&args),
        Command::Flash(args) => commands::flash::run(&args),
    };
    match result {
        Ok(answer) => answer.into(),
        Err(error) => {
            eprintln!("error: {error}");
            error.exit_code()
        }
    }
}
