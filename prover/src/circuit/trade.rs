//! A trade in constraints.

use ark_bn254::Fr;
use ark_ff::Field;
use ark_relations::gr1cs::SynthesisError;

use super::account::AccountVar;
use super::builder::{Builder, Num, Section};
use super::margin::{check_change, Change, Standing};
use super::poseidon::hash;
use super::signature::verify;
use super::Context;
use crate::exchange::{AccountWitness, Order, Rule, SignedOrder, Trade};
use crate::params::{
    ACCOUNT_BITS, COLLATERAL_BITS, FEE_BITS, MARKET_BITS, ORDER_NONCE_BITS, POSITION_BITS,
    PRICE_BITS, SIZE_BITS, SLOT_BITS, TIME_BITS,
};
use crate::poseidon::Domain;

type Result<T = ()> = std::result::Result<T, SynthesisError>;

/// An order's fields, each in its range.
struct OrderVar {
    market: Num,
    market_bits: Vec<Num>,
    /// 1 for a sale.
    sell: Num,
    price: Num,
    size: Num,
    fee_limit: Num,
    nonce: Num,
    slot_bits: Vec<Num>,
    expiry: Num,
    message: Num,
}

impl OrderVar {
    fn new(b: &mut Builder, order: &Order, account: &Num) -> Result<Self> {
        b.enter(Rule::Range, Section::Range);
        let mut field = |value: u64, bits: usize| -> Result<(Num, Vec<Num>)> {
            let number = b.witness(Fr::from(value))?;
            let bits = b.bits(&number, bits)?;
            Ok((number, bits))
        };
        let (market, market_bits) = field(order.market.into(), MARKET_BITS)?;
        let (sell, _) = field(order.side.bit(), 1)?;
        let (price, _) = field(order.price, PRICE_BITS)?;
        let (size, _) = field(order.size, SIZE_BITS)?;
        let (fee_limit, _) = field(order.fee_limit, PRICE_BITS)?;
        let (nonce, _) = field(order.nonce, ORDER_NONCE_BITS)?;
        let (slot, slot_bits) = field(order.slot.into(), SLOT_BITS)?;
        let (expiry, _) = field(order.expiry, TIME_BITS)?;
        let message = Num::pack([
            (account, ACCOUNT_BITS),
            (&market, MARKET_BITS),
            (&sell, 1),
            (&price, PRICE_BITS),
            (&size, SIZE_BITS),
            (&fee_limit, PRICE_BITS),
            (&nonce, ORDER_NONCE_BITS),
            (&slot, SLOT_BITS),
            (&expiry, TIME_BITS),
        ]);
        Ok(OrderVar {
            market,
            market_bits,
            sell,
            price,
            size,
            fee_limit,
            nonce,
            slot_bits,
            expiry,
            message,
        })
    }

    /// 1 for a purchase, −1 for a sale.
    fn sign(&self) -> Num {
        self.sell.scale(-Fr::from(2u64)).add_constant(Fr::ONE)
    }
}

/// What both sides of a trade share.
struct Fill {
    size: Num,
    price: Num,
    notional: Num,
    /// Indicators of the market and its oracle price.
    market: Vec<Num>,
    oracle_price: Num,
}

/// Enforces a trade and advances the batch over it.
pub(crate) fn trade(
    b: &mut Builder,
    context: &mut Context,
    trade: &Trade,
    maker: &AccountWitness,
    taker: &AccountWitness,
) -> Result {
    let maker_account = AccountVar::open(b, maker)?;
    let taker_account = AccountVar::open(b, taker)?;
    let maker_order = OrderVar::new(b, &trade.maker.order, &maker_account.index())?;
    let taker_order = OrderVar::new(b, &trade.taker.order, &taker_account.index())?;

    b.enter(Rule::SelfTrade, Section::Rest);
    b.not_zero(&maker_account.index().sub(&taker_account.index()))?;
    b.enter(Rule::Market, Section::Rest);
    b.equal(&maker_order.market, &taker_order.market)?;
    b.enter(Rule::Sides, Section::Rest);
    b.equal(&maker_order.sell.add(&taker_order.sell), &Num::one())?;

    b.enter(Rule::Range, Section::Range);
    let size = b.witness(Fr::from(trade.size))?;
    b.range(&size, SIZE_BITS)?;
    let price = b.witness(Fr::from(trade.price))?;
    b.range(&price, PRICE_BITS)?;
    let maker_fee = b.witness(Fr::from(trade.maker_fee))?;
    b.range(&maker_fee, FEE_BITS)?;
    let taker_fee = b.witness(Fr::from(trade.taker_fee))?;
    b.range(&taker_fee, FEE_BITS)?;
    b.enter(Rule::NonZero, Section::Rest);
    b.not_zero(&size)?;

    b.enter(Rule::Market, Section::Rest);
    let market = b.indicators(&maker_order.market_bits)?;
    let fill = Fill {
        notional: b.mul(&size, &price)?,
        oracle_price: b.choose(&market, &context.prices)?,
        size,
        price,
        market,
    };
    let message = [maker_order.message.clone(), taker_order.message.clone()];
    side(
        b,
        context,
        &fill,
        maker_order,
        maker_account,
        &maker_fee,
        &trade.maker,
        maker,
    )?;
    side(
        b,
        context,
        &fill,
        taker_order,
        taker_account,
        &taker_fee,
        &trade.taker,
        taker,
    )?;

    b.enter(Rule::Statement, Section::Rest);
    let packed = Num::pack([
        (&fill.size, SIZE_BITS),
        (&fill.price, PRICE_BITS),
        (&maker_fee, FEE_BITS),
        (&taker_fee, FEE_BITS),
    ]);
    let [maker_message, taker_message] = message;
    let inputs = [
        context.commitment.clone(),
        maker_message,
        taker_message,
        packed,
        Num::zero(),
    ];
    context.commitment = hash(b, Domain::CommitTrade, &inputs)?;
    context.fees = context.fees.add(&maker_fee).add(&taker_fee);
    Ok(())
}

/// One order's part: it is signed, good, kept to, and its account can bear the fill.
#[allow(clippy::too_many_arguments)]
fn side(
    b: &mut Builder,
    context: &mut Context,
    fill: &Fill,
    order: OrderVar,
    mut account: AccountVar,
    fee: &Num,
    signed: &SignedOrder,
    witness: &AccountWitness,
) -> Result {
    verify(
        b,
        Domain::Order,
        &account.key,
        &witness.account.key,
        std::slice::from_ref(&order.message),
        &signed.signature,
    )?;
    check_limits(b, context, fill, &order, fee)?;
    advance_slot(b, fill, &order, &mut account)?;

    account.settle_funding(b, context)?;
    let standing = Standing::new(b, &account, &context.prices)?;
    let sign = order.sign();
    let paid = b.mul(&sign, &fill.notional)?.add(fee);
    let moved = b.mul(&sign, &fill.size)?;
    let size = b.choose(&fill.market, &account.sizes)?;
    let long = b.choose(&fill.market, &account.long)?;
    let new_size = size.add(&moved);
    for (size, here) in account.sizes.iter_mut().zip(&fill.market) {
        *size = size.add(&b.mul(here, &moved)?);
    }
    account.collateral = account.collateral.sub(&paid);
    b.enter(Rule::PositionRange, Section::Range);
    let new_long = b.signed_range(&new_size, POSITION_BITS)?;
    b.enter(Rule::CollateralRange, Section::Range);
    b.signed_range(&account.collateral, COLLATERAL_BITS)?;
    let change = Change {
        market: &fill.market,
        price: &fill.oracle_price,
        size: &size,
        long: &long,
        new_size: &new_size,
        new_long: &new_long,
        collateral: &paid.scale(-Fr::ONE),
    };
    check_change(b, &standing, &change)?;
    account.store(b, context, witness)
}

/// Expiry, limit price and fee limit.
fn check_limits(
    b: &mut Builder,
    context: &Context,
    fill: &Fill,
    order: &OrderVar,
    fee: &Num,
) -> Result {
    b.enter(Rule::Expiry, Section::Range);
    b.range(&order.expiry.sub(&context.time), TIME_BITS)?;
    b.enter(Rule::LimitPrice, Section::Range);
    let better = b.mul(&order.sign(), &order.price.sub(&fill.price))?;
    b.range(&better, PRICE_BITS)?;
    b.enter(Rule::FeeLimit, Section::Range);
    let limit = b.mul(&order.fee_limit, &fill.size)?;
    b.range(&limit.sub(fee), FEE_BITS)
}

/// The order is its slot's or a later one; its slot holds the fill afterwards.
fn advance_slot(
    b: &mut Builder,
    fill: &Fill,
    order: &OrderVar,
    account: &mut AccountVar,
) -> Result {
    b.enter(Rule::Nonce, Section::Range);
    let slot = b.indicators(&order.slot_bits)?;
    let current = b.choose(&slot, &account.slot_nonces)?;
    let filled = b.choose(&slot, &account.slot_fills)?;
    let ahead = order.nonce.sub(&current);
    b.range(&ahead, ORDER_NONCE_BITS)?;
    let same = b.is_zero(&ahead)?;
    let filled_before = b.mul(&same, &filled)?;
    let filled_after = filled_before.add(&fill.size);
    b.enter(Rule::Overfill, Section::Range);
    b.range(&order.size.sub(&filled_after), SIZE_BITS)?;
    let filled_change = filled_after.sub(&filled);
    for (here, (nonce, fill)) in slot
        .iter()
        .zip(account.slot_nonces.iter_mut().zip(&mut account.slot_fills))
    {
        *nonce = nonce.add(&b.mul(here, &ahead)?);
        *fill = fill.add(&b.mul(here, &filled_change)?);
    }
    Ok(())
}
