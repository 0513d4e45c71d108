//! Compiles and runs `memory_rules.cc`: the memory model reports each rule that a master breaks.

use std::path::Path;
use std::process::Command;

#[test]
fn broken_rules_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("memory_rules");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    let compiled = Command::new(compiler)
        .args(["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror"])
        .args(["-fsanitize=undefined", "-fno-sanitize-recover"])
        .arg("-I")
        .arg(sources.join("cpp"))
        .arg(sources.join("cpp/memory.cc"))
        .arg(sources.join("tests/memory_rules.cc"))
        .arg("-o")
        .arg(&program)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&compiled.stderr);
    assert!(compiled.status.success(), "{text}");
    let run = Command::new(&program).output().unwrap();
    let text = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{text}");
    assert_eq!(text, "");
}
