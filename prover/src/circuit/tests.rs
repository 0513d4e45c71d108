use super::*;
use crate::exchange::{execute, execute_ignoring};
use crate::samples::sample_batch;

#[test]
fn one_trade_fits_2_15() {
    let shape = Shape::trades(1).unwrap();
    let count = breakdown(&shape).unwrap();
    println!("{count:?} total {}", count.total());
    let two = breakdown(&Shape::trades(2).unwrap()).unwrap();
    println!("a further trade: {}", two.total() - count.total());
    assert!(count.total() + 2 <= 1 << 15);
}

#[test]
fn honest_batches_satisfy() {
    let executed = execute(&sample_batch(2)).unwrap();
    let (cs, broken) = BatchCircuit::new(&executed).synthesize().unwrap();
    assert_eq!(broken, []);
    assert!(cs.is_satisfied().unwrap());
}

#[test]
fn stale_prices_break_their_rule_and_no_other() {
    let mut batch = sample_batch(1);
    batch.time = batch.oracle.oracle.timestamp + MAX_PRICE_AGE + 1;
    assert!(execute(&batch).is_err());
    let executed = execute_ignoring(&batch, Some(Rule::PriceAge)).unwrap();
    let (cs, broken) = BatchCircuit::new(&executed).synthesize().unwrap();
    assert_eq!(broken, [Rule::PriceAge]);
    assert!(!cs.is_satisfied().unwrap());
}
