//! Batches made from nothing but a number: the example files, benches and tests.
//!
//! Secret keys come from public seeds ([`sample_key`]); they are for examples only.

use crate::eddsa::SecretKey;
use crate::exchange::{
    Account, Batch, Deposit, Oracle, Order, Position, Side, SignedOrder, State, Trade, Transaction,
    Withdrawal,
};
use crate::params::NUM_MARKETS;

/// Account that receives the fees in samples.
pub const SAMPLE_FEE_ACCOUNT: u32 = 0;
/// Traders of samples; their accounts are 1 to this.
pub const SAMPLE_TRADERS: u32 = 8;
/// Time of samples, seconds.
pub const SAMPLE_TIME: u64 = 1_760_000_000;

/// The example files of the repository's `examples` folder: file name and batch.
pub fn sample_files() -> [(&'static str, Batch); 4] {
    [
        ("batch-1.json", sample_batch(1)),
        ("batch-4.json", sample_batch(4)),
        ("batch-16.json", sample_batch(16)),
        ("batch-mixed.json", sample_mixed_batch()),
    ]
}

/// Secret key of an account of a sample: the seed is `example account INDEX`.
pub fn sample_key(account: u32) -> SecretKey {
    SecretKey::from_seed(format!("example account {account}").as_bytes())
}

/// Secret key of the samples' oracle: the seed is `example oracle`.
pub fn sample_oracle_key() -> SecretKey {
    SecretKey::from_seed(b"example oracle")
}

/// Prices and funding indices of samples.
pub fn sample_oracle() -> Oracle {
    Oracle {
        // BTC 61 250.50, ETH 2 480.10, SOL 148.20, ARB 0.7315 USD by the lots of the markets.
        prices: [6_125_050, 2_480_100, 1_482_000, 731_500],
        funding: [1_250, -310, 95, 12],
        timestamp: SAMPLE_TIME - 15,
    }
}

/// The fee account and the traders, half of them with positions that have funding to settle.
pub fn sample_state() -> State {
    let mut state = State::new();
    for index in 0..=SAMPLE_TRADERS {
        let mut account = Account::new(sample_key(index).public());
        if index != SAMPLE_FEE_ACCOUNT {
            account.collateral = 25_000_000_000 + 1_000_000_000 * i128::from(index);
        }
        if index != SAMPLE_FEE_ACCOUNT && index % 2 == 0 {
            let market = index as usize / 2 % NUM_MARKETS;
            let size = if index % 4 == 0 { -1_500 } else { 1_500 };
            account.positions[market] = Position { size, funding: 7 };
            account.collateral -= size * i128::from(sample_oracle().prices[market]);
        }
        state.set(index, account);
    }
    state
}

/// A batch of trades among the sample's traders, good for any number of them. Every maker's order of 1 000 lots is filled by two
/// trades, 400 and 250 lots.
pub fn sample_batch(trades: usize) -> Batch {
    let oracle = sample_oracle();
    let transactions = (0..trades)
        .map(|index| Transaction::Trade(Box::new(sample_trade(index, &oracle))))
        .collect();
    batch_of(transactions)
}

/// A batch of all kinds: a deposit that creates account 9, a trade by which it buys 200 lots of
/// SOL-USD from account 3, and a withdrawal from account 2, which has funding to settle.
pub fn sample_mixed_batch() -> Batch {
    const NEWCOMER: u32 = SAMPLE_TRADERS + 1;
    let deposit = Deposit {
        account: NEWCOMER,
        key: sample_key(NEWCOMER).public(),
        amount: 100_000_000,
    };
    let price = sample_oracle().prices[2];
    let order = |account, side, price, nonce| {
        Order {
            account,
            market: 2,
            side,
            price,
            size: 200,
            fee_limit: 3_000,
            nonce,
            slot: 0,
            expiry: SAMPLE_TIME + 3_600,
        }
        .sign(&sample_key(account))
    };
    let trade = Trade {
        maker: order(3, Side::Sell, price, 8),
        taker: order(NEWCOMER, Side::Buy, price + 1_000, 1),
        size: 200,
        price: i128::from(price),
        maker_fee: 200 * 400,
        taker_fee: 200 * 1_200,
    };
    batch_of(vec![
        Transaction::Deposit(deposit),
        Transaction::Trade(Box::new(trade)),
        Transaction::Withdrawal(Withdrawal::sign(2, 1_500_000_000, 0, &sample_key(2))),
    ])
}

fn batch_of(transactions: Vec<Transaction>) -> Batch {
    Batch {
        state: sample_state(),
        oracle_key: sample_oracle_key().public(),
        oracle: sample_oracle().sign(&sample_oracle_key()),
        time: SAMPLE_TIME,
        fee_account: SAMPLE_FEE_ACCOUNT,
        transactions,
    }
}

fn sample_trade(index: usize, oracle: &Oracle) -> Trade {
    let pair = (index / 2) as u32;
    let maker = 1 + pair % SAMPLE_TRADERS;
    let taker = 1 + (pair + 1 + 3 * (index as u32 % 2)) % SAMPLE_TRADERS;
    let market = (pair as usize % NUM_MARKETS) as u8;
    let price = oracle.prices[usize::from(market)];
    let size = if index.is_multiple_of(2) { 400 } else { 250 };
    let (maker_side, taker_side) = if pair.is_multiple_of(2) {
        (Side::Sell, Side::Buy)
    } else {
        (Side::Buy, Side::Sell)
    };
    // Makers quote 0.05 % away from the oracle's price, takers accept 0.2 %.
    let away = |side: Side, parts: u64| match side {
        Side::Buy => price - price * parts / 10_000,
        Side::Sell => price + price * parts / 10_000,
    };
    let quote = away(maker_side, 5);
    // Slots 0 and 1 are for what an account makes, 2 and 3 for what it takes, so that the nonces of
    // each slot only rise.
    let order = |account: u32, side, price, size, nonce, slot| -> SignedOrder {
        Order {
            account,
            market,
            side,
            price,
            size,
            fee_limit: 3_000,
            nonce,
            slot: slot + market % 2,
            expiry: SAMPLE_TIME + 3_600,
        }
        .sign(&sample_key(account))
    };
    let accepted = away(maker_side, 20);
    Trade {
        maker: order(maker, maker_side, quote, 1_000, 1 + u64::from(pair), 0),
        taker: order(taker, taker_side, accepted, size, 1 + index as u64, 2),
        size: i128::from(size),
        price: i128::from(quote),
        maker_fee: i128::from(size) * 400,
        taker_fee: i128::from(size) * 1_200,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::execute;

    #[test]
    fn samples_keep_to_the_rules() {
        for trades in [1, 2, 33, 130] {
            let executed = execute(&sample_batch(trades)).unwrap();
            assert_eq!(executed.kinds().len(), trades);
        }
        assert_eq!(execute(&sample_mixed_batch()).unwrap().kinds().len(), 3);
    }
}
