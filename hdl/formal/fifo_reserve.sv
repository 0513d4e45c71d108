// rtl/fifo.rs: a source that pushes RESERVE cycles after it saw `ready` never loses anything.

  // Launched items under way, the youngest in bit 0; the oldest arrives now.
  (* anyseq *) wire wish;
  reg [RESERVE-1:0] under_way = 0;
  always @(posedge clock) under_way <= reset ? 0 : {under_way[RESERVE-2:0], wish && ready};
  always @(*) assume (push == under_way[RESERVE-1]);

  integer i;
  reg [7:0] number;
  always @(*) begin
    number = 0;
    for (i = 0; i < RESERVE; i = i + 1) number = number + under_way[i];
  end
  always @(posedge clock) if (started) begin
    assert (count + number <= DEPTH);
    assert (!overflow);
    cover (count == DEPTH);
    cover ((under_way == {RESERVE{1'b1}}) && (count == DEPTH - RESERVE));
  end
