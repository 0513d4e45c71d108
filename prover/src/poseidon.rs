//! The Poseidon hash over BN254's scalar field: one permutation a call, of width 6 (up to five
//! inputs) or 9 (up to eight), x⁵, 8 full rounds and 60 or 63 partial ones (128-bit security, the
//! round numbers of the Poseidon paper's table for t = 6 and t = 9).
//!
//! Constants come from the paper's Grain LFSR as `find_poseidon_ark_and_mds` runs it (254-bit
//! field, x⁵, no matrix skipped). The first lane starts as the domain tag, so that hashes of different
//! meaning never collide; inputs fill the other lanes, missing ones are zero (each domain has a
//! fixed number of inputs); the digest is the second lane.

use std::sync::OnceLock;

use ark_bn254::Fr;
use ark_crypto_primitives::sponge::poseidon::find_poseidon_ark_and_mds;
use ark_ff::{AdditiveGroup, Field, PrimeField};

/// Full rounds, half of them before the partial ones.
pub(crate) const FULL_ROUNDS: usize = 8;

/// What a hash is of; its number is the initial value of the first lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// Inner node of the account tree (8 children).
    Node = 1,
    /// Account (5 elements).
    Account = 2,
    /// Challenge of an order's signature (5 elements).
    Order = 3,
    /// Challenge of a withdrawal's signature (5 elements).
    Withdrawal = 4,
    /// Challenge of an oracle's signature (6 elements).
    Oracle = 5,
    /// Commitment to a batch after a deposit, trade or withdrawal (5 elements).
    CommitDeposit = 6,
    /// See [`Domain::CommitDeposit`].
    CommitTrade = 7,
    /// See [`Domain::CommitDeposit`].
    CommitWithdrawal = 8,
    /// The public input (8 elements).
    Statement = 9,
}

impl Domain {
    pub(crate) fn tag(self) -> Fr {
        Fr::from(self as u64)
    }
}

/// Constants of one width, with the partial rounds written as linear forms.
pub(crate) struct Params {
    /// Width.
    pub t: usize,
    /// Partial rounds.
    pub partial_rounds: usize,
    /// Round constants, `ark[round][lane]`.
    pub ark: Vec<Vec<Fr>>,
    /// The matrix, `mds[row][column]`.
    pub mds: Vec<Vec<Fr>>,
    /// For each partial round, its S-box input as a linear form in: the t S-box outputs of the full
    /// round before, the outputs of the partial rounds, and 1.
    pub partial_inputs: Vec<Vec<Fr>>,
    /// The lanes that enter the first full round after the partial ones, in the same terms.
    pub after_partial: Vec<Vec<Fr>>,
}

impl Params {
    fn new(t: usize, partial_rounds: usize) -> Self {
        let (ark, mds) = find_poseidon_ark_and_mds::<Fr>(
            u64::from(Fr::MODULUS_BIT_SIZE),
            t - 1,
            FULL_ROUNDS as u64,
            partial_rounds as u64,
            0,
        );
        let terms = t + partial_rounds + 1;
        let constant = terms - 1;
        let unit = |index: usize| {
            let mut form = vec![Fr::ZERO; terms];
            form[index] = Fr::ONE;
            form
        };
        let next = |lanes: &[Vec<Fr>], round: usize| -> Vec<Vec<Fr>> {
            (0..t)
                .map(|row| {
                    let mut form = vec![Fr::ZERO; terms];
                    for (lane, factor) in lanes.iter().zip(&mds[row]) {
                        for (sum, term) in form.iter_mut().zip(lane) {
                            *sum += *term * factor;
                        }
                    }
                    form[constant] += ark[round][row];
                    form
                })
                .collect()
        };
        let mut round = FULL_ROUNDS / 2;
        let mut lanes = next(&(0..t).map(unit).collect::<Vec<_>>(), round);
        let mut partial_inputs = Vec::with_capacity(partial_rounds);
        for k in 0..partial_rounds {
            partial_inputs.push(std::mem::replace(&mut lanes[0], unit(t + k)));
            round += 1;
            lanes = next(&lanes, round);
        }
        Params {
            t,
            partial_rounds,
            ark,
            mds,
            partial_inputs,
            after_partial: lanes,
        }
    }

    /// The constants that serve `inputs` inputs (at most eight).
    pub(crate) fn for_inputs(inputs: usize) -> &'static Params {
        static WIDTH_6: OnceLock<Params> = OnceLock::new();
        static WIDTH_9: OnceLock<Params> = OnceLock::new();
        if inputs <= 5 {
            WIDTH_6.get_or_init(|| Params::new(6, 60))
        } else {
            WIDTH_9.get_or_init(|| Params::new(9, 63))
        }
    }

    fn permute(&self, state: &mut Vec<Fr>) {
        let half = FULL_ROUNDS / 2;
        for round in 0..FULL_ROUNDS + self.partial_rounds {
            for (lane, constant) in state.iter_mut().zip(&self.ark[round]) {
                *lane += constant;
            }
            let full = round < half || round >= half + self.partial_rounds;
            for lane in state.iter_mut().take(if full { self.t } else { 1 }) {
                *lane *= lane.square().square();
            }
            *state = self
                .mds
                .iter()
                .map(|row| row.iter().zip(&*state).map(|(m, s)| *m * s).sum())
                .collect();
        }
    }
}

/// Hash of at most eight elements.
pub(crate) fn hash(domain: Domain, inputs: &[Fr]) -> Fr {
    let params = Params::for_inputs(inputs.len());
    let mut state = vec![Fr::ZERO; params.t];
    state[0] = domain.tag();
    state[1..=inputs.len()].copy_from_slice(inputs);
    params.permute(&mut state);
    state[1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_crypto_primitives::sponge::poseidon::{PoseidonConfig, PoseidonSponge};
    use ark_crypto_primitives::sponge::{CryptographicSponge, FieldBasedCryptographicSponge};

    /// With tag zero the hash is ark-crypto-primitives' sponge after one absorbed block.
    #[test]
    fn permutation_is_that_of_arkworks() {
        for n in [5usize, 8] {
            let params = Params::for_inputs(n);
            let config = PoseidonConfig::new(
                FULL_ROUNDS,
                params.partial_rounds,
                5,
                params.mds.clone(),
                params.ark.clone(),
                n,
                1,
            );
            let inputs: Vec<Fr> = (1..=n as u64).map(|i| Fr::from(i * i + 7)).collect();
            let mut sponge = PoseidonSponge::new(&config);
            sponge.absorb(&inputs);
            let expected = sponge.squeeze_native_field_elements(1)[0];
            let mut state = vec![Fr::ZERO; n + 1];
            state[1..].copy_from_slice(&inputs);
            params.permute(&mut state);
            assert_eq!(state[1], expected);
        }
    }

    #[test]
    fn domains_and_inputs_separate() {
        let x = [Fr::from(1u64), Fr::from(2u64)];
        assert_ne!(hash(Domain::Order, &x), hash(Domain::Withdrawal, &x));
        assert_ne!(hash(Domain::Order, &x), hash(Domain::Order, &[x[1], x[0]]));
    }
}
