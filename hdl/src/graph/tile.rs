//! A multiplier tile as a module of its own, for devices whose synthesiser leaves the registers of
//! its multiplier blocks unused.
//!
//! ```text
//!  a, b ─► input registers ─► array ─► pipeline register ─► array ─► output register ─► product
//! ```
//! Yosys infers MULT18X18D for `*` but keeps all registers in the fabric, so that a product costs
//! a route in, the whole array and a route out in one cycle. Under `VEGALITH_ECP5` the block is
//! instantiated with its three register stages; without, the same three stages are described.

use super::module::PortDirection;
use super::{ArithModule, Census, Graph, Port, Signal, VerilogModule};
use num_bigint::BigUint;
use num_traits::One;
use std::fmt::Write as _;
use std::sync::Arc;

/// Module name.
const NAME: &str = "vegalith_tile_18x18";
/// Operand width.
const BITS: usize = 18;
/// Input, pipeline and output register.
pub(super) const LATENCY_CYCLES: usize = 3;

/// product = a·b, unsigned.
pub(super) fn module() -> ArithModule {
    let port = |name: &str, width: usize, direction| Port {
        name: name.to_owned(),
        width,
        direction,
        max: match direction {
            PortDirection::Input => (BigUint::one() << width) - 1u32,
            PortDirection::Output => {
                let most = (BigUint::one() << BITS) - 1u32;
                &most * &most
            }
        },
    };
    ArithModule {
        name: NAME.to_owned(),
        ports: vec![
            port("a", BITS, PortDirection::Input),
            port("b", BITS, PortDirection::Input),
            port("product", 2 * BITS, PortDirection::Output),
        ],
        latency_cycles: LATENCY_CYCLES,
        files: vec![VerilogModule {
            name: NAME.to_owned(),
            text: text(),
        }],
        dpi_sources: Vec::new(),
        census: Census {
            tiles: 1,
            depth_cycles: LATENCY_CYCLES,
            ..Census::default()
        },
        evaluator: Arc::new(|inputs| match inputs {
            [a, b] => vec![a * b],
            _ => Vec::new(),
        }),
    }
}

/// Connections of a bus to a primitive that has one port a bit.
fn bits(port: char, signal: &str, width: usize) -> String {
    let list: Vec<_> = (0..width)
        .map(|bit| format!(".{port}{bit}({signal}[{bit}])"))
        .collect();
    let lines: Vec<_> = list.chunks(6).map(|chunk| chunk.join(", ")).collect();
    lines.join(",\n    ")
}

fn text() -> String {
    let mut registers = Vec::new();
    for stage in ["INPUTA", "INPUTB", "PIPELINE", "OUTPUT"] {
        for (setting, value) in [("CLK", "CLK0"), ("CE", "CE0"), ("RST", "RST0")] {
            registers.push(format!(".REG_{stage}_{setting}(\"{value}\")"));
        }
    }
    let mut text = String::new();
    let _ = write!(
        text,
        "// product is a * b (unsigned) of {LATENCY_CYCLES} cycles ago, no reset.
// Under VEGALITH_ECP5 the multiplier block of Lattice ECP5 with all its registers.
module {NAME} (
  input  wire        clk,
  input  wire [{top}:0] a,
  input  wire [{top}:0] b,
  output wire [{product_top}:0] product
);
`ifdef VEGALITH_ECP5
  MULT18X18D #(
    {registers},
    .GSR(\"DISABLED\")
  ) block (
    .CLK0(clk), .CE0(1'b1), .RST0(1'b0),
    .SIGNEDA(1'b0), .SIGNEDB(1'b0), .SOURCEA(1'b0), .SOURCEB(1'b0),
    {a},
    {b},
    {p}
  );
`else
  reg [{top}:0] a_in;
  reg [{top}:0] b_in;
  reg [{product_top}:0] middle;
  reg [{product_top}:0] last;
  always @(posedge clk) begin
    a_in <= a;
    b_in <= b;
    middle <= {{{BITS}'d0, a_in}} * {{{BITS}'d0, b_in}};
    last <= middle;
  end
  assign product = last;
`endif
endmodule
",
        top = BITS - 1,
        product_top = 2 * BITS - 1,
        registers = registers.join(",\n    "),
        a = bits('A', "a", BITS),
        b = bits('B', "b", BITS),
        p = bits('P', "product", 2 * BITS),
    );
    text
}

impl Graph {
    /// a·b in one tile, with the target's registers behind or in it; operands are no wider than
    /// the tile's.
    pub(crate) fn registered_tile(&mut self, a: Signal, b: Signal) -> Signal {
        if !self.target.instantiates_tiles {
            let product = self.tile(a, b);
            return self.delay(product, self.target.tile_latency);
        }
        debug_assert!(self.width(a).max(self.width(b)) <= BITS);
        let max = self.max(a) * self.max(b);
        let tile = module();
        let product = self.place(&tile, &[a, b])[0];
        self.tighten(product, max.clone());
        self.resize(product, max.bits() as usize)
    }
}
