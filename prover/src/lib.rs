//! Groth16 prover of derivative-state transitions over a Vegalith backend
