//! The circuit of a batch: the executor's rules as R1CS, and a count of what they cost.
//!
//! A circuit has a fixed sequence of kinds of transactions, its [`Shape`]: nothing is spent on choosing
//! between kinds, and every shape has keys of its own. The only public input is the hash of the
//! [`Statement`](crate::Statement).

mod account;
mod builder;
mod edwards;
mod margin;
mod poseidon;
mod shape;
mod signature;
mod trade;
mod transfer;
mod tree;

#[cfg(test)]
mod tests;

pub use shape::Shape;

use ark_bn254::Fr;
use ark_relations::gr1cs::{
    ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef, OptimizationGoal, SynthesisError,
    SynthesisMode,
};

use crate::exchange::{Executed, Rule, Step, Witness};
use crate::params::{ACCOUNT_BITS, FEE_BITS, FUNDING_BITS, MAX_PRICE_AGE, PRICE_BITS, TIME_BITS};
use crate::poseidon::Domain;
use builder::{Builder, Num, Section};
use edwards::Point;

type Result<T = ()> = std::result::Result<T, SynthesisError>;

/// Numbers that the transactions of a batch share, and those that go from one to the next.
pub(crate) struct Context {
    time: Num,
    prices: Vec<Num>,
    funding: Vec<Num>,
    packed_funding: Num,
    root: Num,
    commitment: Num,
    fees: Num,
}

/// Constraints of a circuit by what they are spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breakdown {
    /// Account leaves and tree updates.
    pub tree: usize,
    /// Signatures of traders and oracle.
    pub signatures: usize,
    /// Funding and the margin rule.
    pub margin: usize,
    /// Ranges of fields and the comparisons of limits.
    pub range: usize,
    /// Commitment, statement and the rest.
    pub rest: usize,
}

impl Breakdown {
    /// All constraints.
    pub fn total(&self) -> usize {
        self.tree + self.signatures + self.margin + self.range + self.rest
    }

    fn of(b: &Builder) -> Self {
        Breakdown {
            tree: b.count(Section::Tree),
            signatures: b.count(Section::Signatures),
            margin: b.count(Section::Margin),
            range: b.count(Section::Range),
            rest: b.count(Section::Rest),
        }
    }
}

/// The circuit with a witness. In setup, where values do not matter, any witness of its shape.
#[derive(Clone)]
pub struct BatchCircuit {
    witness: Witness,
}

/// Constraints of the circuit of a shape.
///
/// # Errors
/// If the constraint system cannot be built.
pub fn breakdown(shape: &Shape) -> crate::Result<Breakdown> {
    let cs = ConstraintSystem::new_ref();
    cs.set_mode(SynthesisMode::Prove {
        construct_matrices: false,
        generate_lc_assignments: false,
    });
    let mut b = Builder::new(cs);
    synthesize(&mut b, &shape.blank())?;
    Ok(Breakdown::of(&b))
}

impl BatchCircuit {
    /// The circuit that proves an executed batch.
    pub fn new(executed: &Executed) -> Self {
        BatchCircuit {
            witness: executed.witness.clone(),
        }
    }

    /// The circuit of a shape, for key generation.
    pub fn blank(shape: &Shape) -> Self {
        BatchCircuit {
            witness: shape.blank(),
        }
    }

    /// Builds the circuit with its matrices, and gives the rules that the witness breaks.
    pub(crate) fn synthesize(&self) -> Result<(ConstraintSystemRef<Fr>, Vec<Rule>)> {
        self.run(true)
    }

    /// The values of all variables (one, public input, witness), and the rules that they break.
    pub(crate) fn assign(&self) -> Result<(Vec<Fr>, Vec<Rule>)> {
        let (cs, broken) = self.run(false)?;
        let mut values = cs.instance_assignment()?;
        values.extend(cs.witness_assignment()?);
        Ok((values, broken))
    }

    fn run(&self, construct_matrices: bool) -> Result<(ConstraintSystemRef<Fr>, Vec<Rule>)> {
        let cs = ConstraintSystem::new_ref();
        cs.set_optimization_goal(OptimizationGoal::Constraints);
        cs.set_mode(SynthesisMode::Prove {
            construct_matrices,
            generate_lc_assignments: false,
        });
        let mut b = Builder::new(cs.clone());
        synthesize(&mut b, &self.witness)?;
        cs.finalize();
        Ok((cs, b.broken().iter().copied().collect()))
    }
}

impl ConstraintSynthesizer<Fr> for BatchCircuit {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result {
        synthesize(&mut Builder::new(cs), &self.witness)
    }
}

fn synthesize(b: &mut Builder, witness: &Witness) -> Result {
    let public_input = b.input(witness.public_input)?;
    let oracle = &witness.oracle.oracle;
    b.enter(Rule::Range, Section::Range);
    let time = b.witness(Fr::from(witness.time))?;
    b.range(&time, TIME_BITS)?;
    let timestamp = b.witness(Fr::from(oracle.timestamp))?;
    b.range(&timestamp, TIME_BITS)?;
    let (mut prices, mut funding) = (Vec::new(), Vec::new());
    for (price, index) in oracle.prices.iter().zip(&oracle.funding) {
        let price = b.witness(Fr::from(*price))?;
        b.range(&price, PRICE_BITS)?;
        b.enter(Rule::NonZero, Section::Rest);
        b.not_zero(&price)?;
        prices.push(price);
        b.enter(Rule::Range, Section::Range);
        let index = b.witness(Fr::from(*index))?;
        b.signed_range(&index, FUNDING_BITS)?;
        funding.push(index);
    }
    check_price_age(b, &time, &timestamp)?;

    let packed_funding = account::pack_funding(&funding);
    let message = [
        Num::pack(prices.iter().map(|price| (price, PRICE_BITS))),
        Num::pack([
            (&packed_funding, funding.len() * FUNDING_BITS),
            (&timestamp, TIME_BITS),
        ]),
    ];
    let oracle_key = Point::witness(b, &witness.oracle_key.0)?;
    b.enter(Rule::Key, Section::Rest);
    oracle_key.of_prime_order(b, &witness.oracle_key.0)?;
    signature::verify(
        b,
        Domain::Oracle,
        &oracle_key,
        &witness.oracle_key,
        &message,
        &witness.oracle.signature,
    )?;

    let old_root = b.witness(witness.old_root)?;
    let mut context = Context {
        time: time.clone(),
        prices,
        funding,
        packed_funding,
        root: old_root.clone(),
        commitment: Num::zero(),
        fees: Num::zero(),
    };
    for step in &witness.steps {
        match step {
            Step::Deposit { deposit, account } => {
                transfer::deposit(b, &mut context, deposit, account)?;
            }
            Step::Trade {
                trade,
                maker,
                taker,
            } => trade::trade(b, &mut context, trade, maker, taker)?,
            Step::Withdrawal {
                withdrawal,
                account,
            } => transfer::withdraw(b, &mut context, withdrawal, account)?,
        }
    }

    b.enter(Rule::Range, Section::Range);
    let fees = context.fees.clone();
    b.range(&fees, FEE_BITS)?;
    let (fee_account, _) = account::credit(b, &mut context, &witness.fee_account, &fees, false)?;

    b.enter(Rule::Statement, Section::Rest);
    let rest = Num::pack([
        (&time, TIME_BITS),
        (&fees, FEE_BITS),
        (&fee_account, ACCOUNT_BITS),
    ]);
    let [prices, funding_and_timestamp] = message;
    let inputs = [
        old_root,
        context.root,
        prices,
        funding_and_timestamp,
        rest,
        oracle_key.x,
        oracle_key.y,
        context.commitment,
    ];
    let hash = poseidon::hash(b, Domain::Statement, &inputs)?;
    b.equal(&hash, &public_input)
}

/// time − MAX_PRICE_AGE ≤ timestamp ≤ time.
fn check_price_age(b: &mut Builder, time: &Num, timestamp: &Num) -> Result {
    const AGE_BITS: usize = (u64::BITS - MAX_PRICE_AGE.leading_zeros()) as usize;
    b.enter(Rule::PriceAge, Section::Range);
    let age = time.sub(timestamp);
    b.range(&age, AGE_BITS)?;
    b.range(&Num::constant(Fr::from(MAX_PRICE_AGE)).sub(&age), AGE_BITS)
}
