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
