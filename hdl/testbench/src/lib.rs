//! Runs generated Verilog blocks in Verilator, cycle by cycle, from Rust tests
