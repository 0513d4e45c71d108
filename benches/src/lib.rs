//! Criterion benches and sweeps
