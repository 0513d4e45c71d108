//! Witnesses that no executor makes: the prover invents accounts, moves leaves, names other markets
//! than were signed, claims other results. Whatever else the forger can make consistent is: commitment and public input are those of what the witness says.

use std::collections::BTreeSet;

use ark_ff::AdditiveGroup;

use super::*;
use crate::exchange::tests::setting::{
    deposit, edit, one_deposit, one_trade, one_withdrawal, MAKER, NOBODY, TAKER,
};
use crate::exchange::{Account, OrderSlot, SignedOrder, State, Statement};
use crate::samples::{sample_batch, sample_key, SAMPLE_FEE_ACCOUNT};

/// A witness and the rules that it must break, sorted.
pub(super) struct Forgery {
    pub name: &'static str,
    pub executed: Executed,
    pub breaks: Vec<Rule>,
}

/// Makes commitment and public input those of the witness.
pub(super) fn seal(executed: &mut Executed) {
    let (statement, witness) = (&mut executed.statement, &mut executed.witness);
    statement.old_root = witness.old_root;
    statement.commitment = witness
        .steps
        .iter()
        .fold(Fr::ZERO, |commitment, step| match step {
            Step::Deposit { deposit, .. } => deposit.commit(commitment),
            Step::Trade { trade, .. } => trade.commit(commitment),
            Step::Withdrawal { withdrawal, .. } => withdrawal.commit(commitment),
        });
    witness.public_input = statement.public_input();
}

fn forge(
    name: &'static str,
    batch: &Batch,
    breaks: &[Rule],
    change: impl FnOnce(&mut Executed),
) -> Forgery {
    let mut executed = run(batch);
    change(&mut executed);
    seal(&mut executed);
    Forgery {
        name,
        executed,
        breaks: breaks.to_vec(),
    }
}

/// The batch runs on a state that is not the one whose root it claims.
fn on_invented_state(
    name: &'static str,
    batch: &Batch,
    invent: impl FnOnce(&mut Batch),
) -> Forgery {
    let mut invented = batch.clone();
    invent(&mut invented);
    assert_ne!(invented.state.root(), batch.state.root(), "{name}");
    forge(name, &invented, &[Rule::Membership], |executed| {
        executed.witness.old_root = batch.state.root();
    })
}

fn invented_accounts() -> Vec<Forgery> {
    let mut rich = Account::new(sample_key(NOBODY).public());
    rich.collateral = 1 << 50;
    let withdrawal = one_withdrawal(NOBODY, 1 << 50);
    let mut withdrawn = one_withdrawal(TAKER, 1_000_000);
    edit(&mut withdrawn, TAKER, |account| account.nonce = 1);
    let mut own = Account::new(sample_key(MAKER).public());
    own.collateral = 1 << 40;
    let mut filled = one_trade();
    edit(&mut filled, TAKER, |account| {
        account.orders[2] = OrderSlot {
            nonce: 1,
            filled: 400,
        };
    });
    vec![
        on_invented_state("an account that does not exist", &withdrawal, |batch| {
            batch.state.set(NOBODY, rich);
        }),
        on_invented_state("one micro more than there is", &one_trade(), |batch| {
            edit(batch, MAKER, |account| account.collateral += 1);
        }),
        on_invented_state("lots that there are not", &one_trade(), |batch| {
            edit(batch, TAKER, |account| account.positions[1].size += 1);
        }),
        on_invented_state("funding that was settled already", &one_trade(), |batch| {
            edit(batch, TAKER, |account| account.positions[1].funding += 1);
        }),
        on_invented_state("a withdrawal's nonce set back", &withdrawn, |batch| {
            edit(batch, TAKER, |account| account.nonce = 0);
        }),
        on_invented_state("a fill forgotten", &filled, |batch| {
            edit(batch, TAKER, |account| account.orders[2].filled = 0);
        }),
        on_invented_state("another owner's key", &one_trade(), |batch| {
            // The owner of account 1 takes account 3 for the fees it will receive.
            batch.fee_account = 3;
            batch.state.set(3, own);
        }),
        on_invented_state(
            "a deposit that takes over an account",
            &one_deposit(MAKER),
            |batch| {
                let mut state = State::new();
                for (index, account) in batch.state.accounts().filter(|(index, _)| *index != MAKER)
                {
                    state.set(index, account.clone());
                }
                batch.state = state;
                deposit(batch, 0).key = sample_key(NOBODY).public();
            },
        ),
    ]
}

/// A deposit says that it creates the account, which holds something from the start.
fn created_with(name: &'static str, change: impl FnOnce(&mut Account)) -> Forgery {
    let without = one_deposit(NOBODY);
    let mut with = without.clone();
    let mut account = Account::new(sample_key(NOBODY).public());
    change(&mut account);
    with.state.set(NOBODY, account);
    forge(name, &with, &[Rule::Membership], |executed| {
        executed.witness.old_root = without.state.root();
        match &mut executed.witness.steps[0] {
            Step::Deposit { account, .. } => {
                account.exists = false;
                account.path = without.state.path(NOBODY);
            }
            other => panic!("{other:?}"),
        }
    })
}

fn created_accounts() -> Vec<Forgery> {
    vec![
        created_with("an account created with collateral", |account| {
            account.collateral = 1
        }),
        created_with("an account created in debt", |account| {
            account.collateral = -1
        }),
        created_with("an account created with lots", |account| {
            account.positions[3].size = 1;
        }),
        created_with("an account created with withdrawals", |account| {
            account.nonce = 1
        }),
        created_with("an account created with settled funding", |account| {
            account.positions[0].funding = -1;
        }),
        created_with("an account created with a filled order", |account| {
            account.orders[3].filled = 1;
        }),
    ]
}

fn both_accounts(executed: &mut Executed) -> (&mut AccountWitness, &mut AccountWitness) {
    match &mut executed.witness.steps[0] {
        Step::Trade { maker, taker, .. } => (maker, taker),
        other => panic!("{other:?}"),
    }
}

fn moved_leaves() -> Vec<Forgery> {
    const BREAKS: [Rule; 1] = [Rule::Membership];
    let batch = one_trade();
    vec![
        forge("paths swapped", &batch, &BREAKS, |executed| {
            let (maker, taker) = both_accounts(executed);
            std::mem::swap(&mut maker.path, &mut taker.path);
        }),
        forge("children swapped", &batch, &BREAKS, |executed| {
            let (maker, _) = both_accounts(executed);
            maker.path[0].swap(MAKER as usize, TAKER as usize);
        }),
        forge(
            "children of a higher node swapped",
            &batch,
            &BREAKS,
            |executed| {
                let (maker, _) = both_accounts(executed);
                maker.path[2].swap(0, 5);
            },
        ),
        forge("levels swapped", &batch, &BREAKS, |executed| {
            let (_, taker) = both_accounts(executed);
            taker.path.swap(3, 4);
        }),
        forge(
            "a path of before the maker's change",
            &batch,
            &BREAKS,
            |executed| {
                let (_, taker) = both_accounts(executed);
                taker.path = batch.state.path(TAKER);
            },
        ),
        forge(
            "a fee account's path of before the trades",
            &batch,
            &[Rule::Membership, Rule::Statement],
            |executed| {
                executed.witness.fee_account.path = batch.state.path(SAMPLE_FEE_ACCOUNT);
            },
        ),
    ]
}

/// Replaces orders by ones that their owners signed, with consequences as before.
fn with_orders(
    name: &'static str,
    breaks: &[Rule],
    change: impl FnOnce(&mut SignedOrder, &mut SignedOrder),
) -> Forgery {
    forge(name, &one_trade(), breaks, |executed| {
        let Step::Trade { trade, .. } = &mut executed.witness.steps[0] else {
            panic!("no trade")
        };
        change(&mut trade.maker, &mut trade.taker);
        for signed in [&mut trade.maker, &mut trade.taker] {
            *signed = signed.order.sign(&sample_key(signed.order.account));
        }
    })
}

fn other_orders() -> Vec<Forgery> {
    vec![
        with_orders(
            "the taker signed for another market",
            &[Rule::Market],
            |_, taker| {
                taker.order.market = 1;
            },
        ),
        with_orders(
            "a market that does not exist",
            &[Rule::Range],
            |maker, taker| {
                (maker.order.market, taker.order.market) = (4, 4);
            },
        ),
        with_orders("a slot that does not exist", &[Rule::Range], |maker, _| {
            maker.order.slot = 4;
        }),
        with_orders(
            "another slot than was signed for",
            &[Rule::Membership],
            |maker, _| {
                maker.order.slot = 1;
            },
        ),
        with_orders(
            "an order of another account",
            &[Rule::Signature, Rule::Statement],
            |maker, _| {
                maker.order.account = 3;
            },
        ),
    ]
}

/// The statement claims something else than the witness.
fn claim(name: &'static str, change: impl FnOnce(&mut Statement)) -> Forgery {
    let mut executed = run(&sample_batch(2));
    change(&mut executed.statement);
    executed.witness.public_input = executed.statement.public_input();
    Forgery {
        name,
        executed,
        breaks: vec![Rule::Statement],
    }
}

/// The new state differs from what follows.
fn result(name: &'static str, change: impl FnOnce(&mut Batch)) -> Forgery {
    let batch = sample_batch(2);
    let mut after = Batch {
        state: run(&batch).state,
        ..batch
    };
    change(&mut after);
    claim(name, |statement| statement.new_root = after.state.root())
}

fn claims() -> Vec<Forgery> {
    let fees = run(&sample_batch(2)).statement.fees;
    vec![
        claim("another old root", |statement| {
            statement.old_root += Fr::from(1u64)
        }),
        claim("no change at all", |statement| {
            statement.new_root = statement.old_root
        }),
        claim("another price", |statement| statement.oracle.prices[1] += 1),
        claim("another funding index", |statement| {
            statement.oracle.funding[3] -= 1
        }),
        claim("another time stamp", |statement| {
            statement.oracle.timestamp -= 1
        }),
        claim("another time", |statement| statement.time += 1),
        claim("lower fees", |statement| statement.fees -= 1),
        claim("another fee account", |statement| statement.fee_account = 3),
        claim("another oracle", |statement| {
            statement.oracle_key = sample_key(1).public();
        }),
        claim("other transactions", |statement| {
            statement.commitment += Fr::from(1u64)
        }),
        result("a micro given", |after| {
            edit(after, 3, |account| account.collateral += 1)
        }),
        result("a micro taken", |after| {
            edit(after, MAKER, |account| account.collateral -= 1)
        }),
        result("fees kept back", |after| {
            edit(after, SAMPLE_FEE_ACCOUNT, |account| {
                account.collateral -= fees
            });
        }),
        result("a fill not recorded", |after| {
            edit(after, MAKER, |account| {
                account.orders[0] = OrderSlot::default()
            });
        }),
        result("lots created", |after| {
            edit(after, TAKER, |account| account.positions[0].size += 1);
        }),
        result("funding not settled", |after| {
            edit(after, TAKER, |account| account.positions[1].funding = 7);
        }),
        result("an account created", |after| {
            after
                .state
                .set(NOBODY, Account::new(sample_key(NOBODY).public()));
        }),
    ]
}

/// The statement lists the transactions in another order.
fn reordered() -> Forgery {
    let executed = run(&sample_batch(2));
    let mut reversed = executed.clone();
    reversed.witness.steps.reverse();
    seal(&mut reversed);
    Forgery {
        name: "transactions in another order",
        executed: Executed {
            witness: Witness {
                public_input: reversed.witness.public_input,
                ..executed.witness
            },
            ..reversed
        },
        breaks: vec![Rule::Statement],
    }
}

pub(super) fn forgeries() -> Vec<Forgery> {
    let mut forgeries = invented_accounts();
    forgeries.extend(created_accounts());
    forgeries.extend(moved_leaves());
    forgeries.extend(other_orders());
    forgeries.extend(claims());
    forgeries.push(reordered());
    forgeries.extend(readings::forgeries());
    forgeries
}

#[test]
fn forgeries_break_the_rules_that_they_go_against() {
    let mut thoroughly = BTreeSet::new();
    for Forgery {
        name,
        executed,
        breaks,
    } in forgeries()
    {
        if thoroughly.insert(breaks.clone()) {
            assert_eq!(broken_by(&executed), breaks, "{name}");
        } else {
            assert_eq!(broken_quickly(&executed), breaks, "{name}");
        }
    }
}

#[test]
fn sealing_leaves_an_honest_witness_honest() {
    let mut executed = run(&sample_batch(2));
    let before = executed.witness.public_input;
    seal(&mut executed);
    assert_eq!(executed.witness.public_input, before);
}
