//! Key and proof files: whole ones, and damaged ones.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use ark_bn254::Fr;
use serde_json::{json, Value};
use vegalith::CpuBackend;
use vegalith_prover::{
    prove, verify, Error, KeySource, KeyStage, Keys, ProofFile, Shape, Verdict, VerifyingKeyFile,
};

use crate::support::{deposit, deposit_keys, fixed, trade_keys};

fn deposit_shape() -> Shape {
    Shape::from_letters("d").unwrap()
}

/// A folder with the keys of a deposit.
fn folder() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (pk, vk) = deposit_keys().write(dir.path(), None).unwrap();
    (dir, pk, vk)
}

fn load(dir: &Path) -> Result<Keys, String> {
    Keys::load_or_create(dir, &deposit_shape(), None).map_err(|error| error.to_string())
}

#[test]
fn keys_loaded_are_the_keys_created() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("made/on/the/way");
    let stages = RefCell::new(Vec::new());
    let listener = |stage: KeyStage| stages.borrow_mut().push(stage);
    let created = Keys::load_or_create(&dir, &deposit_shape(), Some(&listener)).unwrap();
    let loaded = Keys::load_or_create(&dir, &deposit_shape(), Some(&listener)).unwrap();
    use KeyStage::*;
    assert_eq!(*stages.borrow(), [Circuit, Generate, Write, Circuit, Read]);
    // Test keys are the same wherever they are made.
    for keys in [&loaded, deposit_keys()] {
        assert!(created.to_proving_key() == keys.to_proving_key());
        assert_eq!(created.verifying_key(), keys.verifying_key());
        assert_eq!(keys.source(), KeySource::Test);
    }
    let (pk, vk) = created.paths(&dir);
    let name = pk.file_name().unwrap().to_str().unwrap();
    assert_eq!(name, format!("d-{}.pk", &created.circuit_digest()[..16]));
    let mut names: Vec<_> = fs::read_dir(&dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    names.sort();
    assert_eq!(names, [pk, vk.clone()]);
    let file = VerifyingKeyFile::read(&vk).unwrap();
    assert_eq!(file, loaded.verifying_key());
    assert_eq!(file.shape, deposit_shape());
}

#[test]
fn damaged_key_files_are_refused_and_left_alone() {
    let (dir, pk, _) = folder();
    let whole = fs::read(&pk).unwrap();
    let check = |bytes: &[u8], reason: &str| {
        fs::write(&pk, bytes).unwrap();
        let error = load(dir.path()).expect_err(reason);
        assert!(error.contains(reason), "{error}");
        assert!(error.contains("delete"), "{error}");
        assert!(error.contains(pk.to_str().unwrap()), "{error}");
        assert_eq!(fs::read(&pk).unwrap(), bytes);
    };
    check(&whole[..whole.len() - 1], "truncated");
    check(&whole[..88], "truncated");
    check(&whole[..30], "truncated");
    check(&[], "truncated");
    check(&[&whole[..], &[0]].concat(), "too long");
    check(b"something else entirely", "not a proving key");
    for at in [12, 50, 60, 100, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        check(&bytes, "corrupt");
    }
    let mut bytes = whole.clone();
    bytes[8] += 1;
    check(&bytes, "version");
    let mut bytes = whole.clone();
    bytes[20] ^= 1;
    check(&bytes, "made for circuit");
    // A header that announces more than memory holds, in a file that costs nothing.
    let mut bytes = whole[..88].to_vec();
    bytes[48..56].copy_from_slice(&(1u64 << 39).to_le_bytes());
    check(&bytes, "corrupt: a payload of 549755813888 bytes");
    check(&whole[..88], "truncated");
    let file = fs::OpenOptions::new().write(true).open(&pk).unwrap();
    file.set_len(1 << 39).unwrap();
    let error = load(dir.path()).unwrap_err();
    assert!(error.contains("too long"), "{error}");
    drop(file);

    fs::write(&pk, &whole).unwrap();
    load(dir.path()).unwrap();
}

#[test]
fn keys_of_another_circuit_are_refused() {
    let (dir, pk, vk) = folder();
    let other = tempfile::tempdir().unwrap();
    let (other_pk, other_vk) = trade_keys().write(other.path(), None).unwrap();
    fs::copy(other_pk, &pk).unwrap();
    let error = load(dir.path()).unwrap_err();
    assert!(error.contains(&trade_keys().circuit_digest()), "{error}");
    assert!(error.contains(&deposit_keys().circuit_digest()), "{error}");

    let (dir, _, vk_beside) = folder();
    fs::copy(&other_vk, &vk_beside).unwrap();
    let error = load(dir.path()).unwrap_err();
    assert!(error.contains("not the verifying key of"), "{error}");
    // One of test keys that is missing is written anew.
    fs::remove_file(&vk_beside).unwrap();
    load(dir.path()).unwrap();
    assert_eq!(fs::read(&vk_beside).unwrap(), fs::read(&vk).unwrap());
}

#[cfg(unix)]
#[test]
fn a_folder_that_takes_no_files_is_found_before_keys_are_made() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    std::os::unix::fs::symlink(dir.path().join("no/such/folder"), &nowhere).unwrap();
    let stages = RefCell::new(Vec::new());
    let listener = |stage: KeyStage| stages.borrow_mut().push(stage);
    // A link that leads nowhere, and a folder that is there but takes no files.
    for dir in [&nowhere, Path::new("/proc/self/fd")] {
        stages.borrow_mut().clear();
        let error = Keys::load_or_create(dir, &deposit_shape(), Some(&listener)).unwrap_err();
        assert!(matches!(error, Error::Io { .. }), "{error}");
        assert_eq!(*stages.borrow(), [KeyStage::Circuit]);
    }
}

#[test]
fn keys_are_never_overwritten() {
    let (dir, pk, _) = folder();
    let before = fs::metadata(&pk).unwrap().modified().unwrap();
    let error = deposit_keys().write(dir.path(), None).unwrap_err();
    assert!(matches!(error, Error::Keys { .. }), "{error}");
    assert_eq!(fs::metadata(&pk).unwrap().modified().unwrap(), before);
}

/// The proving key of a random setup is elsewhere, its verifying key is what verifiers have.
#[test]
fn test_keys_do_not_replace_the_verifying_key_of_a_random_setup() {
    let (dir, pk, vk) = folder();
    let random = Keys::generate(&deposit_shape(), KeySource::Random, None).unwrap();
    fs::remove_file(&pk).unwrap();
    random.verifying_key().write(&vk).unwrap();
    let before = fs::read(&vk).unwrap();
    let error = load(dir.path()).unwrap_err();
    assert!(error.contains("of other keys"), "{error}");
    assert!(error.contains(vk.to_str().unwrap()), "{error}");
    let error = deposit_keys().write(dir.path(), None).unwrap_err();
    assert!(matches!(&error, Error::Keys { file, .. } if *file == vk));
    assert_eq!(fs::read(&vk).unwrap(), before);
    assert!(!pk.exists());
    // Beside its own, the proving key may come back.
    random.write(dir.path(), None).unwrap();
    assert_eq!(fs::read(&vk).unwrap(), before);
    let loaded = Keys::load(dir.path(), &deposit_shape(), None).unwrap();
    assert_eq!(loaded.verifying_key(), random.verifying_key());

    // And is not trusted to bring it.
    fs::remove_file(&vk).unwrap();
    let error = load(dir.path()).unwrap_err();
    assert!(error.contains("missing beside"), "{error}");
    assert!(error.contains(vk.to_str().unwrap()), "{error}");
    assert!(!vk.exists());
}

/// Whoever comes first, the two files are of one setup, and all others are told.
#[test]
fn keys_written_at_the_same_time_stay_together() {
    let random: Vec<_> = (0..3)
        .map(|_| Keys::generate(&deposit_shape(), KeySource::Random, None).unwrap())
        .collect();
    for round in 0..4 {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        let written: Vec<_> = std::thread::scope(|scope| {
            let writers: Vec<_> = [deposit_keys(), deposit_keys()]
                .into_iter()
                .chain(&random)
                .map(|keys| scope.spawn(move || keys.write(path, None).is_ok().then_some(keys)))
                .collect();
            writers
                .into_iter()
                .filter_map(|writer| writer.join().unwrap())
                .collect()
        });
        assert_eq!(written.len(), 1, "round {round}");
        let loaded = Keys::load(path, &deposit_shape(), None).unwrap();
        assert_eq!(loaded.verifying_key(), written[0].verifying_key());
        assert_eq!(fs::read_dir(path).unwrap().count(), 2);
    }
}

#[test]
fn random_keys_differ_and_prove() {
    let keys = Keys::generate(&deposit_shape(), KeySource::Random, None).unwrap();
    assert_ne!(keys.verifying_key().key, deposit_keys().verifying_key().key);
    assert_eq!(keys.circuit_digest(), deposit_keys().circuit_digest());
    let executed = deposit();
    let (proof, _) = prove(&keys, &executed, &CpuBackend::new(), &fixed(1, 2)).unwrap();
    let file = ProofFile::new(&keys, executed.statement, proof);
    assert!(verify(&keys.verifying_key(), &file).unwrap());
    // The proof is of another setup.
    let verdict = Verdict::of(&deposit_keys().verifying_key(), &file).unwrap();
    assert_eq!(verdict, Verdict::Invalid);
}

fn proof_file() -> ProofFile {
    let (keys, executed) = (deposit_keys(), deposit());
    let (proof, _) = prove(keys, &executed, &CpuBackend::new(), &fixed(5, 6)).unwrap();
    ProofFile::new(keys, executed.statement, proof)
}

#[test]
fn proof_files_round_trip_and_verify() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("proof.json");
    let file = proof_file();
    file.write(&path).unwrap();
    let read = ProofFile::read(&path).unwrap();
    assert_eq!(read, file);
    assert!(verify(&deposit_keys().verifying_key(), &read).unwrap());
    println!("{}", fs::read_to_string(&path).unwrap());
}

#[test]
fn changed_proofs_do_not_verify() {
    let key = deposit_keys().verifying_key();
    let file = proof_file();
    let verdict = |change: &dyn Fn(&mut ProofFile)| {
        let mut changed = file.clone();
        change(&mut changed);
        let verdict = Verdict::of(&key, &changed).unwrap();
        assert_eq!(verify(&key, &changed).unwrap(), verdict == Verdict::Valid);
        verdict
    };
    assert_eq!(verdict(&|_| ()), Verdict::Valid);
    assert_eq!(verdict(&|f| f.proof.a = -f.proof.a), Verdict::Invalid);
    assert_eq!(verdict(&|f| f.proof.b = -f.proof.b), Verdict::Invalid);
    assert_eq!(verdict(&|f| f.proof.c = f.proof.a), Verdict::Invalid);
    let one = Fr::from(1u64);
    assert_eq!(verdict(&|f| f.public_input += one), Verdict::OtherStatement);
    assert_eq!(
        verdict(&|f| f.statement.new_root += one),
        Verdict::OtherStatement
    );
    assert_eq!(verdict(&|f| f.statement.fees += 1), Verdict::OtherStatement);
    assert_eq!(
        verdict(&|f| f.statement.oracle.prices[2] += 1),
        Verdict::OtherStatement
    );
    // Numbers out of range that give the same hash.
    let aliases: [&dyn Fn(&mut ProofFile); 5] = [
        &|f| {
            f.statement.time += 1 << 32;
            f.statement.fees -= 1;
        },
        &|f| {
            f.statement.fees += 1 << 64;
            f.statement.fee_account -= 1;
        },
        &|f| {
            f.statement.fees -= 1 << 64;
            f.statement.fee_account += 1;
        },
        &|f| {
            f.statement.oracle.prices[0] += 1 << 32;
            f.statement.oracle.prices[1] -= 1;
        },
        &|f| {
            f.statement.oracle.timestamp += 1;
            f.statement.oracle.funding[3] -= 1 << 49;
        },
    ];
    let mut from_account_one = file.clone();
    from_account_one.statement.fee_account = 1;
    from_account_one.statement.fees = 1;
    from_account_one.public_input = from_account_one.statement.public_input();
    for (number, alias) in aliases.iter().enumerate() {
        let mut changed = from_account_one.clone();
        alias(&mut changed);
        assert_eq!(changed.statement.public_input(), changed.public_input);
        let found = Verdict::of(&key, &changed).unwrap();
        assert_eq!(found, Verdict::OtherStatement, "{number}");
    }
    let found = Verdict::of(&key, &from_account_one).unwrap();
    assert_eq!(found, Verdict::Invalid);
    assert_eq!(
        verdict(&|f| {
            f.statement.commitment += one;
            f.public_input = f.statement.public_input();
        }),
        Verdict::Invalid
    );
    assert!(matches!(
        verdict(&|f| f.circuit = trade_keys().circuit_digest()),
        Verdict::OtherCircuit { .. }
    ));
    // A changed key.
    let mut changed = key.clone();
    changed.key.gamma_abc_g1.swap(0, 1);
    assert!(!verify(&changed, &file).unwrap());
    let mut changed = key.clone();
    changed.key.delta_g2 = changed.key.gamma_g2;
    assert!(!verify(&changed, &file).unwrap());
}

/// Writes a JSON value changed at a pointer and gives what reading says.
fn refusal<T: std::fmt::Debug>(
    whole: &Value,
    pointer: &str,
    change: Value,
    read: impl Fn(&Path) -> vegalith_prover::Result<T>,
) -> (String, String) {
    let mut value = whole.clone();
    match value.pointer_mut(pointer) {
        Some(place) => *place = change,
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            value.pointer_mut(parent).unwrap()[name] = change;
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("changed.json");
    fs::write(&path, value.to_string()).unwrap();
    match read(&path) {
        Err(Error::Malformed { file, item, reason }) => {
            assert_eq!(file, path);
            (item, reason)
        }
        other => panic!("{pointer}: {other:?}"),
    }
}

#[test]
fn malformed_proof_files_are_refused_by_field() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("proof.json");
    proof_file().write(&path).unwrap();
    let whole: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let one = format!("0x{:064x}", 1);
    let modulus_fr = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
    let modulus_fq = "0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
    for (pointer, change, item, reason) in [
        ("/version", json!(2), "version", "version 2, expected 1"),
        ("/circuit", json!("00"), "circuit", "64"),
        (
            "/public_input",
            json!(modulus_fr),
            "public_input",
            "modulus",
        ),
        (
            "/public_input",
            json!(17),
            "public_input",
            "expected a string",
        ),
        (
            "/statement/old_root",
            json!("0x12"),
            "statement.old_root",
            "64",
        ),
        (
            "/statement/oracle/prices/1",
            json!(1u64 << 32),
            "statement.oracle.prices[1]",
            "2^32",
        ),
        (
            "/statement/oracle/prices/1",
            json!(-1),
            "statement.oracle.prices[1]",
            "invalid",
        ),
        (
            "/statement/oracle/funding/3",
            json!(1i64 << 48),
            "statement.oracle.funding[3]",
            "49 bits",
        ),
        (
            "/statement/oracle/timestamp",
            json!(1u64 << 32),
            "statement.oracle.timestamp",
            "2^32",
        ),
        ("/statement/time", json!(1.5), "statement.time", "invalid"),
        (
            "/statement/fees",
            json!("18446744073709551616"),
            "statement.fees",
            "2^64",
        ),
        ("/statement/fees", json!("-1"), "statement.fees", "2^64"),
        (
            "/statement/fees",
            json!("007"),
            "statement.fees",
            "leading zeros",
        ),
        (
            "/statement/fees",
            json!(7),
            "statement.fees",
            "expected a string",
        ),
        (
            "/statement/fee_account",
            json!(1 << 15),
            "statement.fee_account",
            "2^15",
        ),
        (
            "/statement/oracle_key",
            json!("ff".repeat(32)),
            "statement.oracle_key",
            "subgroup",
        ),
        (
            "/statement/extra",
            json!(1),
            "statement",
            "unknown field `extra`",
        ),
        ("/extra", json!(1), "extra", "unknown field `extra`"),
        ("/proof/a/x", json!(modulus_fq), "proof.a.x", "modulus"),
        ("/proof/a/x", json!(one), "proof.a", "not on the curve"),
        ("/proof/b/x/1", json!(modulus_fq), "proof.b.x[1]", "modulus"),
        ("/proof/b/y/0", json!(one), "proof.b", "not on the curve"),
        ("/proof/c", Value::Null, "proof.c", "invalid"),
    ] {
        let (found, why) = refusal(&whole, pointer, change, ProofFile::read);
        assert!(found.starts_with(item), "{pointer}: {found}: {why}");
        assert!(why.contains(reason), "{pointer}: {found}: {why}");
    }
    let text = fs::read_to_string(&path).unwrap();
    for (text, reason) in [
        (&text[..text.len() / 2], "EOF"),
        ("", "EOF"),
        (&format!("{text} x"), "trailing"),
        (
            &text.replacen("\"version\": 1,", "\"version\": 1, \"version\": 1,", 1),
            "duplicate",
        ),
        (
            &text.replacen("\"version\": 1,", "", 1),
            "missing field `version`",
        ),
        (&" ".repeat(1 << 17), "more than 65536 bytes"),
    ] {
        fs::write(&path, text).unwrap();
        let error = ProofFile::read(&path).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
    // A device without an end, whose length is said to be 0.
    #[cfg(unix)]
    {
        let error = ProofFile::read(Path::new("/dev/zero")).unwrap_err();
        assert!(error.to_string().contains("more than"), "{error}");
    }
    let missing = ProofFile::read(&dir.path().join("none")).unwrap_err();
    assert!(matches!(missing, Error::Io { .. }), "{missing}");
}

#[test]
fn malformed_verifying_keys_are_refused_by_field() {
    let (_dir, _, vk) = folder();
    let whole: Value = serde_json::from_slice(&fs::read(&vk).unwrap()).unwrap();
    let one = format!("0x{:064x}", 1);
    for (pointer, change, item, reason) in [
        ("/shape", json!("dx"), "shape", "letter"),
        ("/keys", json!("mine"), "keys", "unknown variant"),
        ("/alpha_g1/y", json!(one), "alpha_g1", "not on the curve"),
        (
            "/gamma_abc_g1/1/y",
            json!(one),
            "gamma_abc_g1[1]",
            "not on the curve",
        ),
        ("/gamma_abc_g1", json!([]), "gamma_abc_g1", "length"),
        ("/delta_g2/x/0", json!(one), "delta_g2", "not on the curve"),
    ] {
        let (found, why) = refusal(&whole, pointer, change, VerifyingKeyFile::read);
        assert!(found.starts_with(item), "{pointer}: {found}: {why}");
        assert!(why.contains(reason), "{pointer}: {found}: {why}");
    }
}
