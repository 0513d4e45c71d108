//! Random changes of one field of a batch.

use rand::seq::SliceRandom;
use rand::Rng;

use super::random::{Random, ACCOUNTS};
use super::*;
use crate::exchange::tests::setting::{edit, sign};
use crate::exchange::{Order, Side, Trade, Transaction};
use crate::samples::{sample_key, SAMPLE_TIME};

fn other_u64(rng: &mut Random, value: &mut u64) {
    let others = [
        value.wrapping_add(1),
        value.wrapping_sub(1) & 0x00ff_ffff_ffff,
        0,
        *value + 100,
        u32::MAX.into(),
        1 << 32,
        1 << 39,
    ];
    *value = *others.choose(rng).unwrap();
}

fn other_i128(rng: &mut Random, value: &mut i128) {
    let others = [
        *value + 1,
        *value - 1,
        0,
        -*value,
        *value * 2,
        u32::MAX.into(),
        1 << 32,
        1 << 39,
    ];
    *value = *others.choose(rng).unwrap();
}

fn change_order(rng: &mut Random, order: &mut Order) -> &'static str {
    match rng.gen_range(0..9) {
        0 => {
            order.account = rng.gen_range(0..2 * ACCOUNTS);
            "order.account"
        }
        1 => {
            order.market = rng.gen_range(0..5);
            "order.market"
        }
        2 => {
            order.side = if order.side == Side::Buy {
                Side::Sell
            } else {
                Side::Buy
            };
            "order.side"
        }
        3 => {
            other_u64(rng, &mut order.price);
            "order.price"
        }
        4 => {
            other_u64(rng, &mut order.size);
            "order.size"
        }
        5 => {
            other_u64(rng, &mut order.fee_limit);
            "order.fee_limit"
        }
        6 => {
            other_u64(rng, &mut order.nonce);
            "order.nonce"
        }
        7 => {
            order.slot = rng.gen_range(0..5);
            "order.slot"
        }
        _ => {
            order.expiry = SAMPLE_TIME + rng.gen_range(0..4) - 2;
            "order.expiry"
        }
    }
}

fn change_trade(rng: &mut Random, trade: &mut Trade) -> &'static str {
    match rng.gen_range(0..10) {
        0 => {
            other_i128(rng, &mut trade.size);
            "size"
        }
        1 => {
            other_i128(rng, &mut trade.price);
            "price"
        }
        2 => {
            other_i128(rng, &mut trade.maker_fee);
            "maker_fee"
        }
        3 => {
            other_i128(rng, &mut trade.taker_fee);
            "taker_fee"
        }
        4 => {
            std::mem::swap(&mut trade.maker, &mut trade.taker);
            "maker and taker"
        }
        5..=7 => change_order(rng, &mut trade.maker.order),
        _ => change_order(rng, &mut trade.taker.order),
    }
}

fn change_transaction(rng: &mut Random, transaction: &mut Transaction) -> &'static str {
    match transaction {
        Transaction::Trade(trade) => change_trade(rng, trade),
        Transaction::Deposit(deposit) => match rng.gen_range(0..3) {
            0 => {
                deposit.account = rng.gen_range(0..2 * ACCOUNTS);
                "deposit.account"
            }
            1 => {
                deposit.key = sample_key(rng.gen_range(0..2 * ACCOUNTS)).public();
                "deposit.key"
            }
            _ => {
                other_i128(rng, &mut deposit.amount);
                "deposit.amount"
            }
        },
        Transaction::Withdrawal(withdrawal) => match rng.gen_range(0..3) {
            0 => {
                withdrawal.account = rng.gen_range(0..2 * ACCOUNTS);
                "withdrawal.account"
            }
            1 => {
                other_u64(rng, &mut withdrawal.nonce);
                "withdrawal.nonce"
            }
            _ => {
                other_i128(rng, &mut withdrawal.amount);
                "withdrawal.amount"
            }
        },
    }
}

fn change_oracle(rng: &mut Random, batch: &mut Batch) -> &'static str {
    let oracle = &mut batch.oracle.oracle;
    match rng.gen_range(0..3) {
        0 => {
            let market = rng.gen_range(0..4);
            other_u64(rng, &mut oracle.prices[market]);
            "oracle.prices"
        }
        1 => {
            let bounds = [-1 << 48, (1 << 48) - 1, 1 << 48, -100_000, 100_000];
            oracle.funding[rng.gen_range(0..4)] = *bounds.choose(rng).unwrap();
            "oracle.funding"
        }
        _ => {
            oracle.timestamp = batch.time - MAX_PRICE_AGE + rng.gen_range(0..4) - 2;
            "oracle.timestamp"
        }
    }
}

fn change_account(rng: &mut Random, batch: &mut Batch) -> &'static str {
    let index = rng.gen_range(0..=ACCOUNTS);
    let market = rng.gen_range(0..4);
    let kind = rng.gen_range(0..5);
    let value = rng.gen_range(-1 << 30..1i128 << 30);
    edit(batch, index, |account| match kind {
        0 => account.collateral = value * (1 << 10),
        1 => account.positions[market].size = value,
        2 => account.positions[market].funding = value,
        3 => account.nonce += 1,
        _ => account.orders[market].filled = value.unsigned_abs() as u64,
    });
    ["collateral", "size", "funding", "nonce", "filled"][kind]
}

/// Changes one field; often everyone then signs what it says.
pub(super) fn change(rng: &mut Random, batch: &mut Batch) -> String {
    let field = match rng.gen_range(0..10) {
        0 => {
            batch.time = batch.time.wrapping_add_signed(rng.gen_range(-130..130));
            "time"
        }
        1 => {
            batch.fee_account = rng.gen_range(0..2 * ACCOUNTS);
            "fee_account"
        }
        2 => change_oracle(rng, batch),
        3 => change_account(rng, batch),
        _ => {
            let index = rng.gen_range(0..batch.transactions.len());
            change_transaction(rng, &mut batch.transactions[index])
        }
    };
    let signed = rng.gen_bool(0.8);
    if signed {
        sign(batch);
    }
    format!("{field}{}", if signed { ", signed" } else { "" })
}
