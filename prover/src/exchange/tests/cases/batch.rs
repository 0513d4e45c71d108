//! Faults of the batch as a whole, of its prices and its fee account.

use super::Case;
use crate::exchange::tests::setting::{edit, one_trade, sign, trade, NOBODY};
use crate::exchange::{Batch, Item, Reason};
use crate::params::{MAX_ACCOUNTS, MAX_PRICE_AGE, MAX_TRANSACTIONS};
use crate::samples::{sample_key, SAMPLE_FEE_ACCOUNT};

fn count(name: &'static str, found: usize) -> Case {
    let one = one_trade();
    let batch = Batch {
        transactions: vec![one.transactions[0].clone(); found],
        ..one
    };
    Case::new(name, batch, Item::Batch, Reason::TransactionCount { found }).without_witness()
}

/// The batch takes place this long after its prices.
fn age(name: &'static str, seconds: i64, reason: fn(u64, u64) -> Reason) -> Case {
    let mut batch = one_trade();
    let timestamp = batch.oracle.oracle.timestamp;
    batch.time = timestamp.wrapping_add_signed(seconds);
    let orders = trade(&mut batch, 0);
    orders.maker.order.expiry = u32::MAX.into();
    orders.taker.order.expiry = u32::MAX.into();
    sign(&mut batch);
    let reason = reason(timestamp, batch.time);
    Case::new(name, batch, Item::Oracle, reason)
}

fn fee_account(name: &'static str, index: u32, reason: Reason) -> Case {
    let mut batch = one_trade();
    batch.fee_account = index;
    Case::new(name, batch, Item::FeeAccount, reason).without_witness()
}

fn oracle_signature(name: &'static str, change: impl FnOnce(&mut Batch)) -> Case {
    let mut batch = one_trade();
    sign(&mut batch);
    change(&mut batch);
    let reason = Reason::BadSignature { signer: "oracle" };
    Case::new(name, batch, Item::Oracle, reason)
}

fn fees_above_the_range_of_collateral() -> Case {
    let mut batch = one_trade();
    let highest = i128::from(i64::MAX);
    edit(&mut batch, SAMPLE_FEE_ACCOUNT, |account| {
        account.collateral = highest - 639_999;
    });
    Case::new(
        "fees lift the fee account's collateral over its range",
        batch,
        Item::FeeAccount,
        Reason::CollateralRange {
            account: SAMPLE_FEE_ACCOUNT,
            collateral: highest + 1,
        },
    )
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        count("no transaction", 0),
        count("too many transactions", MAX_TRANSACTIONS + 1),
        age(
            "prices one second too old",
            MAX_PRICE_AGE as i64 + 1,
            |timestamp, time| Reason::PriceAge { timestamp, time },
        ),
        age("prices of a day ago", 86_400, |timestamp, time| {
            Reason::PriceAge { timestamp, time }
        }),
        age("prices of the next second", -1, |timestamp, time| {
            Reason::PriceFromFuture { timestamp, time }
        }),
        fee_account(
            "fees to nobody",
            NOBODY,
            Reason::UnknownAccount { account: NOBODY },
        ),
        fee_account(
            "fees to an index beyond the tree",
            MAX_ACCOUNTS,
            Reason::OutOfRange {
                field: "fee_account".into(),
                found: MAX_ACCOUNTS.into(),
            },
        ),
        oracle_signature("prices signed by another key", |batch| {
            batch.oracle = batch.oracle.oracle.sign(&sample_key(1));
        }),
        oracle_signature("a price changed after signing", |batch| {
            batch.oracle.oracle.prices[3] += 1;
        }),
        oracle_signature("a funding index changed after signing", |batch| {
            batch.oracle.oracle.funding[0] -= 1;
        }),
        oracle_signature("prices made younger after signing", |batch| {
            batch.oracle.oracle.timestamp += 1;
        }),
        fees_above_the_range_of_collateral(),
    ]
}
