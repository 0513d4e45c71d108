//! An account and its leaf in the tree.
//!
//! Leaf = Poseidon(key.x, key.y, balances, funding, orders), lowest bits first:
//! * balances: collateral + 2⁶³ (64), each position + 2³² (33), withdrawal nonce (32): 228 bits;
//! * funding: each position's funding index + 2⁴⁸ (49): 196 bits;
//! * orders: each slot's order nonce (30) and filled size (32): 248 bits.
//!
//! Collateral is cash: a purchase pays its notional out of it, so it carries each position's
//! cost basis and may be negative; what counts is collateral + Σ size · price.

use ark_bn254::Fr;

use super::{fits, fits_signed, offset, pack};
use crate::eddsa::PublicKey;
use crate::params::{
    COLLATERAL_BITS, FUNDING_BITS, NONCE_BITS, NUM_MARKETS, ORDER_NONCE_BITS, ORDER_SLOTS,
    POSITION_BITS, SIZE_BITS,
};
use crate::poseidon::{hash, Domain};

/// A trader's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who signs orders and withdrawals.
    pub key: PublicKey,
    /// Cash in micros; −2⁶³ ≤ collateral < 2⁶³.
    pub collateral: i128,
    /// Number of withdrawals so far; the next one carries it.
    pub nonce: u64,
    /// One position a market.
    pub positions: [Position; NUM_MARKETS],
    /// Fills of the orders last seen.
    pub orders: [OrderSlot; ORDER_SLOTS],
}

/// A perpetual position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// Lots, negative if short; −2³² ≤ size < 2³².
    pub size: i128,
    /// The market's funding index up to which funding has been settled.
    pub funding: i128,
}

/// How far the order with the highest nonce of its slot is filled. An order names its slot; one
/// with a higher nonce replaces the slot's order and starts unfilled, one with a lower nonce is
/// dead. Signing another order with the same nonce and slot shares the filled size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderSlot {
    /// Nonce of the order; below 2³⁰.
    pub nonce: u64,
    /// Lots filled; below 2³².
    pub filled: u64,
}

impl Account {
    /// An account that holds nothing.
    pub fn new(key: PublicKey) -> Self {
        Account {
            key,
            collateral: 0,
            nonce: 0,
            positions: Default::default(),
            orders: Default::default(),
        }
    }

    /// The field that is out of its range, if one is.
    pub fn out_of_range(&self) -> Option<&'static str> {
        if !fits_signed(self.collateral, COLLATERAL_BITS) {
            return Some("collateral");
        }
        if !fits(i128::from(self.nonce), NONCE_BITS) {
            return Some("nonce");
        }
        for position in &self.positions {
            if !fits_signed(position.size, POSITION_BITS) {
                return Some("position size");
            }
            if !fits_signed(position.funding, FUNDING_BITS) {
                return Some("position funding");
            }
        }
        for slot in &self.orders {
            if !fits(i128::from(slot.nonce), ORDER_NONCE_BITS) {
                return Some("order nonce");
            }
            if !fits(i128::from(slot.filled), SIZE_BITS) {
                return Some("order filled");
            }
        }
        None
    }

    /// Pays funding up to the indices: size · (index − settled index) a market.
    pub(crate) fn settle_funding(&mut self, indices: &[i128; NUM_MARKETS]) {
        for (position, index) in self.positions.iter_mut().zip(indices) {
            self.collateral -= position.size * (index - position.funding);
            position.funding = *index;
        }
    }

    /// Positions and nonce: what [`Account::balances`] holds above the collateral.
    pub(crate) fn rest_of_balances(&self) -> Fr {
        let positions = self
            .positions
            .iter()
            .map(|p| (offset(p.size, POSITION_BITS), POSITION_BITS));
        pack(positions.chain([(Fr::from(self.nonce), NONCE_BITS)]))
    }

    pub(crate) fn balances(&self) -> Fr {
        pack([
            (offset(self.collateral, COLLATERAL_BITS), COLLATERAL_BITS),
            (self.rest_of_balances(), 0),
        ])
    }

    pub(crate) fn funding(&self) -> Fr {
        pack(
            self.positions
                .iter()
                .map(|p| (offset(p.funding, FUNDING_BITS), FUNDING_BITS)),
        )
    }

    pub(crate) fn slots(&self) -> Fr {
        pack(self.orders.iter().flat_map(|slot| {
            [
                (Fr::from(slot.nonce), ORDER_NONCE_BITS),
                (Fr::from(slot.filled), SIZE_BITS),
            ]
        }))
    }

    /// The leaf.
    pub(crate) fn leaf(&self) -> Fr {
        hash(
            Domain::Account,
            &[
                self.key.x(),
                self.key.y(),
                self.balances(),
                self.funding(),
                self.slots(),
            ],
        )
    }
}
