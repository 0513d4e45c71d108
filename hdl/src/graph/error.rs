//! Why a graph could not be built.

use num_bigint::BigUint;

/// A graph was asked for something that cannot be right for every input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A difference could become negative.
    #[error("{what}: the bias {bias:#x} is below the largest subtrahend {subtrahend:#x}")]
    Negative {
        /// Operation.
        what: &'static str,
        /// Constant that was added.
        bias: BigUint,
        /// Largest value that may be subtracted.
        subtrahend: BigUint,
    },
    /// A value may exceed what its user allows.
    #[error("{what}: values up to {found:#x} where at most {expected:#x} is allowed")]
    Overflow {
        /// Operation or port.
        what: String,
        /// Largest value allowed.
        expected: BigUint,
        /// Largest value possible.
        found: BigUint,
    },
    /// A one-bit operand was expected.
    #[error("{what}: expected {expected} bits, found {found}")]
    Width {
        /// Operation.
        what: &'static str,
        /// Width needed.
        expected: usize,
        /// Width given.
        found: usize,
    },
    /// A module was instantiated with another number of operands than it has inputs.
    #[error("{module} has {expected} inputs, {found} operands were given")]
    Operands {
        /// Module.
        module: String,
        /// Inputs it has.
        expected: usize,
        /// Operands given.
        found: usize,
    },
    /// A parameter outside what the generators offer.
    #[error("{what}: expected {expected}, found {found}")]
    Parameter {
        /// Parameter.
        what: &'static str,
        /// Range offered.
        expected: String,
        /// Value given.
        found: String,
    },
    /// Two different modules want the same name.
    #[error(transparent)]
    NameClash(#[from] super::NameClash),
}
