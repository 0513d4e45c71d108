// A register slice: cuts both directions of a valid/ready stream at full rate (two entries).
// Two in a row cross between super logic regions: `near` is left in the one, `far` in the other.

module vegalith_f2_slice #(
    parameter int WIDTH = 1
) (
    input  logic             clock,
    input  logic             reset,
    input  logic             up_valid,
    output logic             up_ready,
    input  logic [WIDTH-1:0] up_data,
    output logic             down_valid,
    input  logic             down_ready,
    output logic [WIDTH-1:0] down_data
);
  logic             held;
  logic [WIDTH-1:0] held_data;

  always_ff @(posedge clock) begin
    if (up_ready && up_valid && down_valid && !down_ready) held_data <= up_data;
    if (!down_valid || down_ready) down_data <= held ? held_data : up_data;
    if (reset) begin
      held       <= 1'b0;
      down_valid <= 1'b0;
      up_ready   <= 1'b0;
    end else begin
      if (!down_valid || down_ready) begin
        down_valid <= held || (up_valid && up_ready);
        held       <= 1'b0;
        up_ready   <= 1'b1;
      end else if (up_valid && up_ready) begin
        held     <= 1'b1;
        up_ready <= 1'b0;
      end else begin
        up_ready <= !held;
      end
    end
  end
endmodule

module vegalith_f2_crossing #(
    parameter int WIDTH = 1
) (
    input  logic             clock,
    input  logic             reset,
    input  logic             up_valid,
    output logic             up_ready,
    input  logic [WIDTH-1:0] up_data,
    output logic             down_valid,
    input  logic             down_ready,
    output logic [WIDTH-1:0] down_data
);
  logic             between_valid;
  logic             between_ready;
  logic [WIDTH-1:0] between_data;

  vegalith_f2_slice #(
      .WIDTH(WIDTH)
  ) near (
      .clock,
      .reset,
      .up_valid,
      .up_ready,
      .up_data,
      .down_valid(between_valid),
      .down_ready(between_ready),
      .down_data(between_data)
  );
  vegalith_f2_slice #(
      .WIDTH(WIDTH)
  ) far (
      .clock,
      .reset,
      .up_valid(between_valid),
      .up_ready(between_ready),
      .up_data(between_data),
      .down_valid,
      .down_ready,
      .down_data
  );
endmodule

// Registers without a handshake, kept apart so that they can be placed along the way.
module vegalith_f2_pipe #(
    parameter int WIDTH  = 1,
    parameter int STAGES = 4
) (
    input  logic             clock,
    input  logic [WIDTH-1:0] data,
    output logic [WIDTH-1:0] delayed
);
  (* shreg_extract = "no" *) logic [WIDTH-1:0] stages[0:STAGES-1];

  always_ff @(posedge clock) begin
    stages[0] <= data;
    for (int i = 1; i < STAGES; i++) stages[i] <= stages[i-1];
  end
  assign delayed = stages[STAGES-1];
endmodule
