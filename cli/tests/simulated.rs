//! Proofs in simulation: the very proofs of the CPU, with the hardware's counters.

mod common;

#[cfg(not(feature = "sim"))]
use common::Folder;

#[cfg(not(feature = "sim"))]
#[test]
fn the_demo_needs_the_simulator() {
    let folder = Folder::new();
    folder
        .run("demo --keys keys")
        .fails(3, &["sim", "not built into"]);
    assert_eq!(folder.names(), [""; 0]);
}

#[cfg(feature = "sim")]
mod sim {
    use super::common::{deposit, example, keys, shared_keys, Folder};
    use serde_json::{json, Value};

    fn prove(folder: &Folder, backend: &str, batch: &str, more: &str) -> Value {
        let command = format!(
            "prove --backend {backend} --batch {batch} --keys {} --out {}.json --seed 5 --json {more}",
            shared_keys(),
            backend.replace(':', "-"),
        );
        folder.run(&command).json()
    }

    /// Proves with both, asserts equal files that verify; gives the simulation's report.
    fn equal_proofs(batch: &str) -> Value {
        let folder = Folder::new();
        let cpu = prove(&folder, "cpu", batch, "");
        let sim = prove(&folder, "sim", batch, "");
        assert_eq!(folder.read("cpu.json"), folder.read("sim.json"));
        for name in ["proof", "public_input", "old_root", "new_root", "keys"] {
            assert_eq!(cpu[name], sim[name], "{name}");
        }
        let vk = sim["keys"]["vk"].as_str().unwrap();
        folder
            .run(&format!("verify --proof sim.json --vk {vk}"))
            .expect_code(0);
        sim
    }

    fn number(value: &Value) -> u64 {
        value.as_u64().unwrap_or_else(|| panic!("{value}"))
    }

    /// Counters where a kernel worked, and nowhere else.
    fn check_counters(report: &Value) {
        assert_eq!(report["backend"], "sim");
        assert_eq!(
            report["presets"],
            json!({"msm": "msm-bn254-demo", "ntt": "ntt-bn254-demo"})
        );
        for stage in report["stages"].as_array().unwrap() {
            let (name, device) = (stage["name"].as_str().unwrap(), &stage["device"]);
            assert_eq!(stage["fallbacks"], json!([]), "{name}");
            let unit = match name {
                "msm_b_g2" => None,
                name if name.starts_with("msm_") => Some("adder"),
                name if name.starts_with("ntt_") => Some("butterfly"),
                _ => None,
            };
            let Some(unit) = unit else {
                assert_eq!(device, &json!(null), "{name}");
                continue;
            };
            let (busy, slots) = (format!("{unit}_busy_cycles"), format!("{unit}_slots"));
            let mut expected = [
                "bytes_read",
                "bytes_written",
                "clock_mhz",
                "cycles",
                &busy,
                &slots,
            ];
            expected.sort_unstable();
            assert_eq!(keys(device), expected, "{name}");
            assert!(number(&device[&busy]) > 0, "{name}: {device}");
            assert!(
                number(&device[&busy]) <= number(&device[&slots]),
                "{name}: {device}"
            );
            // Every scalar is 32 bytes, and so is every element.
            assert!(
                number(&device["bytes_read"]) >= 32 * number(&stage["n"]),
                "{name}"
            );
            assert!(number(&device["bytes_written"]) > 0, "{name}");
            assert_eq!(device["clock_mhz"], json!(null));
        }
    }

    #[test]
    fn a_deposit_has_the_proof_of_the_cpu() {
        let folder = Folder::new();
        let batch = folder.write("batch.json", deposit().to_string().as_bytes());
        check_counters(&equal_proofs(&batch.display().to_string()));
    }

    #[test]
    fn what_one_kernel_cannot_do_is_unsupported_or_falls_back_loudly() {
        let folder = Folder::new();
        folder.write("batch.json", deposit().to_string().as_bytes());
        let command = format!(
            "prove --backend sim:ntt-bn254-demo --batch batch.json --keys {} --out p.json",
            shared_keys()
        );
        let run = folder.run(&command);
        run.expect_code(2);
        assert!(run
            .stderr()
            .contains("error: unsupported by sim:ntt-bn254-demo"));
        assert_eq!(folder.names(), ["batch.json"]);

        let run = folder.run(&format!("{command} --policy fallback --json"));
        let report = run.json();
        let warnings = run.stderr();
        let warnings = warnings
            .lines()
            .filter(|line| line.starts_with("warning: "));
        // Four MSMs, and the loading of their bases.
        assert_eq!(warnings.count(), 8, "{}", run.stderr());
        for stage in report["stages"].as_array().unwrap() {
            let name = stage["name"].as_str().unwrap();
            let msm = ["msm_a", "msm_b_g1", "msm_l", "msm_h"].contains(&name);
            let fallbacks = stage["fallbacks"].as_array().unwrap();
            assert_eq!(fallbacks.len(), usize::from(msm), "{name}");
            assert_eq!(
                stage["device"].is_object(),
                name.starts_with("ntt_"),
                "{name}"
            );
        }
        assert_eq!(
            report["presets"],
            json!({"msm": null, "ntt": "ntt-bn254-demo"})
        );
    }

    #[test]
    fn the_demo_proves_a_trade_on_both() {
        let folder = Folder::new();
        let run = folder.run(&format!("demo --json --keys {}", shared_keys()));
        let report = run.json();
        assert_eq!(keys(&report), ["cpu", "equal", "sim", "verified"]);
        assert_eq!(
            (&report["equal"], &report["verified"]),
            (&json!(true), &json!(true))
        );
        assert_eq!(report["cpu"]["proof"], report["sim"]["proof"]);
        assert_eq!(
            report["sim"]["batch"],
            json!({"transactions": 1, "shape": "t"})
        );
        check_counters(&report["sim"]);
        // Off a terminal the demo tells what it does, line by line.
        assert!(run.stderr().contains("sim: MSM H"), "{}", run.stderr());
        assert_eq!(folder.names(), [""; 0]);
    }

    #[test]
    #[ignore = "about a minute: four trades in simulation"]
    fn four_trades_have_the_proof_of_the_cpu() {
        let batch = example("batch-4.json");
        check_counters(&equal_proofs(&batch.display().to_string()));
    }

    #[test]
    #[ignore = "a demo again, for its text"]
    fn the_demo_prints_a_table_of_100_columns() {
        let folder = Folder::new();
        let text = folder
            .run(&format!("demo --keys {}", shared_keys()))
            .expect_code(0)
            .stdout();
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
        for word in [
            "BTC-USD",
            "public input",
            "MSM H",
            "kcycles/s",
            "byte for byte",
            "It verifies.",
        ] {
            assert!(text.contains(word), "no {word:?} in: {text}");
        }
    }
}
