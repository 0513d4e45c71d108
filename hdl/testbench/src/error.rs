//! What can go wrong.

/// Failure of a testbench.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// Verilator or a C++ compiler is not installed: the test that asked reports "skipped".
    #[error("not available: {0}")]
    Unavailable(String),
    /// Verilator or the compiler refused the design.
    #[error("{tool} failed for {top}:\n{log}")]
    Build {
        /// Program that failed.
        tool: &'static str,
        /// Top module.
        top: String,
        /// What it said.
        log: String,
    },
    /// The block has no such port in that direction.
    #[error("{top} has no {direction} port {port:?}")]
    NoSuchPort {
        /// Top module.
        top: String,
        /// `input` or `output`.
        direction: &'static str,
        /// Name asked for.
        port: String,
    },
    /// A value does not fit its port.
    #[error("port {port:?} is {width} bits wide, the value needs {found}")]
    TooWide {
        /// Port.
        port: String,
        /// Its width in bits.
        width: usize,
        /// Bits of the value.
        found: u64,
    },
    /// Files or pipes.
    #[error("{context}: {source}")]
    Io {
        /// What was being done.
        context: String,
        /// Cause.
        source: std::io::Error,
    },
}

impl BenchError {
    pub(crate) fn io(context: impl Into<String>) -> impl FnOnce(std::io::Error) -> BenchError {
        let context = context.into();
        move |source| BenchError::Io { context, source }
    }
}
