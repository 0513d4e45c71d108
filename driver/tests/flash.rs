//! Loading a board, with a program that records what it is told in openFPGALoader's place.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use vegalith_abi::ABI_VERSION;
use vegalith_driver::{
    DeviceLock, Digest, Flash, FlashError, FlashMemory, FlashOptions, FlashPort, Image,
    ImageRequest,
};

struct Bench(tempfile::TempDir);

impl Bench {
    fn new() -> Self {
        Bench(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn image(&self, board: &str, kind: &str) -> Image {
        self.image_for(board, kind, "LFE5UM5G-85F-8BG381")
    }

    fn image_for(&self, board: &str, kind: &str, part: &str) -> Image {
        let bytes = b"configuration";
        let flow = if kind == "bit" { "nextpnr" } else { "vitis" };
        std::fs::write(self.path("top.bit"), bytes).unwrap();
        let manifest = serde_json::json!({
            "schema": 1, "preset": "p", "preset_digest": "00".repeat(32),
            "abi_version": ABI_VERSION.to_string(), "board": board, "part": part, "flow": flow,
            "tools": {"yosys": "0.58"}, "clock_mhz": 80, "fmax_mhz": 90,
            "utilisation": {"lut": {"used": 1, "available": 2}},
            "image": {"file": "top.bit", "kind": kind, "bytes": bytes.len(),
                      "sha256": Digest(Sha256::digest(bytes).into()).to_string()},
            "verilog": [{"name": "top.v", "bytes": 1, "sha256": "00".repeat(32)}],
        });
        std::fs::write(self.path("image.json"), manifest.to_string()).unwrap();
        Image::open(self.0.path(), &ImageRequest::default()).unwrap()
    }

    /// A tool of version 0.12.1 that writes down its arguments and then does this.
    fn tool(&self, then: &str) -> PathBuf {
        self.script(&format!(
            "if [ \"$1\" = --Version ]; then echo 'openFPGALoader v0.12.1'; exit 0; fi\n\
             printf '%s\\n' \"$@\" > '{}'\n{then}",
            self.path("arguments").display()
        ))
    }

    fn script(&self, body: &str) -> PathBuf {
        let path = self.path("openFPGALoader");
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    fn arguments(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("arguments")).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

/// Options with a port of the test's own, since tests run side by side.
fn options(tool: &Path, serial: &str) -> FlashOptions {
    FlashOptions {
        port: Some(FlashPort::Serial(serial.to_owned())),
        tool: tool.to_owned(),
        ..FlashOptions::default()
    }
}

#[test]
fn the_tool_is_told_board_port_and_image() {
    let bench = Bench::new();
    let image = bench.image("ecp5-evn", "bit");
    let tool = bench.tool("echo 'Loading: [====] 100.00%'");
    let file = bench.path("top.bit").display().to_string();
    let flash = Flash::new(&image, "ecp5-evn", &options(&tool, "FTTEST01")).unwrap();
    flash.run().unwrap();
    let expected = ["-b", "ecp5_evn", "--ftdi-serial", "FTTEST01", "-m", &file];
    assert_eq!(bench.arguments(), expected);
    let command = flash.command();
    assert!(command.ends_with(&expected.join(" ")), "{command}");
    let permanent = FlashOptions {
        memory: FlashMemory::Permanent,
        port: Some(FlashPort::Usb {
            bus: 200,
            device: 3,
        }),
        ..options(&tool, "")
    };
    Flash::new(&image, "ecp5-evn", &permanent)
        .unwrap()
        .run()
        .unwrap();
    assert_eq!(
        bench.arguments(),
        ["-b", "ecp5_evn", "--busdev-num", "200:3", "-f", &file]
    );
}

#[test]
fn images_for_something_else_are_not_loaded() {
    let bench = Bench::new();
    let tool = bench.tool("");
    let options = options(&tool, "FTTEST02");
    for (image, board, words) in [
        (
            bench.image("ecp5-evn", "bit"),
            "u250",
            ["board", "expected u250", "found ecp5-evn"],
        ),
        (
            bench.image("u250", "xclbin"),
            "u250",
            ["board", "ecp5-evn", "found u250"],
        ),
        (
            bench.image("ecp5-evn", "xclbin"),
            "ecp5-evn",
            ["kind", "expected bit", "found xclbin"],
        ),
        (
            bench.image_for("ecp5-evn", "bit", "LFE5U-25F-6BG381"),
            "ecp5-evn",
            [
                "part",
                "expected LFE5UM5G-85F-8BG381",
                "found LFE5U-25F-6BG381",
            ],
        ),
    ] {
        let text = Flash::new(&image, board, &options).unwrap_err().to_string();
        for word in words {
            assert!(text.contains(word), "no {word:?} in {text}");
        }
    }
    assert!(!bench.path("arguments").exists());
}

#[test]
fn a_missing_or_old_tool_is_told() {
    let bench = Bench::new();
    let image = bench.image("ecp5-evn", "bit");
    let run = |tool: &Path| {
        let flash = Flash::new(&image, "ecp5-evn", &options(tool, "FTTEST03")).unwrap();
        flash.run().unwrap_err()
    };
    let error = run(&bench.path("nothing"));
    assert!(matches!(error, FlashError::NoTool { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("apt-get install openfpgaloader"), "{text}");
    for (says, words) in [
        ("openFPGALoader v0.9.1", ["0.10 or later", "found 0.9"]),
        ("hello", ["0.10 or later", "\"hello\""]),
        ("", ["another program", "nothing"]),
    ] {
        let tool = bench.script(&format!("echo '{says}'"));
        let error = run(&tool);
        assert!(matches!(error, FlashError::WrongTool { .. }), "{error}");
        let text = error.to_string();
        let known = words.iter().any(|word| text.contains(word));
        assert!(known, "{words:?} in {text}");
    }
}

/// What openFPGALoader 0.10 says without a board.
#[test]
fn a_board_that_is_not_there_is_told_with_the_tools_last_lines() {
    let bench = Bench::new();
    let image = bench.image("ecp5-evn", "bit");
    let tool = bench.tool(
        "echo 'unable to open ftdi device: -3 (device not found)' >&2\n\
         echo 'JTAG init failed with: unable to open ftdi device' >&2\nexit 1",
    );
    let flash = Flash::new(&image, "ecp5-evn", &options(&tool, "FTTEST04")).unwrap();
    let text = flash.run().unwrap_err().to_string();
    for word in [
        "exit status: 1",
        "-3 (device not found)",
        "found none",
        "lsusb",
    ] {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
    // One that is killed has no exit status.
    let tool = bench.tool("kill -9 $$");
    let flash = Flash::new(&image, "ecp5-evn", &options(&tool, "FTTEST04")).unwrap();
    let text = flash.run().unwrap_err().to_string();
    assert!(text.contains("signal: 9"), "{text}");
}

#[test]
fn a_tool_that_does_not_end_is_stopped() {
    let bench = Bench::new();
    let image = bench.image("ecp5-evn", "bit");
    // Its child keeps the pipes open beyond its end.
    let tool = bench.tool("echo 'Open file: DONE'\nsleep 30 & sleep 30");
    let options = FlashOptions {
        limit: Duration::from_millis(500),
        ..options(&tool, "FTTEST05")
    };
    let flash = Flash::new(&image, "ecp5-evn", &options).unwrap();
    let started = Instant::now();
    let error = flash.run().unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(15), "{started:?}");
    assert!(matches!(error, FlashError::Timeout { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.contains("500ms") && text.contains("Open file: DONE"),
        "{text}"
    );
}

#[test]
fn two_do_not_load_one_board() {
    let bench = Bench::new();
    let image = bench.image("ecp5-evn", "bit");
    let tool = bench.tool("");
    let flash = Flash::new(&image, "ecp5-evn", &options(&tool, "FTTEST06")).unwrap();
    let lock = DeviceLock::acquire("flash:ecp5-evn:FTTEST06").unwrap();
    let text = flash.run().unwrap_err().to_string();
    let holder = format!("held by process {}", std::process::id());
    assert!(text.contains(&holder), "{text}");
    assert!(!bench.path("arguments").exists());
    drop(lock);
    flash.run().unwrap();
}
