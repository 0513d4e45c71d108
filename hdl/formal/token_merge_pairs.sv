// What the queue of pairs holds for the followed slot; which slot that is, token_merge.sv says.
  localparam W = $bits(data);
  localparam V = VALUE_BITS;
  (* anyconst *) wire [W-2*V-1:0] slot;
  integer i;
  reg [PLACES-1:0] place;
  reg any_here;
  reg [V-1:0] sum_here;
  always @(*) begin
    any_here = 0;
    sum_here = 0;
    for (i = 0; i < DEPTH; i = i + 1) begin
      place = i - read_position;
      if ((place < count) && (mem[i][W-1:2*V] == slot)) begin
        any_here = 1;
        sum_here = sum_here + mem[i][2*V-1:V] + mem[i][V-1:0];
      end
    end
  end
