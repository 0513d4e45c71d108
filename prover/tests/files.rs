//! Batch and state files: round trips, and every fault refused by item and reason.

use std::path::{Path, PathBuf};

use serde_json::{json, Value};
use vegalith_prover::{
    execute, sample_batch, sample_mixed_batch, Batch, Error, State, MAX_ACCOUNTS, MAX_FILE_BYTES,
};

fn json_of(batch: &Batch) -> Value {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("batch.json");
    batch.write(&path).unwrap();
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn read_text(text: &[u8]) -> Result<Batch, (String, String)> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("batch.json");
    std::fs::write(&path, text).unwrap();
    Batch::read(&path).map_err(|error| fault(error, &path))
}

fn fault(error: Error, path: &Path) -> (String, String) {
    match error {
        Error::Malformed { file, item, reason } => {
            assert_eq!(file, path);
            (item, reason)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn batches_and_states_survive_a_round_trip() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("batch.json");
    for batch in [sample_batch(5), sample_mixed_batch()] {
        batch.write(&path).unwrap();
        let read = Batch::read(&path).unwrap();
        assert_eq!(read.state, batch.state);
        assert_eq!(read.state.root(), batch.state.root());
        assert_eq!(read.oracle, batch.oracle);
        assert_eq!(read.oracle_key, batch.oracle_key);
        assert_eq!(
            (read.time, read.fee_account),
            (batch.time, batch.fee_account)
        );
        assert_eq!(read.transactions, batch.transactions);

        let after = execute(&batch).unwrap().state;
        let state_path = directory.path().join("state.json");
        after.write(&state_path).unwrap();
        let again = State::read(&state_path).unwrap();
        assert_eq!(again, after);
        assert_eq!(again.root(), after.root());
    }
}

#[test]
fn values_at_the_ends_of_their_ranges_survive() {
    let mut file = json_of(&sample_mixed_batch());
    let ends = [
        (
            "/state/accounts/1/collateral",
            json!("-9223372036854775808"),
        ),
        ("/state/accounts/2/collateral", json!("9223372036854775807")),
        ("/state/accounts/1/nonce", json!(u32::MAX)),
        ("/state/accounts/1/positions/0/size", json!(-(1i64 << 32))),
        (
            "/state/accounts/2/positions/3/size",
            json!((1i64 << 32) - 1),
        ),
        (
            "/state/accounts/1/positions/0/funding",
            json!(-(1i64 << 48)),
        ),
        (
            "/state/accounts/2/positions/0/funding",
            json!((1i64 << 48) - 1),
        ),
        ("/state/accounts/3/orders/3/nonce", json!((1 << 30) - 1)),
        ("/state/accounts/3/orders/3/filled", json!(u32::MAX)),
        ("/state/accounts/9/index", json!(MAX_ACCOUNTS - 1)),
        ("/transactions/0/amount", json!("9223372036854775807")),
        ("/transactions/1/maker_fee", json!("18446744073709551615")),
    ];
    let accounts = file["state"]["accounts"].as_array_mut().unwrap();
    let mut last = accounts[8].clone();
    last["index"] = json!(77);
    accounts.push(last);
    for (pointer, value) in &ends {
        *file.pointer_mut(pointer).expect(pointer) = value.clone();
    }
    let batch = read_text(file.to_string().as_bytes()).unwrap();
    let again = json_of(&batch);
    for (pointer, value) in ends {
        assert_eq!(again.pointer(pointer), Some(&value), "{pointer}");
    }
}

/// One value changed: where, to what, the item named, a part of the reason.
#[test]
fn every_bad_value_is_refused_by_item_and_reason() {
    // A point of order two, (0, −1), a point of order four, (i, 0), and one off the curve.
    let order_two = "000000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430";
    let order_four = "0".repeat(64);
    let neutral = format!("01{}", "0".repeat(62));
    let high_y = "f".repeat(64);
    let off = off_the_curve();
    let good = json_of(&sample_mixed_batch());
    let short_key = &good["oracle"]["key"].as_str().unwrap()[2..];
    let signature = good["oracle"]["signature"].as_str().unwrap();
    let high_s = format!("{}{}", &signature[..64], "f".repeat(64));
    // S + ℓ names the same scalar as S.
    let malleable = format!("{}{}", &signature[..64], plus_order(&signature[64..]));
    let r_of_order_two = format!("{order_two}{}", &signature[64..]);
    let empty: [Value; 0] = [];

    #[rustfmt::skip]
    let cases: Vec<(&str, Value, &str, &str)> = vec![
        ("/version", json!(2), "version", "2, expected 1"),
        ("/version", json!("1"), "version", "expected an integer"),
        ("/time", json!(1u64 << 32), "time", "4294967296 is out of range, expected 0 to 4294967295"),
        ("/time", json!(-1), "time", "-1 is out of range"),
        ("/time", json!(1.5), "time", "floating point"),
        ("/time", json!("1760000000"), "time", "string"),
        ("/time", json!(null), "time", "null"),
        ("/fee_account", json!(1 << 15), "fee_account", "expected 0 to 32767"),
        ("/oracle", json!([]), "oracle", "invalid"),
        ("/oracle/key", json!(order_two), "oracle.key", "prime-order subgroup"),
        ("/oracle/key", json!(order_four), "oracle.key", "prime-order subgroup"),
        ("/oracle/key", json!(neutral), "oracle.key", "neutral"),
        ("/oracle/key", json!(high_y), "oracle.key", "prime-order subgroup"),
        ("/oracle/key", json!(off), "oracle.key", "prime-order subgroup"),
        ("/oracle/key", json!(short_key), "oracle.key", "31 bytes, expected 32"),
        ("/oracle/key", json!("key"), "oracle.key", "not hexadecimal"),
        ("/oracle/key", json!(7), "oracle.key", "expected a public key of 64 hexadecimal digits"),
        ("/oracle/signature", json!(high_s), "oracle.signature", "not below the group order"),
        ("/oracle/signature", json!(malleable), "oracle.signature", "not below the group order"),
        ("/oracle/signature", json!(r_of_order_two), "oracle.signature", "prime-order subgroup"),
        ("/oracle/signature", json!(""), "oracle.signature", "0 bytes, expected 64"),
        ("/oracle/prices", json!([1, 2, 3]), "oracle.prices", "array of length 4"),
        ("/oracle/prices", json!([1, 2, 3, 4, 5]), "oracle.prices", ""),
        ("/oracle/prices/2", json!(1u64 << 32), "oracle.prices[2]", "out of range"),
        ("/oracle/prices/2", json!(0), "oracle.prices[2]", "0 is out of range, expected 1 to 4294967295"),
        ("/oracle/prices/2", json!(0.5), "oracle.prices[2]", "floating point"),
        ("/oracle/funding/3", json!(1u64 << 48), "oracle.funding[3]", "out of range"),
        ("/oracle/funding/3", json!(-(1i64 << 48) - 1), "oracle.funding[3]", "out of range"),
        ("/oracle/timestamp", json!(u64::MAX), "oracle.timestamp", "out of range"),
        ("/transactions", json!(empty), "transactions", "0 transactions, expected 1 to 1024"),
        ("/transactions", json!({}), "transactions", "map"),
        ("/transactions/0", json!(5), "transactions[0]", "integer"),
        ("/transactions/0/kind", json!("swap"), "transactions[0].kind", "unknown variant `swap`"),
        ("/transactions/0/kind", json!("withdrawal"), "transactions[0].key", "unknown field `key`"),
        ("/transactions/0/account", json!(1 << 15), "transactions[0].account", "out of range"),
        ("/transactions/0/key", json!(order_two), "transactions[0].key", "prime-order subgroup"),
        ("/transactions/0/amount", json!("-1"), "transactions[0].amount", "out of range"),
        ("/transactions/0/amount", json!("9223372036854775808"), "transactions[0].amount", "out of range"),
        ("/transactions/0/amount", json!(100), "transactions[0].amount", "a string with a decimal"),
        ("/transactions/0/amount", json!("1.5"), "transactions[0].amount", "decimal"),
        ("/transactions/1/size", json!(-400), "transactions[1].size", "-400 is out of range"),
        ("/transactions/1/price", json!(1u64 << 32), "transactions[1].price", "out of range"),
        ("/transactions/1/maker_fee", json!("18446744073709551616"), "transactions[1].maker_fee", "out of range"),
        ("/transactions/1/taker_fee", json!("-1"), "transactions[1].taker_fee", "out of range"),
        ("/transactions/1/maker/price", json!(1u64 << 32), "transactions[1].maker.price", "out of range"),
        ("/transactions/1/maker/side", json!("hold"), "transactions[1].maker.side", "unknown variant"),
        ("/transactions/1/maker/market", json!(4), "transactions[1].maker.market", "expected 0 to 3"),
        ("/transactions/1/taker/slot", json!(4), "transactions[1].taker.slot", "expected 0 to 3"),
        ("/transactions/1/taker/nonce", json!(1 << 30), "transactions[1].taker.nonce", "out of range"),
        ("/transactions/1/taker/account", json!(1 << 15), "transactions[1].taker.account", "out of range"),
        ("/transactions/1/taker/size", json!(1u64 << 32), "transactions[1].taker.size", "out of range"),
        ("/transactions/1/taker/fee_limit", json!(1u64 << 32), "transactions[1].taker.fee_limit", "out of range"),
        ("/transactions/1/taker/expiry", json!(1u64 << 32), "transactions[1].taker.expiry", "out of range"),
        ("/transactions/1/taker/signature", json!("00"), "transactions[1].taker.signature", "1 bytes"),
        ("/transactions/2/nonce", json!(1u64 << 32), "transactions[2].nonce", "out of range"),
        ("/transactions/2/signature", json!(null), "transactions[2].signature", "null"),
        ("/state/accounts/4/index", json!(1 << 15), "state.accounts[4].index", "expected 0 to 32767"),
        ("/state/accounts/4/index", json!(2), "state.accounts[4].index", "account 2 occurs twice"),
        ("/state/accounts/4/key", json!(order_four), "state.accounts[4].key", "prime-order subgroup"),
        ("/state/accounts/4/collateral", json!("9223372036854775808"), "state.accounts[4].collateral", "out of range"),
        ("/state/accounts/4/collateral", json!(0), "state.accounts[4].collateral", "a string"),
        ("/state/accounts/4/nonce", json!(1u64 << 32), "state.accounts[4].nonce", "out of range"),
        ("/state/accounts/4/positions/1/size", json!(1u64 << 32), "state.accounts[4].positions[1].size", "out of range"),
        ("/state/accounts/4/positions/1/funding", json!(1u64 << 48), "state.accounts[4].positions[1].funding", "out of range"),
        ("/state/accounts/4/positions", json!(empty), "state.accounts[4].positions", "array of length 4"),
        ("/state/accounts/4/orders/3/nonce", json!(1 << 30), "state.accounts[4].orders[3].nonce", "out of range"),
        ("/state/accounts/4/orders/3/filled", json!(-1), "state.accounts[4].orders[3].filled", "out of range"),
    ];
    for (pointer, value, item, reason) in cases {
        let mut file = good.clone();
        let place = file.pointer_mut(pointer).expect(pointer);
        assert_ne!(*place, value, "{pointer}");
        *place = value;
        let (found_item, found_reason) = read_text(file.to_string().as_bytes()).expect_err(pointer);
        assert_eq!(found_item, item, "{pointer}: {found_reason}");
        assert!(
            found_reason.contains(reason),
            "{pointer}: {found_reason:?} has no {reason:?}"
        );
    }
}

#[test]
fn unknown_missing_and_repeated_fields_are_refused() {
    let good = json_of(&sample_mixed_batch());
    let holders = [
        ("", "", "version"),
        ("/oracle", "oracle", "timestamp"),
        ("/state", "state", "accounts"),
        ("/state/accounts/2", "state.accounts[2]", "key"),
        (
            "/state/accounts/2/positions/1",
            "state.accounts[2].positions[1]",
            "funding",
        ),
        (
            "/state/accounts/2/orders/1",
            "state.accounts[2].orders[1]",
            "filled",
        ),
        ("/transactions/0", "transactions[0]", "amount"),
        ("/transactions/0", "transactions[0]", "kind"),
        ("/transactions/1", "transactions[1]", "taker_fee"),
        ("/transactions/1/maker", "transactions[1].maker", "expiry"),
        ("/transactions/2", "transactions[2]", "nonce"),
    ];
    for (pointer, item, field) in holders {
        let whole = if item.is_empty() { "file" } else { item };
        let mut file = good.clone();
        file.pointer_mut(pointer).unwrap()["note"] = json!("hello");
        let (found, reason) = read_text(file.to_string().as_bytes()).unwrap_err();
        let expected = if item.is_empty() {
            "note".into()
        } else {
            format!("{item}.note")
        };
        assert_eq!(found, expected, "{reason}");
        assert!(reason.contains("unknown field `note`"), "{reason}");

        let mut file = good.clone();
        let object = file.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        let value = object.remove(field).unwrap();
        let (found, reason) = read_text(file.to_string().as_bytes()).unwrap_err();
        assert_eq!(found, whole, "{reason}");
        assert!(
            reason.contains(&format!("missing field `{field}`")),
            "{reason}"
        );

        let mut file = good.clone();
        file.pointer_mut(pointer).unwrap()[field] = json!("here");
        let once = format!("\"{field}\":{value}");
        let text = file
            .to_string()
            .replace(&format!("\"{field}\":\"here\""), &format!("{once},{once}"));
        let (found, reason) = read_text(text.as_bytes()).unwrap_err();
        assert!(
            found == whole || found == format!("{item}.{field}") || found == field,
            "{found}"
        );
        assert!(
            reason.contains(&format!("duplicate field `{field}`")),
            "{reason}"
        );
    }
}

#[test]
fn broken_files_are_refused_as_a_whole() {
    let text = json_of(&sample_batch(1)).to_string();
    for end in [0, 1, text.len() / 3, text.len() / 2, text.len() - 1] {
        let (_, reason) = read_text(&text.as_bytes()[..end]).expect_err("truncated");
        assert!(reason.contains("EOF"), "{end}: {reason}");
    }
    let (item, reason) = read_text(format!("{text} {{}}").as_bytes()).unwrap_err();
    assert_eq!(item, "file");
    assert!(reason.contains("trailing"), "{reason}");
    let (item, reason) = read_text(b"{\"version\": \xff}").unwrap_err();
    assert_eq!(item, "file");
    assert!(
        reason.contains("UTF-8") && reason.contains("byte 12"),
        "{reason}"
    );
    let deep = "[".repeat(100_000);
    assert!(read_text(deep.as_bytes()).is_err());
}

#[test]
fn sizes_and_counts_have_limits() {
    let text = json_of(&sample_batch(1)).to_string();
    let mut bytes = text.clone().into_bytes();
    bytes.resize(MAX_FILE_BYTES as usize, b' ');
    assert!(read_text(&bytes).is_ok());
    bytes.push(b' ');
    let (item, reason) = read_text(&bytes).unwrap_err();
    assert_eq!(item, "file");
    assert!(reason.contains("more than 67108864 bytes"), "{reason}");

    let mut file: Value = serde_json::from_str(&text).unwrap();
    let trade = file["transactions"][0].clone();
    file["transactions"] = Value::Array(vec![trade; 1025]);
    let (item, reason) = read_text(file.to_string().as_bytes()).unwrap_err();
    assert_eq!(item, "transactions");
    assert_eq!(reason, "more than 1024 values, expected at most 1024");
    // Those that follow are never looked at: here they are not JSON.
    let many = text.replacen(
        "\"transactions\":[",
        &format!("\"transactions\":[{}\u{1}", "1,".repeat(1025)),
        1,
    );
    assert_ne!(many, text);
    let (item, reason) = read_text(many.as_bytes()).unwrap_err();
    assert_eq!(item, "transactions");
    assert!(reason.starts_with("more than 1024 values"), "{reason}");
}

#[test]
fn state_files_name_their_own_paths() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.json");
    sample_batch(1).state.write(&path).unwrap();
    let good: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let cases = [
        ("/version", json!(0), "version"),
        ("/accounts/3/index", json!(4), "accounts[4].index"),
        (
            "/accounts/3/positions/2/size",
            json!(1.0),
            "accounts[3].positions[2].size",
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut file = good.clone();
        *file.pointer_mut(pointer).unwrap() = value;
        std::fs::write(&path, file.to_string()).unwrap();
        let (item, _) = fault(State::read(&path).unwrap_err(), &path);
        assert_eq!(item, expected);
    }
    let batch = json_of(&sample_batch(1)).to_string();
    std::fs::write(&path, batch).unwrap();
    assert!(State::read(&path).is_err());
}

#[test]
fn files_that_cannot_be_read_or_written_leave_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("none").join("batch.json");
    let actions = [
        Batch::read(&missing).map(drop),
        Batch::read(directory.path()).map(drop),
        sample_batch(1).write(&missing),
        // A directory that is not empty cannot be replaced by a file.
        {
            std::fs::create_dir_all(directory.path().join("full/inner")).unwrap();
            sample_batch(1).write(directory.path().join("full"))
        },
    ];
    for (result, expected) in actions.into_iter().zip(["read", "read", "write", "write"]) {
        match result {
            Err(Error::Io { action, .. }) => assert_eq!(action, expected),
            other => panic!("{other:?}"),
        }
    }
    let left: Vec<PathBuf> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(left, [directory.path().join("full")]);

    let path = directory.path().join("batch.json");
    sample_batch(1).write(&path).unwrap();
    sample_batch(4).write(&path).unwrap();
    assert_eq!(Batch::read(&path).unwrap().transactions.len(), 4);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
}

/// Encoding of the smallest y that has no x on the curve.
fn off_the_curve() -> String {
    (2u8..)
        .map(|y| format!("{y:02x}{}", "0".repeat(62)))
        .find(|text| {
            use ark_serialize::CanonicalDeserialize;
            let bytes = hex::decode(text).unwrap();
            ark_ed_on_bn254::EdwardsAffine::deserialize_compressed_unchecked(&bytes[..]).is_err()
        })
        .unwrap()
}

/// A little-endian hexadecimal number plus the order of the group.
fn plus_order(text: &str) -> String {
    use ark_ff::{BigInteger, PrimeField};
    type Number = <ark_ed_on_bn254::Fr as PrimeField>::BigInt;
    let bytes = hex::decode(text).unwrap();
    let bits: Vec<bool> = (0..256).map(|i| bytes[i / 8] >> (i % 8) & 1 == 1).collect();
    let mut number = Number::from_bits_le(&bits);
    number.add_with_carry(&ark_ed_on_bn254::Fr::MODULUS);
    hex::encode(number.to_bytes_le())
}
