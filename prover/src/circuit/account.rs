//! Accounts in constraints: leaves taken apart and put together.

use ark_bn254::Fr;
use ark_relations::gr1cs::SynthesisError;

use super::builder::{Builder, Num, Section};
use super::edwards::Point;
use super::poseidon::hash;
use super::tree;
use super::Context;
use crate::exchange::{power_of_two, Account, AccountWitness, Rule, EMPTY_LEAF};
use crate::params::{
    ACCOUNT_BITS, COLLATERAL_BITS, FUNDING_BITS, NONCE_BITS, NUM_MARKETS, ORDER_NONCE_BITS,
    POSITION_BITS, SIZE_BITS,
};
use crate::poseidon::Domain;

type Result<T = ()> = std::result::Result<T, SynthesisError>;

/// Bits of the balances above the collateral.
const REST_BITS: usize = NUM_MARKETS * POSITION_BITS + NONCE_BITS;

/// Balances of an account that holds nothing, above the collateral.
fn rest_of_nothing() -> Fr {
    Account::new(crate::eddsa::PublicKey::generator()).rest_of_balances()
}

/// An account's fields, each in its range.
pub(crate) struct AccountVar {
    pub index_bits: Vec<Num>,
    pub key: Point,
    pub collateral: Num,
    pub nonce: Num,
    pub sizes: Vec<Num>,
    /// Whether each size is ≥ 0.
    pub long: Vec<Num>,
    pub funding: Vec<Num>,
    pub slot_nonces: Vec<Num>,
    pub slot_fills: Vec<Num>,
    /// The leaf that these fields make.
    pub leaf: Num,
}

fn leaf(b: &mut Builder, key: &Point, balances: Num, funding: Num, slots: Num) -> Result<Num> {
    b.enter(Rule::Membership, Section::Tree);
    let inputs = [key.x.clone(), key.y.clone(), balances, funding, slots];
    hash(b, Domain::Account, &inputs)
}

fn balances(collateral: &Num, rest: &Num) -> Num {
    let shifted = collateral.add_constant(power_of_two(COLLATERAL_BITS - 1));
    Num::pack([(&shifted, COLLATERAL_BITS), (rest, REST_BITS)])
}

fn rest_of_balances(sizes: &[Num], nonce: &Num) -> Num {
    let shifted: Vec<Num> = sizes
        .iter()
        .map(|size| size.add_constant(power_of_two(POSITION_BITS - 1)))
        .collect();
    let sizes = shifted.iter().map(|size| (size, POSITION_BITS));
    Num::pack(sizes.chain([(nonce, NONCE_BITS)]))
}

/// Funding indices side by side, each shifted to be positive.
pub(crate) fn pack_funding(indices: &[Num]) -> Num {
    let shifted: Vec<Num> = indices
        .iter()
        .map(|index| index.add_constant(power_of_two(FUNDING_BITS - 1)))
        .collect();
    Num::pack(shifted.iter().map(|index| (index, FUNDING_BITS)))
}

fn pack_slots(nonces: &[Num], fills: &[Num]) -> Num {
    Num::pack(
        nonces
            .iter()
            .zip(fills)
            .flat_map(|(nonce, fill)| [(nonce, ORDER_NONCE_BITS), (fill, SIZE_BITS)]),
    )
}

fn index_bits(b: &mut Builder, index: u32) -> Result<Vec<Num>> {
    (0..ACCOUNT_BITS)
        .map(|bit| b.bit(index >> bit & 1 == 1))
        .collect()
}

impl AccountVar {
    /// All fields of an existing account, with their ranges and leaf.
    pub(crate) fn open(b: &mut Builder, witness: &AccountWitness) -> Result<Self> {
        b.enter(Rule::Range, Section::Range);
        let account = &witness.account;
        let key = Point::witness(b, &account.key.0)?;
        let collateral = b.witness(Fr::from(account.collateral))?;
        b.signed_range(&collateral, COLLATERAL_BITS)?;
        let nonce = b.witness(Fr::from(account.nonce))?;
        b.range(&nonce, NONCE_BITS)?;
        let (mut sizes, mut long, mut funding) = (Vec::new(), Vec::new(), Vec::new());
        for position in &account.positions {
            let size = b.witness(Fr::from(position.size))?;
            long.push(b.signed_range(&size, POSITION_BITS)?);
            sizes.push(size);
            let index = b.witness(Fr::from(position.funding))?;
            b.signed_range(&index, FUNDING_BITS)?;
            funding.push(index);
        }
        let (mut slot_nonces, mut slot_fills) = (Vec::new(), Vec::new());
        for slot in &account.orders {
            let nonce = b.witness(Fr::from(slot.nonce))?;
            b.range(&nonce, ORDER_NONCE_BITS)?;
            slot_nonces.push(nonce);
            let filled = b.witness(Fr::from(slot.filled))?;
            b.range(&filled, SIZE_BITS)?;
            slot_fills.push(filled);
        }
        let index_bits = index_bits(b, witness.index)?;
        let mut var = AccountVar {
            index_bits,
            key,
            collateral,
            nonce,
            sizes,
            long,
            funding,
            slot_nonces,
            slot_fills,
            leaf: Num::zero(),
        };
        var.leaf = var.hash(b, pack_funding(&var.funding))?;
        Ok(var)
    }

    fn hash(&self, b: &mut Builder, funding: Num) -> Result<Num> {
        leaf(
            b,
            &self.key,
            balances(
                &self.collateral,
                &rest_of_balances(&self.sizes, &self.nonce),
            ),
            funding,
            pack_slots(&self.slot_nonces, &self.slot_fills),
        )
    }

    /// The index as a number.
    pub(crate) fn index(&self) -> Num {
        Num::of_bits(&self.index_bits)
    }

    /// Pays funding up to the batch's indices.
    pub(crate) fn settle_funding(&mut self, b: &mut Builder, context: &Context) -> Result {
        b.enter(Rule::Margin, Section::Margin);
        for ((size, settled), index) in self.sizes.iter().zip(&self.funding).zip(&context.funding) {
            let payment = b.mul(size, &index.sub(settled))?;
            self.collateral = self.collateral.sub(&payment);
        }
        self.funding = context.funding.clone();
        Ok(())
    }

    /// The account's place in the tree takes the fields as they are now (in their ranges, which
    /// is the caller's to see to); the batch goes on from the new root.
    pub(crate) fn store(
        &self,
        b: &mut Builder,
        context: &mut Context,
        witness: &AccountWitness,
    ) -> Result {
        let new_leaf = self.hash(b, context.packed_funding.clone())?;
        context.root = tree::replace(
            b,
            &self.index_bits,
            &witness.path,
            &context.root,
            &self.leaf,
            &new_leaf,
        )?;
        Ok(())
    }
}

/// Adds to an account's collateral; everything else about the account stays. Gives the account's
/// index and key. Where `may_create`, the account may be one that did not exist.
pub(crate) fn credit(
    b: &mut Builder,
    context: &mut Context,
    witness: &AccountWitness,
    amount: &Num,
    may_create: bool,
) -> Result<(Num, Point)> {
    b.enter(Rule::Range, Section::Range);
    let account = &witness.account;
    let index_bits = index_bits(b, witness.index)?;
    let key = Point::witness(b, &account.key.0)?;
    let collateral = b.witness(Fr::from(account.collateral))?;
    b.signed_range(&collateral, COLLATERAL_BITS)?;
    let rest = b.witness(account.rest_of_balances())?;
    b.range(&rest, REST_BITS)?;
    let funding = b.witness(account.funding())?;
    let slots = b.witness(account.slots())?;
    let mut old_leaf = leaf(
        b,
        &key,
        balances(&collateral, &rest),
        funding.clone(),
        slots.clone(),
    )?;
    if may_create {
        b.enter(Rule::Membership, Section::Rest);
        let exists = b.choice(witness.exists)?;
        let fresh = exists.not();
        old_leaf = b.select(&exists, &old_leaf, &Num::constant(EMPTY_LEAF))?;
        let nothing = pack_funding(&vec![Num::zero(); NUM_MARKETS]);
        for (held, empty) in [
            (&collateral, Num::zero()),
            (&rest, Num::constant(rest_of_nothing())),
            (&funding, nothing),
            (&slots, Num::zero()),
        ] {
            b.enforce(&fresh, &held.sub(&empty), &Num::zero())?;
        }
    }
    b.enter(Rule::CollateralRange, Section::Range);
    let credited = collateral.add(amount);
    b.signed_range(&credited, COLLATERAL_BITS)?;
    let new_leaf = leaf(b, &key, balances(&credited, &rest), funding, slots)?;
    context.root = tree::replace(
        b,
        &index_bits,
        &witness.path,
        &context.root,
        &old_leaf,
        &new_leaf,
    )?;
    Ok((Num::of_bits(&index_bits), key))
}
