// The keys of the two sums that the folded adder may have under way.
  wire [$bits(key)-1:0] older = keys[first_key];
  wire [$bits(key)-1:0] newer = keys[first_key + 1'b1];
