//! The exchange: accounts in a tree, transactions, and the executor that applies batches.

mod account;
mod executor;
mod margin;
mod oracle;
mod refusal;
mod state;
mod statement;
#[cfg(test)]
pub(crate) mod tests;
mod transaction;
mod tree;

pub use account::{Account, OrderSlot, Position};
#[cfg(test)]
pub(crate) use executor::execute_ignoring;
pub use executor::{execute, Executed};
pub(crate) use executor::{AccountWitness, Step, Witness};
pub use oracle::{Oracle, SignedOracle};
pub use refusal::{Item, Reason, Refusal, Rule};
pub use state::State;
pub use statement::Statement;
pub use transaction::{
    Batch, Deposit, Kind, Order, Side, SignedOrder, Trade, Transaction, Withdrawal,
};
#[cfg(test)]
pub(crate) use tree::Tree;
pub(crate) use tree::{Path, EMPTY_LEAF};

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

/// Σ of value · 2^(widths before it): the first value in the lowest bits. With every value below
/// 2^width and 253 bits in all, no two lists give the same element.
pub(crate) fn pack(values: impl IntoIterator<Item = (Fr, usize)>) -> Fr {
    let mut sum = Fr::ZERO;
    let mut weight = Fr::ONE;
    for (value, bits) in values {
        sum += value * weight;
        weight *= power_of_two(bits);
    }
    sum
}

/// 2^bits.
pub(crate) fn power_of_two(bits: usize) -> Fr {
    Fr::from(2u64).pow([bits as u64])
}

/// A signed value shifted into 0..2^bits.
pub(crate) fn offset(value: i128, bits: usize) -> Fr {
    Fr::from(value) + power_of_two(bits - 1)
}

/// Whether 0 ≤ value < 2^bits.
pub(crate) fn fits(value: i128, bits: usize) -> bool {
    value >= 0 && value >> bits == 0
}

/// Whether −2^(bits−1) ≤ value < 2^(bits−1).
pub(crate) fn fits_signed(value: i128, bits: usize) -> bool {
    let shifted = value >> (bits - 1);
    shifted == 0 || shifted == -1
}
