use super::*;
use crate::rtl::Design;
use rust_hdl::prelude::Block;
fn lint<B: Block>(name: &str, b: B) {
    let d = Design::from_block(name, b).unwrap();
    let dir = std::env::temp_dir().join("vlint");
    std::fs::create_dir_all(&dir).unwrap();
    let f = dir.join(&d.files[0].name);
    std::fs::write(&f, &d.files[0].text).unwrap();
    let o = std::process::Command::new("verilator")
        .args([
            "--lint-only",
            "-Wall",
            if name.ends_with("_x") {
                "-DVEGALITH_FAST_LEAF"
            } else {
                "-DA"
            },
            "-Wno-DECLFILENAME",
        ])
        .arg(&f)
        .output()
        .unwrap();
    println!(
        "{name}: {}\n{}",
        o.status,
        String::from_utf8_lossy(&o.stderr)
    );
}
#[test]
fn lint_all() {
    let map = slots::SlotMap::new(26, 10);
    let feed = feed::FeedConfig {
        map: map.clone(),
        value_bits: 780,
    };
    let m = merge::MergeConfig::new(&map, 780, feed.tag_bits());
    lint("occupancy", merge::Occupancy::new(&m));
    lint("lanes", merge::Lanes::new(&m));
    lint(
        "dispatch",
        dispatch::Dispatch::new(&dispatch::DispatchConfig::new(&map, 254)),
    );
    lint("walk", feed::Walk::new(&feed));
    lint("split", feed::Split::new(&feed));
    lint("sums", feed::SumStream::new(&feed));
    lint(
        "lane",
        lane::ValueLane::new(&lane::LaneConfig {
            feed: feed.clone(),
            field_bits: 254,
            one: 12345u32.into(),
        }),
    );
    lint(
        "inflight",
        lane::InFlight::new(&lane::InFlightConfig { count_bits: 9 }),
    );
    lint(
        "queue",
        queues::PointQueue::new(&queues::QueueConfig {
            parts: vec![254, 254, 254, 1],
            log_depth: 5,
            reserve: 10,
        }),
    );
    lint(
        "seq",
        sequencer::Sequencer::new(&sequencer::SequencerConfig {
            key_bits: map.key_bits(),
            num_slots: map.num_slots(),
            log_max_points: 20,
            log_beats_per_point: 1,
        }),
    );
    for c in [
        vegalith_abi::CurveId::Bn254G1,
        vegalith_abi::CurveId::Bls12_381G1,
    ] {
        lint(
            "unpack",
            unpack::PointUnpack::new(&unpack::UnpackConfig {
                layout: c.point_layout(),
                field_bits: if c == vegalith_abi::CurveId::Bn254G1 {
                    254
                } else {
                    381
                },
            }),
        );
    }
    lint(
        "scalar_unpack",
        unpack::ScalarUnpack::new(&unpack::ScalarConfig { scalar_bits: 254 }),
    );
    lint(
        "ram",
        crate::rtl::DualPortRam::new(&crate::rtl::RamConfig {
            width: 780,
            depth: map.num_slots(),
            style: "block",
        }),
    );
    lint(
        "delay_x",
        crate::rtl::Delay::new(&crate::rtl::DelayConfig {
            width: 15,
            cycles: 100,
            cleared: false,
        }),
    );
    lint(
        "delayc",
        crate::rtl::Delay::new(&crate::rtl::DelayConfig {
            width: 1,
            cycles: 100,
            cleared: true,
        }),
    );
    use num_bigint::BigUint;
    let p = BigUint::parse_bytes(
        b"30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47",
        16,
    )
    .unwrap();
    for carry_bits in [32, 96, 300] {
        lint(
            "prepare",
            prepare::PointPrepare::new(&prepare::PrepareConfig {
                modulus: p.clone(),
                carry_bits,
            }),
        );
        let bias = (0..26).map(|w| BigUint::from(1u32) << (10 * w + 9)).sum();
        lint(
            "recode",
            prepare::Recode::new(&prepare::RecodeConfig {
                scalar_bits: 254,
                num_windows: 26,
                window_bits: 10,
                bias,
                carry_bits,
            }),
        );
    }
}

pub(super) fn integer_engine(
    windows: usize,
    window_bits: usize,
    latency: usize,
) -> engine::MsmEngine {
    use num_bigint::BigUint;
    let p = BigUint::parse_bytes(
        b"30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47",
        16,
    )
    .unwrap();
    engine::MsmEngine::new(&engine::EngineConfig {
        map: slots::SlotMap::new(windows, window_bits),
        layout: vegalith_abi::CurveId::Bn254G1.point_layout(),
        modulus: p,
        one: 1u32.into(),
        scalar_bits: 254,
        bias: (0..windows)
            .map(|w| BigUint::from(1u32) << (window_bits * w + window_bits - 1))
            .sum(),
        carry_bits: 64,
        log_max_points: 20,
        slot_ram_style: "block",
        adder: parts::AdderConfig {
            latency,
            coordinate_bits: 264,
            body: parts::AdderBody::Integers,
        },
    })
}
#[test]
fn engine_int() {
    lint("engine_int", integer_engine(26, 10, 100));
    lint("engine_int_b", integer_engine(51, 5, 30));
}
