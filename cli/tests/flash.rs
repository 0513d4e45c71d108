//! Loading a board, with a program that records what it is told in openFPGALoader's place on PATH.
#![cfg(feature = "device")]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::{keys, Folder, Run};
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

const PRESET: &str = "ntt-goldilocks-demo";
const BITS: &[u8] = b"configuration of an FPGA";

/// A folder with an image, a tool and locks.
struct Bench {
    folder: Folder,
    manifest: Value,
}

impl Bench {
    fn new() -> Self {
        let folder = Folder::new();
        let presets = folder.run("presets --json").json();
        let presets = presets["presets"].as_array().unwrap();
        let preset = presets.iter().find(|p| p["name"] == PRESET).unwrap();
        let generated = folder.run(&format!("generate --preset {PRESET} --out generated"));
        generated.expect_code(0);
        let generated: Value =
            serde_json::from_slice(&folder.read("generated/manifest.json")).unwrap();
        let manifest = json!({
            "schema": 1, "preset": PRESET, "preset_digest": preset["digest"],
            "abi_version": generated["abi_version"], "board": "ecp5-evn",
            "part": "LFE5UM5G-85F-8BG381", "flow": "nextpnr", "tools": {"yosys": "0.58"},
            "clock_mhz": 150, "fmax_mhz": 161.2,
            "utilisation": {"lut": {"used": 1, "available": 2}},
            "image": {"file": "top.bit", "kind": "bit", "bytes": BITS.len(),
                      "sha256": hex::encode(Sha256::digest(BITS))},
            "verilog": generated["files"],
        });
        for name in ["bin", "locks", "images", "images/board"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let bench = Bench { folder, manifest };
        bench.write_image();
        bench
    }

    fn write_image(&self) {
        self.folder.write("images/board/top.bit", BITS);
        let text = self.manifest.to_string();
        self.folder
            .write("images/board/image.json", text.as_bytes());
    }

    /// A tool that writes down its arguments and then does this.
    fn tool(&self, then: &str) {
        let path = self.folder.write(
            "bin/openFPGALoader",
            format!(
                "#!/bin/sh\nif [ \"$1\" = --Version ]; then echo 'openFPGALoader v0.12.1'; exit 0; \
                 fi\nprintf '%s\\n' \"$@\" > '{}'\n{then}\n",
                self.folder.path().join("told").display()
            )
            .as_bytes(),
        );
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// Runs `vegalith flash` with nothing but this folder's tool, and what a shell needs.
    fn flash(&self, arguments: &str) -> Run {
        let root = self.folder.path().display();
        let path = format!("{root}/bin:/usr/bin:/bin");
        self.flash_on(arguments, &path)
    }

    fn flash_on(&self, arguments: &str, path: &str) -> Run {
        let root = self.folder.path().display().to_string();
        self.folder.run_with(
            &format!("flash {arguments}"),
            &[
                ("PATH", Some(path)),
                ("VEGALITH_LOCKS", Some(&format!("{root}/locks"))),
                ("VEGALITH_IMAGES", Some(&format!("{root}/images"))),
                ("HOME", Some(&root)),
                ("XDG_DATA_HOME", None),
            ],
        )
    }

    fn told(&self) -> Vec<String> {
        let told = String::from_utf8(self.folder.read("told")).unwrap();
        told.lines().map(str::to_owned).collect()
    }

    fn was_told(&self) -> bool {
        self.folder.path().join("told").exists()
    }
}

#[test]
fn an_image_is_loaded() {
    let bench = Bench::new();
    bench.tool("");
    let by_path = "--image images/board/image.json --port FT1234 --permanent --json";
    let report = bench.flash(by_path).json();
    let file = Path::new("./images/board/top.bit").display().to_string();
    let expected = ["-b", "ecp5_evn", "--ftdi-serial", "FT1234", "-f", &file];
    assert_eq!(bench.told(), expected);
    assert_eq!(
        keys(&report),
        [
            "board",
            "bytes",
            "clock_mhz",
            "command",
            "digest",
            "image",
            "loaded",
            "permanent",
            "preset",
            "seconds",
            "sha256"
        ]
    );
    assert_eq!(report["board"], "ecp5-evn");
    assert_eq!(report["preset"], PRESET);
    assert_eq!(report["clock_mhz"], 150);
    assert_eq!(report["digest"], bench.manifest["preset_digest"]);
    assert_eq!(report["sha256"], bench.manifest["image"]["sha256"]);
    assert_eq!(report["loaded"], true);
    let command = format!("openFPGALoader {}", expected.join(" "));
    assert_eq!(report["command"], command);
    // By preset, in the search path.
    let text = bench.flash(&format!("--preset {PRESET} --board ecp5-evn"));
    let text = text.expect_code(0).stdout();
    assert!(text.contains(PRESET) && text.contains("150 MHz"), "{text}");
    let found = bench.folder.path().join("images/board/top.bit");
    let found = Path::new(".").join(found).display().to_string();
    assert_eq!(bench.told(), ["-b", "ecp5_evn", "-m", &found]);
}

#[test]
fn a_dry_run_only_checks_and_prints() {
    let bench = Bench::new();
    // Not even the tool is needed.
    let text = bench.flash("--image images/board/top.bit --dry-run --port 1:7");
    assert_eq!(
        text.expect_code(0).stdout(),
        "openFPGALoader -b ecp5_evn --busdev-num 1:7 -m ./images/board/top.bit\n"
    );
    let report = bench
        .flash("--image images/board/top.bit --dry-run --json")
        .json();
    assert_eq!(report["loaded"], false);
    assert!(report.get("seconds").is_none());
}

#[test]
fn bad_images_are_refused_before_the_tool_is_asked() {
    let mut bench = Bench::new();
    bench.tool("");
    let image = "--image images/board/image.json";
    bench.folder.write("images/board/top.bit", &BITS[..7]);
    bench.flash(image).fails(
        2,
        &["top.bit", "expected 24 bytes", "found 7 bytes", "truncated"],
    );
    bench
        .folder
        .write("images/board/top.bit", b"configuration 0f an FPGA");
    bench.flash(image).fails(2, &["sha256", "altered"]);
    bench.write_image();
    bench
        .flash(&format!("{image} --board u250"))
        .fails(2, &["board", "expected u250", "found ecp5-evn"]);
    bench
        .flash(&format!("{image} --port --reset"))
        .expect_code(2);
    bench
        .flash(&format!("{image} --port=--reset"))
        .fails(2, &["--port", "lsusb"]);
    let honest = bench.manifest.clone();
    let lies = [
        ("/preset_digest", json!("11".repeat(32)), "preset_digest"),
        ("/preset", json!("msm-bn254-demo"), "preset_digest"),
        ("/preset", json!("no-such-preset"), "expected msm-bn254"),
        ("/abi_version", json!("0.9"), "abi_version"),
        ("/fmax_mhz", json!(149.9), "timing is not met"),
        ("/image/kind", json!("xclbin"), "expected bit"),
        ("/schema", json!(2), "schema: expected 1"),
    ];
    for (pointer, lie, word) in lies {
        bench.manifest = honest.clone();
        *bench.manifest.pointer_mut(pointer).unwrap() = lie;
        bench.write_image();
        bench.flash(image).fails(2, &["image.json", word]);
        bench
            .flash(&format!("--preset {PRESET}"))
            .fails(2, &["no image of", PRESET, "make bitstream"]);
    }
    bench
        .flash("--image nowhere.bit")
        .fails(2, &["image.json", "expected the manifest", "No such file"]);
    bench
        .flash("--preset no-such-preset")
        .fails(2, &["unknown preset"]);
    bench.flash("").expect_code(2);
    assert!(!bench.was_told());
}

#[test]
fn a_missing_or_old_tool_is_told() {
    let bench = Bench::new();
    let image = "--image images/board/image.json";
    bench
        .flash_on(image, "/nowhere")
        .fails(3, &["openFPGALoader", "PATH", "apt-get install"]);
    bench.tool("");
    let path = bench.folder.path().join("bin/openFPGALoader");
    std::fs::write(path, "#!/bin/sh\necho openFPGALoader v0.6.1\n").unwrap();
    bench.flash(image).fails(3, &["0.10 or later", "found 0.6"]);
}

#[test]
fn a_board_that_is_not_there_is_told() {
    let bench = Bench::new();
    bench.tool("echo 'unable to open ftdi device: -3 (device not found)' >&2; exit 1");
    bench.flash("--image images/board/image.json").fails(
        3,
        &[
            "exit status: 1",
            "device not found",
            "expected the board",
            "lsusb",
        ],
    );
    bench.tool("echo 'unable to open ftdi device: -4 (usb_open() failed)' >&2; exit 1");
    bench
        .flash("--image images/board/image.json")
        .fails(3, &["usb_open() failed", "udev"]);
}

#[test]
fn a_tool_that_does_not_end_is_stopped() {
    let bench = Bench::new();
    bench.tool("echo 'Open file'; exec sleep 60");
    bench
        .flash("--image images/board/image.json --deadline 0.3")
        .fails(3, &["did not end within 300ms", "Open file"]);
}

#[test]
fn two_do_not_load_one_board() {
    let bench = Bench::new();
    bench.tool("");
    let locks = bench.folder.path().join("locks");
    let lock = vegalith::driver::DeviceLock::acquire_in(&locks, "flash:ecp5-evn").unwrap();
    let holder = format!("held by process {}", std::process::id());
    bench
        .flash("--image images/board/image.json")
        .fails(3, &["flash:ecp5-evn", &holder]);
    assert!(!bench.was_told());
    drop(lock);
    bench
        .flash("--image images/board/image.json")
        .expect_code(0);
}
