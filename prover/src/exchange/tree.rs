//! The account tree: 8 children a node, [`TREE_DEPTH`] levels, leaf 0 where there is no account.
//! Only nodes above an account are stored.

use std::collections::HashMap;
use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use crate::params::{LOG_ARITY, TREE_ARITY, TREE_DEPTH};
use crate::poseidon::{hash, Domain};

/// Leaf of an index without an account.
pub(crate) const EMPTY_LEAF: Fr = Fr::ZERO;

/// The eight children of each node between a leaf and the root, the leaf's own level first.
pub(crate) type Path = [[Fr; TREE_ARITY]; TREE_DEPTH];

#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    /// By level (0: leaves, [`TREE_DEPTH`]: root) and index.
    nodes: HashMap<(usize, u32), Fr>,
}

/// Value of an empty subtree by level.
fn empty(level: usize) -> Fr {
    static VALUES: OnceLock<[Fr; TREE_DEPTH + 1]> = OnceLock::new();
    VALUES.get_or_init(|| {
        let mut values = [EMPTY_LEAF; TREE_DEPTH + 1];
        for level in 1..=TREE_DEPTH {
            values[level] = hash(Domain::Node, &[values[level - 1]; TREE_ARITY]);
        }
        values
    })[level]
}

impl Tree {
    fn node(&self, level: usize, index: u32) -> Fr {
        self.nodes
            .get(&(level, index))
            .copied()
            .unwrap_or_else(|| empty(level))
    }

    fn children(&self, level: usize, parent: u32) -> [Fr; TREE_ARITY] {
        std::array::from_fn(|k| self.node(level, (parent << LOG_ARITY) + k as u32))
    }

    pub(crate) fn root(&self) -> Fr {
        self.node(TREE_DEPTH, 0)
    }

    pub(crate) fn set(&mut self, index: u32, leaf: Fr) {
        self.nodes.insert((0, index), leaf);
        let mut index = index;
        for level in 0..TREE_DEPTH {
            index >>= LOG_ARITY;
            let node = hash(Domain::Node, &self.children(level, index));
            self.nodes.insert((level + 1, index), node);
        }
    }

    pub(crate) fn path(&self, index: u32) -> Path {
        std::array::from_fn(|level| self.children(level, index >> (LOG_ARITY * (level + 1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::MAX_ACCOUNTS;

    fn root_of(index: u32, leaf: Fr, path: &Path) -> Fr {
        path.iter()
            .enumerate()
            .fold(leaf, |node, (level, children)| {
                let place = (index >> (LOG_ARITY * level)) as usize % TREE_ARITY;
                assert_eq!(children[place], node);
                hash(Domain::Node, children)
            })
    }

    #[test]
    fn paths_lead_to_the_root_and_order_of_insertion_does_not_matter() {
        let leaves = [(0, 5u64), (1, 6), (8, 7), (MAX_ACCOUNTS - 1, 9)];
        let mut tree = Tree::default();
        let mut reversed = Tree::default();
        assert_eq!(root_of(3, EMPTY_LEAF, &tree.path(3)), tree.root());
        for (index, leaf) in leaves {
            tree.set(index, Fr::from(leaf));
        }
        for (index, leaf) in leaves.into_iter().rev() {
            reversed.set(index, Fr::from(leaf));
        }
        assert_eq!(tree.root(), reversed.root());
        for (index, leaf) in leaves {
            assert_eq!(
                root_of(index, Fr::from(leaf), &tree.path(index)),
                tree.root()
            );
        }
        assert_eq!(root_of(2, EMPTY_LEAF, &tree.path(2)), tree.root());
        tree.set(8, Fr::from(8u64));
        assert_ne!(tree.root(), reversed.root());
    }
}
