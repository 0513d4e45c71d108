//! The one delay line that all modules share.

use super::VerilogModule;

/// Module name.
pub(super) const NAME: &str = "vegalith_delay";
/// Shorter delays are registers of their own.
pub(super) const SHORTEST: usize = 3;

/// `delayed` is `data` of CYCLES cycles ago, CYCLES ≥ 3.
pub(super) fn module() -> VerilogModule {
    VerilogModule {
        name: NAME.to_owned(),
        text: format!(
            "// delayed is data of CYCLES cycles ago; CYCLES >= 3, no reset.
// Under VEGALITH_FAST_LEAF a circular buffer, because shifting dominates simulation time.
module {NAME} #(
  parameter WIDTH = 1,
  parameter CYCLES = 3
) (
  input  wire             clk,
  input  wire [WIDTH-1:0] data,
  output wire [WIDTH-1:0] delayed
);
`ifdef VEGALITH_FAST_LEAF
  reg [WIDTH-1:0] ring [0:CYCLES-2];
  reg [WIDTH-1:0] oldest;
  localparam BITS = (CYCLES < 4) ? 1 : $clog2(CYCLES - 1);
  localparam LAST = CYCLES - 2;
  reg [BITS-1:0] place = {{BITS{{1'b0}}}};
  always @(posedge clk) begin
    oldest <= ring[place];
    ring[place] <= data;
    place <= (place == LAST[BITS-1:0]) ? {{BITS{{1'b0}}}} : place + 1'b1;
  end
  assign delayed = oldest;
`else
  reg [WIDTH*CYCLES-1:0] stages;
  always @(posedge clk) stages <= {{stages[WIDTH*(CYCLES-1)-1:0], data}};
  assign delayed = stages[WIDTH*CYCLES-1 -: WIDTH];
`endif
endmodule
"
        ),
    }
}
