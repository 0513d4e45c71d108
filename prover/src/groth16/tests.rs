//! What can be seen from inside only: witnesses that break rules, and the randomness of each witness.

use vegalith::CpuBackend;

use super::{prove, ProveOptions, Randomness};
use crate::circuit::{BatchCircuit, Shape};
use crate::exchange::tests::setting::{one_deposit, MAKER};
use crate::exchange::{execute, execute_ignoring, Rule};
use crate::keys::{KeySource, Keys};
use crate::params::MAX_PRICE_AGE;
use crate::samples::{sample_batch, sample_oracle_key};
use crate::Error;

#[test]
fn a_witness_that_breaks_a_rule_is_refused_before_any_job() {
    let mut batch = sample_batch(1);
    batch.time = batch.oracle.oracle.timestamp + MAX_PRICE_AGE + 1;
    let executed = execute_ignoring(&batch, Some(Rule::PriceAge)).unwrap();
    let keys = Keys::generate(&Shape::of(&executed), KeySource::Test, None).unwrap();
    let begun = std::cell::Cell::new(0);
    let listener = |_: &super::Progress<'_>| begun.set(begun.get() + 1);
    let options = ProveOptions {
        progress: Some(&listener),
        ..Default::default()
    };
    let error = prove(&keys, &executed, &CpuBackend::new(), &options).unwrap_err();
    assert!(
        matches!(&error, Error::Unsatisfied(rules) if rules == &[Rule::PriceAge]),
        "{error}"
    );
    // The synthesis began and ended, and nothing else.
    assert_eq!(begun.get(), 2);
}

/// The oracle signs its word twice: the same public input, another witness. With r and s of the one for the
/// other, A of the one proof less A of the other is a combination of the difference alone.
#[test]
fn two_witnesses_of_one_public_input_do_not_share_randomness() {
    let batch = one_deposit(MAKER);
    let mut again = batch.clone();
    let key = sample_oracle_key().with_other_nonces();
    again.oracle = batch.oracle.oracle.sign(&key);
    assert_ne!(again.oracle.signature, batch.oracle.signature);
    let [one, other] = [batch, again].map(|batch| execute(&batch).unwrap());
    assert_eq!(one.statement, other.statement);

    let seed = Randomness::Seed(3);
    let draw = |executed| {
        let (z, broken) = BatchCircuit::new(executed).assign().unwrap();
        assert_eq!(broken, []);
        seed.draw(&z).unwrap()
    };
    let (r, s) = draw(&one);
    let (other_r, other_s) = draw(&other);
    assert!(r != other_r && s != other_s);

    // These are what the prover takes.
    let keys = Keys::generate(&Shape::of(&one), KeySource::Test, None).unwrap();
    let proof = |randomness| {
        let options = ProveOptions {
            randomness,
            ..Default::default()
        };
        prove(&keys, &one, &CpuBackend::new(), &options).unwrap().0
    };
    assert_eq!(proof(seed), proof(Randomness::Fixed { r, s }));
}
