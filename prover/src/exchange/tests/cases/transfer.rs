//! Deposits and withdrawals out of turn, unsigned, of nothing, or beyond what an account can hold.

use super::Case;
use crate::exchange::tests::setting::{
    deposit, edit, one_deposit, one_withdrawal, sign, with, withdrawal, MAKER, NOBODY, TAKER,
};
use crate::exchange::{Batch, Item, Position, Reason, Transaction, Withdrawal};
use crate::params::MAX_ACCOUNTS;
use crate::samples::sample_key;

fn signature(name: &'static str, change: impl FnOnce(&mut Withdrawal)) -> Case {
    let mut batch = one_withdrawal(MAKER, 1_000_000);
    match &mut batch.transactions[0] {
        Transaction::Withdrawal(withdrawal) => change(withdrawal),
        other => panic!("{other:?}"),
    }
    let reason = Reason::BadSignature { signer: "owner" };
    Case::new(name, batch, Item::Transaction(0), reason)
}

fn nonce(name: &'static str, expected: u64, found: u64) -> Case {
    let mut batch = with(vec![withdrawal(MAKER, 1_000_000, found)]);
    edit(&mut batch, MAKER, |account| account.nonce = expected);
    let reason = Reason::Nonce { expected, found };
    Case::new(name, batch, Item::Transaction(0), reason)
}

fn replayed() -> Case {
    let twice = withdrawal(MAKER, 1_000_000, 0);
    Case::new(
        "a withdrawal replayed",
        with(vec![twice.clone(), twice]),
        Item::Transaction(1),
        Reason::Nonce {
            expected: 1,
            found: 0,
        },
    )
}

fn nothing(name: &'static str, batch: Batch) -> Case {
    let reason = Reason::Zero { field: "amount" };
    Case::new(name, batch, Item::Transaction(0), reason)
}

fn empty_deposit() -> Batch {
    let mut batch = one_deposit(MAKER);
    deposit(&mut batch, 0).amount = 0;
    batch
}

/// A position worth 2^64 allows collateral at its lower bound; a withdrawal would go below.
fn below_the_range() -> Case {
    let mut batch = one_withdrawal(TAKER, 475_501);
    batch.oracle.oracle.prices[0] = u32::MAX.into();
    edit(&mut batch, TAKER, |account| {
        account.positions[0] = Position {
            size: u32::MAX.into(),
            funding: 1_250,
        };
        // Funding adds 1 500 · (7 + 310) = 475 500 micros.
        account.collateral = i64::MIN.into();
    });
    sign(&mut batch);
    Case::new(
        "a withdrawal below the range of collateral",
        batch,
        Item::Transaction(0),
        Reason::CollateralRange {
            account: TAKER,
            collateral: i128::from(i64::MIN) - 1,
        },
    )
}

fn above_the_range() -> Case {
    let mut batch = one_deposit(MAKER);
    let highest = i128::from(i64::MAX);
    edit(&mut batch, MAKER, |account| {
        account.collateral = highest - 4
    });
    Case::new(
        "a deposit above the range of collateral",
        batch,
        Item::Transaction(0),
        Reason::CollateralRange {
            account: MAKER,
            collateral: highest + 1,
        },
    )
}

fn beyond_the_tree() -> Case {
    let mut batch = one_deposit(MAKER);
    deposit(&mut batch, 0).account = MAX_ACCOUNTS;
    let reason = Reason::OutOfRange {
        field: "account".into(),
        found: MAX_ACCOUNTS.into(),
    };
    Case::new(
        "a deposit to an index beyond the tree",
        batch,
        Item::Transaction(0),
        reason,
    )
    .without_witness()
}

pub(super) fn cases() -> Vec<Case> {
    let unknown = Reason::UnknownAccount { account: NOBODY };
    vec![
        signature("a withdrawal signed by another key", |withdrawal| {
            *withdrawal = Withdrawal::sign(MAKER, 1_000_000, 0, &sample_key(TAKER));
        }),
        signature("an amount raised after signing", |withdrawal| {
            withdrawal.amount += 1;
        }),
        signature("another account's signature", |withdrawal| {
            let other = Withdrawal::sign(TAKER, 1_000_000, 0, &sample_key(TAKER));
            withdrawal.signature = other.signature;
        }),
        nonce("a withdrawal too early", 0, 1),
        nonce("a withdrawal of before", 5, 4),
        replayed(),
        nothing("a withdrawal of nothing", one_withdrawal(MAKER, 0)),
        nothing("a deposit of nothing", empty_deposit()),
        Case::new(
            "a withdrawal by nobody",
            one_withdrawal(NOBODY, 1),
            Item::Transaction(0),
            unknown,
        )
        .without_witness(),
        below_the_range(),
        above_the_range(),
        beyond_the_tree(),
    ]
}
