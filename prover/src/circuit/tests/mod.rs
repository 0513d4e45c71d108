//! The circuit against the executor's rules.
//!
//! * `rules`: each case that the executor refuses leaves constraints of its rule, and of no other,
//!   unsatisfied; each edge satisfies.
//! * `forged`: witnesses that no executor makes.
//! * `readings`: leaves and messages read in another way than they were written.
//! * `lies`: provers who lie in the bits that they may choose.
//! * `coverage`: each assertion of the circuit is what stops one of all these.
//! * `gadgets`: range checks, point checks and reductions on values near the modulus.
//! * `variables`: no variable is free.
//! * `random`: executor and circuit agree on random batches and random `changes`.

mod changes;
mod coverage;
mod forged;
mod gadgets;
mod lies;
mod random;
mod readings;
mod rules;
mod variables;

use super::*;
use crate::exchange::{execute, AccountWitness, Batch, Kind};

/// Rules that the witness breaks; the constraint system agrees that there are some, or none.
fn broken(circuit: &BatchCircuit) -> Vec<Rule> {
    let (cs, broken) = circuit.synthesize().unwrap();
    assert_eq!(cs.is_satisfied().unwrap(), broken.is_empty(), "{broken:?}");
    broken
}

fn broken_by(executed: &Executed) -> Vec<Rule> {
    broken(&BatchCircuit::new(executed))
}

/// A builder that keeps values but no matrices.
fn builder() -> Builder {
    let cs = ConstraintSystem::new_ref();
    cs.set_mode(SynthesisMode::Prove {
        construct_matrices: false,
        generate_lc_assignments: false,
    });
    Builder::new(cs)
}

/// As [`broken`] without asking the constraint system, which takes ten times as long.
fn broken_quickly(executed: &Executed) -> Vec<Rule> {
    let mut b = builder();
    synthesize(&mut b, &executed.witness).unwrap();
    b.broken().iter().copied().collect()
}

fn run(batch: &Batch) -> Executed {
    execute(batch).unwrap_or_else(|refusal| panic!("{refusal}"))
}

#[test]
fn one_trade_fits_2_15() {
    let count = breakdown(&Shape::trades(1).unwrap()).unwrap();
    // The domain holds the constraints and the two instance variables.
    assert!(count.total() + 2 <= 1 << 15, "{count:?}");
    let two = breakdown(&Shape::trades(2).unwrap()).unwrap();
    assert!(two.total() - count.total() < 1 << 15);
}
