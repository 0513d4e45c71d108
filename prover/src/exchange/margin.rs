//! Value and required margin of an account at the oracle's prices.

use super::Account;
use crate::params::{MARGIN_DENOMINATOR, MARKETS, NUM_MARKETS};

/// What the margin rule compares. Margins are in 10⁻⁴ micros, so that nothing is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Collateral + Σ size · price, micros.
    pub total_value: i128,
    /// Σ |size| · price · initial rate.
    pub initial: i128,
    /// Σ |size| · price · maintenance rate.
    pub maintenance: i128,
}

impl Standing {
    pub(crate) fn new(account: &Account, prices: &[u64; NUM_MARKETS]) -> Self {
        let mut standing = Standing {
            total_value: account.collateral,
            initial: 0,
            maintenance: 0,
        };
        for ((position, price), market) in account.positions.iter().zip(prices).zip(&MARKETS) {
            let value = position.size * i128::from(*price);
            standing.total_value += value;
            standing.initial += value.abs() * i128::from(market.initial_margin);
            standing.maintenance += value.abs() * i128::from(market.maintenance_margin);
        }
        standing
    }

    /// Whether the total value covers a margin.
    pub(crate) fn covers(&self, margin: i128) -> bool {
        self.total_value * i128::from(MARGIN_DENOMINATOR) >= margin
    }

    /// Whether total value over maintenance margin is at least what it was.
    pub(crate) fn ratio_not_below(&self, before: &Standing) -> bool {
        wide_product(self.total_value, before.maintenance)
            >= wide_product(before.total_value, self.maintenance)
    }
}

/// Whether a position shrank without changing sides.
pub(crate) fn shrank(before: i128, after: i128) -> bool {
    if before >= 0 {
        (0..=before).contains(&after)
    } else {
        (before..=0).contains(&after)
    }
}

/// a · b as (high, low 40 bits): comparing pairs compares products. |a| < 2⁸⁰, 0 ≤ b < 2⁸⁷.
fn wide_product(a: i128, b: i128) -> (i128, i128) {
    const LOW: u32 = 40;
    let mask = (1 << LOW) - 1;
    let low = a * (b & mask);
    (a * (b >> LOW) + (low >> LOW), low & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_products_order_like_products() {
        let values = [-(1i128 << 60), -7, -1, 0, 1, 12_345, 1 << 60];
        for a in values {
            for b in [0i128, 1, 1 << 39, 1 << 40, (1 << 41) + 3, 1 << 62] {
                for c in values {
                    assert_eq!(
                        wide_product(a, b).cmp(&wide_product(c, 3 << 40)),
                        (a * b).cmp(&(c * (3 << 40))),
                        "{a} {b} {c}"
                    );
                }
            }
        }
        assert!(wide_product(1 << 68, 1 << 80) > wide_product((1 << 68) - 1, 1 << 80));
    }

    #[test]
    fn shrinking_keeps_the_side() {
        assert!(shrank(5, 5) && shrank(5, 0) && shrank(-5, -1) && shrank(0, 0));
        assert!(!shrank(5, 6) && !shrank(5, -1) && !shrank(-5, 1) && !shrank(0, 1));
    }
}
