//! Orders that are not kept to.

use super::Case;
use crate::exchange::tests::setting::{edit, one_trade, sign, trade, MAKER, NOBODY, TAKER};
use crate::exchange::{Batch, Item, OrderSlot, Position, Reason, Rule, Side};
use crate::params::MAX_ACCOUNTS;
use crate::samples::{sample_batch, sample_key, SAMPLE_TIME};

/// Price of the trade in [`one_trade`].
const PRICE: u64 = 6_128_112;

fn signature(name: &'static str, signer: &'static str, change: impl FnOnce(&mut Batch)) -> Case {
    let mut batch = one_trade();
    change(&mut batch);
    let reason = Reason::BadSignature { signer };
    Case::new(name, batch, Item::Transaction(0), reason)
}

fn filled_before(index: u32, slot: usize, filled: u64) -> impl FnOnce(&mut Batch) {
    move |batch| {
        edit(batch, index, |account| {
            account.orders[slot] = OrderSlot { nonce: 1, filled };
        });
    }
}

/// Two trades fill one order, together beyond its size.
fn twice_over() -> Case {
    let mut batch = sample_batch(2);
    for index in [0, 1] {
        trade(&mut batch, index).maker.order.size = 649;
    }
    sign(&mut batch);
    Case::new(
        "two trades that overfill one order together",
        batch,
        Item::Transaction(1),
        Reason::Overfill {
            order: "maker",
            size: 649,
            filled: 400,
            fill: 250,
        },
    )
}

/// The very same trade twice: the taker's order was filled by the first.
fn replayed() -> Case {
    let mut batch = one_trade();
    batch.transactions.push(batch.transactions[0].clone());
    Case::new(
        "a trade replayed",
        batch,
        Item::Transaction(1),
        Reason::Overfill {
            order: "taker",
            size: 400,
            filled: 400,
            fill: 400,
        },
    )
}

/// A position near its bounds at a price of one micro a lot, so that margins do not matter.
fn position(name: &'static str, account: u32, before: i128, after: i128) -> Case {
    Case::trade(
        name,
        |batch| {
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
        },
        Reason::PositionRange {
            account,
            size: after,
        },
    )
}

fn signatures() -> Vec<Case> {
    vec![
        signature("an order signed by another key", "maker", |batch| {
            let order = trade(batch, 0).maker.order;
            trade(batch, 0).maker = order.sign(&sample_key(TAKER));
        }),
        signature("a signature of another order", "taker", |batch| {
            trade(batch, 0).taker.signature = trade(batch, 0).maker.signature;
        }),
        signature("a limit moved after signing", "maker", |batch| {
            trade(batch, 0).maker.order.price -= 1;
        }),
        signature("a size raised after signing", "taker", |batch| {
            trade(batch, 0).taker.order.size += 1;
        }),
        signature("a fee limit raised after signing", "taker", |batch| {
            trade(batch, 0).taker.order.fee_limit += 1;
        }),
        signature("an expiry put off after signing", "maker", |batch| {
            trade(batch, 0).maker.order.expiry += 1;
        }),
        signature("a nonce raised after signing", "maker", |batch| {
            trade(batch, 0).maker.order.nonce += 1;
        }),
        signature("a slot changed after signing", "maker", |batch| {
            trade(batch, 0).maker.order.slot = 3;
        }),
        signature("an S that is one too high", "maker", |batch| {
            trade(batch, 0).maker.signature.s += ark_ed_on_bn254::Fr::from(1u64);
        }),
        signature("an R of another signature", "taker", |batch| {
            trade(batch, 0).taker.signature.r = trade(batch, 0).maker.signature.r;
        }),
    ]
}

fn limits() -> Vec<Case> {
    vec![
        Case::trade(
            "a sale one micro below its limit",
            |batch| trade(batch, 0).maker.order.price = PRICE + 1,
            Reason::LimitPrice {
                order: "maker",
                limit: PRICE + 1,
                price: PRICE.into(),
            },
        ),
        Case::trade(
            "a purchase one micro above its limit",
            |batch| trade(batch, 0).taker.order.price = PRICE - 1,
            Reason::LimitPrice {
                order: "taker",
                limit: PRICE - 1,
                price: PRICE.into(),
            },
        ),
        Case::trade(
            "a maker's fee one micro above its limit",
            |batch| trade(batch, 0).maker_fee = 1_200_001,
            Reason::FeeLimit {
                order: "maker",
                limit: 1_200_000,
                fee: 1_200_001,
            },
        ),
        Case::trade(
            "a taker's fee one micro above its limit",
            |batch| trade(batch, 0).taker_fee = 1_200_001,
            Reason::FeeLimit {
                order: "taker",
                limit: 1_200_000,
                fee: 1_200_001,
            },
        ),
        Case::trade(
            "a maker's order filled a second after its expiry",
            |batch| trade(batch, 0).maker.order.expiry = SAMPLE_TIME - 1,
            Reason::Expired {
                order: "maker",
                expiry: SAMPLE_TIME - 1,
                time: SAMPLE_TIME,
            },
        ),
        Case::trade(
            "a taker's order of long ago",
            |batch| trade(batch, 0).taker.order.expiry = 0,
            Reason::Expired {
                order: "taker",
                expiry: 0,
                time: SAMPLE_TIME,
            },
        ),
    ]
}

fn fills() -> Vec<Case> {
    let overfill = |order, size, filled| Reason::Overfill {
        order,
        size,
        filled,
        fill: 400,
    };
    vec![
        Case::trade(
            "a maker's order filled by one lot too many",
            filled_before(MAKER, 0, 601),
            overfill("maker", 1_000, 601),
        ),
        Case::trade(
            "a taker's order filled by one lot too many",
            filled_before(TAKER, 2, 1),
            overfill("taker", 400, 1),
        ),
        Case::trade(
            "a fill larger than the order",
            |batch| trade(batch, 0).taker.order.size = 399,
            overfill("taker", 399, 0),
        ),
        twice_over(),
        replayed(),
        Case::trade(
            "an order that a later one replaced",
            |batch| edit(batch, MAKER, |account| account.orders[0].nonce = 2),
            Reason::OrderNonce {
                order: "maker",
                current: 2,
                found: 1,
            },
        ),
        Case::trade(
            "a taker's order that a later one replaced",
            |batch| edit(batch, TAKER, |account| account.orders[2].nonce = 1_000_000),
            Reason::OrderNonce {
                order: "taker",
                current: 1_000_000,
                found: 1,
            },
        ),
    ]
}

fn pairs() -> Vec<Case> {
    vec![
        Case::trade(
            "a trade with oneself",
            |batch| trade(batch, 0).taker.order.account = MAKER,
            Reason::SelfTrade { account: MAKER },
        ),
        Case::trade(
            "two sales",
            |batch| {
                let trade = trade(batch, 0);
                trade.taker.order.side = Side::Sell;
                trade.taker.order.price = PRICE;
            },
            Reason::SameSide,
        ),
        Case::trade(
            "two purchases",
            |batch| trade(batch, 0).maker.order.side = Side::Buy,
            Reason::SameSide,
        ),
        // The executor applies each order to its own market, the circuit both to the maker's, after which
        // the tree is another.
        Case::trade(
            "orders of two markets",
            |batch| trade(batch, 0).taker.order.market = 1,
            Reason::Market { maker: 0, taker: 1 },
        )
        .also(Rule::Membership),
        Case::trade(
            "a trade of nothing",
            |batch| {
                let trade = trade(batch, 0);
                trade.size = 0;
                (trade.maker_fee, trade.taker_fee) = (0, 0);
            },
            Reason::Zero { field: "size" },
        ),
        Case::trade(
            "an order of nobody",
            |batch| trade(batch, 0).maker.order.account = NOBODY,
            Reason::UnknownAccount { account: NOBODY },
        )
        .without_witness(),
        Case::trade(
            "an order of an index beyond the tree",
            |batch| trade(batch, 0).taker.order.account = MAX_ACCOUNTS,
            Reason::OutOfRange {
                field: "taker.account".into(),
                found: MAX_ACCOUNTS.into(),
            },
        )
        .without_witness(),
    ]
}

fn results() -> Vec<Case> {
    let high = (1 << 32) - 400;
    let highest = i128::from(i64::MAX);
    vec![
        position("a purchase to 2^32 lots", TAKER, high, 1 << 32),
        position("a sale to −2^32 − 1 lots", MAKER, -high - 1, -(1 << 32) - 1),
        Case::trade(
            "proceeds beyond the range of collateral",
            |batch| edit(batch, MAKER, |account| account.collateral = highest),
            Reason::CollateralRange {
                account: MAKER,
                collateral: highest + 400 * i128::from(PRICE) - 160_000,
            },
        ),
    ]
}

pub(super) fn cases() -> Vec<Case> {
    [signatures(), limits(), fills(), pairs(), results()]
        .into_iter()
        .flatten()
        .collect()
}
