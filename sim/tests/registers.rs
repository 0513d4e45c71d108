//! The register slave of every simulated kernel: identification, control bits, arguments.

mod support;

use support::{start, wait, Job, MEMORY_BYTES};
use vegalith_abi::registers::{self, msm};
use vegalith_abi::{AbiVersion, BlockType, CurveId, FieldId, ABI_VERSION};
use vegalith_sim::{models, Error, Leaf, Model, Options, Simulator};

fn open(model: &Model) -> Simulator {
    let options = Options {
        memory_bytes: MEMORY_BYTES,
        ..Options::default()
    };
    Simulator::open(model.preset, &options).unwrap()
}

fn fast_models() -> impl Iterator<Item = &'static Model> {
    models().iter().filter(|model| !model.synthesisable)
}

fn msm_kernels() -> impl Iterator<Item = Simulator> {
    fast_models().filter_map(|model| {
        let mut simulator = open(model);
        let block = simulator.read_register(registers::BLOCK_TYPE).unwrap();
        (block == BlockType::Msm as u32).then_some(simulator)
    })
}

#[test]
fn kernels_identify_themselves() {
    assert!(fast_models().count() >= 2);
    for model in fast_models() {
        let mut simulator = open(model);
        let mut read = |offset| simulator.read_register(offset).unwrap();
        let preset = model.preset;
        assert_eq!(read(registers::MAGIC), registers::MAGIC_VALUE, "{preset}");
        let version = AbiVersion::from_word(read(registers::ABI_VERSION));
        assert_eq!(version, ABI_VERSION, "{preset}");
        assert_eq!(read(registers::BUILD_ID), 0, "{preset}");
        let digest: Vec<u8> = (0..8)
            .flat_map(|word| read(registers::PRESET_DIGEST + 4 * word).to_le_bytes())
            .collect();
        assert_eq!(digest, model.digest, "{preset}");
        let kind = read(registers::CAP_KIND);
        match BlockType::from_word(read(registers::BLOCK_TYPE)) {
            Some(BlockType::Msm) => {
                assert!(preset.starts_with("msm-"), "{preset}");
                assert!(CurveId::from_word(kind).is_some(), "{preset}");
                let window = read(registers::CAP_WINDOW);
                let sums = read(registers::CAP_NUM_PARTIAL_SUMS);
                assert_eq!(sums % window, 0, "{preset}");
                assert!(sums >= 253, "{preset}: a sum for each bit of a scalar");
            }
            Some(BlockType::Ntt) => {
                assert!(preset.starts_with("ntt-"), "{preset}");
                assert!(FieldId::from_word(kind).is_some(), "{preset}");
                assert_eq!(read(registers::CAP_NUM_PARTIAL_SUMS), 0, "{preset}");
            }
            None => panic!("{preset}: unknown block type"),
        }
        assert!(read(registers::CAP_UNITS) >= 1, "{preset}");
        assert!(read(registers::CAP_LOG_MAX_SIZE) >= 12, "{preset}");
        assert!(read(registers::CAP_MONT_BITS) >= 64, "{preset}");
        // What has no name reads as zero.
        for offset in [0x04, registers::ARGUMENTS_END, 0x7fc, 0x84c, 0x8c4, 0xffc] {
            assert_eq!(read(offset), 0, "{preset}: {offset:#x}");
        }
    }
}

#[test]
fn arguments_keep_what_is_written_and_nothing_else_does() {
    for model in fast_models() {
        let mut simulator = open(model);
        let arguments = (registers::ARGUMENTS..registers::ARGUMENTS_END).step_by(4);
        for offset in arguments.clone() {
            simulator.write_register(offset, !offset).unwrap();
        }
        for offset in arguments {
            let found = simulator.read_register(offset).unwrap();
            assert_eq!(found, !offset, "{}: {offset:#x}", model.preset);
        }
        for offset in (registers::IDENTIFICATION..0x8c4).step_by(4) {
            let before = simulator.read_register(offset).unwrap();
            simulator.write_register(offset, !before).unwrap();
            let found = simulator.read_register(offset).unwrap();
            assert_eq!(found, before, "{}: {offset:#x}", model.preset);
        }
    }
}

#[test]
fn control_bits_tell_where_a_job_is() {
    let idle = registers::CONTROL_IDLE | registers::CONTROL_READY;
    for model in fast_models() {
        let mut simulator = open(model);
        let preset = model.preset;
        let job = Job::random(&mut simulator, 64, 1).unwrap();
        wait(&mut simulator, registers::CONTROL_IDLE).unwrap();
        let control = |s: &mut Simulator| s.read_register(registers::CONTROL).unwrap();
        assert_eq!(control(&mut simulator), idle, "{preset}: before");
        job.load(&mut simulator).unwrap();
        start(&mut simulator).unwrap();
        let running = registers::CONTROL_START;
        assert_eq!(control(&mut simulator), running, "{preset}: running");
        // Arguments of a running job are out of reach, and a second start is not taken.
        let (offset, value) = job.arguments[0];
        simulator.write_register(offset, !value).unwrap();
        assert_eq!(simulator.read_register(offset).unwrap(), value, "{preset}");
        start(&mut simulator).unwrap();
        wait(&mut simulator, registers::CONTROL_DONE).unwrap();
        let done = registers::CONTROL_DONE;
        assert_eq!(control(&mut simulator), done, "{preset}: done");
        let run = job.outcome(&mut simulator).unwrap();
        assert_eq!(run.errors, 0, "{preset}");
        assert!(!simulator.run_until(registers::CONTROL_IDLE, 5000).unwrap());
        assert_eq!(control(&mut simulator), done, "{preset}: done stays");
        let acknowledge = registers::CONTROL_CONTINUE;
        simulator
            .write_register(registers::CONTROL, acknowledge)
            .unwrap();
        assert_eq!(control(&mut simulator), idle, "{preset}: acknowledged");
        // Counters stay until the next start.
        assert_eq!(job.outcome(&mut simulator).unwrap(), run, "{preset}");
    }
}

#[test]
fn a_start_during_the_sweep_or_before_continue_waits() {
    for model in fast_models() {
        let mut simulator = open(model);
        let preset = model.preset;
        let job = Job::random(&mut simulator, 16, 2).unwrap();
        simulator.reset().unwrap();
        job.load(&mut simulator).unwrap();
        start(&mut simulator).unwrap();
        wait(&mut simulator, registers::CONTROL_DONE).unwrap();
        let first = job.outcome(&mut simulator).unwrap();
        let ahead = registers::CONTROL_START;
        simulator.write_register(registers::CONTROL, ahead).unwrap();
        let control = simulator.read_register(registers::CONTROL).unwrap();
        let waiting = registers::CONTROL_START | registers::CONTROL_DONE;
        assert_eq!(control, waiting, "{preset}");
        let acknowledge = registers::CONTROL_CONTINUE;
        simulator
            .write_register(registers::CONTROL, acknowledge)
            .unwrap();
        wait(&mut simulator, registers::CONTROL_DONE).unwrap();
        let second = job.outcome(&mut simulator).unwrap();
        assert_eq!(second, first, "{preset}");
    }
}

/// Of an odd number of points, the last beat of scalars is half unused.
#[test]
fn a_job_leaves_nothing_to_the_next() {
    for model in fast_models() {
        let (mut alone, mut after) = (open(model), open(model));
        let job = Job::random(&mut alone, 64, 3).unwrap();
        let expected = job.run(&mut alone).unwrap();
        for size in [1, 33] {
            let other = Job::random(&mut after, size, 4).unwrap();
            assert_eq!(other.run(&mut after).unwrap().errors, 0, "{}", model.preset);
            let run = job.run(&mut after).unwrap();
            assert_eq!(run, expected, "{} after {size}", model.preset);
        }
    }
}

#[test]
fn jobs_out_of_range_touch_nothing() {
    for mut simulator in msm_kernels() {
        let preset = simulator.model().preset;
        let good = Job::random(&mut simulator, 5, 3).unwrap();
        let capacity = 1
            << simulator
                .read_register(registers::CAP_LOG_MAX_SIZE)
                .unwrap();
        for num_points in [0, capacity + 1, u32::MAX] {
            let mut bad = good.clone();
            bad.arguments.push((msm::NUM_POINTS, num_points));
            let run = bad.run(&mut simulator).unwrap();
            assert_eq!(run.errors, registers::ERROR_ARGUMENT, "{preset}");
            let [cycles, busy, _, _, read, written] = run.counters;
            assert_eq!((busy, read, written), (0, 0, 0), "{preset}");
            assert!(cycles < 10, "{preset}: {cycles} cycles");
        }
        for address in [msm::POINTS, msm::SCALARS, msm::RESULT] {
            let mut bad = good.clone();
            bad.arguments.push((address, 0x10_0040));
            let run = bad.run(&mut simulator).unwrap();
            assert_eq!(run.errors, registers::ERROR_ARGUMENT, "{preset}");
            assert_eq!(run.counters[4..], [0, 0], "{preset}");
        }
        let run = good.run(&mut simulator).unwrap();
        assert_eq!(run.errors, 0, "{preset}: the next job");
    }
}

#[test]
fn what_cannot_be_opened_says_why() {
    let preset = models()[0].preset;
    let open = |preset: &str, options: Options| Simulator::open(preset, &options).unwrap_err();

    let error = open("msm-bn254-none", Options::default());
    let known: Vec<_> = fast_models().map(|model| model.preset).collect();
    assert_eq!(
        error,
        Error::UnknownModel {
            preset: "msm-bn254-none".to_owned(),
            leaf: Leaf::Fast,
            known: known.join(", "),
        }
    );
    assert!(error.to_string().contains(preset), "{error}");

    let stalls = Options {
        stall_percent: 100,
        ..Options::default()
    };
    assert_eq!(
        open(preset, stalls),
        Error::Option("stall_percent is 100, below 100 is allowed".to_owned())
    );

    let huge = Options {
        memory_bytes: u64::MAX / 2,
        ..Options::default()
    };
    let error = open(preset, huge);
    assert!(error.to_string().contains("no memory"), "{error}");

    let nowhere = Options {
        trace: Some("/nonexistent/folder/wave.fst".into()),
        ..Options::default()
    };
    let error = open(preset, nowhere);
    assert!(error.to_string().contains("trace"), "{error}");
}

#[test]
fn memory_ends_where_it_ends() {
    let mut simulator = open(&models()[0]);
    let end = simulator.memory_bytes();
    assert_eq!(end, MEMORY_BYTES);
    let mut bytes = [0; 8];
    simulator.write_memory(end - 8, &[1; 8]).unwrap();
    simulator.read_memory(end - 8, &mut bytes).unwrap();
    assert_eq!(bytes, [1; 8]);
    simulator.read_memory(end, &mut []).unwrap();
    for address in [end - 7, end, u64::MAX] {
        assert!(simulator.read_memory(address, &mut bytes).is_err());
        assert!(simulator.write_memory(address, &bytes).is_err());
    }
}
