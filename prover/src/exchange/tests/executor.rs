//! The executor on the cases and the edges, and exact sums of what changes hands.

use super::cases::{cases, number, REASONS, RULES};
use super::edges::edges;
use super::setting::{edit, one_trade, one_withdrawal, sign, MAKER, TAKER};
use crate::exchange::{execute, Batch, Item, Position, Reason, Rule, State};
use crate::samples::{sample_batch, sample_mixed_batch, SAMPLE_FEE_ACCOUNT};

#[test]
fn every_fault_is_refused_by_item_and_reason() {
    for case in cases() {
        let refusal = execute(&case.batch).map(drop).expect_err(case.name);
        assert_eq!(refusal, case.refusal, "{}", case.name);
    }
}

#[test]
fn every_reason_and_every_rule_has_a_case() {
    let cases = cases();
    let mut reasons = [0; REASONS];
    for case in &cases {
        reasons[number(&case.refusal.reason)] += 1;
    }
    assert!(reasons.iter().all(|count| *count > 0), "{reasons:?}");
    for rule in RULES {
        let covered = cases.iter().any(|case| case.refusal.reason.rule() == rule);
        // No batch can break the public input: it is made from the batch. The circuit's tests do.
        assert_eq!(covered, rule != Rule::Statement, "{rule:?}");
    }
}

#[test]
fn what_only_just_keeps_to_the_rules_is_accepted() {
    for (name, batch) in edges() {
        if let Err(refusal) = execute(&batch) {
            panic!("{name}: {refusal}");
        }
    }
}

#[test]
fn the_first_fault_is_reported_and_the_state_is_as_it_was() {
    let mut batch = sample_batch(3);
    let before = batch.state.clone();
    batch.transactions[2] = one_withdrawal(77, 1).transactions.remove(0);
    let refusal = execute(&batch).unwrap_err();
    assert_eq!(refusal.item, Item::Transaction(2));
    assert_eq!(refusal.reason, Reason::UnknownAccount { account: 77 });
    assert_eq!(refusal.to_string(), "transaction 2: unknown account 77");
    assert_eq!(batch.state, before);
    assert_eq!(batch.state.root(), before.root());
}

fn total_collateral(state: &State) -> i128 {
    state
        .accounts()
        .map(|(_, account)| account.collateral)
        .sum()
}

fn lots(state: &State, market: usize) -> i128 {
    state
        .accounts()
        .map(|(_, account)| account.positions[market].size)
        .sum()
}

/// Trades move money and lots about, deposits and withdrawals add and take what they say; funding aside.
#[test]
fn money_and_lots_are_conserved() {
    let settle = |batch: &mut Batch| {
        let funding = batch.oracle.oracle.funding;
        for index in 0..=8 {
            edit(batch, index, |account| account.settle_funding(&funding));
        }
    };
    for (mut batch, added) in [
        (sample_batch(16), 0),
        (sample_mixed_batch(), 100_000_000 - 1_500_000_000),
    ] {
        settle(&mut batch);
        let after = execute(&batch).unwrap().state;
        assert_eq!(
            total_collateral(&after),
            total_collateral(&batch.state) + added
        );
        for market in 0..4 {
            assert_eq!(lots(&after, market), lots(&batch.state, market));
        }
    }
}

/// Funding of any sign is exact to the micro: what longs pay is what shorts of the same size get.
#[test]
fn funding_is_never_rounded() {
    for (settled, index) in [(0, 1), (7, -310), (-5, 12), (3, 3), (-1, -2), (1, 1 << 40)] {
        let mut batch = one_trade();
        batch.oracle.oracle.funding[3] = index;
        for (account, size) in [(MAKER, 333), (TAKER, -333)] {
            edit(&mut batch, account, |account| {
                account.collateral = 1 << 60;
                account.positions[3] = Position {
                    size,
                    funding: settled,
                };
            });
        }
        sign(&mut batch);
        let mut without = batch.clone();
        for account in [MAKER, TAKER] {
            edit(&mut without, account, |account| {
                account.positions[3].funding = index;
            });
        }
        let (paid, unpaid) = (execute(&batch).unwrap(), execute(&without).unwrap());
        for (account, size) in [(MAKER, 333), (TAKER, -333)] {
            let paid = paid.state.account(account).unwrap();
            let unpaid = unpaid.state.account(account).unwrap();
            assert_eq!(paid.positions, unpaid.positions);
            let payment = unpaid.collateral - paid.collateral;
            assert_eq!(payment, size * (index - settled), "{settled} to {index}");
        }
    }
}

#[test]
fn fees_reach_the_fee_account_and_the_statement() {
    let batch = sample_batch(4);
    let executed = execute(&batch).unwrap();
    let fees = 2 * (400 + 250) * (400 + 1_200);
    assert_eq!(executed.statement.fees, fees);
    let fee_account = executed.state.account(SAMPLE_FEE_ACCOUNT).unwrap();
    assert_eq!(fee_account.collateral, fees);
}
