//! No variable is free: changing any one of an honest witness breaks a constraint.
//!
//! This finds variables that nothing constrains. It does not find sets of variables that are free
//! together.

use ark_ff::{AdditiveGroup, Field};
use ark_relations::gr1cs::R1CS_PREDICATE_LABEL;

use super::*;
use crate::samples::{sample_batch, sample_mixed_batch};

type Row = Vec<(Fr, usize)>;

fn value(row: &Row, assignment: &[Fr]) -> Fr {
    row.iter().map(|(c, v)| *c * assignment[*v]).sum()
}

/// Variables (instance first) that can take another value, by one trial each.
fn free(executed: &Executed) -> Vec<usize> {
    let (cs, broken) = BatchCircuit::new(executed).synthesize().unwrap();
    assert_eq!(broken, []);
    let matrices = &cs.to_matrices().unwrap()[R1CS_PREDICATE_LABEL];
    let cs = cs.borrow().unwrap();
    let mut assignment = cs.instance_assignment().unwrap().to_vec();
    assignment.extend_from_slice(cs.witness_assignment().unwrap());
    let mut uses = vec![Vec::new(); assignment.len()];
    for row in 0..matrices[0].len() {
        for (_, variable) in matrices.iter().flat_map(|matrix| &matrix[row]) {
            uses[*variable].push(row);
        }
    }
    (1..assignment.len())
        .filter(|variable| {
            let honest = assignment[*variable];
            assignment[*variable] = if honest == Fr::ZERO {
                Fr::ONE
            } else {
                honest + honest
            };
            let [a, b, c] = [0, 1, 2].map(|k| &matrices[k]);
            let caught = uses[*variable].iter().any(|row| {
                value(&a[*row], &assignment) * value(&b[*row], &assignment)
                    != value(&c[*row], &assignment)
            });
            assignment[*variable] = honest;
            !caught
        })
        .collect()
}

#[test]
fn every_variable_is_constrained() {
    const NONE: [usize; 0] = [];
    // The inverse that is_zero asks for is free where the number is zero: when an order is the one that its
    // slot holds already. In the first trade both orders are new; in the second the maker's is not.
    assert_eq!(free(&run(&sample_batch(1))), NONE);
    assert_eq!(free(&run(&sample_batch(2))).len(), 1);
    assert_eq!(free(&run(&sample_mixed_batch())), NONE);
}
