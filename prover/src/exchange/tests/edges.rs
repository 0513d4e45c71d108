//! Batches that keep to every rule, and one of them only just.

use super::cases::short_buys;
use super::setting::{
    deposit, edit, one_deposit, one_trade, one_withdrawal, set_value_after, sign, standing_after,
    trade, whole_micros, with, withdrawal, MAKER, NOBODY, SHORT, TAKER,
};
use crate::exchange::{Batch, OrderSlot, Position};
use crate::params::{MAX_ACCOUNTS, MAX_PRICE_AGE};
use crate::samples::{sample_batch, sample_key, SAMPLE_TIME};

fn traded(change: impl FnOnce(&mut Batch)) -> Batch {
    let mut batch = one_trade();
    change(&mut batch);
    sign(&mut batch);
    batch
}

/// The account ends up with exactly the margin.
fn at_initial(mut batch: Batch, account: u32) -> Batch {
    let margin = standing_after(&batch, account).initial;
    set_value_after(&mut batch, account, whole_micros(margin));
    batch
}

fn worth(mut batch: Batch, account: u32, total_value: i128) -> Batch {
    set_value_after(&mut batch, account, total_value);
    batch
}

fn at_maintenance(mut batch: Batch, account: u32) -> Batch {
    let margin = standing_after(&batch, account).maintenance;
    set_value_after(&mut batch, account, whole_micros(margin));
    batch
}

fn position(account: u32, before: i128) -> Batch {
    traded(|batch| {
        batch.oracle.oracle.prices[0] = 1;
        edit(batch, account, |account| {
            account.positions[0] = Position {
                size: before,
                funding: 1_250,
            };
        });
        let trade = trade(batch, 0);
        trade.price = 1;
        trade.maker.order.price = 1;
    })
}

fn orders() -> Vec<(&'static str, Batch)> {
    vec![
        (
            "prices of the highest age",
            traded(|batch| batch.time = batch.oracle.oracle.timestamp + MAX_PRICE_AGE),
        ),
        (
            "prices of this second",
            traded(|batch| batch.oracle.oracle.timestamp = batch.time),
        ),
        (
            "orders at their last second",
            traded(|batch| {
                trade(batch, 0).maker.order.expiry = SAMPLE_TIME;
                trade(batch, 0).taker.order.expiry = SAMPLE_TIME;
            }),
        ),
        (
            "a price at both limits",
            traded(|batch| {
                trade(batch, 0).taker.order.price = trade(batch, 0).maker.order.price;
            }),
        ),
        (
            "fees at their limits",
            traded(|batch| {
                let trade = trade(batch, 0);
                (trade.maker_fee, trade.taker_fee) = (1_200_000, 1_200_000);
            }),
        ),
        (
            "no fees under a limit of zero",
            traded(|batch| {
                let trade = trade(batch, 0);
                (trade.maker_fee, trade.taker_fee) = (0, 0);
                trade.maker.order.fee_limit = 0;
                trade.taker.order.fee_limit = 0;
            }),
        ),
        (
            "the last lots of an order",
            traded(|batch| {
                edit(batch, MAKER, |account| {
                    account.orders[0] = OrderSlot {
                        nonce: 1,
                        filled: 600,
                    };
                });
            }),
        ),
        (
            "an order that replaces one that was filled",
            traded(|batch| {
                edit(batch, MAKER, |account| {
                    account.orders[0] = OrderSlot {
                        nonce: 0,
                        filled: u32::MAX.into(),
                    };
                });
            }),
        ),
        (
            "an order of the highest nonce",
            traded(|batch| trade(batch, 0).maker.order.nonce = (1 << 30) - 1),
        ),
        (
            "lots for nothing",
            traded(|batch| {
                trade(batch, 0).price = 0;
                trade(batch, 0).maker.order.price = 0;
            }),
        ),
        (
            "fees to one of the traders",
            traded(|batch| batch.fee_account = TAKER),
        ),
    ]
}

/// Those where the margin rule is close.
pub(crate) fn margins() -> Vec<(&'static str, Batch)> {
    vec![
        ("a taker at initial margin", at_initial(one_trade(), TAKER)),
        ("a maker at initial margin", at_initial(one_trade(), MAKER)),
        (
            "a turned position at initial margin",
            at_initial(short_buys(2_000), SHORT),
        ),
        (
            "a shrunk position at maintenance margin",
            at_maintenance(short_buys(400), SHORT),
        ),
        (
            "a shrunk position below maintenance margin with a better ratio",
            worth(short_buys(400), SHORT, 1),
        ),
        // 0 / margin before and after.
        (
            "a shrunk position at an equal ratio",
            worth(short_buys(400), SHORT, 0),
        ),
        (
            "a closed position worth nothing",
            worth(short_buys(1_500), SHORT, 0),
        ),
        (
            "a withdrawal down to initial margin",
            at_initial(one_withdrawal(TAKER, 1_000_000), TAKER),
        ),
        (
            "a withdrawal of everything",
            worth(one_withdrawal(MAKER, 1_000_000), MAKER, 0),
        ),
    ]
}

fn ranges() -> Vec<(&'static str, Batch)> {
    let mut full = one_deposit(MAKER);
    edit(&mut full, MAKER, |account| {
        account.collateral = i128::from(i64::MAX) - 5;
    });
    let mut most = one_deposit(MAKER);
    deposit(&mut most, 0).amount = i64::MAX.into();
    edit(&mut most, MAKER, |account| account.collateral = 0);
    let mut lowest = one_withdrawal(TAKER, 475_500);
    lowest.oracle.oracle.prices[0] = u32::MAX.into();
    edit(&mut lowest, TAKER, |account| {
        account.positions[0] = Position {
            size: u32::MAX.into(),
            funding: 1_250,
        };
        account.collateral = i64::MIN.into();
    });
    sign(&mut lowest);
    let mut last_nonce = with(vec![withdrawal(MAKER, 1, u64::from(u32::MAX) - 1)]);
    edit(&mut last_nonce, MAKER, |account| {
        account.nonce = u64::from(u32::MAX) - 1;
    });
    let mut newcomer = one_deposit(NOBODY);
    deposit(&mut newcomer, 0).account = MAX_ACCOUNTS - 1;
    deposit(&mut newcomer, 0).key = sample_key(NOBODY).public();
    vec![
        (
            "a position of 2^32 − 1 lots",
            position(TAKER, (1 << 32) - 401),
        ),
        ("a position of −2^32 lots", position(MAKER, 400 - (1 << 32))),
        ("the highest collateral", full),
        ("the highest deposit", most),
        ("the lowest collateral", lowest),
        ("the last withdrawal", last_nonce),
        ("an account at the highest index", newcomer),
        (
            "funding indices at both ends",
            traded(|batch| {
                batch.oracle.oracle.funding = [0, 0, (1 << 48) - 1, -(1 << 48)];
                edit(batch, TAKER, |account| {
                    account.positions[2].funding = -(1 << 48);
                    account.positions[3].funding = (1 << 48) - 1;
                });
            }),
        ),
        (
            "the highest prices of markets without positions",
            traded(|batch| batch.oracle.oracle.prices[2] = u32::MAX.into()),
        ),
    ]
}

pub(crate) fn edges() -> Vec<(&'static str, Batch)> {
    let mut edges = orders();
    edges.extend(margins());
    edges.extend(ranges());
    edges.push(("two fills of one order", sample_batch(2)));
    edges
}
