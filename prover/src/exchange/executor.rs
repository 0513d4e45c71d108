//! Applies a batch to its state, or refuses it and says why. What it meets on the way (accounts
//! and tree paths before each change) is the circuit's witness.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use super::margin::{shrank, Standing};
use super::{
    fits, fits_signed, Account, Batch, Deposit, Item, Kind, Order, OrderSlot, Path, Reason,
    Refusal, Rule, SignedOracle, SignedOrder, State, Statement, Trade, Transaction, Withdrawal,
};
use crate::eddsa::PublicKey;
use crate::params::{
    AMOUNT_BITS, COLLATERAL_BITS, FEE_BITS, MARGIN_DENOMINATOR, MARKETS, MAX_ACCOUNTS,
    MAX_PRICE_AGE, MAX_TRANSACTIONS, NONCE_BITS, NUM_MARKETS, ORDER_SLOTS, POSITION_BITS,
    PRICE_BITS, SIZE_BITS, TIME_BITS,
};

/// A batch that was applied.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The state after.
    pub state: State,
    /// What a proof will say.
    pub statement: Statement,
    pub(crate) witness: Witness,
}

impl Executed {
    /// Kinds of the transactions in order: the shape of the circuit.
    pub fn kinds(&self) -> Vec<Kind> {
        self.witness.steps.iter().map(Step::kind).collect()
    }
}

/// What the circuit is given.
#[derive(Clone, Debug)]
pub(crate) struct Witness {
    pub public_input: Fr,
    pub old_root: Fr,
    pub oracle_key: PublicKey,
    pub oracle: SignedOracle,
    pub time: u64,
    pub fee_account: AccountWitness,
    pub steps: Vec<Step>,
}

/// An account where a change begins. For a deposit that creates it: `exists` is false.
#[derive(Clone, Debug)]
pub(crate) struct AccountWitness {
    pub index: u32,
    pub exists: bool,
    pub account: Account,
    pub path: Path,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Deposit {
        deposit: Deposit,
        account: Box<AccountWitness>,
    },
    Trade {
        trade: Box<Trade>,
        maker: Box<AccountWitness>,
        taker: Box<AccountWitness>,
    },
    Withdrawal {
        withdrawal: Withdrawal,
        account: Box<AccountWitness>,
    },
}

impl Step {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Step::Deposit { .. } => Kind::Deposit,
            Step::Trade { .. } => Kind::Trade,
            Step::Withdrawal { .. } => Kind::Withdrawal,
        }
    }
}

/// Applies a batch to a copy of its state.
///
/// # Errors
/// The first item that breaks a rule, with the reason.
pub fn execute(batch: &Batch) -> Result<Executed, Refusal> {
    execute_ignoring(batch, None)
}

/// As [`execute`], without some rules: how tests make witnesses that break them and nothing else.
pub(crate) fn execute_ignoring(
    batch: &Batch,
    ignored: impl IntoIterator<Item = Rule>,
) -> Result<Executed, Refusal> {
    let mut run = Run {
        batch,
        ignored: ignored.into_iter().collect(),
        item: Item::Batch,
        state: batch.state.clone(),
        fees: 0,
        commitment: Fr::ZERO,
    };
    run.batch()
}

struct Run<'a> {
    batch: &'a Batch,
    ignored: Vec<Rule>,
    item: Item,
    state: State,
    fees: i128,
    commitment: Fr,
}

type Outcome<T = ()> = Result<T, Refusal>;

impl Run<'_> {
    fn batch(&mut self) -> Outcome<Executed> {
        let batch = self.batch;
        let found = batch.transactions.len();
        if found == 0 || found > MAX_TRANSACTIONS {
            return Err(self.refusal(Reason::TransactionCount { found }));
        }
        self.check_range("time", i128::from(batch.time), TIME_BITS)?;
        self.check_oracle()?;
        let old_root = self.state.root();
        let mut steps = Vec::with_capacity(found);
        for (index, transaction) in batch.transactions.iter().enumerate() {
            self.item = Item::Transaction(index);
            steps.push(match transaction {
                Transaction::Deposit(deposit) => self.deposit(deposit)?,
                Transaction::Trade(trade) => self.trade(trade)?,
                Transaction::Withdrawal(withdrawal) => self.withdraw(withdrawal)?,
            });
        }
        let fee_account = self.pay_fees()?;
        let statement = Statement {
            old_root,
            new_root: self.state.root(),
            oracle: batch.oracle.oracle,
            oracle_key: batch.oracle_key,
            time: batch.time,
            fees: self.fees,
            fee_account: batch.fee_account,
            commitment: self.commitment,
        };
        Ok(Executed {
            witness: Witness {
                public_input: statement.public_input(),
                old_root,
                oracle_key: batch.oracle_key,
                oracle: batch.oracle,
                time: batch.time,
                fee_account,
                steps,
            },
            state: std::mem::take(&mut self.state),
            statement,
        })
    }

    fn refusal(&self, reason: Reason) -> Refusal {
        Refusal {
            item: self.item,
            reason,
        }
    }

    fn require(&self, holds: bool, reason: impl FnOnce() -> Reason) -> Outcome {
        if holds {
            return Ok(());
        }
        let reason = reason();
        if self.ignored.contains(&reason.rule()) {
            Ok(())
        } else {
            Err(self.refusal(reason))
        }
    }

    fn check_range(&self, field: &str, found: i128, bits: usize) -> Outcome {
        self.require(fits(found, bits), || Reason::OutOfRange {
            field: field.into(),
            found,
        })
    }

    fn check_amount(&self, field: &'static str, found: i128, bits: usize) -> Outcome {
        self.check_range(field, found, bits)?;
        self.require(found != 0, || Reason::Zero { field })
    }

    /// Array indices and tree positions; never ignored.
    fn check_index(&self, field: &str, found: u32, bound: usize) -> Outcome {
        if (found as usize) < bound {
            return Ok(());
        }
        Err(self.refusal(Reason::OutOfRange {
            field: field.into(),
            found: i128::from(found),
        }))
    }

    fn check_oracle(&mut self) -> Outcome {
        self.item = Item::Oracle;
        let (signed, time) = (&self.batch.oracle, self.batch.time);
        let timestamp = signed.oracle.timestamp;
        if let Some(field) = signed.oracle.out_of_range() {
            let found = match field {
                "timestamp" => i128::from(timestamp),
                "price" => i128::from(signed.oracle.prices.iter().copied().max().unwrap_or(0)),
                _ => signed
                    .oracle
                    .funding
                    .into_iter()
                    .max_by_key(|f| f.unsigned_abs())
                    .unwrap_or(0),
            };
            self.require(false, || Reason::OutOfRange {
                field: field.into(),
                found,
            })?;
        }
        self.require(!signed.oracle.prices.contains(&0), || Reason::Zero {
            field: "price",
        })?;
        self.require(self.batch.oracle_key.is_valid(), || Reason::InvalidKey)?;
        self.require(signed.is_signed_by(&self.batch.oracle_key), || {
            Reason::BadSignature { signer: "oracle" }
        })?;
        self.require(timestamp <= time, || Reason::PriceFromFuture {
            timestamp,
            time,
        })?;
        self.require(time <= timestamp + MAX_PRICE_AGE, || Reason::PriceAge {
            timestamp,
            time,
        })
    }

    fn account(&self, field: &str, index: u32) -> Outcome<AccountWitness> {
        self.check_index(field, index, MAX_ACCOUNTS as usize)?;
        match self.state.account(index) {
            Some(account) => Ok(AccountWitness {
                index,
                exists: true,
                account: account.clone(),
                path: self.state.path(index),
            }),
            None => Err(self.refusal(Reason::UnknownAccount { account: index })),
        }
    }

    fn check_collateral(&self, index: u32, account: &Account) -> Outcome {
        self.require(fits_signed(account.collateral, COLLATERAL_BITS), || {
            Reason::CollateralRange {
                account: index,
                collateral: account.collateral,
            }
        })
    }

    fn deposit(&mut self, deposit: &Deposit) -> Outcome<Step> {
        let index = deposit.account;
        self.check_index("account", index, MAX_ACCOUNTS as usize)?;
        self.check_amount("amount", deposit.amount, AMOUNT_BITS)?;
        let before = match self.state.account(index) {
            Some(_) => self.account("account", index)?,
            None => AccountWitness {
                index,
                exists: false,
                account: Account::new(deposit.key),
                path: self.state.path(index),
            },
        };
        self.require(deposit.key.is_valid(), || Reason::InvalidKey)?;
        self.require(before.account.key == deposit.key, || Reason::KeyMismatch {
            account: index,
        })?;
        let mut after = before.account.clone();
        after.collateral += deposit.amount;
        self.check_collateral(index, &after)?;
        self.state.set(index, after);
        self.commitment = deposit.commit(self.commitment);
        Ok(Step::Deposit {
            deposit: *deposit,
            account: Box::new(before),
        })
    }

    fn withdraw(&mut self, withdrawal: &Withdrawal) -> Outcome<Step> {
        let index = withdrawal.account;
        let before = self.account("account", index)?;
        self.check_amount("amount", withdrawal.amount, AMOUNT_BITS)?;
        self.check_range("nonce", i128::from(withdrawal.nonce), NONCE_BITS)?;
        let signed = before.account.key.verify(
            crate::poseidon::Domain::Withdrawal,
            &[withdrawal.message()],
            &withdrawal.signature,
        );
        self.require(signed, || Reason::BadSignature { signer: "owner" })?;
        self.require(withdrawal.nonce == before.account.nonce, || Reason::Nonce {
            expected: before.account.nonce,
            found: withdrawal.nonce,
        })?;
        let mut after = before.account.clone();
        after.settle_funding(&self.batch.oracle.oracle.funding);
        after.collateral -= withdrawal.amount;
        after.nonce += 1;
        self.check_range("nonce", i128::from(after.nonce), NONCE_BITS)?;
        self.check_collateral(index, &after)?;
        let standing = Standing::new(&after, &self.batch.oracle.oracle.prices);
        self.require(standing.total_value >= 0, || Reason::Overdrawn {
            account: index,
            total_value: standing.total_value,
        })?;
        self.require(standing.covers(standing.initial), || {
            broken_margin(index, &standing, standing.initial)
        })?;
        self.state.set(index, after);
        self.commitment = withdrawal.commit(self.commitment);
        Ok(Step::Withdrawal {
            withdrawal: *withdrawal,
            account: Box::new(before),
        })
    }

    fn trade(&mut self, trade: &Trade) -> Outcome<Step> {
        let (maker, taker) = (&trade.maker.order, &trade.taker.order);
        self.check_amount("size", trade.size, SIZE_BITS)?;
        self.check_range("price", trade.price, PRICE_BITS)?;
        self.require(maker.account != taker.account, || Reason::SelfTrade {
            account: maker.account,
        })?;
        self.require(maker.market == taker.market, || Reason::Market {
            maker: maker.market,
            taker: taker.market,
        })?;
        self.require(maker.side != taker.side, || Reason::SameSide)?;
        let maker_before = self.fill("maker", &trade.maker, trade, trade.maker_fee)?;
        let taker_before = self.fill("taker", &trade.taker, trade, trade.taker_fee)?;
        self.commitment = trade.commit(self.commitment);
        Ok(Step::Trade {
            trade: Box::new(*trade),
            maker: Box::new(maker_before),
            taker: Box::new(taker_before),
        })
    }

    /// One side of a trade.
    fn fill(
        &mut self,
        name: &'static str,
        signed: &SignedOrder,
        trade: &Trade,
        fee: i128,
    ) -> Outcome<AccountWitness> {
        let order = &signed.order;
        let before = self.account(&format!("{name}.account"), order.account)?;
        self.check_index(&format!("{name}.market"), order.market.into(), NUM_MARKETS)?;
        self.check_index(&format!("{name}.slot"), order.slot.into(), ORDER_SLOTS)?;
        if let Some((field, found)) = order.out_of_range() {
            self.require(false, || Reason::OutOfRange {
                field: format!("{name}.{field}"),
                found,
            })?;
        }
        let signed = before.account.key.verify(
            crate::poseidon::Domain::Order,
            &[order.message()],
            &signed.signature,
        );
        self.require(signed, || Reason::BadSignature { signer: name })?;
        let slot = self.check_order(name, order, trade, fee, &before.account)?;

        let oracle = &self.batch.oracle.oracle;
        let market = usize::from(order.market);
        let mut settled = before.account.clone();
        settled.settle_funding(&oracle.funding);
        let mut after = settled.clone();
        after.orders[usize::from(order.slot)] = slot;
        after.collateral -= order.side.sign() * trade.size * trade.price + fee;
        after.positions[market].size += order.side.sign() * trade.size;
        let size = after.positions[market].size;
        self.require(fits_signed(size, POSITION_BITS), || Reason::PositionRange {
            account: order.account,
            size,
        })?;
        self.check_collateral(order.account, &after)?;
        self.check_margin(order.account, market, &settled, &after)?;
        self.state.set(order.account, after);
        self.fees += fee;
        Ok(before)
    }

    /// Expiry, turn, size, price and fee of an order; gives the slot after the fill.
    fn check_order(
        &self,
        name: &'static str,
        order: &Order,
        trade: &Trade,
        fee: i128,
        account: &Account,
    ) -> Outcome<OrderSlot> {
        let time = self.batch.time;
        self.require(order.expiry >= time, || Reason::Expired {
            order: name,
            expiry: order.expiry,
            time,
        })?;
        let slot = account.orders[usize::from(order.slot)];
        self.require(order.nonce >= slot.nonce, || Reason::OrderNonce {
            order: name,
            current: slot.nonce,
            found: order.nonce,
        })?;
        let filled = if order.nonce == slot.nonce {
            slot.filled
        } else {
            0
        };
        let filled_after = i128::from(filled) + trade.size;
        self.require(filled_after <= i128::from(order.size), || {
            Reason::Overfill {
                order: name,
                size: order.size,
                filled,
                fill: trade.size,
            }
        })?;
        let limit = i128::from(order.price);
        self.require((limit - trade.price) * order.side.sign() >= 0, || {
            Reason::LimitPrice {
                order: name,
                limit: order.price,
                price: trade.price,
            }
        })?;
        self.check_range(&format!("{name}_fee"), fee, FEE_BITS)?;
        let limit = i128::from(order.fee_limit) * trade.size;
        self.require(fee <= limit, || Reason::FeeLimit {
            order: name,
            limit,
            fee,
        })?;
        Ok(OrderSlot {
            nonce: order.nonce,
            // Outside 0..2^32 only when a test ignores a rule.
            filled: filled_after as u64,
        })
    }

    fn check_margin(
        &self,
        index: u32,
        market: usize,
        before: &Account,
        after: &Account,
    ) -> Outcome {
        let prices = &self.batch.oracle.oracle.prices;
        let (old, new) = (Standing::new(before, prices), Standing::new(after, prices));
        let shrank = shrank(before.positions[market].size, after.positions[market].size);
        let required = if shrank { new.maintenance } else { new.initial };
        let holds = new.covers(required) || (shrank && new.ratio_not_below(&old));
        self.require(holds, || broken_margin(index, &new, required))
    }

    fn pay_fees(&mut self) -> Outcome<AccountWitness> {
        self.item = Item::FeeAccount;
        let index = self.batch.fee_account;
        let before = self.account("fee_account", index)?;
        self.check_range("fees", self.fees, FEE_BITS)?;
        let mut after = before.account.clone();
        after.collateral += self.fees;
        self.check_collateral(index, &after)?;
        self.state.set(index, after);
        Ok(before)
    }
}

fn broken_margin(account: u32, standing: &Standing, required: i128) -> Reason {
    let denominator = i128::from(MARGIN_DENOMINATOR);
    Reason::Margin {
        account,
        total_value: standing.total_value,
        required: (required + denominator - 1) / denominator,
    }
}

// The circuit packs the maintenance and initial rates into sums of NUM_MARKETS terms of 79 bits.
const _: () = assert!(MARKETS.len() == NUM_MARKETS && NUM_MARKETS <= 4);
