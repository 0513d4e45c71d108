//! All accounts with their tree.

use std::collections::BTreeMap;

use ark_bn254::Fr;

use super::tree::{Path, Tree};
use super::Account;
use crate::params::MAX_ACCOUNTS;

/// The accounts of the exchange by index.
#[derive(Clone, Debug, Default)]
pub struct State {
    accounts: BTreeMap<u32, Account>,
    tree: Tree,
}

impl State {
    /// The state without accounts.
    pub fn new() -> Self {
        State::default()
    }

    /// The account of an index.
    pub fn account(&self, index: u32) -> Option<&Account> {
        self.accounts.get(&index)
    }

    /// All accounts in the order of their indices.
    pub fn accounts(&self) -> impl Iterator<Item = (u32, &Account)> {
        self.accounts
            .iter()
            .map(|(index, account)| (*index, account))
    }

    /// Root of the account tree.
    pub fn root(&self) -> Fr {
        self.tree.root()
    }

    /// Adds an account to a state that is being made.
    ///
    /// # Errors
    /// What is wrong: the index is taken or too large, the key is invalid, a field is out of range.
    pub fn insert(&mut self, index: u32, account: Account) -> Result<(), String> {
        if index >= MAX_ACCOUNTS {
            return Err(format!("index {index}: expected below {MAX_ACCOUNTS}"));
        }
        if self.accounts.contains_key(&index) {
            return Err(format!("index {index} occurs twice"));
        }
        if !account.key.is_valid() {
            return Err("key is no point of prime order".into());
        }
        if let Some(field) = account.out_of_range() {
            return Err(format!("{field} is out of range"));
        }
        self.set(index, account);
        Ok(())
    }

    pub(crate) fn set(&mut self, index: u32, account: Account) {
        self.tree.set(index, account.leaf());
        self.accounts.insert(index, account);
    }

    pub(crate) fn path(&self, index: u32) -> Path {
        self.tree.path(index)
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.accounts == other.accounts
    }
}

impl Eq for State {}
