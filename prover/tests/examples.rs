//! The committed example files are what the samples make, and they are good batches; the documented
//! constraints are those of the circuit.

#[path = "../examples/constraints.rs"]
mod constraints;

use std::path::Path;

use vegalith_prover::{execute, sample_files, Batch};

#[test]
fn committed_examples_are_the_samples_and_execute() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let directory = tempfile::tempdir().unwrap();
    for (name, batch) in sample_files() {
        let fresh = directory.path().join(name);
        batch.write(&fresh).unwrap();
        let committed = std::fs::read(examples.join(name)).unwrap();
        assert!(
            committed == std::fs::read(&fresh).unwrap(),
            "{name} differs: cargo run -p vegalith-prover --example write_examples"
        );
        assert!(
            committed.len() < 200_000,
            "{name}: {} bytes",
            committed.len()
        );
        let read = Batch::read(examples.join(name)).unwrap();
        let (read, made) = (execute(&read).unwrap(), execute(&batch).unwrap());
        assert_eq!(read.statement, made.statement, "{name}");
        assert_eq!(read.state, made.state, "{name}");
    }
}

#[test]
fn documented_constraints_are_those_of_the_circuit() {
    let documentation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/statement.md");
    let table = constraints::table().unwrap();
    assert!(
        std::fs::read_to_string(documentation).unwrap().contains(&table),
        "docs/statement.md has another table than: cargo run -p vegalith-prover --example constraints\n{table}"
    );
}
