//! The R1CS of a circuit: three sparse matrices A, B, C over the variables z = (1, public input,
//! witness), with A·z ∘ B·z = C·z for a valid z.
//!
//! They depend on the shape alone, so that keys hold them and a proof needs values only. Coefficients
//! repeat a great deal: each is kept once and entries point to it.

use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use ark_relations::gr1cs::{Matrix, R1CS_PREDICATE_LABEL};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::circuit::{BatchCircuit, Shape};
use crate::params::CIRCUIT_VERSION;
use crate::{Error, Result};

/// Index of [`Fr::ONE`] among the coefficients.
const ONE: u32 = 0;

/// A circuit's matrices.
pub(crate) struct Matrices {
    pub num_inputs: usize,
    pub num_variables: usize,
    pub num_constraints: usize,
    coefficients: Vec<Fr>,
    sparse: [Sparse; 3],
}

/// Rows one after another.
#[derive(Default)]
struct Sparse {
    /// Where each row ends among the entries.
    ends: Vec<usize>,
    entries: Vec<Entry>,
}

struct Entry {
    column: u32,
    coefficient: u32,
}

impl Matrices {
    /// The matrices of a shape.
    ///
    /// # Errors
    /// If the constraint system cannot be built.
    pub fn of(shape: &Shape) -> Result<Self> {
        let (cs, _) = BatchCircuit::blank(shape).synthesize()?;
        let mut all = cs.to_matrices()?;
        let Some([a, b, c]) = all
            .remove(R1CS_PREDICATE_LABEL)
            .and_then(|matrices| <[Matrix<Fr>; 3]>::try_from(matrices).ok())
        else {
            return Err(Error::Synthesis("there are no R1CS constraints".into()));
        };
        let num_variables = cs.num_instance_variables() + cs.num_witness_variables();
        if u32::try_from(num_variables).is_err() {
            return Err(Error::Synthesis(format!("{num_variables} variables")));
        }
        let mut interner = Interner::default();
        let sparse = [a, b, c].map(|matrix| Sparse::new(matrix, &mut interner));
        Ok(Matrices {
            num_inputs: cs.num_instance_variables(),
            num_variables,
            num_constraints: cs.num_constraints(),
            coefficients: interner.coefficients,
            sparse,
        })
    }

    /// Elements of the evaluation domain: a power of two that holds a row for every constraint and
    /// every public input.
    pub fn domain_size(&self) -> usize {
        (self.num_constraints + self.num_inputs).next_power_of_two()
    }

    /// A·z, B·z and C·z.
    pub fn products(&self, z: &[Fr]) -> [Vec<Fr>; 3] {
        self.sparse.each_ref().map(|sparse| {
            (0..self.num_constraints)
                .into_par_iter()
                .map(|row| {
                    let mut sum = Fr::ZERO;
                    for entry in sparse.row(row) {
                        let value = z[entry.column as usize];
                        sum += match entry.coefficient {
                            ONE => value,
                            index => value * self.coefficients[index as usize],
                        };
                    }
                    sum
                })
                .collect()
        })
    }

    /// SHA-256 of the circuit's version, the matrices' sizes and their entries row by row: column and
    /// coefficient, little-endian, ordered by column.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(format!("vegalith batch circuit {CIRCUIT_VERSION}\0"));
        for count in [self.num_inputs, self.num_variables, self.num_constraints] {
            hasher.update((count as u64).to_le_bytes());
        }
        let canonical: Vec<_> = self
            .coefficients
            .iter()
            .map(|coefficient| coefficient.into_bigint().to_bytes_le())
            .collect();
        for sparse in &self.sparse {
            let mut bytes = Vec::new();
            for row in 0..self.num_constraints {
                bytes.clear();
                let entries = sparse.row(row);
                bytes.extend((entries.len() as u32).to_le_bytes());
                for entry in entries {
                    bytes.extend(entry.column.to_le_bytes());
                    bytes.extend(&canonical[entry.coefficient as usize]);
                }
                hasher.update(&bytes);
            }
        }
        hasher.finalize().into()
    }
}

impl Sparse {
    fn new(matrix: Matrix<Fr>, interner: &mut Interner) -> Self {
        let mut sparse = Sparse::default();
        for mut row in matrix {
            row.sort_by_key(|(_, column)| *column);
            sparse
                .entries
                .extend(row.into_iter().map(|(coefficient, column)| Entry {
                    column: column as u32,
                    coefficient: interner.index(coefficient),
                }));
            sparse.ends.push(sparse.entries.len());
        }
        sparse
    }

    fn row(&self, row: usize) -> &[Entry] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[start..self.ends[row]]
    }
}

struct Interner {
    coefficients: Vec<Fr>,
    indices: HashMap<Fr, u32>,
}

impl Default for Interner {
    fn default() -> Self {
        Interner {
            coefficients: vec![Fr::ONE],
            indices: HashMap::from([(Fr::ONE, ONE)]),
        }
    }
}

impl Interner {
    fn index(&mut self, coefficient: Fr) -> u32 {
        let next = self.coefficients.len() as u32;
        *self.indices.entry(coefficient).or_insert_with(|| {
            self.coefficients.push(coefficient);
            next
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::execute;
    use crate::samples::sample_batch;

    #[test]
    fn a_batch_satisfies_the_matrices_of_its_shape_and_a_changed_value_does_not() {
        let executed = execute(&sample_batch(1)).unwrap();
        let matrices = Matrices::of(&Shape::of(&executed)).unwrap();
        let (mut z, broken) = BatchCircuit::new(&executed).assign().unwrap();
        assert_eq!(broken, []);
        assert_eq!(z.len(), matrices.num_variables);
        let satisfied = |z: &[Fr]| {
            let [a, b, c] = matrices.products(z);
            a.iter().zip(&b).zip(&c).all(|((a, b), c)| a * b == *c)
        };
        assert!(satisfied(&z));
        z[matrices.num_variables / 2] += Fr::ONE;
        assert!(!satisfied(&z));
    }

    #[test]
    fn digests_tell_shapes_apart_and_nothing_else() {
        let digest = |letters| {
            Matrices::of(&Shape::from_letters(letters).unwrap())
                .unwrap()
                .digest()
        };
        assert_eq!(digest("d"), digest("d"));
        assert_ne!(digest("d"), digest("w"));
        assert_ne!(digest("dw"), digest("wd"));
        assert_ne!(digest("d"), digest("dd"));
    }
}
