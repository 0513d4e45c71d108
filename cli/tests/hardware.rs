//! Cards and boards that are not there, may not be used, are held, or are something else: each is
//! told with what was expected, what was found and what to do.
#![cfg(all(feature = "pcie", feature = "serial"))]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use common::{Folder, Run};
use vegalith::driver::DeviceLock;

fn run(folder: &Folder, backend: &str) -> Run {
    let locks = folder.path().display().to_string();
    folder.run_with(
        &format!("ntt --backend {backend} --field goldilocks --input a --output b"),
        &[("VEGALITH_LOCKS", Some(&locks))],
    )
}

/// Plain files in the place of a card's nodes: registers of zeros.
fn nodes(folder: &Folder, mode: u32) -> String {
    for node in ["card_user", "card_h2c_0", "card_c2h_0"] {
        let path = folder.write(node, &[0; 1 << 16]);
        std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    }
    format!("pcie:{}/card", folder.path().display())
}

#[test]
fn a_card_that_is_not_there() {
    let folder = Folder::new();
    run(&folder, "pcie:ffff:fe:1f.7").fails(
        3,
        &[
            "pcie:ffff:fe:1f.7",
            "expected a PCI function",
            "found",
            "lspci",
        ],
    );
    run(&folder, "pcie:/nowhere/card").fails(3, &["/nowhere/card", "expected", "found"]);
    run(&folder, "pcie:1:2:3:4").fails(2, &["no PCIe address", "0000:3b:00.0"]);
}

#[test]
fn something_else_than_a_kernel() {
    let folder = Folder::new();
    let backend = nodes(&folder, 0o600);
    run(&folder, &backend).fails(3, &["magic", "0x00000000"]);
}

#[test]
fn a_card_that_is_held_names_its_holder() {
    let folder = Folder::new();
    let backend = nodes(&folder, 0o600);
    let lock = DeviceLock::acquire_in(folder.path(), &backend).unwrap();
    let holder = format!("held by process {} (hardware-", std::process::id());
    run(&folder, &backend).fails(3, &["busy", &backend, &holder, " since 20"]);
    drop(lock);
    run(&folder, &backend).fails(3, &["magic"]);
}

#[test]
fn a_serial_port_that_is_not_there_or_none() {
    let folder = Folder::new();
    run(&folder, "serial:/nowhere/tty").fails(3, &["serial:/nowhere/tty", "expected", "found"]);
    let file = folder.write("file", b"");
    let backend = format!("serial:{}", file.display());
    run(&folder, &backend).fails(3, &[&backend, "expected", "found"]);
    let lock = DeviceLock::acquire_in(folder.path(), &backend).unwrap();
    let holder = format!("held by process {} (hardware-", std::process::id());
    run(&folder, &backend).fails(3, &["busy", &holder]);
    drop(lock);
}

/// As a user who may not open the nodes or the port; root may.
#[test]
fn devices_without_permission() {
    let folder = Folder::new();
    let card = nodes(&folder, 0o600);
    let port = folder.write("port", b"");
    std::fs::set_permissions(&port, PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o777)).unwrap();
    let program = folder.path().join("vegalith");
    std::fs::copy(env!("CARGO_BIN_EXE_vegalith"), &program).unwrap();
    let as_nobody = |program: &std::path::Path| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command.arg(program).current_dir(folder.path());
        command
    };
    let possible = as_nobody(&program).arg("--version").output();
    if !possible.is_ok_and(|output| output.status.success()) {
        println!("skipped: cannot run as another user (needs root and setpriv)");
        return;
    }
    for backend in [card, format!("serial:{}", port.display())] {
        let output = as_nobody(&program)
            .args(["ntt", "--field=goldilocks", "--input=a", "--output=b"])
            .arg(format!("--backend={backend}"))
            .env("VEGALITH_LOCKS", folder.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(3), "{stderr}");
        for word in ["error: ", &backend, "ermission denied", "expected", "found"] {
            assert!(stderr.contains(word), "no {word:?} in {stderr}");
        }
    }
}

#[test]
fn images_are_for_hardware() {
    let folder = Folder::new();
    let image = "--image image.json --field goldilocks --input a --output b";
    folder
        .run(&format!("ntt --backend cpu {image}"))
        .fails(2, &["--image", "cpu has none"]);
    if cfg!(feature = "xrt") {
        run(&folder, "xrt:0").fails(2, &["xrt:0", "expected an image", "--image"]);
    }
    let backend = nodes(&folder, 0o600);
    folder
        .run(&format!("ntt --backend {backend} {image}"))
        .fails(2, &["image.json", "expected the manifest"]);
}

#[test]
fn listed_devices_say_why_they_cannot_be_used() {
    let folder = Folder::new();
    let report = folder.run("devices --serial /nowhere/tty --json").json();
    let devices = report["devices"].as_array().unwrap();
    let port = devices
        .iter()
        .find(|d| d["backend"] == "serial:/nowhere/tty");
    let port = port.unwrap();
    assert_eq!(port["available"], false);
    assert_eq!(port["hardware"], "serial port");
    assert!(
        port["reason"].as_str().unwrap().contains("serial"),
        "{port}"
    );
    let named = folder
        .run_with(
            "devices",
            &[("VEGALITH_SERIAL", Some("/nowhere/a:/nowhere/b"))],
        )
        .expect_code(0)
        .stdout();
    assert!(named.contains("serial:/nowhere/a") && named.contains("serial:/nowhere/b"));
}
