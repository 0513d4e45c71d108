//! Too little value: withdrawals, and trades that open, close, shrink or turn a position.

use super::Case;
use crate::exchange::tests::setting::{
    edit, one_trade, one_withdrawal, set_value_after, sign, standing_after, trade, whole_micros,
    with, withdrawal, MAKER, SHORT, TAKER,
};
use crate::exchange::{
    execute_ignoring, Batch, Item, Order, Position, Reason, Rule, Side, Trade, Transaction,
};
use crate::params::PRICE_BITS;
use crate::samples::{sample_key, SAMPLE_TIME};

/// The account ends up with one micro less than the margin (given by the flag: initial or
/// maintenance) or with `value`.
fn short_of(name: &'static str, mut batch: Batch, account: u32, lacking: Lacking) -> Case {
    let standing = standing_after(&batch, account);
    let (required, total_value) = match lacking {
        Lacking::Initial => (
            whole_micros(standing.initial),
            whole_micros(standing.initial) - 1,
        ),
        Lacking::Maintenance(value) => (whole_micros(standing.maintenance), value),
    };
    set_value_after(&mut batch, account, total_value);
    let reason = Reason::Margin {
        account,
        total_value,
        required,
    };
    Case::new(name, batch, Item::Transaction(0), reason)
}

enum Lacking {
    Initial,
    Maintenance(i128),
}

/// [`one_trade`] with [`SHORT`] as the taker, who buys this many lots at the oracle's price.
pub(in crate::exchange::tests) fn short_buys(size: u64) -> Batch {
    let mut batch = one_trade();
    let price = batch.oracle.oracle.prices[0];
    let changed = trade(&mut batch, 0);
    changed.taker.order.account = SHORT;
    changed.taker.order.size = size;
    changed.maker.order.price = price;
    changed.maker.order.size = size;
    changed.size = size.into();
    changed.price = price.into();
    (changed.maker_fee, changed.taker_fee) = (0, 0);
    sign(&mut batch);
    batch
}

fn overdrawn() -> Case {
    let mut batch = one_withdrawal(MAKER, 1_000_000);
    edit(&mut batch, MAKER, |account| account.collateral = 999_999);
    Case::new(
        "a withdrawal of one micro too much",
        batch,
        Item::Transaction(0),
        Reason::Overdrawn {
            account: MAKER,
            total_value: -1,
        },
    )
}

fn overdrawn_with_positions() -> Case {
    let mut batch = one_withdrawal(TAKER, 1_000_000);
    set_value_after(&mut batch, TAKER, -5);
    Case::new(
        "a withdrawal of more than collateral and positions are worth",
        batch,
        Item::Transaction(0),
        Reason::Overdrawn {
            account: TAKER,
            total_value: -5,
        },
    )
}

/// Positions in markets 0 and 1. At its own price the one in market 1 is a loss; at the price of market 0,
/// which is 2.5 times as high, it would cover the margin.
fn another_markets_price() -> Case {
    let mut batch = one_withdrawal(TAKER, 1_000_000);
    edit(&mut batch, TAKER, |account| {
        account.positions[0] = Position {
            size: 10,
            funding: 1_250,
        };
    });
    let oracle = batch.oracle.oracle;
    let standing = standing_after(&batch, TAKER);
    let case = short_of(
        "a margin that only another market's price would cover",
        batch,
        TAKER,
        Lacking::Initial,
    );
    let value = whole_micros(standing.initial) - 1;
    let more = 1_500 * i128::from(oracle.prices[0] - oracle.prices[1]);
    assert!((value + more) * 10_000 >= standing.initial + more * 500);
    case
}

/// Short 1 500 lots and worth nothing, it buys 400 and pays a fee: its ratio falls.
fn shrinking_for_a_worse_ratio() -> Case {
    let mut batch = short_buys(400);
    trade(&mut batch, 0).taker_fee = 1;
    short_of(
        "a shrunk position with a worse ratio",
        batch,
        SHORT,
        Lacking::Maintenance(-1),
    )
}

/// Enough for the margin of the lots at the lowest price.
const ALL_BUT_EMPTY: i128 = 2_000;
const MINTED_LOTS: i128 = 1_000;
const HIGHEST_PRICE: u64 = (1 << PRICE_BITS) - 1;

/// Two accounts of one owner: [`MAKER`], which is all but empty, sells lots for nothing and buys them back at
/// the highest price there is; the other withdraws what it got. Closing the position shrinks it, and the ratio to
/// a margin is all that stands in the way of a total value far below zero.
fn minting(oracle_price: u64) -> Batch {
    const OTHER: u32 = 3;
    let order = |account, side, price, nonce| {
        Order {
            account,
            market: 0,
            side,
            price,
            size: MINTED_LOTS as u64,
            fee_limit: 0,
            nonce,
            slot: 0,
            expiry: SAMPLE_TIME,
        }
        .sign(&sample_key(account))
    };
    let trade = |maker_side, taker_side, price, nonce| {
        Transaction::Trade(Box::new(Trade {
            maker: order(MAKER, maker_side, price, nonce),
            taker: order(OTHER, taker_side, price, nonce),
            size: MINTED_LOTS,
            price: price.into(),
            maker_fee: 0,
            taker_fee: 0,
        }))
    };
    let mut batch = with(vec![
        trade(Side::Sell, Side::Buy, 0, 10),
        trade(Side::Buy, Side::Sell, HIGHEST_PRICE, 11),
        withdrawal(OTHER, MINTED_LOTS * i128::from(HIGHEST_PRICE), 0),
    ]);
    batch.oracle.oracle.prices[0] = oracle_price;
    edit(&mut batch, MAKER, |account| {
        account.collateral = ALL_BUT_EMPTY
    });
    edit(&mut batch, OTHER, |account| account.collateral = 0);
    sign(&mut batch);
    batch
}

/// At an oracle's price of 0 there is no margin, and the ratio rule says 0 ≥ 0.
fn minting_without_a_price() -> Case {
    let batch = minting(0);
    let after = execute_ignoring(&batch, [Rule::NonZero]).unwrap().state;
    let debt = after.account(MAKER).unwrap().collateral;
    assert_eq!(
        debt,
        ALL_BUT_EMPTY - MINTED_LOTS * i128::from(HIGHEST_PRICE)
    );
    Case::new(
        "money minted at an oracle's price of zero",
        batch,
        Item::Oracle,
        Reason::Zero { field: "price" },
    )
}

/// At the lowest price there is, the margin rule sees to it.
fn minting_at_a_price() -> Case {
    Case::new(
        "a position closed at a price that leaves a debt",
        minting(1),
        Item::Transaction(1),
        Reason::Margin {
            account: MAKER,
            total_value: ALL_BUT_EMPTY - MINTED_LOTS * i128::from(HIGHEST_PRICE),
            required: 0,
        },
    )
}

pub(super) fn cases() -> Vec<Case> {
    let mut selling = one_trade();
    // The maker opens a short position.
    set_value_after(&mut selling, TAKER, 1 << 40);
    vec![
        minting_without_a_price(),
        minting_at_a_price(),
        overdrawn(),
        overdrawn_with_positions(),
        short_of(
            "a withdrawal that leaves one micro less than the initial margin",
            one_withdrawal(TAKER, 1_000_000),
            TAKER,
            Lacking::Initial,
        ),
        another_markets_price(),
        short_of(
            "a taker one micro short",
            one_trade(),
            TAKER,
            Lacking::Initial,
        ),
        short_of("a maker one micro short", selling, MAKER, Lacking::Initial),
        short_of(
            "a position turned over at maintenance margin",
            short_buys(2_000),
            SHORT,
            Lacking::Initial,
        ),
        short_of(
            "a position turned over by one lot",
            short_buys(1_501),
            SHORT,
            Lacking::Initial,
        ),
        shrinking_for_a_worse_ratio(),
        short_of(
            "a position closed at a value below zero",
            short_buys(1_500),
            SHORT,
            Lacking::Maintenance(-1),
        ),
        short_of(
            "a position shrunk at a value below zero",
            short_buys(400),
            SHORT,
            Lacking::Maintenance(-1),
        ),
    ]
}
