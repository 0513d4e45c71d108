//! `verify`: valid proofs, and every way in which a proof is not.

mod common;

use common::{deposit, keys, shared_keys, Folder};
use serde_json::{json, Value};
use vegalith_prover::ProofFile;

const VERIFY: &str = "verify --proof proof.json --vk vk.json";

/// A folder with the proof of a deposit and its verifying key.
fn proved() -> Folder {
    let folder = Folder::new();
    folder.write("batch.json", deposit().to_string().as_bytes());
    let command = "prove --backend cpu --batch batch.json --out proof.json --seed 3 --json --keys";
    let report = folder.run(&format!("{command} {}", shared_keys())).json();
    let vk = std::fs::read(report["keys"]["vk"].as_str().unwrap()).unwrap();
    folder.write("vk.json", &vk);
    folder
}

fn json_of(folder: &Folder, name: &str) -> Value {
    serde_json::from_slice(&folder.read(name)).unwrap()
}

#[track_caller]
fn invalid(folder: &Folder, words: &[&str]) {
    let run = folder.run(VERIFY);
    run.expect_code(1);
    let stdout = run.stdout();
    assert!(stdout.starts_with("invalid: "), "{stdout}");
    for word in words {
        assert!(stdout.contains(word), "no {word:?} in: {stdout}");
    }
    let run = folder.run(&format!("{VERIFY} --json"));
    run.expect_code(1);
    let report: Value = serde_json::from_str(&run.stdout()).unwrap();
    assert_eq!(report["valid"], false);
    let reason = report["reason"].as_str().unwrap();
    assert!(stdout.contains(reason), "{reason}");
}

#[test]
fn a_proof_is_valid_and_reported_as_documented() {
    let folder = proved();
    let run = folder.run(VERIFY);
    assert!(run.expect_code(0).stdout().starts_with("valid\n"));
    assert!(run.stderr().contains("test keys"), "{}", run.stderr());
    let report = folder.run(&format!("{VERIFY} --json")).json();
    assert_eq!(
        keys(&report),
        [
            "circuit",
            "keys",
            "new_root",
            "old_root",
            "public_input",
            "reason",
            "shape",
            "valid"
        ]
    );
    let file = json_of(&folder, "proof.json");
    assert_eq!(
        (&report["valid"], &report["reason"]),
        (&json!(true), &json!(null))
    );
    assert_eq!(
        (&report["shape"], &report["keys"]),
        (&json!("d"), &json!("test"))
    );
    assert_eq!(report["circuit"], file["circuit"]);
    assert_eq!(report["public_input"], file["public_input"]);
    assert_eq!(report["old_root"], file["statement"]["old_root"]);
    assert_eq!(report["new_root"], file["statement"]["new_root"]);
}

#[test]
fn no_changed_byte_of_a_proof_verifies() {
    let folder = proved();
    let whole = folder.read("proof.json");
    let text = String::from_utf8(whole.clone()).unwrap();
    // A byte in every 23, and the first and last digits of points and public input.
    let mut places: Vec<usize> = (0..whole.len()).step_by(23).collect();
    for (at, _) in text.match_indices("\"0x") {
        places.extend([at + 3, at + 3 + 63]);
    }
    let (mut invalid, mut malformed) = (0, 0);
    for place in places {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        folder.write("proof.json", &bytes);
        let run = folder.run(VERIFY);
        let code = run.code();
        match code {
            1 => invalid += 1,
            2 => malformed += 1,
            code => panic!(
                "exit code {code} with byte {place} changed: {}",
                run.stdout()
            ),
        }
    }
    assert!(invalid > 5 && malformed > 20, "{invalid} {malformed}");
}

#[test]
fn other_points_and_statements_do_not_verify() {
    let folder = proved();
    let path = folder.path().join("proof.json");
    let proof = ProofFile::read(&path).unwrap();

    let mut other = proof.clone();
    other.proof.a = -proof.proof.a;
    other.write(&path).unwrap();
    invalid(&folder, &["does not hold"]);

    let mut other = proof.clone();
    (other.proof.a, other.proof.c) = (proof.proof.c, proof.proof.a);
    other.write(&path).unwrap();
    invalid(&folder, &["does not hold"]);

    let mut other = proof.clone();
    other.public_input = -proof.public_input;
    other.write(&path).unwrap();
    invalid(&folder, &["not the hash of the statement"]);

    let mut other = proof.clone();
    other.statement.time += 1;
    other.write(&path).unwrap();
    invalid(&folder, &["not the hash of the statement"]);
    other.public_input = other.statement.public_input();
    other.write(&path).unwrap();
    invalid(&folder, &["does not hold"]);

    let mut other = proof.clone();
    other.circuit = proof.circuit.chars().rev().collect();
    other.write(&path).unwrap();
    invalid(&folder, &["of circuit", &proof.circuit, &other.circuit]);

    proof.write(&path).unwrap();
    folder.run(VERIFY).expect_code(0);
}

#[test]
fn malformed_files_are_refused_by_name_and_path() {
    let folder = proved();
    let (proof, vk) = (json_of(&folder, "proof.json"), json_of(&folder, "vk.json"));
    let refused = |name: &str, text: &str, words: &[&str]| {
        let whole = folder.read(name);
        folder.write(name, text.as_bytes());
        folder.run(VERIFY).fails(2, &[&[name], words].concat());
        folder.write(name, &whole);
    };
    let text = proof.to_string();
    refused("proof.json", &text[..text.len() - 1], &["EOF"]);
    refused("proof.json", &format!("{text} {{}}"), &["trailing"]);
    refused("proof.json", &vk.to_string(), &["unknown field"]);
    refused("vk.json", &text, &["unknown field"]);

    let off_curve = format!("0x{:064x}", 1);
    let mut bad = proof.clone();
    bad["proof"]["a"]["x"] = json!(off_curve);
    refused(
        "proof.json",
        &bad.to_string(),
        &["proof.a", "not on the curve"],
    );
    let mut bad = proof.clone();
    bad["public_input"] = json!(format!("0x{}", "f".repeat(64)));
    refused("proof.json", &bad.to_string(), &["public_input", "modulus"]);
    let mut bad = vk.clone();
    bad["gamma_g2"]["y"][1] = json!("0x12");
    refused("vk.json", &bad.to_string(), &["gamma_g2", "64"]);
    let mut bad = proof.clone();
    bad["version"] = json!(2);
    refused("proof.json", &bad.to_string(), &["version 2, expected 1"]);

    for name in ["proof.json", "vk.json"] {
        let whole = folder.read(name);
        std::fs::remove_file(folder.path().join(name)).unwrap();
        folder.run(VERIFY).fails(2, &[name, "cannot read"]);
        folder.write(name, &whole);
    }
    folder.run(VERIFY).expect_code(0);
}
