//! Transactions and batches. Amounts are wider than their ranges, so that a value out of range can
//! be named when the executor refuses it.
//!
//! An order's message is one element, lowest bits first: account (15), market (2), side (1),
//! price (32), size (32), fee limit (32), nonce (30), slot (2), expiry (32). A withdrawal's:
//! account (15), amount (63), nonce (32).

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use super::{fits, pack, SignedOracle, State};
use crate::eddsa::{PublicKey, SecretKey, Signature};
use crate::params::{
    ACCOUNT_BITS, AMOUNT_BITS, FEE_BITS, MARKET_BITS, NONCE_BITS, ORDER_NONCE_BITS, PRICE_BITS,
    SIZE_BITS, SLOT_BITS, TIME_BITS,
};
use crate::poseidon::{hash, Domain};

/// Side of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Pays the price, receives lots.
    Buy,
    /// Delivers lots, receives the price.
    Sell,
}

/// A limit order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Index of the account.
    pub account: u32,
    /// Index of the market.
    pub market: u8,
    /// Side.
    pub side: Side,
    /// Highest price of a purchase, lowest of a sale; micros a lot.
    pub price: u64,
    /// Lots over all fills.
    pub size: u64,
    /// Highest fee, micros a lot filled.
    pub fee_limit: u64,
    /// Rank among the orders of its slot.
    pub nonce: u64,
    /// Slot in which the account tracks its fills.
    pub slot: u8,
    /// Last time at which it may be filled, seconds.
    pub expiry: u64,
}

/// An order with its owner's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedOrder {
    /// The order.
    pub order: Order,
    /// The signature.
    pub signature: Signature,
}

/// Two orders meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// One order.
    pub maker: SignedOrder,
    /// The other, of the opposite side.
    pub taker: SignedOrder,
    /// Lots that change hands.
    pub size: i128,
    /// At which price, micros a lot.
    pub price: i128,
    /// What the maker pays to the fee account, micros.
    pub maker_fee: i128,
    /// What the taker pays to the fee account, micros.
    pub taker_fee: i128,
}

/// Collateral arrives; an account that does not exist is created with the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Index of the account.
    pub account: u32,
    /// Its key.
    pub key: PublicKey,
    /// Micros.
    pub amount: i128,
}

/// Collateral leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Index of the account.
    pub account: u32,
    /// Micros.
    pub amount: i128,
    /// The account's number of withdrawals so far.
    pub nonce: u64,
    /// The owner's signature.
    pub signature: Signature,
}

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// Collateral arrives.
    Deposit(Deposit),
    /// Two orders meet.
    Trade(Box<Trade>),
    /// Collateral leaves.
    Withdrawal(Withdrawal),
}

/// Kind of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// [`Transaction::Deposit`], `d`.
    Deposit,
    /// [`Transaction::Trade`], `t`.
    Trade,
    /// [`Transaction::Withdrawal`], `w`.
    Withdrawal,
}

/// Everything that a state transition is made of.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The state before.
    pub state: State,
    /// Key of the oracle.
    pub oracle_key: PublicKey,
    /// Prices and funding indices.
    pub oracle: SignedOracle,
    /// Time of the batch, seconds.
    pub time: u64,
    /// Account that receives the fees.
    pub fee_account: u32,
    /// In order; at least one.
    pub transactions: Vec<Transaction>,
}

impl Side {
    pub(crate) fn bit(self) -> u64 {
        u64::from(self == Side::Sell)
    }

    /// 1 for a purchase, −1 for a sale.
    pub(crate) fn sign(self) -> i128 {
        match self {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }
}

impl Order {
    /// Signs.
    pub fn sign(self, key: &SecretKey) -> SignedOrder {
        SignedOrder {
            order: self,
            signature: key.sign(Domain::Order, &[self.message()]),
        }
    }

    pub(crate) fn message(&self) -> Fr {
        pack([
            (Fr::from(self.account), ACCOUNT_BITS),
            (Fr::from(self.market), MARKET_BITS),
            (Fr::from(self.side.bit()), 1),
            (Fr::from(self.price), PRICE_BITS),
            (Fr::from(self.size), SIZE_BITS),
            (Fr::from(self.fee_limit), PRICE_BITS),
            (Fr::from(self.nonce), ORDER_NONCE_BITS),
            (Fr::from(self.slot), SLOT_BITS),
            (Fr::from(self.expiry), TIME_BITS),
        ])
    }

    pub(crate) fn out_of_range(&self) -> Option<(&'static str, i128)> {
        [
            ("price", self.price, PRICE_BITS),
            ("size", self.size, SIZE_BITS),
            ("fee_limit", self.fee_limit, PRICE_BITS),
            ("nonce", self.nonce, ORDER_NONCE_BITS),
            ("expiry", self.expiry, TIME_BITS),
        ]
        .into_iter()
        .map(|(name, value, bits)| (name, i128::from(value), bits))
        .find(|(_, value, bits)| !fits(*value, *bits))
        .map(|(name, value, _)| (name, value))
    }
}

impl Trade {
    pub(crate) fn commit(&self, commitment: Fr) -> Fr {
        let fill = pack([
            (Fr::from(self.size), SIZE_BITS),
            (Fr::from(self.price), PRICE_BITS),
            (Fr::from(self.maker_fee), FEE_BITS),
            (Fr::from(self.taker_fee), FEE_BITS),
        ]);
        let (maker, taker) = (self.maker.order.message(), self.taker.order.message());
        hash(
            Domain::CommitTrade,
            &[commitment, maker, taker, fill, Fr::ZERO],
        )
    }
}

impl Deposit {
    pub(crate) fn commit(&self, commitment: Fr) -> Fr {
        let packed = pack([
            (Fr::from(self.account), ACCOUNT_BITS),
            (Fr::from(self.amount), AMOUNT_BITS),
        ]);
        hash(
            Domain::CommitDeposit,
            &[commitment, self.key.x(), self.key.y(), packed, Fr::ZERO],
        )
    }
}

impl Withdrawal {
    /// A withdrawal signed by the account's owner.
    pub fn sign(account: u32, amount: i128, nonce: u64, key: &SecretKey) -> Self {
        let message = withdrawal_message(account, amount, nonce);
        Withdrawal {
            account,
            amount,
            nonce,
            signature: key.sign(Domain::Withdrawal, &[message]),
        }
    }

    pub(crate) fn message(&self) -> Fr {
        withdrawal_message(self.account, self.amount, self.nonce)
    }

    pub(crate) fn commit(&self, commitment: Fr) -> Fr {
        hash(
            Domain::CommitWithdrawal,
            &[commitment, self.message(), Fr::ZERO, Fr::ZERO, Fr::ZERO],
        )
    }
}

fn withdrawal_message(account: u32, amount: i128, nonce: u64) -> Fr {
    pack([
        (Fr::from(account), ACCOUNT_BITS),
        (Fr::from(amount), AMOUNT_BITS),
        (Fr::from(nonce), NONCE_BITS),
    ])
}

impl Transaction {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Transaction::Deposit(_) => Kind::Deposit,
            Transaction::Trade(_) => Kind::Trade,
            Transaction::Withdrawal(_) => Kind::Withdrawal,
        }
    }
}
