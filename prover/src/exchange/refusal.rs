//! Why a batch is refused: the item at fault and the reason.

use crate::params::{MAX_PRICE_AGE, MAX_TRANSACTIONS};

/// A refused batch. The state is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{item}: {reason}")]
pub struct Refusal {
    /// What is at fault.
    pub item: Item,
    /// Why.
    pub reason: Reason,
}

/// Part of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// Transaction of this index.
    Transaction(usize),
    /// Prices, their signature or their age.
    Oracle,
    /// The account that receives the fees.
    FeeAccount,
    /// The batch as a whole.
    Batch,
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Item::Transaction(index) => write!(f, "transaction {index}"),
            Item::Oracle => f.write_str("oracle"),
            Item::FeeAccount => f.write_str("fee account"),
            Item::Batch => f.write_str("batch"),
        }
    }
}

/// Why something was refused; each reason breaks one [`Rule`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// No transactions, or too many.
    #[error("{found} transactions, expected 1 to {MAX_TRANSACTIONS}")]
    TransactionCount {
        /// Transactions of the batch.
        found: usize,
    },
    /// A value is out of its range.
    #[error("{field} is {found}: out of range")]
    OutOfRange {
        /// Name of the field.
        field: String,
        /// Its value.
        found: i128,
    },
    /// There is no such account.
    #[error("unknown account {account}")]
    UnknownAccount {
        /// Index.
        account: u32,
    },
    /// A deposit names another key than the account has.
    #[error("the deposit's key is not that of account {account}")]
    KeyMismatch {
        /// Index of the account.
        account: u32,
    },
    /// A key is no point of prime order.
    #[error("the key is no point of prime order")]
    InvalidKey,
    /// A signature does not hold.
    #[error("bad signature of the {signer}")]
    BadSignature {
        /// Whose.
        signer: &'static str,
    },
    /// A withdrawal out of turn.
    #[error("nonce {found}, expected {expected}")]
    Nonce {
        /// The account's.
        expected: u64,
        /// The withdrawal's.
        found: u64,
    },
    /// An order that a later one of its slot replaced.
    #[error("{order}'s order has nonce {found}, its slot is at {current}")]
    OrderNonce {
        /// "maker" or "taker".
        order: &'static str,
        /// Nonce of the slot.
        current: u64,
        /// Nonce of the order.
        found: u64,
    },
    /// A fill beyond the order's size.
    #[error("{order}'s order of {size} lots is overfilled: {filled} filled before, {fill} now")]
    Overfill {
        /// "maker" or "taker".
        order: &'static str,
        /// Lots ordered.
        size: u64,
        /// Lots filled before.
        filled: u64,
        /// Lots of this trade.
        fill: i128,
    },
    /// A price worse than the order's limit.
    #[error("price {price} crosses the limit {limit} of the {order}'s order")]
    LimitPrice {
        /// "maker" or "taker".
        order: &'static str,
        /// Limit.
        limit: u64,
        /// Price of the trade.
        price: i128,
    },
    /// A fee above the order's limit.
    #[error("{order}'s fee is {fee}, at most {limit} allowed")]
    FeeLimit {
        /// "maker" or "taker".
        order: &'static str,
        /// Limit a lot times the lots.
        limit: i128,
        /// Fee.
        fee: i128,
    },
    /// An order that is no longer good.
    #[error("{order}'s order expired at {expiry}, the batch is of {time}")]
    Expired {
        /// "maker" or "taker".
        order: &'static str,
        /// Its expiry.
        expiry: u64,
        /// Time of the batch.
        time: u64,
    },
    /// Both orders are of one account.
    #[error("both orders are of account {account}")]
    SelfTrade {
        /// Index.
        account: u32,
    },
    /// Both buy or both sell.
    #[error("both orders are of the same side")]
    SameSide,
    /// Orders of different markets.
    #[error("the orders are of markets {maker} and {taker}")]
    Market {
        /// Of the maker's order.
        maker: u8,
        /// Of the taker's.
        taker: u8,
    },
    /// Nothing moves.
    #[error("{field} is zero")]
    Zero {
        /// Which amount or price.
        field: &'static str,
    },
    /// A position beyond its range.
    #[error("position of account {account} would be {size} lots: out of range")]
    PositionRange {
        /// Index.
        account: u32,
        /// Size after.
        size: i128,
    },
    /// Collateral beyond its range.
    #[error("collateral of account {account} would be {collateral}: out of range")]
    CollateralRange {
        /// Index.
        account: u32,
        /// Collateral after.
        collateral: i128,
    },
    /// A withdrawal of more than the account is worth.
    #[error("account {account} is overdrawn: its total value would be {total_value}")]
    Overdrawn {
        /// Index.
        account: u32,
        /// Collateral and positions after.
        total_value: i128,
    },
    /// Too little value for the positions.
    #[error("margin of account {account}: total value {total_value} after, {required} required")]
    Margin {
        /// Index.
        account: u32,
        /// Collateral and positions after, micros.
        total_value: i128,
        /// Margin, micros, rounded up.
        required: i128,
    },
    /// A price that is too old.
    #[error("prices of {timestamp} are older than {MAX_PRICE_AGE} s at {time}")]
    PriceAge {
        /// Of the prices.
        timestamp: u64,
        /// Of the batch.
        time: u64,
    },
    /// A price of the future.
    #[error("prices are of {timestamp}, after the batch's time {time}")]
    PriceFromFuture {
        /// Of the prices.
        timestamp: u64,
        /// Of the batch.
        time: u64,
    },
}

/// The rules that executor and circuit share; each constraint belongs to one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// Values are in their ranges.
    Range,
    /// Accounts are what the tree says.
    Membership,
    /// Deposits go to the key they name; it and the oracle's are points of prime order.
    Key,
    /// Owners and the oracle have signed.
    Signature,
    /// Withdrawals and orders come in turn.
    Nonce,
    /// No order is filled beyond its size.
    Overfill,
    /// Prices keep to the limits of both orders.
    LimitPrice,
    /// Fees keep to the limits of both orders.
    FeeLimit,
    /// No order is filled after its expiry.
    Expiry,
    /// The orders of a trade are of different accounts.
    SelfTrade,
    /// The orders of a trade are of opposite sides.
    Sides,
    /// The orders of a trade are of one market.
    Market,
    /// Amounts and the oracle's prices are not zero.
    NonZero,
    /// Positions stay in their range.
    PositionRange,
    /// Collateral stays in its range.
    CollateralRange,
    /// The margin rule.
    Margin,
    /// Prices are neither too old nor of the future.
    PriceAge,
    /// The public input is the hash of the statement.
    Statement,
}

impl Reason {
    /// The rule that is broken.
    pub fn rule(&self) -> Rule {
        match self {
            Reason::TransactionCount { .. } | Reason::OutOfRange { .. } => Rule::Range,
            Reason::UnknownAccount { .. } => Rule::Membership,
            Reason::KeyMismatch { .. } | Reason::InvalidKey => Rule::Key,
            Reason::BadSignature { .. } => Rule::Signature,
            Reason::Nonce { .. } | Reason::OrderNonce { .. } => Rule::Nonce,
            Reason::Overfill { .. } => Rule::Overfill,
            Reason::LimitPrice { .. } => Rule::LimitPrice,
            Reason::FeeLimit { .. } => Rule::FeeLimit,
            Reason::Expired { .. } => Rule::Expiry,
            Reason::SelfTrade { .. } => Rule::SelfTrade,
            Reason::SameSide => Rule::Sides,
            Reason::Market { .. } => Rule::Market,
            Reason::Zero { .. } => Rule::NonZero,
            Reason::PositionRange { .. } => Rule::PositionRange,
            Reason::CollateralRange { .. } => Rule::CollateralRange,
            Reason::Overdrawn { .. } | Reason::Margin { .. } => Rule::Margin,
            Reason::PriceAge { .. } | Reason::PriceFromFuture { .. } => Rule::PriceAge,
        }
    }
}
