//! Batches and keys that tests share; keys are made once a shape.

use std::sync::OnceLock;

use ark_bn254::{Bn254, Fr};
use ark_groth16::Groth16;
use vegalith_prover::{
    execute, sample_batch, sample_key, BatchCircuit, Deposit, Executed, KeySource, Keys, Proof,
    ProveOptions, Randomness, Shape, Transaction, Withdrawal,
};

fn executed(transactions: Vec<Transaction>) -> Executed {
    let mut batch = sample_batch(1);
    batch.transactions = transactions;
    execute(&batch).unwrap()
}

/// A deposit that opens an account.
fn opening() -> Transaction {
    Transaction::Deposit(Deposit {
        account: 77,
        key: sample_key(77).public(),
        amount: 5_000_000,
    })
}

/// The smallest circuit that there is.
pub fn deposit() -> Executed {
    executed(vec![opening()])
}

/// A deposit and a withdrawal.
pub fn transfers() -> Executed {
    let withdrawal = Withdrawal::sign(3, 1_000_000, 0, &sample_key(3));
    executed(vec![opening(), Transaction::Withdrawal(withdrawal)])
}

pub fn one_trade() -> Executed {
    execute(&sample_batch(1)).unwrap()
}

fn keys_of(letters: &str) -> Keys {
    Keys::generate(
        &Shape::from_letters(letters).unwrap(),
        KeySource::Test,
        None,
    )
    .unwrap()
}

pub fn deposit_keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| keys_of("d"))
}

pub fn transfer_keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| keys_of("dw"))
}

pub fn trade_keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| keys_of("t"))
}

pub fn fixed(r: u64, s: u64) -> ProveOptions<'static> {
    ProveOptions {
        randomness: Randomness::Fixed {
            r: Fr::from(r),
            s: Fr::from(s),
        },
        ..Default::default()
    }
}

/// The proof that arkworks makes.
pub fn reference(keys: &Keys, executed: &Executed, r: u64, s: u64) -> Proof {
    Groth16::<Bn254>::create_proof_with_reduction(
        BatchCircuit::new(executed),
        &keys.to_proving_key(),
        Fr::from(r),
        Fr::from(s),
    )
    .unwrap()
}
