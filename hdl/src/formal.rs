//! Small configurations of the blocks that are proved, for `hdl/formal`.
//!
//! The generators are those of the presets; only widths, depths and moduli are small, so that a
//! solver can go through all values. Not part of the library's interface.

mod token_merge;

use num_bigint::BigUint;
use rust_hdl::prelude::*;

use crate::arith::{canonicalize, negate_canonical, FieldParams, ModuleSet, Target};
use crate::arith::{mont_mul_signals, ConstantProducts, MontMulOptions};
use crate::axi::{BurstConfig, BurstReader, BurstWriter, ControlSlave, Identity};
use crate::graph::{ArithModule, Graph, GraphError};
use crate::msm::{MergeConfig, Occupancy};
use crate::presets::GenerateError;
use crate::rtl::{leaf_block, ConstantAdder, Design, DualPortRam, Fifo, FifoConfig, RamConfig};

/// Key and value of the token merge: four slots of two-bit values.
const KEY_BITS: usize = 2;
const VALUE_BITS: usize = 2;

/// The modulus of the modular adders.
const SMALL_PRIME: u32 = 61;
/// The modulus and radix of the multiplier.
const SMALL_MULTIPLIER: (u32, usize) = (13, 6);

/// A block to prove.
#[derive(Debug)]
pub struct Block {
    /// Its Verilog, under a top module of its own name.
    pub design: Design,
    /// Cycles from operands to results of a pipeline.
    pub latency_cycles: Option<usize>,
}

/// All blocks.
pub fn blocks() -> Result<Vec<Block>, GenerateError> {
    let mut blocks: Vec<_> = leaves()
        .map_err(GenerateError::Design)?
        .into_iter()
        .map(|design| Block {
            design,
            latency_cycles: None,
        })
        .collect();
    for module in arithmetic()? {
        let mut modules = ModuleSet::default();
        modules
            .merge(&module, 1)
            .map_err(|clash| GenerateError::Design(clash.to_string()))?;
        let mut design = Design {
            top: module.name.clone(),
            files: Vec::new(),
            dpi_sources: Vec::new(),
        };
        design.add_modules(&modules);
        blocks.push(Block {
            design,
            latency_cycles: Some(module.latency_cycles),
        });
    }
    Ok(blocks)
}

fn leaves() -> Result<Vec<Design>, String> {
    let fifo = |name: &str, width, log_depth, reserve| {
        let config = FifoConfig {
            width,
            log_depth,
            reserve,
        };
        Design::from_block(name, Fifo::new(&config))
    };
    let ram = RamConfig {
        width: VALUE_BITS,
        depth: 1 << KEY_BITS,
        style: "auto",
    };
    let mut designs = vec![
        fifo("formal_fifo", 4, 2, 0)?,
        fifo("formal_fifo_reserve", 4, 3, 3)?,
        fifo("formal_fifo_place", 4, 0, 0)?,
        Design::from_block("formal_ram", DualPortRam::new(&ram))?,
        Design::from_block("formal_control", ControlSlave::new(&identity()))?,
        Design::from_block("formal_constant_adder", PlusConstant::new(&PlusConfig))?,
    ];
    // The longest burst, with the address arithmetic of every card; a short one, so that a solver
    // reaches the end of many.
    for (suffix, log_burst, log_queue) in [("", 6, 8), ("_small", 2, 3)] {
        let config = BurstConfig::with_sizes(log_burst, log_queue);
        let name = format!("formal_reader{suffix}");
        designs.push(Design::from_block(&name, BurstReader::new(&config))?);
        let name = format!("formal_writer{suffix}");
        designs.push(Design::from_block(&name, BurstWriter::new(&config))?);
    }
    let config = MergeConfig {
        key_bits: KEY_BITS,
        num_slots: 1 << KEY_BITS,
        value_bits: VALUE_BITS,
        tag_bits: 1,
        pipelined_adder: true,
    };
    designs.push(Design::from_block(
        "formal_occupancy",
        Occupancy::new(&config),
    )?);
    designs.extend(token_merge::designs()?);
    Ok(designs)
}

fn identity() -> Identity {
    Identity {
        block_type: 1,
        preset_digest: [0x5a; 32],
        capabilities: [1, 2, 3, 4, 5, 6, 7],
    }
}

/// [`PlusConstant`] has nothing to choose: 13 bits in chunks of 5, the last one short.
#[derive(Clone, Debug)]
pub(crate) struct PlusConfig;

leaf_block! {
    /// sum = x + 0x16b5 mod 2^13, three cycles later.
    PlusConstant(_config: PlusConfig) = plus_body;
    In clock: 1;
    In x: 13;
    Out sum: 13;
}

fn plus_body(_: &PlusConfig) -> String {
    let adder = ConstantAdder {
        name: "plus",
        operand: "x".to_owned(),
        bits: 13,
        constant: BigUint::from(0x16b5u32),
        carry_bits: 5,
    };
    format!("{}always @(*) sum = {};", adder.text(), adder.result())
}

/// A target whose carries and tiles are so short that small operands take every path.
fn small_target() -> Target {
    Target {
        name: "formal",
        tile: (4, 3),
        tile_latency: 1,
        carry_bits: 2,
        compressor_layers: 1,
        ..Target::ultrascale_plus()
    }
}

fn field(name: &'static str, modulus: u32, radix_bits: usize) -> FieldParams {
    FieldParams {
        name,
        modulus: BigUint::from(modulus),
        radix_bits,
        generator: None,
    }
}

fn arithmetic() -> Result<Vec<ArithModule>, GraphError> {
    let target = small_target();
    let adders = field("formal", SMALL_PRIME, 8);
    let mut modules = vec![
        canonicalize(&adders, &target)?,
        negate_canonical(&adders, &target)?,
        butterfly_sums(&adders, &target)?,
        linear(&adders, &target)?,
    ];
    let (modulus, radix_bits) = SMALL_MULTIPLIER;
    let field = field("formal", modulus, radix_bits);
    for (name, karatsuba_levels, constant_products) in [
        (
            "formal_mont_mul",
            0,
            ConstantProducts::Adders { digit_window: 2 },
        ),
        (
            "formal_mont_mul_windows",
            1,
            ConstantProducts::Adders { digit_window: 3 },
        ),
        ("formal_mont_mul_tiles", 0, ConstantProducts::Tiles),
    ] {
        let mut graph = Graph::new(target.clone());
        let x = graph.input("x", &(&field.modulus * 4u32 - 1u32));
        let y = graph.input("y", &(&field.modulus - 1u32));
        let options = MontMulOptions {
            karatsuba_levels,
            constant_products,
        };
        let z = mont_mul_signals(&mut graph, &field, options, x, y);
        let width = (&field.modulus * 2u32 - 1u32).bits() as usize;
        modules.push(graph.finish(name, "See hdl/formal.", &[("z", z, width)], None)?);
    }
    Ok(modules)
}

/// The butterfly without its multiplier: a + b mod p below 2p, and a − b + 2p.
fn butterfly_sums(field: &FieldParams, target: &Target) -> Result<ArithModule, GraphError> {
    let twice = &field.modulus * 2u32;
    let mut graph = Graph::new(target.clone());
    let a = graph.input("a", &(&twice - 1u32));
    let b = graph.input("b", &(&twice - 1u32));
    let sum = graph.add(a, b);
    let (sum, _) = graph.subtract_if_not_below(sum, &twice);
    let difference = graph.sub(a, b, &twice)?;
    let outputs = [("sum", sum, 7), ("difference", difference, 8)];
    graph.finish("formal_butterfly", "See hdl/formal.", &outputs, None)
}

/// What the point adder adds up: 3a + 2b − c + 4p.
fn linear(field: &FieldParams, target: &Target) -> Result<ArithModule, GraphError> {
    let most = &field.modulus * 2u32 - 1u32;
    let mut graph = Graph::new(target.clone());
    let [a, b, c] = ["a", "b", "c"].map(|name| graph.input(name, &most));
    let bias = &field.modulus * 4u32;
    let z = graph.linear("formal", &[(a, 3), (b, 2)], &[(c, 1)], &bias)?;
    let equal = graph.is_equal(a, b);
    let outputs = [("z", z, 10), ("equal", equal, 1)];
    graph.finish("formal_linear", "See hdl/formal.", &outputs, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_block_is_generated_once_under_its_own_name() {
        let blocks = blocks().unwrap();
        let designs: Vec<_> = blocks.iter().map(|block| &block.design).collect();
        let mut names: Vec<_> = designs.iter().map(|design| &design.top).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), designs.len());
        for design in designs {
            let module = format!("module {}", design.top);
            assert!(design.files[0].text.contains(&module), "{}", design.top);
        }
    }
}
