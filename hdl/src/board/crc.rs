//! The frames' check as a Verilog function.

use vegalith_abi::serial::CRC_POLYNOMIAL;

/// `crc_step(crc, byte)`: the check's register after one byte more. Each bit of the result is an
/// exclusive-or of bits of register and byte, found by sending single bits through the definition.
pub(super) fn crc_step() -> String {
    let columns: Vec<u32> = (0..32).map(|bit| eight_steps(1 << bit)).collect();
    let rows: Vec<String> = (0..32)
        .map(|row| {
            let mut terms: Vec<String> = (0..8)
                .filter(|&bit| columns[bit] >> row & 1 == 1)
                .map(|bit| format!("mixed[{bit}]"))
                .collect();
            // The other bits of the register only move down by eight places.
            if row < 24 {
                terms.push(format!("crc[{}]", row + 8));
            }
            format!("  crc_step[{row}] = {};", terms.join(" ^ "))
        })
        .collect();
    format!(
        "function [31:0] crc_step(input [31:0] crc, input [7:0] step_byte);
  reg [7:0] mixed;
begin
  mixed = crc[7:0] ^ step_byte;
{}
end
endfunction",
        rows.join("\n")
    )
}

fn eight_steps(mut crc: u32) -> u32 {
    for _ in 0..8 {
        crc = (crc >> 1) ^ if crc & 1 == 1 { CRC_POLYNOMIAL } else { 0 };
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn higher_bits_only_move() {
        for bit in 8..32 {
            assert_eq!(eight_steps(1 << bit), 1 << (bit - 8));
        }
    }

    #[test]
    fn every_bit_of_the_function_has_a_driver() {
        let text = crc_step();
        for row in 0..32 {
            assert!(text.contains(&format!("crc_step[{row}] = ")));
        }
    }
}
