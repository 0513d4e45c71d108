//! Values out of their ranges, and nothing else wrong: negative sizes, amounts and fees, and values one
//! above the highest.

use super::Case;
use crate::exchange::tests::setting::{
    deposit, edit, one_deposit, one_trade, one_withdrawal, sign, trade, with, withdrawal, MAKER,
    TAKER,
};
use crate::exchange::{Batch, Item, OrderSlot, Position, Reason, Rule};
use crate::params::MAX_PRICE_AGE;
use crate::samples::SAMPLE_FEE_ACCOUNT;

const TWO_32: u64 = 1 << 32;

fn range(field: &str, found: impl Into<i128>) -> Reason {
    Reason::OutOfRange {
        field: field.into(),
        found: found.into(),
    }
}

fn rich(batch: &mut Batch, accounts: [u32; 2]) {
    for index in accounts {
        edit(batch, index, |account| {
            account.collateral = 9_000_000_000_000_000_000;
        });
    }
}

/// Both orders of the trade are filled in part.
fn ten_lots_filled(batch: &mut Batch) {
    for (account, slot) in [(MAKER, 0), (TAKER, 2)] {
        edit(batch, account, |account| {
            account.orders[slot] = OrderSlot {
                nonce: 1,
                filled: 10,
            };
        });
    }
}

/// The trade runs backwards and the fee account pays "fees" of −15 000 to each side.
fn negative_size() -> Case {
    Case::trade(
        "a negative size",
        |batch| {
            ten_lots_filled(batch);
            let trade = trade(batch, 0);
            trade.size = -5;
            (trade.maker_fee, trade.taker_fee) = (-15_000, -15_000);
        },
        range("size", -5),
    )
}

fn trades() -> Vec<Case> {
    vec![
        negative_size(),
        Case::trade(
            "a negative size without fees",
            |batch| {
                ten_lots_filled(batch);
                let trade = trade(batch, 0);
                trade.size = -5;
                (trade.maker_fee, trade.taker_fee) = (0, 0);
                trade.maker.order.fee_limit = 0;
                trade.taker.order.fee_limit = 0;
            },
            range("size", -5),
        ),
        Case::trade(
            "a size of 2^32",
            |batch| {
                rich(batch, [MAKER, TAKER]);
                edit(batch, TAKER, |account| {
                    account.positions[0] = Position {
                        size: -1,
                        funding: 1_250,
                    };
                });
                let trade = trade(batch, 0);
                trade.size = TWO_32.into();
                trade.maker.order.size = TWO_32;
                trade.taker.order.size = TWO_32;
            },
            range("size", TWO_32),
        ),
        Case::trade(
            "a price of 2^32",
            |batch| {
                rich(batch, [MAKER, TAKER]);
                let trade = trade(batch, 0);
                trade.price = TWO_32.into();
                trade.taker.order.price = TWO_32;
            },
            range("price", TWO_32),
        ),
        Case::trade(
            "a negative fee",
            |batch| trade(batch, 0).maker_fee = -1,
            range("maker_fee", -1),
        ),
        Case::trade(
            "a taker's negative fee",
            |batch| trade(batch, 0).taker_fee = -160_000,
            range("taker_fee", -160_000),
        ),
        Case::trade(
            "an order's price of 2^32",
            |batch| trade(batch, 0).taker.order.price = TWO_32,
            range("taker.price", TWO_32),
        ),
        Case::trade(
            "an order's size of 2^32",
            |batch| trade(batch, 0).maker.order.size = TWO_32,
            range("maker.size", TWO_32),
        ),
        Case::trade(
            "an order's fee limit of 2^32",
            |batch| trade(batch, 0).taker.order.fee_limit = TWO_32,
            range("taker.fee_limit", TWO_32),
        ),
        Case::trade(
            "an order's nonce of 2^30",
            |batch| {
                edit(batch, MAKER, |account| account.orders[0].nonce = 1);
                trade(batch, 0).maker.order.nonce = 1 << 30;
            },
            range("maker.nonce", 1 << 30),
        ),
        Case::trade(
            "an order's expiry of 2^32",
            |batch| trade(batch, 0).taker.order.expiry = TWO_32,
            range("taker.expiry", TWO_32),
        ),
        Case::trade(
            "a market that does not exist",
            |batch| {
                trade(batch, 0).maker.order.market = 4;
                trade(batch, 0).taker.order.market = 4;
            },
            range("maker.market", 4),
        )
        .without_witness(),
        Case::trade(
            "a slot that does not exist",
            |batch| trade(batch, 0).taker.order.slot = 4,
            range("taker.slot", 4),
        )
        .without_witness(),
    ]
}

fn transfers() -> Vec<Case> {
    let mut negative_deposit = one_deposit(MAKER);
    deposit(&mut negative_deposit, 0).amount = -1;
    let mut huge_deposit = one_deposit(MAKER);
    deposit(&mut huge_deposit, 0).amount = 1 << 63;
    edit(&mut huge_deposit, MAKER, |account| account.collateral = -1);
    let mut huge_withdrawal = one_withdrawal(TAKER, 1 << 63);
    edit(&mut huge_withdrawal, TAKER, |account| {
        account.collateral = i64::MAX.into();
    });
    let mut last_nonce = with(vec![withdrawal(MAKER, 1, u32::MAX.into())]);
    edit(&mut last_nonce, MAKER, |account| {
        account.nonce = u32::MAX.into();
    });
    [
        ("a negative deposit", negative_deposit, range("amount", -1)),
        (
            "a deposit of 2^63",
            huge_deposit,
            range("amount", 1i128 << 63),
        ),
        (
            "a negative withdrawal",
            one_withdrawal(MAKER, -1),
            range("amount", -1),
        ),
        (
            "a withdrawal of 2^63",
            huge_withdrawal,
            range("amount", 1i128 << 63),
        ),
        (
            "a withdrawal after the last",
            last_nonce,
            range("nonce", TWO_32),
        ),
    ]
    .into_iter()
    .map(|(name, batch, reason)| Case::new(name, batch, Item::Transaction(0), reason))
    .collect()
}

fn oracle(name: &'static str, change: impl FnOnce(&mut Batch), reason: Reason) -> Case {
    let mut batch = one_trade();
    change(&mut batch);
    sign(&mut batch);
    Case::new(name, batch, Item::Oracle, reason)
}

fn time_of_2_32() -> Case {
    let mut batch = one_deposit(MAKER);
    batch.time = TWO_32;
    batch.oracle.oracle.timestamp = TWO_32 - MAX_PRICE_AGE;
    sign(&mut batch);
    Case::new("a time of 2^32", batch, Item::Batch, range("time", TWO_32))
}

/// Both sides pay 2^63 micros, which one fee may be, but not their sum. Whatever the fee account holds, it
/// cannot take as much.
fn fees_of_2_64() -> Case {
    let mut batch = one_trade();
    batch.oracle.oracle.prices[0] = u32::MAX.into();
    for (index, size) in [(MAKER, 1 << 31), (TAKER, (1 << 31) - 2)] {
        edit(&mut batch, index, |account| {
            account.collateral = i64::MAX.into();
            account.positions[0] = Position {
                size,
                funding: 1_250,
            };
        });
    }
    edit(&mut batch, SAMPLE_FEE_ACCOUNT, |account| {
        account.collateral = i64::MIN.into();
    });
    let changed = trade(&mut batch, 0);
    changed.size = (1 << 31) + 1;
    changed.price = 1 << 31;
    (changed.maker_fee, changed.taker_fee) = (1 << 63, 1 << 63);
    for order in [&mut changed.maker.order, &mut changed.taker.order] {
        order.size = u32::MAX.into();
        order.price = 1 << 31;
        order.fee_limit = u32::MAX.into();
    }
    sign(&mut batch);
    Case::new(
        "fees of 2^64",
        batch,
        Item::FeeAccount,
        range("fees", 1i128 << 64),
    )
    .also(Rule::CollateralRange)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = trades();
    cases.extend(transfers());
    cases.extend([
        // Nobody in the trade holds market 3.
        oracle(
            "an oracle's price of 2^32",
            |batch| batch.oracle.oracle.prices[3] = TWO_32,
            range("price", TWO_32),
        ),
        oracle(
            "an oracle's price of zero",
            |batch| batch.oracle.oracle.prices[3] = 0,
            Reason::Zero { field: "price" },
        ),
        oracle(
            "a funding index of 2^48",
            |batch| batch.oracle.oracle.funding[3] = 1 << 48,
            range("funding", 1i128 << 48),
        ),
        oracle(
            "a funding index of −2^48 − 1",
            |batch| batch.oracle.oracle.funding[3] = -(1 << 48) - 1,
            range("funding", -(1i128 << 48) - 1),
        ),
        oracle(
            "a time stamp of 2^32",
            |batch| batch.oracle.oracle.timestamp = TWO_32,
            range("timestamp", TWO_32),
        )
        .also(Rule::PriceAge),
        time_of_2_32(),
        fees_of_2_64(),
    ]);
    cases
}
