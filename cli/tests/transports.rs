//! One job, typed once: simulated, on a board behind a serial line and on a card behind device files it
//! gives the same file and takes the same cycles. Board and card are simulated too, with the line's
//! bits and the driver's system calls.

#[path = "../../driver/tests/card/faults.rs"]
#[allow(dead_code, reason = "nothing goes wrong here")]
mod faults;
#[path = "../../driver/tests/card/fuse.rs"]
mod fuse;
#[path = "../../driver/tests/card/nodes.rs"]
#[allow(dead_code, reason = "a part is for faults")]
mod nodes;
#[path = "../../driver/tests/wire/mod.rs"]
mod wire;

mod common;

use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::PrimeField;
use common::Folder;
use nodes::{Layout, Machine};
use serde_json::Value;
use vegalith_driver::simulator::{boards, TerminalOptions};
use wire::Served;

/// For a machine with other work: a simulated line is slow.
const DEADLINE_SECONDS: u32 = 600;

/// Runs a job on all three: the reports, and the file that it writes if it writes one, are equal.
fn compare(folder: &Folder, preset: &str, job: &str, output: Option<&str>) {
    let board = boards().iter().find(|board| board.preset == preset);
    let board = Served::start(board.unwrap(), TerminalOptions::default());
    let card = Machine::with(Layout::usual(preset), true);
    let mut backends = vec![
        format!("sim:{preset}"),
        format!("serial:{}", board.path.display()),
    ];
    backends.extend(card.as_ref().map(|card| format!("pcie:{}", card.prefix())));
    let mut first = None;
    for backend in backends {
        let command = format!("{job} --backend {backend} --deadline {DEADLINE_SECONDS} --json");
        let locks = folder.path().display().to_string();
        let run = folder.run_with(&command, &[("VEGALITH_LOCKS", Some(&locks))]);
        let mut report = run.json();
        assert_eq!(report["backend"], backend);
        assert_eq!(report["preset"], preset);
        assert!(report["device"]["cycles"].as_u64() > Some(0), "{report}");
        // What may differ: the board alone has a clock.
        for (object, key) in [("", "backend"), ("", "seconds"), ("/device", "clock_mhz")] {
            let object = report.pointer_mut(object).and_then(Value::as_object_mut);
            assert!(object.unwrap().remove(key).is_some(), "{key}");
        }
        println!("{backend}: {report}");
        let found = (output.map(|name| folder.read(name)), report);
        match &first {
            None => first = Some(found),
            Some(first) => assert!(*first == found, "{backend}: {} {}", first.1, found.1),
        }
    }
}

#[test]
fn a_transform_on_every_way_to_a_kernel() {
    let folder = Folder::new();
    // Below 2^63, so canonical.
    let input: Vec<u8> = (1..=256u64)
        .flat_map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1).to_le_bytes())
        .collect();
    folder.write("a", &input);
    let command = "ntt --field goldilocks --input a --output b --inverse --coset";
    compare(&folder, "ntt-goldilocks-ecp5", command, Some("b"));
}

#[test]
fn a_sum_on_every_way_to_a_kernel() {
    let folder = Folder::new();
    let le = |value: &[u64]| -> Vec<u8> { value.iter().flat_map(|w| w.to_le_bytes()).collect() };
    let (mut points, mut scalars) = (Vec::new(), Vec::new());
    for i in 1..=5u64 {
        let point = (G1Affine::generator() * Fr::from(i * i)).into_affine();
        points.extend(le(&point.x.into_bigint().0));
        points.extend(le(&point.y.into_bigint().0));
        scalars.extend(le(&(-Fr::from(i)).into_bigint().0));
    }
    folder.write("points", &points);
    folder.write("scalars", &scalars);
    let command = "msm --curve bn254 --bases points --scalars scalars";
    compare(&folder, "msm-bn254-ecp5", command, None);
}
