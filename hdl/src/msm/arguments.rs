//! The words of an MSM job among a kernel's arguments.

use rust_hdl::prelude::*;
use vegalith_abi::memory::ALIGNMENT_BYTES;
use vegalith_abi::registers;

use crate::axi::ARGUMENT_WORDS;
use crate::rtl::leaf_block;

/// Shape of [`MsmArguments`].
#[derive(Clone, Debug)]
pub(crate) struct ArgumentsConfig {
    /// Partial sums that a job writes, three beats each.
    pub(crate) num_sums: usize,
}

leaf_block! {
    /// Takes the arguments apart; `aligned` if all addresses are.
    MsmArguments(config: ArgumentsConfig) = arguments_body;
    In words: 32 * ARGUMENT_WORDS;
    Out points: 64;
    Out scalars: 64;
    Out result: 64;
    Out result_beats: 32;
    Out num_points: 32;
    Out aligned: 1;
}

fn arguments_body(config: &ArgumentsConfig) -> String {
    let bit = |offset: u32| 8 * (offset - registers::ARGUMENTS) as usize;
    let count = bit(registers::msm::NUM_POINTS);
    format!(
        "wire unused = &{{1'b0, words[{last}:{used}]}};
always @(*) begin
  points = words[{points}+:64];
  scalars = words[{scalars}+:64];
  result = words[{result}+:64];
  result_beats = 32'd{beats};
  num_points = words[{count}+:32];
  aligned = (words[{points}+:{page}] | words[{scalars}+:{page}] | words[{result}+:{page}]) == {page}'d0;
end",
        last = 32 * ARGUMENT_WORDS - 1,
        used = count + 32,
        page = ALIGNMENT_BYTES.ilog2(),
        points = bit(registers::msm::POINTS),
        scalars = bit(registers::msm::SCALARS),
        result = bit(registers::msm::RESULT),
        beats = 3 * config.num_sums,
    )
}
