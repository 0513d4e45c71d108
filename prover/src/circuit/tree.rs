//! Replacing a leaf of the account tree: the old leaf leads to the old root, the new one, with the
//! same siblings, to the new root.

use ark_relations::gr1cs::SynthesisError;

use super::builder::{Builder, Num, Section};
use super::poseidon::hash;
use crate::exchange::{Path, Rule};
use crate::params::LOG_ARITY;
use crate::poseidon::Domain;

type Result<T = ()> = std::result::Result<T, SynthesisError>;

/// Requires that `old_leaf` stands at the index under `old_root`; gives the new root.
pub(crate) fn replace(
    b: &mut Builder,
    index_bits: &[Num],
    path: &Path,
    old_root: &Num,
    old_leaf: &Num,
    new_leaf: &Num,
) -> Result<Num> {
    b.enter(Rule::Membership, Section::Tree);
    let (mut old, mut new) = (old_leaf.clone(), new_leaf.clone());
    for (children, place) in path.iter().zip(index_bits.chunks(LOG_ARITY)) {
        let children = children
            .iter()
            .map(|child| b.witness(*child))
            .collect::<Result<Vec<_>>>()?;
        let places = b.indicators(place)?;
        let found = b.choose(&places, &children)?;
        b.equal(&found, &old)?;
        let change = new.sub(&old);
        let changed = children
            .iter()
            .zip(&places)
            .map(|(child, here)| Ok(child.add(&b.mul(here, &change)?)))
            .collect::<Result<Vec<_>>>()?;
        old = hash(b, Domain::Node, &children)?;
        new = hash(b, Domain::Node, &changed)?;
    }
    b.equal(&old, old_root)?;
    Ok(new)
}
