//! What a proof is about. Its only public input is
//! Poseidon(old root, new root, prices, funding ‖ time stamp, time ‖ fees ‖ fee account, oracle key x, y,
//! batch commitment).

use ark_bn254::Fr;

use super::{fits, pack, Oracle};
use crate::eddsa::PublicKey;
use crate::params::{ACCOUNT_BITS, FEE_BITS, TIME_BITS};
use crate::poseidon::{hash, Domain};

/// A state transition, as the public input binds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Root of the account tree before.
    pub old_root: Fr,
    /// And after.
    pub new_root: Fr,
    /// Prices and funding indices, without their signature (the proof has checked it).
    pub oracle: Oracle,
    /// Key of the oracle.
    pub oracle_key: PublicKey,
    /// Time of the batch, seconds.
    pub time: u64,
    /// Fees of all trades, micros.
    pub fees: i128,
    /// Account that received them.
    pub fee_account: u32,
    /// Chain of Poseidon hashes over the transactions.
    pub commitment: Fr,
}

impl Statement {
    /// Whether every number is in its range. Out of it the public input says nothing: a second more than
    /// time can tell and a micro less of fees have one hash.
    pub(crate) fn is_in_range(&self) -> bool {
        fits(self.time.into(), TIME_BITS)
            && fits(self.fees, FEE_BITS)
            && fits(self.fee_account.into(), ACCOUNT_BITS)
            && self.oracle.out_of_range().is_none()
    }

    /// The public input. It names one statement only among those whose numbers are in their ranges, which
    /// [`Verdict::of`](crate::Verdict::of) sees to.
    pub fn public_input(&self) -> Fr {
        let [prices, funding_and_timestamp] = self.oracle.message();
        let rest = pack([
            (Fr::from(self.time), TIME_BITS),
            (Fr::from(self.fees), FEE_BITS),
            (Fr::from(self.fee_account), ACCOUNT_BITS),
        ]);
        hash(
            Domain::Statement,
            &[
                self.old_root,
                self.new_root,
                prices,
                funding_and_timestamp,
                rest,
                self.oracle_key.x(),
                self.oracle_key.y(),
                self.commitment,
            ],
        )
    }
}
