//! What tests of whole engines share.

use num_bigint::BigUint;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rust_hdl::prelude::{Atom, AtomKind, Block, Probe};
use vegalith_testbench::{Bench, BenchError, Source};

use crate::rtl::Design;

/// Chance in percent that a side does nothing in a cycle, and the seed of those chances.
#[derive(Clone, Copy)]
pub(crate) struct Stalls(pub(crate) u32, pub(crate) u64);

/// A number below a bound of at most 400 bits.
pub(crate) fn random(rng: &mut ChaCha8Rng, below: &BigUint) -> BigUint {
    let mut bytes = [0; 56];
    rng.fill(&mut bytes[..]);
    BigUint::from_bytes_le(&bytes) % below
}

/// The ports of a top block, for the testbench.
#[derive(Default)]
struct Ports(Vec<(String, usize, bool)>, usize);

impl Probe for Ports {
    fn visit_start_scope(&mut self, _: &str, _: &dyn Block) {
        self.1 += 1;
    }
    fn visit_end_scope(&mut self, _: &str, _: &dyn Block) {
        self.1 -= 1;
    }
    fn visit_atom(&mut self, name: &str, atom: &dyn Atom) {
        if self.1 == 1 && name != "clock" {
            match atom.kind() {
                AtomKind::InputParameter => self.0.push((name.to_owned(), atom.bits(), true)),
                AtomKind::OutputParameter => self.0.push((name.to_owned(), atom.bits(), false)),
                _ => {}
            }
        }
    }
}

/// Lints and starts an engine whose `design` was made from a block equal to `block`, out of reset and
/// with its readers and writer ready; `None` where Verilator is missing.
pub(crate) fn start_engine<B: Block>(block: B, design: Design) -> Option<Bench> {
    let mut ports = Ports::default();
    block.accept("top", &mut ports);
    let mut source = Source::new(&design.top)
        .clock("clock")
        .define("VEGALITH_FAST_LEAF");
    for (name, width, is_input) in ports.0 {
        source = if is_input {
            source.input(&name, width)
        } else {
            source.output(&name, width)
        };
    }
    for file in design.files {
        source = source.file(&file.name, file.text);
    }
    for (name, text) in design.dpi_sources {
        source = source.dpi(name, text);
    }
    let mut bench = match Bench::start(&source) {
        Err(BenchError::Unavailable(reason)) => {
            println!("skipped: {reason}");
            return None;
        }
        bench => bench.expect("builds"),
    };
    source.lint().expect("lints clean");
    for port in ["read0_ready", "read1_ready", "write_ready", "writer_idle"] {
        bench.set_u64(port, 1).expect("port");
    }
    bench.set_u64("reset", 1).expect("port");
    bench.steps(3).expect("steps");
    bench.set_u64("reset", 0).expect("port");
    while bench.get_u64("idle").expect("port") == 0 {
        bench.step().expect("steps");
    }
    Some(bench)
}
