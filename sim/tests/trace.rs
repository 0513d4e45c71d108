//! Waveforms.

mod support;

use support::{Job, MEMORY_BYTES};
use vegalith_sim::{models, Options, Simulator};

/// Block types of the FST format (GTKWave, fstapi.h).
const HEADER: u8 = 0;
const HEADER_BYTES: u64 = 329;

fn big_endian(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |value, &byte| value << 8 | u64::from(byte))
}

#[test]
fn a_job_can_be_traced() {
    let folder = tempfile::tempdir().unwrap();
    for model in models().iter().filter(|model| !model.synthesisable) {
        let preset = model.preset;
        let path = folder.path().join(format!("{preset}.fst"));
        let traced = Options {
            memory_bytes: MEMORY_BYTES,
            trace: Some(path.clone()),
            ..Options::default()
        };
        let plain = Options {
            trace: None,
            ..traced.clone()
        };
        let mut simulator = Simulator::open(preset, &traced).unwrap();
        let job = Job::random(&mut simulator, 2, 21).unwrap();
        let run = job.run(&mut simulator).unwrap();
        let cycles = simulator.cycle();
        drop(simulator);
        let mut simulator = Simulator::open(preset, &plain).unwrap();
        assert_eq!(run, job.run(&mut simulator).unwrap(), "{preset}");

        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes[0], HEADER, "{preset}");
        assert_eq!(big_endian(&bytes[1..9]), HEADER_BYTES, "{preset}");
        let (first, last) = (big_endian(&bytes[9..17]), big_endian(&bytes[17..25]));
        // Ten units a cycle, the falling edge half a cycle after the rising one.
        assert_eq!(last, 10 * (cycles - 1) + 5, "{preset}");
        assert!(first < last, "{preset}");
        let endian = f64::from_ne_bytes(bytes[25..33].try_into().unwrap());
        assert_eq!(endian, std::f64::consts::E, "{preset}");
        let num_signals = big_endian(&bytes[49..57]);
        assert!(num_signals > 100, "{preset}: {num_signals} signals");
    }
}
