//! Sizes, units and market rules: every number of the exchange, once.
//!
//! | quantity | unit | range |
//! |---|---|---|
//! | collateral, deposit, withdrawal, fee | 10⁻⁶ quote currency (a micro) | collateral is a signed 64-bit number, amounts are below 2⁶³ |
//! | size | lots | −2³² ≤ position < 2³², an order below 2³² |
//! | price | micros a lot | below 2³², the oracle's not 0 |
//! | funding index | micros a lot, accumulated | −2⁴⁸ ≤ index < 2⁴⁸ |
//! | fee limit of an order | micros a lot | below 2³² |
//! | time | seconds | below 2³² |
//! | margin rates | 10⁻⁴ of the notional | constants of the circuit |
//!
//! A notional is size × price, exactly: nothing is ever rounded.

/// Version of the circuit; part of its digest. Bump it with every change of a constraint.
pub const CIRCUIT_VERSION: u32 = 3;

/// Markets of the exchange; an account holds at most one position in each.
pub const NUM_MARKETS: usize = 4;
/// log2 of [`NUM_MARKETS`].
pub(crate) const MARKET_BITS: usize = 2;

/// Children of a node of the account tree.
pub const TREE_ARITY: usize = 8;
/// log2 of [`TREE_ARITY`].
pub(crate) const LOG_ARITY: usize = 3;
/// Levels between the accounts and the root.
pub const TREE_DEPTH: usize = 5;
/// Bits of an account's index; 2^15 accounts.
pub const ACCOUNT_BITS: usize = LOG_ARITY * TREE_DEPTH;
/// Number of accounts that the tree can hold.
pub const MAX_ACCOUNTS: u32 = 1 << ACCOUNT_BITS;

/// Orders of an account whose fills are tracked at the same time.
pub const ORDER_SLOTS: usize = 4;
/// log2 of [`ORDER_SLOTS`].
pub(crate) const SLOT_BITS: usize = 2;

/// Bits of an order's nonce.
pub const ORDER_NONCE_BITS: usize = 30;
/// Bits of the nonce of withdrawals.
pub const NONCE_BITS: usize = 32;
/// Bits of an order's or a fill's size.
pub const SIZE_BITS: usize = 32;
/// Bits of a price, and of the fee limit a lot.
pub const PRICE_BITS: usize = 32;
/// Bits of a time.
pub const TIME_BITS: usize = 32;
/// Bits of a signed position with its sign.
pub(crate) const POSITION_BITS: usize = SIZE_BITS + 1;
/// Bits of a signed funding index with its sign.
pub(crate) const FUNDING_BITS: usize = 49;
/// Bits of the signed collateral with its sign.
pub(crate) const COLLATERAL_BITS: usize = 64;
/// Bits of a deposited or withdrawn amount.
pub const AMOUNT_BITS: usize = 63;
/// Bits of a fee, and of the sum of the fees of a batch.
pub const FEE_BITS: usize = 64;

/// Seconds after its time stamp that an oracle's price may be used.
pub const MAX_PRICE_AGE: u64 = 120;

/// Transactions of a batch at most.
pub const MAX_TRANSACTIONS: usize = 1024;

/// Denominator of margin rates.
pub const MARGIN_DENOMINATOR: u64 = 10_000;

/// Margin rates of a market in 1/[`MARGIN_DENOMINATOR`] of the notional.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarketRules {
    /// Name, for people.
    pub name: &'static str,
    /// Rate needed to withdraw or to open or enlarge a position.
    pub initial_margin: u64,
    /// Rate needed to shrink a position without improving the account's margin ratio.
    pub maintenance_margin: u64,
}

/// The markets; a lot is 10⁻⁴ BTC, 10⁻³ ETH, 10⁻² SOL and one ARB.
pub const MARKETS: [MarketRules; NUM_MARKETS] = [
    MarketRules {
        name: "BTC-USD",
        initial_margin: 500,
        maintenance_margin: 300,
    },
    MarketRules {
        name: "ETH-USD",
        initial_margin: 500,
        maintenance_margin: 300,
    },
    MarketRules {
        name: "SOL-USD",
        initial_margin: 1_000,
        maintenance_margin: 500,
    },
    MarketRules {
        name: "ARB-USD",
        initial_margin: 2_000,
        maintenance_margin: 1_000,
    },
];
