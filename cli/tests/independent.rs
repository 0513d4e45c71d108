//! The command against `scripts/independent_check.py`: textbook arithmetic in Python.

use std::path::Path;
use std::process::Command;

fn check(arguments: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new("python3")
        .arg(root.join("scripts/independent_check.py"))
        .args(["--program", env!("CARGO_BIN_EXE_vegalith")])
        .args(arguments)
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: there is no python3");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(stdout.contains("agree"), "{stdout}");
}

#[test]
fn the_cpu_agrees() {
    check(&["--backends", "cpu", "--points", "40", "--log-size", "8"]);
}

#[cfg(feature = "sim")]
#[test]
fn the_simulated_hardware_agrees() {
    check(&["--backends", "sim", "--points", "40", "--log-size", "6"]);
}
