//! The sequence of kinds that a circuit is made for.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use crate::eddsa::{PublicKey, Signature};
use crate::exchange::{
    Account, AccountWitness, Deposit, Executed, Kind, Oracle, Order, Side, SignedOracle,
    SignedOrder, Step, Trade, Withdrawal, Witness,
};
use crate::params::{MAX_TRANSACTIONS, NUM_MARKETS, TREE_ARITY, TREE_DEPTH};

/// Kinds of the transactions of a batch, in order. Written as a letter each: `d` deposit, `t`
/// trade, `w` withdrawal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape(Vec<Kind>);

impl Shape {
    /// The shape of these kinds; `None` unless there are 1 to [`MAX_TRANSACTIONS`].
    pub fn new(kinds: Vec<Kind>) -> Option<Self> {
        (1..=MAX_TRANSACTIONS)
            .contains(&kinds.len())
            .then_some(Shape(kinds))
    }

    /// The shape of this many trades; `None` unless there are 1 to [`MAX_TRANSACTIONS`].
    pub fn trades(count: usize) -> Option<Self> {
        Shape::new(vec![Kind::Trade; count])
    }

    /// The shape of an executed batch.
    pub fn of(executed: &Executed) -> Self {
        Shape(executed.kinds())
    }

    /// The shape of these letters; `None` for others or too many.
    pub fn from_letters(letters: &str) -> Option<Self> {
        let kinds = letters.chars().map(|letter| match letter {
            'd' => Some(Kind::Deposit),
            't' => Some(Kind::Trade),
            'w' => Some(Kind::Withdrawal),
            _ => None,
        });
        Shape::new(kinds.collect::<Option<Vec<_>>>()?)
    }

    /// The kinds in order.
    pub fn kinds(&self) -> &[Kind] {
        &self.0
    }

    /// A witness of this shape; it satisfies nothing.
    pub(super) fn blank(&self) -> Witness {
        let key = PublicKey::generator();
        let account = AccountWitness {
            index: 0,
            exists: true,
            account: Account::new(key),
            path: [[Fr::ZERO; TREE_ARITY]; TREE_DEPTH],
        };
        let signature = Signature {
            r: key.0,
            s: Default::default(),
        };
        let order = SignedOrder {
            order: Order {
                account: 0,
                market: 0,
                side: Side::Buy,
                price: 0,
                size: 0,
                fee_limit: 0,
                nonce: 0,
                slot: 0,
                expiry: 0,
            },
            signature,
        };
        let step = |kind: &Kind| match kind {
            Kind::Deposit => Step::Deposit {
                deposit: Deposit {
                    account: 0,
                    key,
                    amount: 0,
                },
                account: Box::new(account.clone()),
            },
            Kind::Trade => Step::Trade {
                trade: Box::new(Trade {
                    maker: order,
                    taker: order,
                    size: 0,
                    price: 0,
                    maker_fee: 0,
                    taker_fee: 0,
                }),
                maker: Box::new(account.clone()),
                taker: Box::new(account.clone()),
            },
            Kind::Withdrawal => Step::Withdrawal {
                withdrawal: Withdrawal {
                    account: 0,
                    amount: 0,
                    nonce: 0,
                    signature,
                },
                account: Box::new(account.clone()),
            },
        };
        Witness {
            public_input: Fr::ZERO,
            old_root: Fr::ZERO,
            oracle_key: key,
            oracle: SignedOracle {
                oracle: Oracle {
                    prices: [0; NUM_MARKETS],
                    funding: [0; NUM_MARKETS],
                    timestamp: 0,
                },
                signature,
            },
            time: 0,
            fee_account: account.clone(),
            steps: self.0.iter().map(step).collect(),
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|kind| {
            f.write_str(match kind {
                Kind::Deposit => "d",
                Kind::Trade => "t",
                Kind::Withdrawal => "w",
            })
        })
    }
}
