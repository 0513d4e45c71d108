//! Random batches: what the executor accepts satisfies the circuit; after a random change of one field,
//! the executor refuses if and only if the circuit is not satisfied.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::changes::change;
use super::*;
use crate::exchange::execute_ignoring;
use crate::exchange::tests::cases::RULES;
use crate::exchange::tests::setting::{edit, sign};
use crate::exchange::{
    Deposit, Order, OrderSlot, Position, Reason, Refusal, Side, State, Trade, Transaction,
    Withdrawal,
};
use crate::samples::{sample_batch, sample_key, SAMPLE_TIME};

const BATCHES: usize = 36;
const CHANGES: usize = 10;

/// Accounts of random batches are 0 to this.
pub(super) const ACCOUNTS: u32 = 8;

pub(super) type Random = ChaCha20Rng;

/// Positions, fills, nonces and funding at random, with collateral from thin to ample.
fn random_start(rng: &mut Random) -> Batch {
    let mut batch = sample_batch(1);
    batch.transactions.clear();
    for market in 0..4 {
        batch.oracle.oracle.prices[market] = rng.gen_range(1..10_000_000);
        batch.oracle.oracle.funding[market] = rng.gen_range(-2_000..2_000);
    }
    batch.oracle.oracle.timestamp = SAMPLE_TIME - rng.gen_range(0..=MAX_PRICE_AGE);
    batch.fee_account = rng.gen_range(0..=ACCOUNTS);
    let prices = batch.oracle.oracle.prices;
    for index in 0..=ACCOUNTS {
        edit(&mut batch, index, |account| {
            account.collateral = 10i128.pow(rng.gen_range(6..13)) * rng.gen_range(1..10);
            account.nonce = rng.gen_range(0..3);
            for (position, price) in account.positions.iter_mut().zip(prices) {
                if rng.gen_bool(0.4) {
                    *position = Position {
                        size: rng.gen_range(-3_000..3_000),
                        funding: rng.gen_range(-2_000..2_000),
                    };
                    account.collateral -= position.size * i128::from(price);
                }
            }
            for slot in &mut account.orders {
                *slot = OrderSlot {
                    nonce: rng.gen_range(0..3),
                    filled: rng.gen_range(0..500),
                };
            }
        });
    }
    sign(&mut batch);
    batch
}

fn random_trade(rng: &mut Random, batch: &Batch, state: &State) -> Transaction {
    let maker = rng.gen_range(0..=ACCOUNTS);
    let taker = (maker + rng.gen_range(1..=ACCOUNTS)) % (ACCOUNTS + 1);
    let market: u8 = rng.gen_range(0..4);
    let size = rng.gen_range(1..2_000);
    let oracle = batch.oracle.oracle.prices[usize::from(market)];
    let price = oracle + oracle * rng.gen_range(0..20) / 1_000;
    let side = if rng.gen() { Side::Buy } else { Side::Sell };
    let mut order = |account: u32, side: Side| {
        let slot = rng.gen_range(0..4);
        let before = state.account(account).unwrap().orders[usize::from(slot)];
        let slack = rng.gen_range(0..3);
        Order {
            account,
            market,
            side,
            price: match side {
                Side::Buy => price + slack,
                Side::Sell => price.saturating_sub(slack),
            },
            size: size + before.filled + rng.gen_range(0..3) * 100,
            fee_limit: rng.gen_range(0..3_000),
            nonce: before.nonce + rng.gen_range(0..3),
            slot,
            expiry: SAMPLE_TIME + rng.gen_range(0..3) * 1_000,
        }
        .sign(&sample_key(account))
    };
    let (maker, taker) = match side {
        Side::Buy => (order(maker, Side::Buy), order(taker, Side::Sell)),
        Side::Sell => (order(maker, Side::Sell), order(taker, Side::Buy)),
    };
    let mut fee = |limit: u64| i128::from(limit * size) * rng.gen_range(0..=4) / 4;
    Transaction::Trade(Box::new(Trade {
        maker_fee: fee(maker.order.fee_limit),
        taker_fee: fee(taker.order.fee_limit),
        maker,
        taker,
        size: size.into(),
        price: price.into(),
    }))
}

fn random_transaction(rng: &mut Random, batch: &Batch, state: &State) -> Transaction {
    match rng.gen_range(0..10) {
        0 => {
            let account = rng.gen_range(0..2 * ACCOUNTS);
            Transaction::Deposit(Deposit {
                account,
                key: sample_key(account).public(),
                amount: rng.gen_range(1..1_000_000_000),
            })
        }
        1..=3 => {
            let index = rng.gen_range(0..=ACCOUNTS);
            let account = state.account(index).unwrap();
            let amount = rng.gen_range(1..1_000_000_000);
            let key = sample_key(index);
            Transaction::Withdrawal(Withdrawal::sign(index, amount, account.nonce, &key))
        }
        _ => random_trade(rng, batch, state),
    }
}

/// One to four transactions that the executor accepts, each after what came before.
fn random_batch(rng: &mut Random) -> Batch {
    let mut batch = random_start(rng);
    let count = rng.gen_range(1..=4);
    let mut state = batch.state.clone();
    while batch.transactions.len() < count {
        let transaction = random_transaction(rng, &batch, &state);
        let alone = Batch {
            state: state.clone(),
            transactions: vec![transaction.clone()],
            ..batch.clone()
        };
        if execute(&alone).is_err() {
            continue;
        }
        batch.transactions.push(transaction);
        match execute(&batch) {
            // Fees come at the end of the batch; what follows may not count on them.
            Ok(executed) => {
                state = executed.state;
                let fees = executed.statement.fees;
                let mut shown = Batch {
                    state,
                    ..batch.clone()
                };
                edit(&mut shown, batch.fee_account, |account| {
                    account.collateral -= fees
                });
                state = shown.state;
            }
            Err(_) => drop(batch.transactions.pop()),
        }
    }
    batch
}

#[test]
fn executor_and_circuit_agree() {
    let mut kinds = BTreeMap::new();
    let mut refused = BTreeMap::new();
    let (mut accepted, mut without_witness) = (0, 0);
    for seed in 0..BATCHES {
        let mut rng = Random::seed_from_u64(seed as u64);
        let batch = random_batch(&mut rng);
        let executed = run(&batch);
        for kind in executed.kinds() {
            *kinds.entry(format!("{kind:?}")).or_insert(0) += 1;
        }
        assert_eq!(broken_quickly(&executed), [], "seed {seed}");
        for number in 0..CHANGES {
            let mut changed = batch.clone();
            let what = change(&mut rng, &mut changed);
            let name = format!("seed {seed}, change {number}: {what}");
            match execute(&changed) {
                Ok(executed) => {
                    assert_eq!(broken_quickly(&executed), [], "{name}");
                    accepted += 1;
                }
                Err(refusal) => match execute_ignoring(&changed, RULES) {
                    Ok(executed) => {
                        let rule = refusal.reason.rule();
                        let broken = broken_quickly(&executed);
                        // A withdrawal's nonce is in its range as it equals the account's.
                        let by_nonce = matches!(&refusal.reason,
                            Reason::OutOfRange { field, .. } if field == "nonce");
                        assert!(
                            broken.contains(&rule) || by_nonce && broken.contains(&Rule::Nonce),
                            "{name}: {refusal}, broken: {broken:?}"
                        );
                        *refused.entry(rule).or_insert(0) += 1;
                    }
                    Err(Refusal {
                        reason: Reason::UnknownAccount { .. } | Reason::OutOfRange { .. },
                        ..
                    }) => without_witness += 1,
                    Err(refusal) => panic!("{name}: {refusal}"),
                },
            }
        }
    }
    println!("{kinds:?}; {accepted} changes accepted, {without_witness} without witness; refused for {refused:?}");
    assert!(
        kinds.len() == 3 && kinds.values().all(|count| *count >= 10),
        "{kinds:?}"
    );
    assert!(accepted >= 30, "{accepted}");
    let rules: BTreeSet<_> = refused.keys().collect();
    assert!(rules.len() >= 12, "{refused:?}");
}
