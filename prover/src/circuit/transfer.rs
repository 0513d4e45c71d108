//! Deposits and withdrawals in constraints.

use ark_bn254::Fr;
use ark_ff::Field;
use ark_relations::gr1cs::SynthesisError;

use super::account::{credit, AccountVar};
use super::builder::{Builder, Num, Section};
use super::edwards::Point;
use super::margin::Standing;
use super::poseidon::hash;
use super::signature::verify;
use super::Context;
use crate::exchange::{AccountWitness, Deposit, Rule, Withdrawal};
use crate::params::{ACCOUNT_BITS, AMOUNT_BITS, COLLATERAL_BITS, NONCE_BITS};
use crate::poseidon::Domain;

type Result<T = ()> = std::result::Result<T, SynthesisError>;

fn amount(b: &mut Builder, amount: i128) -> Result<Num> {
    b.enter(Rule::Range, Section::Range);
    let amount = b.witness(Fr::from(amount))?;
    b.range(&amount, AMOUNT_BITS)?;
    b.enter(Rule::NonZero, Section::Rest);
    b.not_zero(&amount)?;
    Ok(amount)
}

/// Enforces a deposit and advances the batch over it.
pub(crate) fn deposit(
    b: &mut Builder,
    context: &mut Context,
    deposit: &Deposit,
    witness: &AccountWitness,
) -> Result {
    let amount = amount(b, deposit.amount)?;
    let (index, account_key) = credit(b, context, witness, &amount, true)?;
    b.enter(Rule::Key, Section::Rest);
    let key = Point::witness(b, &deposit.key.0)?;
    key.of_prime_order(b, &deposit.key.0)?;
    key.equal(b, &account_key)?;
    b.enter(Rule::Statement, Section::Rest);
    let packed = Num::pack([(&index, ACCOUNT_BITS), (&amount, AMOUNT_BITS)]);
    let inputs = [
        context.commitment.clone(),
        key.x,
        key.y,
        packed,
        Num::zero(),
    ];
    context.commitment = hash(b, Domain::CommitDeposit, &inputs)?;
    Ok(())
}

/// Enforces a withdrawal and advances the batch over it.
pub(crate) fn withdraw(
    b: &mut Builder,
    context: &mut Context,
    withdrawal: &Withdrawal,
    witness: &AccountWitness,
) -> Result {
    let amount = amount(b, withdrawal.amount)?;
    let mut account = AccountVar::open(b, witness)?;
    b.enter(Rule::Nonce, Section::Range);
    let nonce = b.witness(Fr::from(withdrawal.nonce))?;
    b.equal(&nonce, &account.nonce)?;
    b.enter(Rule::Range, Section::Range);
    account.nonce = account.nonce.add_constant(Fr::ONE);
    b.range(&account.nonce, NONCE_BITS)?;
    let message = Num::pack([
        (&account.index(), ACCOUNT_BITS),
        (&amount, AMOUNT_BITS),
        (&nonce, NONCE_BITS),
    ]);
    verify(
        b,
        Domain::Withdrawal,
        &account.key,
        &witness.account.key,
        std::slice::from_ref(&message),
        &withdrawal.signature,
    )?;
    account.settle_funding(b, context)?;
    account.collateral = account.collateral.sub(&amount);
    b.enter(Rule::CollateralRange, Section::Range);
    b.signed_range(&account.collateral, COLLATERAL_BITS)?;
    Standing::new(b, &account, &context.prices)?.covers_initial(b)?;
    account.store(b, context, witness)?;
    b.enter(Rule::Statement, Section::Rest);
    let zero = Num::zero();
    let inputs = [
        context.commitment.clone(),
        message,
        zero.clone(),
        zero.clone(),
        zero,
    ];
    context.commitment = hash(b, Domain::CommitWithdrawal, &inputs)?;
    Ok(())
}
