//! The margin rule in constraints. Before and after a trade, with TV the total value and MM, IM the
//! margins in 10⁻⁴: 10⁴·TV' ≥ (position shrank ? MM' : IM'), or it shrank and TV'·MM ≥ TV·MM'.

use ark_bn254::Fr;
use ark_ff::{Field, PrimeField};
use ark_relations::gr1cs::SynthesisError;

use super::account::AccountVar;
use super::builder::{Builder, Num, Section};
use crate::exchange::Rule;
use crate::params::{MARGIN_DENOMINATOR, MARKETS, SIZE_BITS};

type Result<T = ()> = std::result::Result<T, SynthesisError>;

/// |TV| < 2⁶⁷ and margins below 2⁸⁰, so that 10⁴·TV − margin is below 2⁸² in size.
const SLACK_BITS: usize = 82;
/// Products of a total value and a margin differ by less than this.
const RATIO_BITS: usize = 150;

/// Value and margins of an account.
#[derive(Clone)]
pub(crate) struct Standing {
    pub total_value: Num,
    pub initial: Num,
    pub maintenance: Num,
}

impl Standing {
    /// Of the account's fields as they are.
    pub(crate) fn new(b: &mut Builder, account: &AccountVar, prices: &[Num]) -> Result<Self> {
        b.enter(Rule::Margin, Section::Margin);
        let mut standing = Standing {
            total_value: account.collateral.clone(),
            initial: Num::zero(),
            maintenance: Num::zero(),
        };
        for (((size, long), price), market) in account
            .sizes
            .iter()
            .zip(&account.long)
            .zip(prices)
            .zip(&MARKETS)
        {
            let value = b.mul(size, price)?;
            let notional = b.mul(&sign(long), &value)?;
            standing.total_value = standing.total_value.add(&value);
            standing.initial = standing
                .initial
                .add_scaled(Fr::from(market.initial_margin), &notional);
            standing.maintenance = standing
                .maintenance
                .add_scaled(Fr::from(market.maintenance_margin), &notional);
        }
        Ok(standing)
    }

    fn slack(&self, margin: &Num) -> Num {
        self.total_value
            .scale(Fr::from(MARGIN_DENOMINATOR))
            .sub(margin)
    }

    /// The initial margin is covered.
    pub(crate) fn covers_initial(&self, b: &mut Builder) -> Result {
        b.enter(Rule::Margin, Section::Margin);
        b.range(&self.slack(&self.initial), SLACK_BITS)
    }
}

/// 1 or −1.
fn sign(long: &Num) -> Num {
    long.scale(Fr::from(2u64)).add_constant(-Fr::ONE)
}

/// A position before and after a trade.
pub(crate) struct Change<'a> {
    /// Indicators of the market.
    pub market: &'a [Num],
    /// The market's price.
    pub price: &'a Num,
    /// Size and whether it is ≥ 0, before.
    pub size: &'a Num,
    pub long: &'a Num,
    /// And after.
    pub new_size: &'a Num,
    pub new_long: &'a Num,
    /// Collateral after less collateral before.
    pub collateral: &'a Num,
}

/// Whether a field element stands for a number ≥ 0, as far as range checks can tell.
fn is_small(value: Fr) -> bool {
    value.into_bigint() <= Fr::MODULUS_MINUS_ONE_DIV_TWO
}

/// The margin rule holds after the change.
pub(crate) fn check_change(b: &mut Builder, before: &Standing, change: &Change<'_>) -> Result {
    b.enter(Rule::Margin, Section::Margin);
    let rates = |rate: fn(&crate::params::MarketRules) -> u64| {
        Num::sum(
            MARKETS
                .iter()
                .map(|market| Fr::from(rate(market)))
                .zip(change.market),
        )
    };
    let old_value = b.mul(change.size, change.price)?;
    let new_value = b.mul(change.new_size, change.price)?;
    let old_sign = sign(change.long);
    let old_notional = b.mul(&old_sign, &old_value)?;
    let new_notional = b.mul(&sign(change.new_long), &new_value)?;
    let growth = new_notional.sub(&old_notional);
    let after = Standing {
        total_value: before
            .total_value
            .add(change.collateral)
            .add(&new_value)
            .sub(&old_value),
        initial: before
            .initial
            .add(&b.mul(&rates(|m| m.initial_margin), &growth)?),
        maintenance: before
            .maintenance
            .add(&b.mul(&rates(|m| m.maintenance_margin), &growth)?),
    };

    // The size in the old direction: it shrank if that is between 0 and what it was.
    let kept = b.mul(&old_sign, change.new_size)?;
    let closed = b.mul(&old_sign, change.size)?.sub(&kept);
    let shrank = b.choice(is_small(kept.value) && is_small(closed.value))?;
    for part in [kept, closed] {
        let part = b.mul(&shrank, &part)?;
        b.range(&part, SIZE_BITS + 1)?;
    }

    let saved = b.mul(&shrank, &after.initial.sub(&after.maintenance))?;
    let slack = after.slack(&after.initial.sub(&saved));
    let by_ratio = b.choice(shrank.value == Fr::ONE && !is_small(slack.value))?;
    b.enforce(&by_ratio, &shrank.not(), &Num::zero())?;
    let slack = b.mul(&by_ratio.not(), &slack)?;
    b.range(&slack, SLACK_BITS)?;
    let ratio = b
        .mul(&after.total_value, &before.maintenance)?
        .sub(&b.mul(&before.total_value, &after.maintenance)?);
    let ratio = b.mul(&by_ratio, &ratio)?;
    b.range(&ratio, RATIO_BITS)?;
    Ok(())
}
