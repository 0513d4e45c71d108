//! Kernels on a memory that is slow, irregular or broken.

mod support;

use support::{start, Job, Run, MEMORY_BYTES};
use vegalith_abi::registers::{self, msm, ntt};
use vegalith_abi::BlockType;
use vegalith_sim::{models, Faults, Model, Options, Simulator};

fn fast_models() -> impl Iterator<Item = &'static Model> {
    models().iter().filter(|model| !model.synthesisable)
}

fn open(model: &Model, options: Options) -> Simulator {
    let options = Options {
        memory_bytes: MEMORY_BYTES,
        ..options
    };
    Simulator::open(model.preset, &options).unwrap()
}

fn run(model: &Model, options: Options) -> Run {
    let mut simulator = open(model, options);
    let job = Job::random(&mut simulator, 256, 11).unwrap();
    let run = job.run(&mut simulator).unwrap();
    assert_eq!(run.errors, 0, "{}", model.preset);
    run
}

/// Additions come in another order when operands do, so an MSM's projective sums may differ in
/// their factor: results are compared where the points are known (in the host library). What must
/// not change is the work, and for transforms every byte.
#[test]
fn a_slow_memory_changes_the_time_and_not_the_work() {
    for model in fast_models() {
        let preset = model.preset;
        let ideal = run(
            model,
            Options {
                latency_cycles: Some(1),
                ..Options::default()
            },
        );
        for (latency_cycles, stall_percent, seed) in
            [(0, 0, 1), (40, 0, 1), (500, 0, 1), (1, 50, 2), (90, 90, 3)]
        {
            let slow = run(
                model,
                Options {
                    latency_cycles: Some(latency_cycles),
                    stall_percent,
                    seed,
                    ..Options::default()
                },
            );
            let what = format!("{preset}: {latency_cycles} cycles, {stall_percent} %");
            let [cycles, busy, _, _, read, written] = slow.counters;
            let [least, expected_busy, _, _, expected_read, expected_written] = ideal.counters;
            assert_eq!(
                (busy, read, written),
                (expected_busy, expected_read, expected_written),
                "{what}"
            );
            if latency_cycles > 1 {
                assert!(cycles > least, "{what}: {cycles} and {least}");
            }
            if preset.starts_with("ntt-") {
                assert_eq!(slow.result, ideal.result, "{what}");
            }
        }
    }
}

#[test]
fn equal_seeds_give_equal_cycles_and_bytes() {
    for model in fast_models() {
        let stalled = |seed| Options {
            stall_percent: 40,
            seed,
            ..Options::default()
        };
        let first = run(model, stalled(5));
        assert_eq!(first, run(model, stalled(5)), "{}", model.preset);
        // One other seed may come to the same number.
        let differs = |seed| run(model, stalled(seed)).counters[0] != first.counters[0];
        assert!((6..10).any(differs), "{}", model.preset);
    }
}

#[test]
fn addresses_beyond_the_memory_are_bus_errors() {
    for model in fast_models() {
        let preset = model.preset;
        let mut simulator = open(model, Options::default());
        let good = Job::random(&mut simulator, 8, 12).unwrap();
        let addresses = match good.block {
            BlockType::Msm => [msm::POINTS, msm::SCALARS, msm::RESULT].to_vec(),
            BlockType::Ntt => [ntt::SOURCE, ntt::DESTINATION].to_vec(),
        };
        for offset in addresses {
            let mut bad = good.clone();
            bad.arguments.push((offset, MEMORY_BYTES as u32));
            let run = bad.run(&mut simulator).unwrap();
            assert_eq!(run.errors, registers::ERROR_BUS, "{preset}: {offset:#x}");
        }
        let run = good.run(&mut simulator).unwrap();
        assert_eq!(run.errors, 0, "{preset}: errors are forgotten");
    }
}

#[test]
fn faults_strike_the_chosen_job() {
    let errors = |model: &Model, faults| {
        let mut simulator = open(
            model,
            Options {
                faults,
                ..Options::default()
            },
        );
        let job = Job::random(&mut simulator, 8, 13).unwrap();
        [0; 3].map(|_| job.run(&mut simulator).unwrap().errors)
    };
    let bus = registers::ERROR_BUS;
    for model in fast_models() {
        let preset = model.preset;
        let read = |job| Faults {
            job,
            error_read_beat: Some(0),
            ..Faults::default()
        };
        assert_eq!(errors(model, read(None)), [bus; 3], "{preset}");
        assert_eq!(errors(model, read(Some(1))), [0, bus, 0], "{preset}");
        let written = Faults {
            job: Some(2),
            error_write_burst: Some(0),
            ..Faults::default()
        };
        assert_eq!(errors(model, written), [0, 0, bus], "{preset}");
        assert_eq!(errors(model, Faults::default()), [0; 3], "{preset}");
    }
}

#[test]
fn flipped_beats_change_one_bit_of_the_result() {
    for model in fast_models() {
        let faulty = |faults| {
            run(
                model,
                Options {
                    faults,
                    ..Options::default()
                },
            )
        };
        let right = faulty(Faults::default());
        let written = faulty(Faults {
            flip_write_beat: Some(3),
            ..Faults::default()
        });
        assert_eq!(written.counters, right.counters, "{}", model.preset);
        let changed: Vec<u8> = (written.result.iter().zip(&right.result))
            .filter_map(|(found, expected)| (found != expected).then_some(found ^ expected))
            .collect();
        assert_eq!(changed, [1], "{}", model.preset);
        let read = faulty(Faults {
            flip_read_beat: Some(3),
            ..Faults::default()
        });
        assert_ne!(read.result, right.result, "{}", model.preset);
    }
}

#[test]
fn a_hanging_bus_is_cured_by_a_reset() {
    for model in fast_models() {
        let preset = model.preset;
        for hang_after in [0, 50, 600] {
            let mut simulator = open(
                model,
                Options {
                    faults: Faults {
                        job: Some(0),
                        hang_after_cycles: Some(hang_after),
                        ..Faults::default()
                    },
                    ..Options::default()
                },
            );
            let job = Job::random(&mut simulator, 300, 14).unwrap();
            support::wait(&mut simulator, registers::CONTROL_IDLE).unwrap();
            job.load(&mut simulator).unwrap();
            start(&mut simulator).unwrap();
            let done = simulator.run_until(registers::CONTROL_DONE, 50_000);
            assert_eq!(done, Ok(false), "{preset}: hangs after {hang_after}");
            simulator.reset().unwrap();
            let healed = job.run(&mut simulator).unwrap();
            let mut fresh = open(model, Options::default());
            let expected = job.run(&mut fresh).unwrap();
            assert_eq!(healed, expected, "{preset}: hung after {hang_after}");
        }
    }
}
