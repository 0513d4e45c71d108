use super::*;
use crate::exchange::execute;
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
