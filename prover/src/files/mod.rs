//! Batches and states as JSON files.
//!
//! Reading checks everything that concerns one value alone: its type, its range, keys and signature
//! points on their curve and in their subgroup, unknown and missing and repeated fields, an
//! account that occurs twice. What is wrong is named by its path, `transactions[2].maker.price`.
//! Whether the batch keeps to the rules is for [`execute`](crate::execute) to say.
//!
//! Integers are JSON integers, never fractions; what may exceed 2⁵³ (collateral, amounts and
//! fees) is a string with a decimal number. Writing replaces a file at once or not at all.

mod bounded;
mod format;
mod number;

use std::collections::HashSet;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::exchange::{Batch, State, Transaction};
use crate::json;
use crate::params::MAX_TRANSACTIONS;
use format::{
    AccountFormat, AnyTransaction, BatchFormat, DepositFormat, KindFormat, StateFormat,
    TradeFormat, WithdrawalFormat,
};

/// Version of the format of batch and state files.
const VERSION: u64 = 1;
/// Bytes of a batch or state file at most.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

impl Batch {
    /// Reads a batch file: one JSON object with
    ///
    /// * `version`: 1;
    /// * `time`, `fee_account`: as the fields of [`Batch`];
    /// * `oracle`: `key`, `prices`, `funding` (arrays with a value a market), `timestamp`, `signature`;
    /// * `transactions`: objects whose `kind` is `deposit` (`account`, `key`, `amount`), `trade`
    ///   (`size`, `price`, `maker_fee`, `taker_fee`, and two orders `maker` and `taker` with the fields of
    ///   [`Order`](crate::Order), the `side` being `buy` or `sell`, and a `signature`) or `withdrawal`
    ///   (`account`, `amount`, `nonce`, `signature`);
    /// * `state`: an object with `accounts`: objects with `index` and the fields of
    ///   [`Account`](crate::Account).
    ///
    /// Integers are JSON integers; `collateral`, amounts and fees are strings with a decimal number; keys and
    /// signatures are hexadecimal ([`PublicKey`](crate::PublicKey), [`Signature`](crate::Signature)).
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read, [`Error::Malformed`] with the path of the value at fault
    /// and what was expected and found.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let file = Source::read(path.as_ref())?;
        let format: BatchFormat<Box<RawValue>> = file.parse(&file.text, "")?;
        if format.transactions.0.is_empty() {
            let reason = format!("0 transactions, expected 1 to {MAX_TRANSACTIONS}");
            return Err(file.malformed("transactions", reason));
        }
        let transactions = format
            .transactions
            .0
            .iter()
            .enumerate()
            .map(|(index, raw)| file.transaction(raw.get(), &format!("transactions[{index}]")))
            .collect::<Result<_>>()?;
        let state = file.state(&format.state.accounts.0, "state.accounts")?;
        Ok(format.batch(state, transactions))
    }

    /// Writes a batch file, complete or not at all.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        json::write(path.as_ref(), &BatchFormat::of(self))
    }
}

impl State {
    /// Reads a state file: one JSON object with `version`, which is 1, and `accounts` as in a batch
    /// file.
    ///
    /// # Errors
    /// As [`Batch::read`].
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let file = Source::read(path.as_ref())?;
        let format: StateFormat = file.parse(&file.text, "")?;
        file.state(&format.accounts.0, "accounts")
    }

    /// Writes a state file, complete or not at all.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        json::write(path.as_ref(), &StateFormat::of(self))
    }
}

/// A file that is being read.
struct Source<'a> {
    path: &'a Path,
    text: String,
}

impl<'a> Source<'a> {
    fn read(path: &'a Path) -> Result<Self> {
        let mut file = Source {
            path,
            text: String::new(),
        };
        let bytes = json::read_bytes(path, MAX_FILE_BYTES)?;
        file.text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            file.malformed("file", format!("no UTF-8 text from byte {valid} on"))
        })?;
        Ok(file)
    }

    fn malformed(&self, item: impl Into<String>, reason: impl Into<String>) -> Error {
        Error::Malformed {
            file: self.path.into(),
            item: item.into(),
            reason: reason.into(),
        }
    }

    /// The value of a piece of this file's text that stands at `place`.
    fn parse<T: DeserializeOwned>(&self, text: &str, place: &str) -> Result<T> {
        let mut json = serde_json::Deserializer::from_str(text);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let item = join(place, &error.path().to_string());
            self.malformed(item, reason(error.inner()))
        })?;
        json.end()
            .map_err(|error| self.malformed(join(place, "."), reason(&error)))?;
        Ok(value)
    }

    fn transaction(&self, text: &str, place: &str) -> Result<Transaction> {
        Ok(match self.parse::<AnyTransaction>(text, place)?.kind {
            KindFormat::Deposit => self.parse::<DepositFormat>(text, place)?.into(),
            KindFormat::Trade => self.parse::<TradeFormat>(text, place)?.into(),
            KindFormat::Withdrawal => self.parse::<WithdrawalFormat>(text, place)?.into(),
        })
    }

    fn state(&self, accounts: &[AccountFormat], place: &str) -> Result<State> {
        let mut state = State::new();
        let mut seen = HashSet::new();
        for (k, format) in accounts.iter().enumerate() {
            let index = format.index.u32();
            if !seen.insert(index) {
                let item = format!("{place}[{k}].index");
                return Err(self.malformed(item, format!("account {index} occurs twice")));
            }
            state.set(index, format.account());
        }
        Ok(state)
    }
}

/// The path of a value from that of what holds it; "." is the whole.
fn join(place: &str, inner: &str) -> String {
    match (place, inner) {
        ("", ".") => "file".into(),
        ("", inner) => inner.into(),
        (place, ".") => place.into(),
        (place, inner) if inner.starts_with('[') => format!("{place}{inner}"),
        (place, inner) => format!("{place}.{inner}"),
    }
}

/// A parser's message: with the line where the JSON itself is broken, without where a path says
/// which value is wrong.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    match message.strip_suffix(&position) {
        Some(message) if error.is_data() => message.into(),
        Some(message) => format!("{message} (line {})", error.line()),
        None => message,
    }
}
