//! Prices and funding indices, signed by the oracle.

use ark_bn254::Fr;

use super::{fits, fits_signed, offset, pack};
use crate::eddsa::{PublicKey, SecretKey, Signature};
use crate::params::{FUNDING_BITS, NUM_MARKETS, PRICE_BITS, TIME_BITS};
use crate::poseidon::Domain;

/// What the oracle says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oracle {
    /// Micros a lot, by market; 0 < price < 2³². At a price of 0 a position would need no margin, and the
    /// margin rule would ask nothing of who closes it.
    pub prices: [u64; NUM_MARKETS],
    /// Accumulated funding in micros a lot, by market; −2⁴⁸ ≤ index < 2⁴⁸.
    pub funding: [i128; NUM_MARKETS],
    /// When, in seconds; below 2³².
    pub timestamp: u64,
}

/// An oracle's word with its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedOracle {
    /// What it says.
    pub oracle: Oracle,
    /// Its signature.
    pub signature: Signature,
}

impl Oracle {
    /// Signs.
    pub fn sign(self, key: &SecretKey) -> SignedOracle {
        SignedOracle {
            oracle: self,
            signature: key.sign(Domain::Oracle, &self.message()),
        }
    }

    /// Prices; then funding indices and the time stamp.
    pub(crate) fn message(&self) -> [Fr; 2] {
        let funding = self
            .funding
            .iter()
            .map(|f| (offset(*f, FUNDING_BITS), FUNDING_BITS));
        [
            pack(self.prices.iter().map(|p| (Fr::from(*p), PRICE_BITS))),
            pack(funding.chain([(Fr::from(self.timestamp), TIME_BITS)])),
        ]
    }

    pub(crate) fn out_of_range(&self) -> Option<&'static str> {
        if !self.prices.iter().all(|p| fits(i128::from(*p), PRICE_BITS)) {
            Some("price")
        } else if !self.funding.iter().all(|f| fits_signed(*f, FUNDING_BITS)) {
            Some("funding")
        } else if !fits(i128::from(self.timestamp), TIME_BITS) {
            Some("timestamp")
        } else {
            None
        }
    }
}

impl SignedOracle {
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verify(Domain::Oracle, &self.oracle.message(), &self.signature)
    }
}
