//! Small batches and ways to change them.

use crate::exchange::margin::Standing;
use crate::exchange::{
    execute_ignoring, Account, Batch, Deposit, Rule, Trade, Transaction, Withdrawal,
};
use crate::params::MARGIN_DENOMINATOR;
use crate::samples::{sample_batch, sample_key, sample_mixed_batch, sample_oracle_key};

/// Account of the maker in [`one_trade`]: sells, has no position.
pub(crate) const MAKER: u32 = 1;
/// Account of the taker in [`one_trade`]: buys, holds 1 500 lots of market 1.
pub(crate) const TAKER: u32 = 2;
/// An account that is short 1 500 lots of market 0.
pub(crate) const SHORT: u32 = 8;
/// An index without an account.
pub(crate) const NOBODY: u32 = 77;

/// One trade of 400 lots of market 0; the maker's order is of 1 000 lots, the taker's of 400.
pub(crate) fn one_trade() -> Batch {
    sample_batch(1)
}

/// A deposit of 5 micros to an account.
pub(crate) fn one_deposit(account: u32) -> Batch {
    with(vec![Transaction::Deposit(Deposit {
        account,
        key: sample_key(account).public(),
        amount: 5,
    })])
}

/// A withdrawal by an account.
pub(crate) fn one_withdrawal(account: u32, amount: i128) -> Batch {
    with(vec![withdrawal(account, amount, 0)])
}

pub(crate) fn withdrawal(account: u32, amount: i128, nonce: u64) -> Transaction {
    Transaction::Withdrawal(Withdrawal::sign(
        account,
        amount,
        nonce,
        &sample_key(account),
    ))
}

/// The samples' state with these transactions.
pub(crate) fn with(transactions: Vec<Transaction>) -> Batch {
    Batch {
        transactions,
        ..sample_mixed_batch()
    }
}

/// Changes an account of the state.
pub(crate) fn edit(batch: &mut Batch, index: u32, change: impl FnOnce(&mut Account)) {
    let mut account = batch.state.account(index).unwrap().clone();
    change(&mut account);
    batch.state.set(index, account);
}

pub(crate) fn trade(batch: &mut Batch, index: usize) -> &mut Trade {
    match &mut batch.transactions[index] {
        Transaction::Trade(trade) => trade,
        other => panic!("{other:?} is no trade"),
    }
}

pub(crate) fn deposit(batch: &mut Batch, index: usize) -> &mut Deposit {
    match &mut batch.transactions[index] {
        Transaction::Deposit(deposit) => deposit,
        other => panic!("{other:?} is no deposit"),
    }
}

/// Everyone signs what the batch now says.
pub(crate) fn sign(batch: &mut Batch) {
    batch.oracle = batch.oracle.oracle.sign(&sample_oracle_key());
    for transaction in &mut batch.transactions {
        match transaction {
            Transaction::Deposit(_) => {}
            Transaction::Trade(trade) => {
                for order in [&mut trade.maker, &mut trade.taker] {
                    *order = order.order.sign(&sample_key(order.order.account));
                }
            }
            Transaction::Withdrawal(w) => {
                *w = Withdrawal::sign(w.account, w.amount, w.nonce, &sample_key(w.account));
            }
        }
    }
}

/// What an account is worth, and its margins, after the batch.
pub(crate) fn standing_after(batch: &Batch, index: u32) -> Standing {
    let after = execute_ignoring(batch, [Rule::Margin, Rule::CollateralRange]).unwrap();
    let account = after.state.account(index).unwrap();
    Standing::new(account, &batch.oracle.oracle.prices)
}

/// Gives an account so much collateral that it is worth this after the batch.
pub(crate) fn set_value_after(batch: &mut Batch, index: u32, total_value: i128) {
    let missing = total_value - standing_after(batch, index).total_value;
    edit(batch, index, |account| account.collateral += missing);
}

/// A margin of a [`Standing`] in micros, rounded up.
pub(crate) fn whole_micros(margin: i128) -> i128 {
    let denominator = i128::from(MARGIN_DENOMINATOR);
    (margin + denominator - 1) / denominator
}
