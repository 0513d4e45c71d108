//! Usage: what is listed, generated, refused and taught.

mod common;

use std::os::unix::net::UnixListener;

use common::{keys, Folder};

#[test]
fn every_command_teaches() {
    let folder = Folder::new();
    let help = folder.run("--help").expect_code(0).stdout();
    assert!(help.contains("Exit codes: 0 done"), "{help}");
    for command in [
        "demo", "prove", "verify", "msm", "ntt", "generate", "presets", "devices", "flash",
    ] {
        assert!(help.contains(command), "{command}: {help}");
        folder.run(&format!("{command} --help")).expect_code(0);
    }
    for command in [
        "demo", "prove", "verify", "msm", "ntt", "generate", "devices", "flash",
    ] {
        let help = folder.run(&format!("{command} --help")).stdout();
        assert!(help.contains("Example"), "{command}: {help}");
    }
}

#[test]
fn bad_usage_is_exit_code_2() {
    let folder = Folder::new();
    for arguments in [
        "",
        "fly",
        "msm",
        "msm --backend gpu --curve bn254 --bases a --scalars b",
        "msm --backend cpu --curve bn255 --bases a --scalars b",
        "ntt --backend cpu --field goldilocks --input a --output b --timeout -1",
        "ntt --backend cpu --field goldilocks --input a --output b --timeout 1e19",
    ] {
        let run = folder.run(arguments);
        run.expect_code(2);
        assert_eq!(run.stdout(), "", "{arguments}");
    }
}

#[test]
fn backends_that_are_not_there() {
    let folder = Folder::new();
    for (backend, built_in) in [
        ("xrt:0", cfg!(feature = "xrt")),
        ("pcie:0000:01:00.0", cfg!(feature = "pcie")),
    ] {
        if !built_in {
            folder
                .run(&format!(
                    "ntt --backend {backend} --field goldilocks --input a --output b"
                ))
                .fails(3, &[backend, "not built into"]);
        }
    }
    folder
        .run("ntt --backend sim:no-such-preset --field goldilocks --input a --output b")
        .fails(2, &["unknown preset", "no-such-preset", "msm-bn254-demo"]);
    folder
        .run("ntt --backend cpu --trace t.fst --field goldilocks --input a --output b")
        .fails(2, &["--trace", "cpu"]);
    folder
        .run("ntt --backend sim --trace no/t.fst --field goldilocks --input a --output b")
        .fails(3, &["no/t.fst: cannot write"]);
    assert_eq!(folder.names(), [""; 0]);
    let _socket = UnixListener::bind(folder.path().join("t")).unwrap();
    folder
        .run("ntt --backend sim --trace t --field goldilocks --input a --output b")
        .fails(3, &["t: cannot write: it is a device"]);
    assert_eq!(folder.names(), ["t"]);
}

#[test]
fn presets_are_listed() {
    let folder = Folder::new();
    let report = folder.run("presets --json").json();
    let presets = report["presets"].as_array().unwrap();
    assert!(presets.len() >= 3);
    let text = folder.run("presets").expect_code(0).stdout();
    for preset in presets {
        let name = preset["name"].as_str().unwrap();
        assert!(text.contains(name), "{name}");
        assert_eq!(preset["digest"].as_str().unwrap().len(), 64);
        let kind = if preset["operation"] == "msm" {
            "curve"
        } else {
            "field"
        };
        assert!(preset[kind].is_string(), "{preset}");
    }
}

#[test]
fn devices_are_listed_and_the_cpu_is_ready() {
    let folder = Folder::new();
    let report = folder.run("devices --json").json();
    let cpu = &report["devices"][0];
    assert_eq!(
        (cpu["backend"].as_str(), cpu["available"].as_bool()),
        (Some("cpu"), Some(true))
    );
    assert_eq!(cpu["msm"].as_array().unwrap().len(), 5);
    assert_eq!(cpu["ntt"].as_array().unwrap().len(), 4);
    folder.run("devices").expect_code(0);
}

#[test]
fn generate_writes_what_its_manifest_lists() {
    let folder = Folder::new();
    let report = folder
        .run("generate --preset msm-bn254-demo --out out/deep --json")
        .json();
    assert_eq!(
        keys(&report),
        ["census", "digest", "files", "out", "preset", "top"]
    );
    let manifest: serde_json::Value =
        serde_json::from_slice(&folder.read("out/deep/manifest.json")).unwrap();
    assert_eq!(manifest["preset_digest"], report["digest"]);
    let listed = manifest["files"].as_array().unwrap();
    assert!(!listed.is_empty());
    for file in listed {
        let name = file["name"].as_str().unwrap();
        let text = folder.read(&format!("out/deep/{name}"));
        assert_eq!(file["bytes"], text.len(), "{name}");
    }
    folder
        .run("generate --preset nothing --out other")
        .fails(2, &["unknown preset", "nothing"]);
    assert_eq!(folder.names(), ["out"]);
}

#[test]
fn generate_writes_a_board_and_what_it_lists() {
    let folder = Folder::new();
    let report = folder
        .run("generate --preset ntt-goldilocks-demo --board ecp5-evn --out out --json")
        .json();
    assert_eq!(report["board"], "ecp5-evn");
    let board: serde_json::Value = serde_json::from_slice(&folder.read("out/board.json")).unwrap();
    assert_eq!(board["top"], report["top"]);
    assert_eq!(board["preset_digest"], report["digest"]);
    for file in board["files"].as_array().unwrap() {
        let name = file["name"].as_str().unwrap();
        assert!(!folder.read(&format!("out/{name}")).is_empty(), "{name}");
    }
    let constraints = board["constraints"].as_str().unwrap();
    let text = String::from_utf8(folder.read(&format!("out/{constraints}"))).unwrap();
    assert!(text.contains("LOCATE COMP \"clk12\" SITE \"A10\""));
    folder
        .run("generate --preset ntt-goldilocks-demo --board nothing --out other")
        .fails(2, &["unknown board", "nothing", "ecp5-evn"]);
    assert_eq!(folder.names(), ["out"]);
}
