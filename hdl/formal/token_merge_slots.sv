// What the followed slot of the slot memory has; which slot that is, token_merge.sv says.
  (* anyconst *) wire [$bits(a_address)-1:0] slot;
  wire [$bits(a_data)-1:0] content = mem[slot];
