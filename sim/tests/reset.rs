//! Resets on a memory that keeps what is under way.

mod support;

use support::{start, wait, Job, Run, MEMORY_BYTES};
use vegalith_abi::registers;
use vegalith_sim::{models, Error, Faults, Model, Options, Simulator};

fn open(model: &Model, keep_transfers_over_reset: bool) -> Simulator {
    let options = Options {
        memory_bytes: MEMORY_BYTES,
        faults: Faults {
            keep_transfers_over_reset,
            ..Faults::default()
        },
        ..Options::default()
    };
    Simulator::open(model.preset, &options).unwrap()
}

/// With nothing under way it is no matter what the memory keeps: power-up, a reset before a job and
/// one behind it.
#[test]
fn an_idle_reset_leaves_nothing_behind() {
    for model in models().iter().filter(|model| !model.synthesisable) {
        let runs = |keep| -> Result<[Run; 2], Error> {
            let mut simulator = open(model, keep);
            let job = Job::random(&mut simulator, 100, 21)?;
            let mut run = || {
                simulator.reset()?;
                job.run(&mut simulator)
            };
            Ok([run()?, run()?])
        };
        let kept = runs(true).unwrap();
        assert_eq!(kept[0].errors, 0, "{}", model.preset);
        assert_eq!(kept, runs(false).unwrap(), "{}", model.preset);
        assert_eq!(kept[0], kept[1], "{}", model.preset);
    }
}

/// A memory that forgets what was under way: the next job is the same as without the one given up.
#[test]
fn a_job_given_up_leaves_nothing_behind() {
    for model in models().iter().filter(|model| !model.synthesisable) {
        let preset = model.preset;
        let mut simulator = open(model, false);
        let job = Job::random(&mut simulator, 100, 22).unwrap();
        let expected = job.run(&mut simulator).unwrap();
        for tenths in [1, 3, 6] {
            let cycles = expected.counters[0] * tenths / 10;
            job.load(&mut simulator).unwrap();
            start(&mut simulator).unwrap();
            let done = simulator
                .run_until(registers::CONTROL_DONE, cycles)
                .unwrap();
            assert!(!done, "{preset}: done within {cycles} cycles");
            simulator.reset().unwrap();
            wait(&mut simulator, registers::CONTROL_IDLE).unwrap();
            let run = job.run(&mut simulator).unwrap();
            assert_eq!(run, expected, "{preset}: given up after {cycles} cycles");
        }
    }
}

fn reset_by_register(simulator: &mut Simulator, preset: &str) {
    simulator
        .write_register(registers::CONTROL, registers::CONTROL_RESET)
        .unwrap();
    let control = simulator.read_register(registers::CONTROL).unwrap();
    let idle = control & registers::CONTROL_IDLE != 0;
    assert!(!idle, "{preset}: control {control:#x} while it resets");
    wait(simulator, registers::CONTROL_IDLE).unwrap();
    let control = simulator.read_register(registers::CONTROL).unwrap();
    let expected = registers::CONTROL_IDLE | registers::CONTROL_READY;
    assert_eq!(control, expected, "{preset}: control after a reset");
}

/// The kernel brings its own transfers to an end, by the rules of the bus, whatever it was doing.
#[test]
fn a_reset_by_register_needs_no_help_of_the_memory() {
    for model in models().iter().filter(|model| !model.synthesisable) {
        let preset = model.preset;
        for stall_percent in [0, 60] {
            let options = Options {
                memory_bytes: MEMORY_BYTES,
                stall_percent,
                faults: Faults {
                    keep_transfers_over_reset: true,
                    ..Faults::default()
                },
                ..Options::default()
            };
            let mut simulator = Simulator::open(preset, &options).unwrap();
            let job = Job::random(&mut simulator, 100, 23).unwrap();
            let expected = job.run(&mut simulator).unwrap();
            for part in 0..23 {
                let cycles = expected.counters[0] * part / 23;
                job.load(&mut simulator).unwrap();
                start(&mut simulator).unwrap();
                simulator
                    .run_until(registers::CONTROL_DONE, cycles)
                    .unwrap();
                reset_by_register(&mut simulator, preset);
                let run = job.run(&mut simulator).unwrap();
                let at = format!("{preset}: given up after {cycles} cycles");
                assert_eq!(run.errors, 0, "{at}");
                assert!(run.result == expected.result, "{at}: another result");
                if stall_percent == 0 {
                    assert_eq!(run.counters, expected.counters, "{at}");
                }
            }
        }
    }
}

#[test]
fn a_reset_by_register_of_an_idle_or_finished_kernel() {
    for model in models().iter().filter(|model| !model.synthesisable) {
        let mut simulator = open(model, true);
        reset_by_register(&mut simulator, model.preset);
        let job = Job::random(&mut simulator, 20, 24).unwrap();
        let expected = job.run(&mut simulator).unwrap();
        job.load(&mut simulator).unwrap();
        start(&mut simulator).unwrap();
        wait(&mut simulator, registers::CONTROL_DONE).unwrap();
        reset_by_register(&mut simulator, model.preset);
        assert_eq!(
            job.run(&mut simulator).unwrap(),
            expected,
            "{}",
            model.preset
        );
    }
}
