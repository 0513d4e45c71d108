//! Leaves and messages hold several numbers in one field element. Read with one of them out of its range
//! and the next one lower, the element is the same: the leaf is in the tree, the signature holds. Ranges
//! stop it. Then accounts whose leaf is in the tree but should not be.

use super::forged::{seal, Forgery};
use super::*;
use crate::exchange::tests::cases::{cases, mixed_order};
use crate::exchange::tests::setting::{
    edit, one_deposit, one_trade, one_withdrawal, sign, trade, with, withdrawal, MAKER, TAKER,
};
use crate::exchange::{execute_ignoring, Account, Position, Transaction, Tree, Withdrawal};
use crate::poseidon::Domain;
use crate::samples::{sample_key, SAMPLE_FEE_ACCOUNT};

const AMOUNT: i128 = 1_000_000;

fn account_of(executed: &mut Executed) -> &mut Account {
    match &mut executed.witness.steps[0] {
        Step::Deposit { account, .. } | Step::Withdrawal { account, .. } => &mut account.account,
        Step::Trade { maker, .. } => &mut maker.account,
    }
}

/// The account of the first transaction (the maker's of a trade) is read otherwise; its leaf stays.
fn leaf(
    name: &'static str,
    batch: &Batch,
    ignored: Option<Rule>,
    read: impl FnOnce(&mut Account),
) -> Forgery {
    let mut executed = execute_ignoring(batch, ignored).unwrap();
    let account = account_of(&mut executed);
    let before = account.leaf();
    read(account);
    assert_eq!(account.leaf(), before, "{name}");
    range(name, executed)
}

fn range(name: &'static str, executed: Executed) -> Forgery {
    Forgery {
        name,
        executed,
        breaks: vec![Rule::Range],
    }
}

/// A withdrawal by an account with numbers in every field, whose funding is settled.
fn busy_account() -> Batch {
    let mut batch = with(vec![withdrawal(TAKER, AMOUNT, 3)]);
    let funding = batch.oracle.oracle.funding;
    edit(&mut batch, TAKER, |account| {
        account.collateral = 1 << 50;
        account.nonce = 3;
        for (position, funding) in account.positions.iter_mut().zip(funding) {
            *position = Position { size: 20, funding };
        }
        for slot in &mut account.orders {
            (slot.nonce, slot.filled) = (5, 7);
        }
    });
    batch
}

/// Overflowing collateral becomes a lot, or a lot becomes 2⁶⁴ micros.
fn collateral() -> Vec<Forgery> {
    let below = cases()
        .into_iter()
        .find(|case| case.name == "a withdrawal below the range of collateral")
        .unwrap();
    let mut above = one_deposit(MAKER);
    edit(&mut above, MAKER, |account| {
        account.collateral = i64::MAX.into();
    });
    vec![
        leaf(
            "a lot read as collateral",
            &below.batch,
            Some(Rule::CollateralRange),
            |account| {
                account.collateral += 1 << 64;
                account.positions[0].size -= 1;
            },
        ),
        leaf(
            "collateral read as a lot",
            &above,
            Some(Rule::CollateralRange),
            |account| {
                account.collateral -= 1 << 64;
                account.positions[0].size += 1;
            },
        ),
    ]
}

/// An old withdrawal again: the nonce is one lower, a position larger.
fn nonce() -> Forgery {
    let batch = busy_account();
    let mut forgery = leaf("a nonce read as lots", &batch, None, |account| {
        account.positions[3].size += 1 << 33;
        account.nonce -= 1;
    });
    match &mut forgery.executed.witness.steps[0] {
        Step::Withdrawal { withdrawal, .. } => {
            *withdrawal = Withdrawal::sign(TAKER, AMOUNT, 2, &sample_key(TAKER));
        }
        other => panic!("{other:?}"),
    }
    seal(&mut forgery.executed);
    forgery
}

fn leaves() -> Vec<Forgery> {
    let batch = busy_account();
    let mut forgeries = collateral();
    forgeries.push(nonce());
    forgeries.extend([
        leaf(
            "lots of one market read as another's",
            &batch,
            None,
            |account| {
                account.positions[1].size += 1 << 33;
                account.positions[2].size -= 1;
            },
        ),
        leaf(
            "an order's fill read as its nonce",
            &batch,
            None,
            |account| {
                account.orders[2].nonce += 1 << 30;
                account.orders[2].filled -= 1;
            },
        ),
        leaf(
            "an order's nonce read as another's fill",
            &batch,
            None,
            |account| {
                account.orders[1].filled += 1 << 32;
                account.orders[2].nonce -= 1;
            },
        ),
    ]);
    let mut empty = batch;
    edit(&mut empty, TAKER, |account| {
        account.positions[2].size = 0;
        account.positions[3].size = 0;
    });
    forgeries.push(leaf(
        "a funding index read as another's",
        &empty,
        None,
        |account| {
            account.positions[2].funding += 1 << 49;
            account.positions[3].funding -= 1;
        },
    ));
    forgeries
}

/// A purchase above its signed limit: the price is 2³² higher, the size one lot lower.
fn order() -> Forgery {
    let mut batch = one_trade();
    trade(&mut batch, 0).taker.order.size = 401;
    trade(&mut batch, 0).taker.order.price = 6_128_111;
    sign(&mut batch);
    let mut executed = execute_ignoring(&batch, [Rule::LimitPrice]).unwrap();
    let Step::Trade { trade, .. } = &mut executed.witness.steps[0] else {
        panic!("no trade")
    };
    let order = &mut trade.taker.order;
    let message = order.message();
    order.price += 1 << 32;
    order.size -= 1;
    assert_eq!(order.message(), message);
    range("a lot of an order read as its price", executed)
}

/// A withdrawal before its turn: the nonce is one lower, the amount 2⁶³ higher.
fn amount() -> Forgery {
    let mut batch = with(vec![withdrawal(TAKER, AMOUNT, 1)]);
    match &mut batch.transactions[0] {
        Transaction::Withdrawal(withdrawal) => {
            let message = withdrawal.message();
            withdrawal.amount += 1 << 63;
            withdrawal.nonce -= 1;
            assert_eq!(withdrawal.message(), message);
        }
        other => panic!("{other:?}"),
    }
    edit(&mut batch, TAKER, |account| {
        account.collateral = i64::MAX.into();
    });
    let executed = execute_ignoring(&batch, [Rule::Range]).unwrap();
    range("a nonce of a withdrawal read as its amount", executed)
}

/// The tree holds an account whose withdrawals are beyond their range.
fn nonce_beyond_its_range() -> Forgery {
    let mut batch = one_trade();
    edit(&mut batch, MAKER, |account| account.nonce = 1 << 32);
    range("a nonce beyond its range in the tree", run(&batch))
}

/// The tree holds an account whose key has a part of small order; its signature holds.
fn key_of_mixed_order() -> Forgery {
    let mut batch = one_withdrawal(TAKER, AMOUNT);
    let Transaction::Withdrawal(withdrawal) = &mut batch.transactions[0] else {
        panic!("no withdrawal")
    };
    let (key, signature) = mixed_order(Domain::Withdrawal, &[withdrawal.message()]);
    withdrawal.signature = signature;
    edit(&mut batch, TAKER, |account| account.key = key);
    Forgery {
        name: "a key of mixed order in the tree",
        executed: run(&batch),
        breaks: vec![Rule::Signature],
    }
}

/// A rich account that is not what the leaf says, on the path of the leaf: all that follows, up to the
/// new root, is what the constraints make of it.
fn invented_on_a_true_path() -> Forgery {
    let batch = one_withdrawal(TAKER, AMOUNT);
    let mut invented = batch.clone();
    edit(&mut invented, TAKER, |account| {
        account.collateral += 1 << 40
    });
    let mut executed = run(&invented);
    match &mut executed.witness.steps[0] {
        Step::Withdrawal { account, .. } => account.path = batch.state.path(TAKER),
        other => panic!("{other:?}"),
    }
    let mut tree = Tree::default();
    for (index, account) in batch.state.accounts() {
        tree.set(index, account.leaf());
    }
    let leaf = |state: &crate::exchange::State, index| state.account(index).unwrap().leaf();
    let change = leaf(&executed.state, TAKER) - leaf(&invented.state, TAKER);
    tree.set(TAKER, leaf(&batch.state, TAKER) + change);
    executed.witness.fee_account.path = tree.path(SAMPLE_FEE_ACCOUNT);
    executed.witness.old_root = batch.state.root();
    tree.set(
        SAMPLE_FEE_ACCOUNT,
        leaf(&executed.state, SAMPLE_FEE_ACCOUNT),
    );
    executed.statement.new_root = tree.root();
    seal(&mut executed);
    Forgery {
        name: "an account that is not the leaf of its path",
        executed,
        breaks: vec![Rule::Membership],
    }
}

pub(super) fn forgeries() -> Vec<Forgery> {
    let mut forgeries = leaves();
    forgeries.extend([
        order(),
        amount(),
        nonce_beyond_its_range(),
        key_of_mixed_order(),
        invented_on_a_true_path(),
    ]);
    forgeries
}
