//! Right proofs, and batches for which there is none.

use std::cell::RefCell;

use ark_serialize::CanonicalSerialize;
use vegalith::CpuBackend;
use vegalith_prover::{
    prove, Error, Progress, Proof, ProofFile, ProveOptions, Prover, Randomness, Stage,
};

use crate::support::{
    deposit, deposit_keys, fixed, one_trade, reference, trade_keys, transfer_keys, transfers,
};

fn bytes(proof: &Proof) -> Vec<u8> {
    let mut bytes = Vec::new();
    proof.serialize_compressed(&mut bytes).unwrap();
    bytes
}

#[test]
fn proofs_are_those_of_arkworks_byte_for_byte() {
    let backend = CpuBackend::new();
    let usual = (0x1234_5678_9abc, 0xfedc_ba98);
    for (keys, executed, randomness) in [
        (deposit_keys(), deposit(), &[(0, 0), (0, 5), (7, 0)][..]),
        (transfer_keys(), transfers(), &[usual]),
        (trade_keys(), one_trade(), &[usual]),
    ] {
        let prover = Prover::new(keys, &backend).unwrap();
        for &(r, s) in randomness {
            let (proof, _) = prover.prove(&executed, &fixed(r, s)).unwrap();
            let expected = reference(keys, &executed, r, s);
            assert_eq!(bytes(&proof), bytes(&expected), "r {r}, s {s}");
        }
    }
}

#[test]
fn randomness_of_a_seed_repeats_and_of_the_system_does_not() {
    let (keys, executed) = (deposit_keys(), deposit());
    let backend = CpuBackend::new();
    let prover = Prover::new(keys, &backend).unwrap();
    let proof = |randomness| {
        let options = ProveOptions {
            randomness,
            ..Default::default()
        };
        prover.prove(&executed, &options).unwrap().0
    };
    assert_eq!(proof(Randomness::Seed(1)), proof(Randomness::Seed(1)));
    assert_ne!(proof(Randomness::Seed(1)), proof(Randomness::Seed(2)));
    assert_ne!(proof(Randomness::Random), proof(Randomness::Random));
}

#[test]
fn the_report_has_every_stage_once_and_the_listener_hears_of_them() {
    let (keys, executed) = (trade_keys(), one_trade());
    let heard = RefCell::new(Vec::new());
    let listener = |progress: &Progress<'_>| {
        heard.borrow_mut().push(match progress {
            Progress::Begun(stage) => (*stage, false),
            Progress::Ended(report) => (report.stage, true),
        });
    };
    let options = ProveOptions {
        progress: Some(&listener),
        ..fixed(1, 2)
    };
    let (_, report) = prove(keys, &executed, &CpuBackend::new(), &options).unwrap();

    let stages: Vec<_> = report.stages.iter().map(|stage| stage.stage).collect();
    assert_eq!(stages, Stage::ALL);
    for stage in &Stage::ALL[1..] {
        let heard = heard.borrow();
        let begun = heard.iter().position(|h| *h == (*stage, false)).unwrap();
        let ended = heard.iter().position(|h| *h == (*stage, true)).unwrap();
        assert!(begun < ended, "{stage}");
        assert_eq!(heard.iter().filter(|h| h.0 == *stage).count(), 2, "{stage}");
    }
    let jobs = |stage| report.stage(stage).unwrap().jobs;
    assert_eq!(jobs(Stage::NttInverse), 3);
    assert_eq!(jobs(Stage::NttCoset), 3);
    assert_eq!(jobs(Stage::NttCosetInverse), 1);
    assert_eq!(jobs(Stage::MsmBG1), 1);
    assert_eq!(jobs(Stage::MsmBG2), 0);
    assert_eq!(report.domain, 1 << 15);
    assert_eq!(report.constraints, keys.num_constraints());
    let h = report.stage(Stage::MsmH).unwrap();
    assert_eq!(h.n, report.domain - 1);
    assert!(h.seconds > 0.0 && h.device.is_none() && h.fallbacks.is_empty());
    assert!(report.stages.iter().all(|stage| stage.seconds >= 0.0));

    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["stages"][1]["stage"], "synthesis");
    assert_eq!(json["backend"], "cpu");
    println!("{}", serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn with_r_zero_there_is_no_msm_of_b_in_g1() {
    let (keys, executed) = (deposit_keys(), deposit());
    let (_, report) = prove(keys, &executed, &CpuBackend::new(), &fixed(0, 1)).unwrap();
    let stage = report.stage(Stage::MsmBG1).unwrap();
    assert_eq!((stage.n, stage.jobs), (0, 0));
}

#[test]
fn keys_of_another_shape_are_refused() {
    let error = prove(
        deposit_keys(),
        &one_trade(),
        &CpuBackend::new(),
        &fixed(1, 1),
    )
    .unwrap_err();
    assert!(
        matches!(&error, Error::WrongKeys { keys, batch } if keys == "d" && batch == "t"),
        "{error}"
    );
}

#[test]
fn statements_are_bound_to_their_proof() {
    let (keys, executed) = (deposit_keys(), deposit());
    let (proof, _) = prove(keys, &executed, &CpuBackend::new(), &fixed(3, 4)).unwrap();
    let file = ProofFile::new(keys, executed.statement, proof);
    let key = keys.verifying_key();
    assert!(vegalith_prover::verify(&key, &file).unwrap());
    // Another true statement.
    let mut other = file.clone();
    other.statement.time += 1;
    other.public_input = other.statement.public_input();
    assert!(!vegalith_prover::verify(&key, &other).unwrap());
}
