//! What can be seen from inside only: witnesses that break rules.

use vegalith::CpuBackend;

use super::{prove, ProveOptions};
use crate::circuit::Shape;
use crate::exchange::{execute_ignoring, Rule};
use crate::keys::{KeySource, Keys};
use crate::params::MAX_PRICE_AGE;
use crate::samples::sample_batch;
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
