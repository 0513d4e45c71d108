//! Cycle-accurate models of the generated kernels behind a cxx bridge
