//! `prove` on the CPU: proofs, JSON, refusals that leave nothing behind, and exit codes.

mod common;

use ark_bn254::Fr;
use ark_ff::PrimeField;
use common::{deposit, example, example_json, keys, shared_keys, Folder};
use serde_json::{json, Value};
use vegalith_prover::{execute, Batch, Stage, VerifyingKeyFile};

const PROVE: &str = "prove --backend cpu --batch batch.json --out proof.json";

fn write(folder: &Folder, batch: &Value) {
    folder.write("batch.json", batch.to_string().as_bytes());
}

fn prove(more: &str) -> String {
    format!("{PROVE} --keys {} {more}", shared_keys())
}

#[test]
fn a_trade_is_proved_and_reported_as_documented() {
    let folder = Folder::new();
    let batch = example("batch-1.json");
    let command = format!(
        "prove --backend cpu --batch {} --keys {} --out proof.json --seed 1 --json",
        batch.display(),
        shared_keys()
    );
    let run = folder.run(&command);
    let report = run.json();
    assert!(run.stderr().contains("test keys"), "{}", run.stderr());
    assert_eq!(
        keys(&report),
        [
            "backend",
            "batch",
            "constraints",
            "domain",
            "keys",
            "new_root",
            "old_root",
            "out",
            "presets",
            "proof",
            "public_input",
            "seconds",
            "stages",
            "verified"
        ]
    );
    assert_eq!(report["backend"], "cpu");
    assert_eq!(report["presets"], json!({"msm": null, "ntt": null}));
    assert_eq!(report["batch"], json!({"transactions": 1, "shape": "t"}));
    assert_eq!(
        (&report["verified"], &report["out"]),
        (&json!(true), &json!("proof.json"))
    );
    let domain = report["domain"].as_u64().unwrap();
    assert!(domain.is_power_of_two() && domain > report["constraints"].as_u64().unwrap());

    let file: Value = serde_json::from_slice(&folder.read("proof.json")).unwrap();
    for name in ["public_input", "proof"] {
        assert_eq!(report[name], file[name], "{name}");
    }
    let statement = execute(&Batch::read(batch).unwrap()).unwrap().statement;
    for (name, root) in [
        ("old_root", statement.old_root),
        ("new_root", statement.new_root),
    ] {
        assert_eq!(report[name], file["statement"][name], "{name}");
        let bytes = hex::decode(&report[name].as_str().unwrap()[2..]).unwrap();
        assert_eq!(Fr::from_be_bytes_mod_order(&bytes), root, "{name}");
    }

    assert_eq!(keys(&report["keys"]), ["circuit", "source", "vk"]);
    assert_eq!(report["keys"]["source"], "test");
    let vk = VerifyingKeyFile::read(report["keys"]["vk"].as_str().unwrap().as_ref()).unwrap();
    assert_eq!(report["keys"]["circuit"], vk.circuit);

    let stages = report["stages"].as_array().unwrap();
    let names: Vec<_> = stages
        .iter()
        .map(|stage| stage["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, Stage::ALL.map(Stage::name));
    for stage in stages {
        assert_eq!(
            keys(stage),
            ["device", "fallbacks", "jobs", "n", "name", "seconds"]
        );
        assert_eq!(
            (&stage["device"], &stage["fallbacks"]),
            (&json!(null), &json!([]))
        );
        let name = stage["name"].as_str().unwrap();
        let jobs = match name {
            "ntt_inverse" | "ntt_coset" => 3,
            "ntt_coset_inverse" | "msm_a" | "msm_b_g1" | "msm_l" | "msm_h" => 1,
            _ => 0,
        };
        assert_eq!(stage["jobs"], jobs, "{name}");
    }
}

#[test]
fn seeds_fix_the_proof_and_nothing_else_does() {
    let folder = Folder::new();
    write(&folder, &deposit());
    let mut proofs = Vec::new();
    for more in ["--seed 1", "--seed 1", "--seed 2", "", ""] {
        let text = folder.run(&prove(more)).expect_code(0).stdout();
        assert!(text.contains("proof.json, verified"), "{text}");
        proofs.push(folder.read("proof.json"));
    }
    assert_eq!(proofs[0], proofs[1]);
    for i in 1..proofs.len() {
        for j in i + 1..proofs.len() {
            assert_ne!(proofs[i], proofs[j], "{i} {j}");
        }
    }
    assert_eq!(folder.names(), ["batch.json", "proof.json"]);
}

#[test]
fn without_out_nothing_is_written() {
    let folder = Folder::new();
    write(&folder, &deposit());
    let command = "prove --backend cpu --batch batch.json --json --keys";
    let report = folder.run(&format!("{command} {}", shared_keys())).json();
    assert_eq!(report["out"], json!(null));
    assert_eq!(folder.names(), ["batch.json"]);
}

#[test]
fn keys_are_made_in_the_cache_unless_told_otherwise() {
    let folder = Folder::new();
    write(&folder, &deposit());
    let command = format!("{PROVE} --json");
    let cache = folder.path().join("cache");
    let environment = [("XDG_CACHE_HOME", cache.to_str()), ("HOME", None)];
    let report = folder.run_with(&command, &environment).json();
    let vk = report["keys"]["vk"].as_str().unwrap();
    let keys = cache.join("vegalith/keys");
    assert!(std::path::Path::new(vk).starts_with(&keys), "{vk}");
    assert_eq!(std::fs::read_dir(keys).unwrap().count(), 2);

    folder
        .run_with(&command, &[("XDG_CACHE_HOME", None), ("HOME", None)])
        .fails(3, &["--keys", "HOME"]);
}

#[test]
fn batches_that_break_a_rule_are_refused_by_index_and_reason() {
    let folder = Folder::new();
    folder.write("proof.json", b"an older proof");
    let refused = |batch: &Value, words: &[&str]| {
        write(&folder, batch);
        // A folder of keys that cannot be: refusals come first.
        let run = folder.run(&format!("{PROVE} --keys batch.json/keys --json"));
        run.fails(2, &[&["batch.json: refused: "], words].concat());
        assert_eq!(folder.names(), ["batch.json", "proof.json"]);
        assert_eq!(folder.read("proof.json"), b"an older proof");
    };
    let four = example_json("batch-4.json");
    let account = |batch: &mut Value, index: usize, collateral: i64| {
        let account = &mut batch["state"]["accounts"][index];
        assert_eq!(account["index"], index);
        account["collateral"] = json!(collateral.to_string());
    };

    let mut batch = four.clone();
    batch["transactions"][2]["taker"]["fee_limit"] = json!(3001);
    refused(&batch, &["transaction 2: bad signature of the taker"]);

    let mut batch = four.clone();
    batch["oracle"]["prices"][0] = json!(6_125_051);
    refused(&batch, &["oracle: bad signature"]);

    let mut batch = four.clone();
    let taker = &four["transactions"][1]["taker"];
    let slot = &mut batch["state"]["accounts"][taker["account"].as_u64().unwrap() as usize]
        ["orders"][taker["slot"].as_u64().unwrap() as usize];
    slot["nonce"] = json!(9);
    refused(
        &batch,
        &["transaction 1: taker's order has nonce 2", "slot is at 9"],
    );

    let mut batch = example_json("batch-mixed.json");
    batch["state"]["accounts"][2]["nonce"] = json!(5);
    refused(&batch, &["transaction 2: nonce 0, expected 5"]);

    let mut batch = four.clone();
    batch["time"] = json!(batch["time"].as_u64().unwrap() + 200);
    refused(
        &batch,
        &["oracle: prices of 1759999985 are older than 120 s"],
    );

    let mut batch = example_json("batch-mixed.json");
    account(&mut batch, 2, -2_500_000_000);
    refused(&batch, &["transaction 2: account 2 is overdrawn"]);

    let mut batch = four.clone();
    account(&mut batch, 1, 30_000_000);
    refused(&batch, &["transaction 0: margin of account 1", "required"]);

    let mut batch = four;
    batch["transactions"][3]["size"] = json!(4_000);
    refused(&batch, &["transaction 3: ", "overfilled"]);
}

#[test]
fn malformed_batches_are_refused_by_the_path_of_the_value() {
    let folder = Folder::new();
    let refused = |text: &str, words: &[&str]| {
        folder.write("batch.json", text.as_bytes());
        folder
            .run(&prove(""))
            .fails(2, &[&["batch.json: "], words].concat());
        assert_eq!(folder.names(), ["batch.json"]);
    };
    let whole = example_json("batch-1.json");
    let text = whole.to_string();
    refused(&text[..text.len() / 2], &["EOF"]);
    refused("", &["file: "]);
    let mut batch = whole.clone();
    batch["transactions"] = json!([]);
    refused(&batch.to_string(), &["transactions: 0 transactions"]);
    let mut batch = whole.clone();
    batch["transactions"][0]["maker"]["signature"] = json!("00");
    refused(&batch.to_string(), &["transactions[0].maker.signature: "]);
    let mut batch = whole;
    batch["transactions"][0]["tip"] = json!(1);
    refused(&batch.to_string(), &["transactions[0]", "tip"]);
    std::fs::remove_file(folder.path().join("batch.json")).unwrap();
    folder
        .run(&prove(""))
        .fails(2, &["batch.json: cannot read"]);
}

#[test]
fn outputs_that_cannot_be_are_found_before_anything_is_done() {
    let folder = Folder::new();
    write(&folder, &deposit());
    for out in ["no/such/proof.json", ".", "batch.json/proof.json"] {
        let command = "prove --backend cpu --batch batch.json --keys keys --out";
        folder
            .run(&format!("{command} {out}"))
            .fails(3, &[out, "cannot write"]);
        // Keys would have been made next.
        assert_eq!(folder.names(), ["batch.json"]);
    }
    folder
        .run(&format!("{PROVE} --keys batch.json/keys"))
        .fails(3, &["batch.json/keys"]);
    assert_eq!(folder.names(), ["batch.json"]);
}

#[test]
fn a_proof_that_fails_leaves_the_old_file() {
    let folder = Folder::new();
    write(&folder, &deposit());
    folder.write("proof.json", b"an older proof");
    let run = folder.run(&prove("--deadline 0.000000001"));
    run.expect_code(3);
    let stderr = run.stderr();
    assert!(
        stderr
            .lines()
            .any(|line| line.starts_with("error: timeout")),
        "{stderr}"
    );
    assert_eq!(run.stdout(), "");
    assert_eq!(folder.read("proof.json"), b"an older proof");
    assert_eq!(folder.names(), ["batch.json", "proof.json"]);
}

#[test]
fn damaged_keys_are_bad_input() {
    let folder = Folder::new();
    write(&folder, &deposit());
    let report = folder.run(&format!("{PROVE} --keys keys --json")).json();
    let vk = report["keys"]["vk"].as_str().unwrap().to_owned();
    let pk = vk.replace(".vk.json", ".pk");
    let mut bytes = folder.read(&pk);
    *bytes.last_mut().unwrap() ^= 1;
    folder.write(&pk, &bytes);
    folder
        .run(&format!("{PROVE} --keys keys"))
        .fails(2, &["key file", &pk, "corrupt"]);
}

#[test]
fn backends_that_are_not_there_are_told_before_keys_are_made() {
    let folder = Folder::new();
    write(&folder, &deposit());
    for (backend, built_in, code) in [
        // Without an image it is not looked for.
        ("xrt:99", cfg!(feature = "xrt"), 2),
        ("pcie:ffff:1f:1f.7", cfg!(feature = "pcie"), 3),
    ] {
        let (code, words) = match built_in {
            true => (code, "expected"),
            false => (3, "not built into"),
        };
        folder
            .run(&format!(
                "prove --backend {backend} --batch batch.json --keys keys"
            ))
            .fails(code, &[backend, words]);
    }
    assert_eq!(folder.names(), ["batch.json"]);
}
