//! The JSON of files, field by field, and what becomes of it. `docs/statement.md` describes it
//! for those who write such files.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::bounded::UpTo;
use super::number::{
    Decimal, Integer, KeyText, Positive, SignatureText, Signed, Unsigned, Version,
};
use crate::exchange::{
    Account, Batch, Deposit, Oracle, Order, OrderSlot, Position, Side, SignedOracle, SignedOrder,
    State, Trade, Transaction, Withdrawal,
};
use crate::params::{
    ACCOUNT_BITS, AMOUNT_BITS, COLLATERAL_BITS, FEE_BITS, FUNDING_BITS, MARKET_BITS, MAX_ACCOUNTS,
    MAX_TRANSACTIONS, NONCE_BITS, NUM_MARKETS, ORDER_NONCE_BITS, ORDER_SLOTS, POSITION_BITS,
    PRICE_BITS, SIZE_BITS, SLOT_BITS, TIME_BITS,
};

/// A batch file; `T` is how a transaction is held: [`RawValue`] read, [`TransactionFormat`] written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BatchFormat<T> {
    pub version: Version,
    pub time: Unsigned<TIME_BITS>,
    pub fee_account: Unsigned<ACCOUNT_BITS>,
    pub oracle: OracleFormat,
    pub transactions: UpTo<MAX_TRANSACTIONS, T>,
    pub state: AccountsFormat,
}

/// The state within a batch file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountsFormat {
    pub accounts: Accounts,
}

/// A state file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateFormat {
    pub version: Version,
    pub accounts: Accounts,
}

/// No more than there can be without one that occurs twice.
type Accounts = UpTo<{ MAX_ACCOUNTS as usize }, AccountFormat>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountFormat {
    pub index: Unsigned<ACCOUNT_BITS>,
    key: KeyText,
    collateral: Decimal<COLLATERAL_BITS, true>,
    nonce: Unsigned<NONCE_BITS>,
    positions: [PositionFormat; NUM_MARKETS],
    orders: [OrderSlotFormat; ORDER_SLOTS],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PositionFormat {
    size: Signed<POSITION_BITS>,
    funding: Signed<FUNDING_BITS>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderSlotFormat {
    nonce: Unsigned<ORDER_NONCE_BITS>,
    filled: Unsigned<SIZE_BITS>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OracleFormat {
    key: KeyText,
    prices: [Positive<PRICE_BITS>; NUM_MARKETS],
    funding: [Signed<FUNDING_BITS>; NUM_MARKETS],
    timestamp: Unsigned<TIME_BITS>,
    signature: SignatureText,
}

/// Kind of a transaction, and whatever else there is.
#[derive(Deserialize)]
pub(super) struct AnyTransaction {
    pub kind: KindFormat,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum KindFormat {
    Deposit,
    Trade,
    Withdrawal,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum TransactionFormat {
    Deposit(DepositFormat),
    Trade(Box<TradeFormat>),
    Withdrawal(WithdrawalFormat),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DepositFormat {
    kind: KindFormat,
    account: Unsigned<ACCOUNT_BITS>,
    key: KeyText,
    amount: Decimal<AMOUNT_BITS, false>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TradeFormat {
    kind: KindFormat,
    size: Unsigned<SIZE_BITS>,
    price: Unsigned<PRICE_BITS>,
    maker_fee: Decimal<FEE_BITS, false>,
    taker_fee: Decimal<FEE_BITS, false>,
    maker: OrderFormat,
    taker: OrderFormat,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawalFormat {
    kind: KindFormat,
    account: Unsigned<ACCOUNT_BITS>,
    amount: Decimal<AMOUNT_BITS, false>,
    nonce: Unsigned<NONCE_BITS>,
    signature: SignatureText,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderFormat {
    account: Unsigned<ACCOUNT_BITS>,
    market: Unsigned<MARKET_BITS>,
    side: SideFormat,
    price: Unsigned<PRICE_BITS>,
    size: Unsigned<SIZE_BITS>,
    fee_limit: Unsigned<PRICE_BITS>,
    nonce: Unsigned<ORDER_NONCE_BITS>,
    slot: Unsigned<SLOT_BITS>,
    expiry: Unsigned<TIME_BITS>,
    signature: SignatureText,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SideFormat {
    Buy,
    Sell,
}

impl AccountFormat {
    fn of(index: u32, account: &Account) -> Self {
        AccountFormat {
            index: index.into(),
            key: KeyText(account.key),
            collateral: Decimal(account.collateral),
            nonce: account.nonce.into(),
            positions: account.positions.map(|position| PositionFormat {
                size: Integer(position.size),
                funding: Integer(position.funding),
            }),
            orders: account.orders.map(|slot| OrderSlotFormat {
                nonce: slot.nonce.into(),
                filled: slot.filled.into(),
            }),
        }
    }

    pub(super) fn account(&self) -> Account {
        Account {
            key: self.key.0,
            collateral: self.collateral.0,
            nonce: self.nonce.u64(),
            positions: self.positions.each_ref().map(|position| Position {
                size: position.size.0,
                funding: position.funding.0,
            }),
            orders: self.orders.each_ref().map(|slot| OrderSlot {
                nonce: slot.nonce.u64(),
                filled: slot.filled.u64(),
            }),
        }
    }
}

fn accounts(state: &State) -> Accounts {
    let accounts = state.accounts();
    UpTo(
        accounts
            .map(|(index, account)| AccountFormat::of(index, account))
            .collect(),
    )
}

impl StateFormat {
    pub(super) fn of(state: &State) -> Self {
        StateFormat {
            version: Version,
            accounts: accounts(state),
        }
    }
}

impl OracleFormat {
    fn of(batch: &Batch) -> Self {
        let oracle = &batch.oracle.oracle;
        OracleFormat {
            key: KeyText(batch.oracle_key),
            prices: oracle.prices.map(Positive::from),
            funding: oracle.funding.map(Integer),
            timestamp: oracle.timestamp.into(),
            signature: SignatureText(batch.oracle.signature),
        }
    }

    fn signed(&self) -> SignedOracle {
        SignedOracle {
            oracle: Oracle {
                prices: self.prices.map(Positive::u64),
                funding: self.funding.map(|index| index.0),
                timestamp: self.timestamp.u64(),
            },
            signature: self.signature.0,
        }
    }
}

impl BatchFormat<TransactionFormat> {
    pub(super) fn of(batch: &Batch) -> Self {
        BatchFormat {
            version: Version,
            time: batch.time.into(),
            fee_account: batch.fee_account.into(),
            oracle: OracleFormat::of(batch),
            transactions: UpTo(batch.transactions.iter().map(Into::into).collect()),
            state: AccountsFormat {
                accounts: accounts(&batch.state),
            },
        }
    }
}

impl BatchFormat<Box<RawValue>> {
    /// The batch of this file with its parts that were read separately.
    pub(super) fn batch(&self, state: State, transactions: Vec<Transaction>) -> Batch {
        Batch {
            state,
            oracle_key: self.oracle.key.0,
            oracle: self.oracle.signed(),
            time: self.time.u64(),
            fee_account: self.fee_account.u32(),
            transactions,
        }
    }
}

impl From<&Transaction> for TransactionFormat {
    fn from(transaction: &Transaction) -> Self {
        match transaction {
            Transaction::Deposit(deposit) => TransactionFormat::Deposit(DepositFormat {
                kind: KindFormat::Deposit,
                account: deposit.account.into(),
                key: KeyText(deposit.key),
                amount: Decimal(deposit.amount),
            }),
            Transaction::Trade(trade) => TransactionFormat::Trade(Box::new(TradeFormat {
                kind: KindFormat::Trade,
                size: Integer(trade.size),
                price: Integer(trade.price),
                maker_fee: Decimal(trade.maker_fee),
                taker_fee: Decimal(trade.taker_fee),
                maker: (&trade.maker).into(),
                taker: (&trade.taker).into(),
            })),
            Transaction::Withdrawal(withdrawal) => {
                TransactionFormat::Withdrawal(WithdrawalFormat {
                    kind: KindFormat::Withdrawal,
                    account: withdrawal.account.into(),
                    amount: Decimal(withdrawal.amount),
                    nonce: withdrawal.nonce.into(),
                    signature: SignatureText(withdrawal.signature),
                })
            }
        }
    }
}

impl From<DepositFormat> for Transaction {
    fn from(deposit: DepositFormat) -> Self {
        Transaction::Deposit(Deposit {
            account: deposit.account.u32(),
            key: deposit.key.0,
            amount: deposit.amount.0,
        })
    }
}

impl From<TradeFormat> for Transaction {
    fn from(trade: TradeFormat) -> Self {
        Transaction::Trade(Box::new(Trade {
            maker: trade.maker.signed(),
            taker: trade.taker.signed(),
            size: trade.size.0,
            price: trade.price.0,
            maker_fee: trade.maker_fee.0,
            taker_fee: trade.taker_fee.0,
        }))
    }
}

impl From<WithdrawalFormat> for Transaction {
    fn from(withdrawal: WithdrawalFormat) -> Self {
        Transaction::Withdrawal(Withdrawal {
            account: withdrawal.account.u32(),
            amount: withdrawal.amount.0,
            nonce: withdrawal.nonce.u64(),
            signature: withdrawal.signature.0,
        })
    }
}

impl From<&SignedOrder> for OrderFormat {
    fn from(signed: &SignedOrder) -> Self {
        let order = &signed.order;
        OrderFormat {
            account: order.account.into(),
            market: order.market.into(),
            side: match order.side {
                Side::Buy => SideFormat::Buy,
                Side::Sell => SideFormat::Sell,
            },
            price: order.price.into(),
            size: order.size.into(),
            fee_limit: order.fee_limit.into(),
            nonce: order.nonce.into(),
            slot: order.slot.into(),
            expiry: order.expiry.into(),
            signature: SignatureText(signed.signature),
        }
    }
}

impl OrderFormat {
    fn signed(&self) -> SignedOrder {
        SignedOrder {
            order: Order {
                account: self.account.u32(),
                market: self.market.u8(),
                side: match self.side {
                    SideFormat::Buy => Side::Buy,
                    SideFormat::Sell => Side::Sell,
                },
                price: self.price.u64(),
                size: self.size.u64(),
                fee_limit: self.fee_limit.u64(),
                nonce: self.nonce.u64(),
                slot: self.slot.u8(),
                expiry: self.expiry.u64(),
            },
            signature: self.signature.0,
        }
    }
}
