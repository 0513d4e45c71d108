//! Provers who lie where they may choose: whether a position shrank, whether its ratio counts, whether an
//! account is new.

use super::*;
use crate::exchange::execute_ignoring;
use crate::exchange::tests::cases::cases;
use crate::exchange::tests::edges::margins;

/// Rules that are broken if the prover's choices are the opposite of the honest ones where the bits
/// of `lies` say so.
fn broken_with_lies(executed: &Executed, lies: u32, choices: usize) -> Vec<Rule> {
    let mut b = builder();
    b.lies = (0..choices).map(|k| lies >> k & 1 == 1).collect();
    synthesize(&mut b, &executed.witness).unwrap();
    assert!(b.lies.is_empty(), "there are {choices} choices");
    b.broken().iter().copied().collect()
}

/// Choices of a batch of one transaction.
fn choices(executed: &Executed) -> usize {
    match executed.kinds()[..] {
        // Whether the account exists.
        [Kind::Deposit] => 1,
        // For each side whether the position shrank and whether its ratio counts.
        [Kind::Trade] => 4,
        [Kind::Withdrawal] => 0,
        _ => panic!("more than one transaction"),
    }
}

/// Whether it says that its position shrank or not, that its ratio counts or not, that the account is
/// new or not: a prover gains nothing.
#[test]
fn lies_do_not_help() {
    for case in cases() {
        let rule = case.refusal.reason.rule();
        let chosen = [Rule::Key, Rule::Margin, Rule::PositionRange].contains(&rule);
        if !chosen || case.breaks.is_empty() || case.batch.transactions.len() > 1 {
            continue;
        }
        let executed = execute_ignoring(&case.batch, case.breaks.iter().copied()).unwrap();
        let choices = choices(&executed);
        for lies in 0..1 << choices {
            let broken = broken_with_lies(&executed, lies, choices);
            assert!(
                broken.contains(&rule),
                "{}: {lies:b} breaks {broken:?}",
                case.name
            );
        }
    }
}

/// An honest batch proves one result, whatever the prover says.
#[test]
fn lies_about_honest_batches_are_harmless_or_broken() {
    let mut harmless = 0;
    for (name, batch) in margins() {
        let executed = run(&batch);
        let choices = choices(&executed);
        for lies in 1..1 << choices {
            let broken = broken_with_lies(&executed, lies, choices);
            harmless += usize::from(broken.is_empty());
            // What is proved is the same public input, which the witness fixes.
            let expected = [Rule::Membership, Rule::Margin];
            assert!(
                broken.iter().all(|rule| expected.contains(rule)),
                "{name}: {broken:?}"
            );
        }
    }
    // Saying that a position did not shrink asks for more margin and may hold.
    assert!(harmless > 0);
}
