//! Kernels against the generator's cycle model of their engine.

mod support;

use std::collections::BTreeSet;

use num_bigint::BigUint;
use support::{Job, MEMORY_BYTES};
use vegalith_hdl::presets::{all, PresetKind};
use vegalith_sim::{Options, Simulator};

/// Most cycles that a kernel takes beyond its engine on an ideal memory, the memory's latency apart:
/// the way of the first beats through the readers and of the last through the writer.
const OVERHEAD_CYCLES: u64 = 16;

#[test]
fn msm_kernels_keep_the_pace_of_the_model() {
    for preset in all().iter().filter(|preset| preset.simulated) {
        let PresetKind::Msm(config) = &preset.kind else {
            continue;
        };
        let model = config.cycle_model().unwrap();
        let mut overheads = BTreeSet::new();
        for (size, latency_cycles) in [(1, 1), (100, 1), (1000, 1), (1000, 40)] {
            let options = Options {
                memory_bytes: MEMORY_BYTES,
                latency_cycles: Some(latency_cycles),
                ..Options::default()
            };
            let mut simulator = Simulator::open(preset.name, &options).unwrap();
            let job = Job::random(&mut simulator, size, 31).unwrap();
            let [cycles, busy, active, ..] = job.run(&mut simulator).unwrap().counters;
            let expected = model.run(job.scalars.len(), |index| {
                model.digit_keys(&BigUint::from_bytes_le(&job.scalars[index]))
            });
            let what = format!("{}, {size} points, {latency_cycles} cycles", preset.name);
            assert_eq!(busy, expected.busy_cycles, "{what}");
            assert_eq!(active, expected.active_cycles, "{what}");
            // An address to the first beat, and the last beat to its answer.
            overheads.insert(cycles - expected.cycles - 2 * u64::from(latency_cycles));
        }
        let overhead = overheads.first().copied().unwrap_or(u64::MAX);
        assert_eq!(overheads.len(), 1, "{}: {overheads:?}", preset.name);
        assert!(overhead <= OVERHEAD_CYCLES, "{}: {overhead}", preset.name);
    }
}

/// Cycles of one size from a kernel's registers; as many butterflies as the transform has.
fn ntt_cycles(preset: &str, log_size: u64, latency_cycles: Option<u32>) -> u64 {
    let options = Options {
        memory_bytes: MEMORY_BYTES,
        latency_cycles,
        ..Options::default()
    };
    let mut simulator = Simulator::open(preset, &options).unwrap();
    let job = Job::random(&mut simulator, 1 << log_size, 32).unwrap();
    let [cycles, busy, ..] = job.run(&mut simulator).unwrap().counters;
    assert_eq!(busy, log_size << (log_size - 1), "{preset} 2^{log_size}");
    cycles
}

/// The floor is a pair a cycle and a beat a cycle each way.
#[test]
fn the_folded_ntt_kernel_stays_at_its_floor() {
    let expected = [202, 1153, 5441, 25665];
    let found = [4, 8, 10, 12].map(|log_size| ntt_cycles("ntt-goldilocks-ecp5", log_size, Some(4)));
    assert_eq!(found, expected);
    let floor = 12 * (1 << 11) + 2 * (1 << 9);
    assert!(100 * found[3] <= 101 * floor, "{} of {floor}", found[3]);
}

/// Cycles do not depend on the elements.
#[test]
fn ntt_kernels_take_exact_cycles() {
    for (preset, expected) in [
        ("ntt-bn254-demo", [399, 2679, 10777]),
        ("ntt-goldilocks-demo", [285, 2451, 11990]),
    ] {
        let found = [4, 10, 13].map(|log_size| ntt_cycles(preset, log_size, None));
        assert_eq!(found, expected, "{preset}");
    }
}
