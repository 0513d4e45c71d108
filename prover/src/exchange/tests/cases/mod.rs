//! Batches that break exactly one rule, but for a few where two cannot be told apart.

mod batch;
mod keys;
mod margin;
mod range;
mod trade;
mod transfer;

pub(crate) use keys::mixed_order;
pub(super) use margin::short_buys;

use super::setting::{one_trade, sign};
use crate::exchange::{Batch, Item, Reason, Refusal, Rule};

/// A batch that must be refused.
pub(crate) struct Case {
    pub name: &'static str,
    pub batch: Batch,
    pub refusal: Refusal,
    /// What its witness breaks; empty where the executor cannot make one (the circuit's tests forge
    /// one).
    pub breaks: Vec<Rule>,
}

impl Case {
    fn new(name: &'static str, batch: Batch, item: Item, reason: Reason) -> Self {
        Case {
            name,
            batch,
            breaks: vec![reason.rule()],
            refusal: Refusal { item, reason },
        }
    }

    /// [`one_trade`], changed and then signed.
    fn trade(name: &'static str, change: impl FnOnce(&mut Batch), reason: Reason) -> Self {
        let mut batch = one_trade();
        change(&mut batch);
        sign(&mut batch);
        Case::new(name, batch, Item::Transaction(0), reason)
    }

    /// The witness breaks this rule too.
    fn also(mut self, rule: Rule) -> Self {
        self.breaks.push(rule);
        self
    }

    /// The executor cannot go on without the rule.
    fn without_witness(mut self) -> Self {
        self.breaks.clear();
        self
    }
}

/// At least one for every [`Reason`].
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = batch::cases();
    cases.extend(keys::cases());
    cases.extend(margin::cases());
    cases.extend(range::cases());
    cases.extend(trade::cases());
    cases.extend(transfer::cases());
    cases
}

/// Every rule; a new one does not compile before it is here.
pub(crate) const RULES: [Rule; 18] = {
    let rules = [
        Rule::Range,
        Rule::Membership,
        Rule::Key,
        Rule::Signature,
        Rule::Nonce,
        Rule::Overfill,
        Rule::LimitPrice,
        Rule::FeeLimit,
        Rule::Expiry,
        Rule::SelfTrade,
        Rule::Sides,
        Rule::Market,
        Rule::NonZero,
        Rule::PositionRange,
        Rule::CollateralRange,
        Rule::Margin,
        Rule::PriceAge,
        Rule::Statement,
    ];
    match rules[0] {
        Rule::Range
        | Rule::Membership
        | Rule::Key
        | Rule::Signature
        | Rule::Nonce
        | Rule::Overfill
        | Rule::LimitPrice
        | Rule::FeeLimit
        | Rule::Expiry
        | Rule::SelfTrade
        | Rule::Sides
        | Rule::Market
        | Rule::NonZero
        | Rule::PositionRange
        | Rule::CollateralRange
        | Rule::Margin
        | Rule::PriceAge
        | Rule::Statement => rules,
    }
};

/// Number of variants of [`Reason`].
pub(crate) const REASONS: usize = 22;

/// Number of a reason's variant, below [`REASONS`]; a new variant does not compile before it is here.
pub(crate) fn number(reason: &Reason) -> usize {
    match reason {
        Reason::TransactionCount { .. } => 0,
        Reason::OutOfRange { .. } => 1,
        Reason::UnknownAccount { .. } => 2,
        Reason::KeyMismatch { .. } => 3,
        Reason::InvalidKey => 4,
        Reason::BadSignature { .. } => 5,
        Reason::Nonce { .. } => 6,
        Reason::OrderNonce { .. } => 7,
        Reason::Overfill { .. } => 8,
        Reason::LimitPrice { .. } => 9,
        Reason::FeeLimit { .. } => 10,
        Reason::Expired { .. } => 11,
        Reason::SelfTrade { .. } => 12,
        Reason::SameSide => 13,
        Reason::Market { .. } => 14,
        Reason::Zero { .. } => 15,
        Reason::PositionRange { .. } => 16,
        Reason::CollateralRange { .. } => 17,
        Reason::Overdrawn { .. } => 18,
        Reason::Margin { .. } => 19,
        Reason::PriceAge { .. } => 20,
        Reason::PriceFromFuture { .. } => 21,
        // A reason added later takes the next number, and REASONS grows.
    }
}
