//! What an operator is told about a batch file that is malformed or breaks a rule. The messages that
//! `docs/statement.md` quotes are among them.

use std::path::Path;

use serde_json::{json, Value};
use vegalith_prover::{execute, Batch, Error};

/// The message about the mixed example with one value replaced.
fn message(pointer: &str, value: Value) -> String {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let text = std::fs::read_to_string(examples.join("batch-mixed.json")).unwrap();
    let mut file: Value = serde_json::from_str(&text).unwrap();
    *file.pointer_mut(pointer).expect(pointer) = value;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("batch.json");
    std::fs::write(&path, file.to_string()).unwrap();
    let error = Batch::read(&path)
        .and_then(|batch| execute(&batch).map_err(Error::from))
        .map(drop)
        .expect_err(pointer);
    let folder = format!("{}/", directory.path().display());
    error.to_string().replace(&folder, "")
}

#[test]
fn messages_name_file_item_and_reason() {
    let order_two = "000000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430";
    let malformed = [
        (
            "/transactions/1/maker/price",
            json!(1u64 << 32),
            "batch.json: transactions[1].maker.price: 4294967296 is out of range, expected 0 to 4294967295",
        ),
        (
            "/state/accounts/4/key",
            json!(order_two),
            "batch.json: state.accounts[4].key: no point of the prime-order subgroup",
        ),
        (
            "/state/accounts/4/index",
            json!(2),
            "batch.json: state.accounts[4].index: account 2 occurs twice",
        ),
    ];
    let refused = [
        (
            "/time",
            json!(1_760_000_106),
            "oracle: prices of 1759999985 are older than 120 s at 1760000106",
        ),
        (
            "/state/accounts/3/orders/0",
            json!({"nonce": 8, "filled": 1}),
            "transaction 1: maker's order of 200 lots is overfilled: 1 filled before, 200 now",
        ),
        (
            "/oracle/prices/3",
            json!(731_501),
            "oracle: bad signature of the oracle",
        ),
        (
            "/transactions/1/price",
            json!(1_481_999),
            "transaction 1: price 1481999 crosses the limit 1482000 of the maker's order",
        ),
        (
            "/transactions/1/taker/size",
            json!(201),
            "transaction 1: bad signature of the taker",
        ),
        (
            "/transactions/1/maker_fee",
            json!("600001"),
            "transaction 1: maker's fee is 600001, at most 600000 allowed",
        ),
        (
            "/transactions/1/size",
            json!(0),
            "transaction 1: size is zero",
        ),
        (
            "/transactions/0/amount",
            json!("1000000"),
            "transaction 1: margin of account 9: total value 760000 after, 29640000 required",
        ),
        (
            "/state/accounts/2/nonce",
            json!(1),
            "transaction 2: nonce 0, expected 1",
        ),
        (
            "/transactions/2/account",
            json!(77),
            "transaction 2: unknown account 77",
        ),
        (
            "/state/accounts/2/collateral",
            json!("-3000000000"),
            "transaction 2: account 2 is overdrawn: its total value would be -779374500",
        ),
        ("/fee_account", json!(77), "fee account: unknown account 77"),
    ];
    let documentation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/statement.md");
    let documentation = std::fs::read_to_string(documentation).unwrap();
    for (number, (pointer, value, expected)) in malformed.into_iter().chain(refused).enumerate() {
        assert_eq!(message(pointer, value), expected, "{pointer}");
        // The first five are quoted.
        assert!(
            number >= 5 || documentation.contains(&format!("\n    {expected}\n")),
            "{expected}"
        );
    }
}
