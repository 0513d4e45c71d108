//! The one delay line that all modules share.

use super::VerilogModule;

/// Module name.
pub(super) const NAME: &str = "vegalith_delay";
/// Shorter delays are registers of their own.
pub(super) const SHORTEST: usize = 3;

/// `delayed` is `data` of CYCLES cycles ago, CYCLES ≥ 2.
pub(super) fn module() -> VerilogModule {
    VerilogModule {
        name: NAME.to_owned(),
        text: format!(
            "// delayed is data of CYCLES cycles ago; CYCLES >= 2, no reset.
// Under VEGALITH_FAST_LEAF a circular buffer, because shifting dominates simulation time.
module {NAME} #(
  parameter WIDTH = 1,
  parameter CYCLES = 2
) (
  input  wire             clk,
  input  wire [WIDTH-1:0] data,
  output wire [WIDTH-1:0] delayed
);
`ifdef VEGALITH_FAST_LEAF
  reg [WIDTH-1:0] ring [0:CYCLES-2];
  reg [WIDTH-1:0] oldest;
  reg [15:0] place = 16'd0;
  localparam [15:0] LAST = CYCLES - 2;
  always @(posedge clk) begin
    oldest <= ring[place];
    ring[place] <= data;
    place <= (place == LAST) ? 16'd0 : place + 16'd1;
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
