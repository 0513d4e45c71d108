//! Builds constraints over ark-relations: numbers are linear combinations that carry their value,
//! constraints are counted by section and know the rule that they enforce, and those that a witness
//! breaks are noted, so that a test can tell which rule stopped it.

use std::collections::BTreeSet;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use ark_relations::gr1cs::{ConstraintSystemRef, LinearCombination, SynthesisError, Variable};

use crate::exchange::{power_of_two, Rule};

type Result<T = ()> = std::result::Result<T, SynthesisError>;

/// What a constraint is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Tree,
    Signatures,
    Margin,
    Range,
    Rest,
}

/// A linear combination of variables with its value.
#[derive(Clone, Debug)]
pub(crate) struct Num {
    pub value: Fr,
    /// Sorted by variable, without repetition.
    terms: Vec<(Fr, Variable)>,
}

impl Num {
    pub(crate) fn constant(value: impl Into<Fr>) -> Self {
        let value = value.into();
        Num {
            value,
            terms: if value == Fr::ZERO {
                Vec::new()
            } else {
                vec![(value, Variable::One)]
            },
        }
    }

    pub(crate) fn zero() -> Self {
        Num::constant(Fr::ZERO)
    }

    pub(crate) fn one() -> Self {
        Num::constant(Fr::ONE)
    }

    fn variable(value: Fr, variable: Variable) -> Self {
        Num {
            value,
            terms: vec![(Fr::ONE, variable)],
        }
    }

    fn as_constant(&self) -> Option<Fr> {
        match self.terms.as_slice() {
            [] => Some(Fr::ZERO),
            [(value, Variable::One)] => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn scale(&self, factor: impl Into<Fr>) -> Num {
        let factor = factor.into();
        if factor == Fr::ZERO {
            return Num::zero();
        }
        Num {
            value: self.value * factor,
            terms: self.terms.iter().map(|(c, v)| (*c * factor, *v)).collect(),
        }
    }

    /// self + factor · other.
    pub(crate) fn add_scaled(&self, factor: impl Into<Fr>, other: &Num) -> Num {
        let factor = factor.into();
        let mut terms = Vec::with_capacity(self.terms.len() + other.terms.len());
        let (mut i, mut j) = (0, 0);
        while i < self.terms.len() || j < other.terms.len() {
            let left = self.terms.get(i);
            let right = other.terms.get(j);
            match (left, right) {
                (Some(l), Some(r)) if l.1 == r.1 => {
                    let sum = l.0 + r.0 * factor;
                    if sum != Fr::ZERO {
                        terms.push((sum, l.1));
                    }
                    i += 1;
                    j += 1;
                }
                (Some(l), r) if r.is_none_or(|r| l.1 < r.1) => {
                    terms.push(*l);
                    i += 1;
                }
                (_, Some(r)) => {
                    terms.push((r.0 * factor, r.1));
                    j += 1;
                }
                _ => break,
            }
        }
        Num {
            value: self.value + other.value * factor,
            terms,
        }
    }

    pub(crate) fn add(&self, other: &Num) -> Num {
        self.add_scaled(Fr::ONE, other)
    }

    pub(crate) fn sub(&self, other: &Num) -> Num {
        self.add_scaled(-Fr::ONE, other)
    }

    pub(crate) fn add_constant(&self, constant: impl Into<Fr>) -> Num {
        self.add(&Num::constant(constant))
    }

    /// 1 − self, for a bit its negation.
    pub(crate) fn not(&self) -> Num {
        Num::one().sub(self)
    }

    /// Σ coefficient · number. The numbers must be few or of few terms each.
    pub(crate) fn sum<'a>(parts: impl IntoIterator<Item = (Fr, &'a Num)>) -> Num {
        let mut value = Fr::ZERO;
        let mut terms = Vec::new();
        for (factor, part) in parts {
            value += part.value * factor;
            terms.extend(part.terms.iter().map(|(c, v)| (*c * factor, *v)));
        }
        terms.sort_by_key(|(_, v)| *v);
        terms.dedup_by(|next, kept| {
            let same = next.1 == kept.1;
            if same {
                kept.0 += next.0;
            }
            same
        });
        terms.retain(|(c, _)| *c != Fr::ZERO);
        Num { value, terms }
    }

    /// Numbers side by side, each with its width: see [`crate::exchange::pack`].
    pub(crate) fn pack<'a>(parts: impl IntoIterator<Item = (&'a Num, usize)>) -> Num {
        let mut weight = Fr::ONE;
        let weighted: Vec<_> = parts
            .into_iter()
            .map(|(part, bits)| {
                let term = (weight, part);
                weight *= power_of_two(bits);
                term
            })
            .collect();
        Num::sum(weighted)
    }

    /// The number of bits, lowest first.
    pub(crate) fn of_bits(bits: &[Num]) -> Num {
        Num::pack(bits.iter().map(|bit| (bit, 1)))
    }

    fn combination(&self) -> LinearCombination<Fr> {
        LinearCombination(self.terms.clone())
    }
}

/// Collects constraints.
pub(crate) struct Builder {
    cs: ConstraintSystemRef<Fr>,
    rule: Rule,
    section: Section,
    counts: [usize; 5],
    broken: BTreeSet<Rule>,
    /// Which choices are the opposite of the honest one: tests play a prover who lies.
    #[cfg(test)]
    pub lies: std::collections::VecDeque<bool>,
    /// Where the circuit asserts something, and whether the witness breaks it there.
    #[cfg(test)]
    pub sites: std::collections::BTreeMap<&'static std::panic::Location<'static>, bool>,
}

impl Builder {
    pub(crate) fn new(cs: ConstraintSystemRef<Fr>) -> Self {
        Builder {
            cs,
            rule: Rule::Range,
            section: Section::Rest,
            counts: [0; 5],
            broken: BTreeSet::new(),
            #[cfg(test)]
            lies: Default::default(),
            #[cfg(test)]
            sites: Default::default(),
        }
    }

    /// Constraints from here on enforce `rule` and count for `section`.
    pub(crate) fn enter(&mut self, rule: Rule, section: Section) {
        self.rule = rule;
        self.section = section;
    }

    /// Constraints of a section.
    pub(crate) fn count(&self, section: Section) -> usize {
        self.counts[section as usize]
    }

    /// Rules whose constraints the witness breaks.
    pub(crate) fn broken(&self) -> &BTreeSet<Rule> {
        &self.broken
    }

    pub(crate) fn input(&mut self, value: Fr) -> Result<Num> {
        Ok(Num::variable(
            value,
            self.cs.new_input_variable(|| Ok(value))?,
        ))
    }

    pub(crate) fn witness(&mut self, value: Fr) -> Result<Num> {
        let variable = self.cs.new_witness_variable(|| Ok(value))?;
        Ok(Num::variable(value, variable))
    }

    /// a · b = c.
    #[cfg_attr(test, track_caller)]
    pub(crate) fn enforce(&mut self, a: &Num, b: &Num, c: &Num) -> Result {
        let broken = a.value * b.value != c.value;
        if broken {
            self.broken.insert(self.rule);
        }
        #[cfg(test)]
        {
            *self
                .sites
                .entry(std::panic::Location::caller())
                .or_default() |= broken;
        }
        self.counts[self.section as usize] += 1;
        self.cs
            .enforce_r1cs_constraint(|| a.combination(), || b.combination(), || c.combination())
    }

    #[cfg_attr(test, track_caller)]
    pub(crate) fn equal(&mut self, a: &Num, b: &Num) -> Result {
        self.enforce(&a.sub(b), &Num::one(), &Num::zero())
    }

    pub(crate) fn mul(&mut self, a: &Num, b: &Num) -> Result<Num> {
        if let Some(constant) = a.as_constant() {
            return Ok(b.scale(constant));
        }
        if let Some(constant) = b.as_constant() {
            return Ok(a.scale(constant));
        }
        let product = self.witness(a.value * b.value)?;
        self.enforce(a, b, &product)?;
        Ok(product)
    }

    /// q with q · b = a; b must not be zero (a prover could choose q if both were).
    pub(crate) fn divide(&mut self, a: &Num, b: &Num) -> Result<Num> {
        let inverse = b.value.inverse().unwrap_or_default();
        let quotient = self.witness(a.value * inverse)?;
        self.enforce(&quotient, b, a)?;
        Ok(quotient)
    }

    #[cfg_attr(test, track_caller)]
    pub(crate) fn not_zero(&mut self, a: &Num) -> Result {
        let inverse = self.witness(a.value.inverse().unwrap_or_default())?;
        self.enforce(&inverse, a, &Num::one())
    }

    /// The bit that says whether a = 0.
    pub(crate) fn is_zero(&mut self, a: &Num) -> Result<Num> {
        let inverse = self.witness(a.value.inverse().unwrap_or_default())?;
        let is_zero = self.witness(Fr::from(a.value == Fr::ZERO))?;
        self.enforce(a, &inverse, &is_zero.not())?;
        self.enforce(a, &is_zero, &Num::zero())?;
        Ok(is_zero)
    }

    pub(crate) fn bit(&mut self, value: bool) -> Result<Num> {
        let bit = self.witness(Fr::from(value))?;
        self.enforce(&bit, &bit.not(), &Num::zero())?;
        Ok(bit)
    }

    /// A bit that the prover chooses; `honest` is what it should be, and constraints see to the rest.
    pub(crate) fn choice(&mut self, honest: bool) -> Result<Num> {
        #[cfg(test)]
        let honest = honest ^ self.lies.pop_front().unwrap_or(false);
        self.bit(honest)
    }

    /// The bits of 0 ≤ a < 2^bits, lowest first; what is not in the range has none.
    #[cfg_attr(test, track_caller)]
    pub(crate) fn bits(&mut self, a: &Num, bits: usize) -> Result<Vec<Num>> {
        let value = a.value.into_bigint();
        let found = (0..bits)
            .map(|i| self.bit(value.get_bit(i)))
            .collect::<Result<Vec<_>>>()?;
        self.equal(&Num::of_bits(&found), a)?;
        Ok(found)
    }

    /// 0 ≤ a < 2^bits.
    #[cfg_attr(test, track_caller)]
    pub(crate) fn range(&mut self, a: &Num, bits: usize) -> Result {
        self.bits(a, bits).map(drop)
    }

    /// −2^(bits−1) ≤ a < 2^(bits−1); gives the bit that says a ≥ 0.
    #[cfg_attr(test, track_caller)]
    pub(crate) fn signed_range(&mut self, a: &Num, bits: usize) -> Result<Num> {
        let shifted = a.add_constant(power_of_two(bits - 1));
        let mut found = self.bits(&shifted, bits)?;
        found.pop().ok_or(SynthesisError::Unsatisfiable)
    }

    /// Whether bit is 1: a, else b.
    pub(crate) fn select(&mut self, bit: &Num, a: &Num, b: &Num) -> Result<Num> {
        let chosen = self.mul(bit, &a.sub(b))?;
        Ok(b.add(&chosen))
    }

    /// For each number below 2^bits.len(), whether the bits say it.
    pub(crate) fn indicators(&mut self, bits: &[Num]) -> Result<Vec<Num>> {
        let mut indicators = vec![Num::one()];
        for bit in bits {
            // Those with the bit set add up to it, so that the last one costs nothing.
            let mut last = bit.clone();
            let mut upper = Vec::with_capacity(indicators.len());
            for indicator in &indicators[1..] {
                let set = self.mul(indicator, bit)?;
                last = last.sub(&set);
                upper.push(set);
            }
            upper.insert(0, last);
            for (lower, set) in indicators.iter_mut().zip(&upper) {
                *lower = lower.sub(set);
            }
            indicators.extend(upper);
        }
        Ok(indicators)
    }

    /// Σ indicator · value.
    pub(crate) fn choose(&mut self, indicators: &[Num], values: &[Num]) -> Result<Num> {
        let products = indicators
            .iter()
            .zip(values)
            .map(|(i, v)| self.mul(i, v))
            .collect::<Result<Vec<_>>>()?;
        Ok(Num::sum(products.iter().map(|p| (Fr::ONE, p))))
    }
}
