//! Every rule of the executor is one of the circuit.

use std::collections::BTreeSet;

use super::*;
use crate::exchange::execute_ignoring;
use crate::exchange::tests::cases::{cases, RULES};
use crate::exchange::tests::edges::edges;
use crate::samples::{sample_batch, sample_mixed_batch};

#[test]
fn a_witness_that_breaks_a_rule_satisfies_every_constraint_but_the_rules() {
    let (mut alone, mut thoroughly) = (BTreeSet::new(), BTreeSet::new());
    for case in cases() {
        if case.breaks.is_empty() {
            continue;
        }
        let executed = execute_ignoring(&case.batch, case.breaks.iter().copied())
            .unwrap_or_else(|refusal| panic!("{}: {refusal}", case.name));
        let mut expected = case.breaks.clone();
        expected.sort();
        if thoroughly.insert(expected.clone()) {
            assert_eq!(broken_by(&executed), expected, "{}", case.name);
        } else {
            assert_eq!(broken_quickly(&executed), expected, "{}", case.name);
        }
        if let [rule] = case.breaks[..] {
            alone.insert(rule);
        }
    }
    alone.extend(
        forged::forgeries()
            .iter()
            .filter_map(|forgery| match forgery.breaks[..] {
                [rule] => Some(rule),
                _ => None,
            }),
    );
    for rule in RULES {
        assert!(alone.contains(&rule), "no witness breaks {rule:?} alone");
    }
}

#[test]
fn what_only_just_keeps_to_the_rules_satisfies() {
    for (name, batch) in edges() {
        assert_eq!(broken_quickly(&run(&batch)), [], "{name}");
    }
}

#[test]
fn samples_satisfy() {
    assert_eq!(broken_by(&run(&sample_batch(4))), []);
    assert_eq!(broken_by(&run(&sample_mixed_batch())), []);
}
