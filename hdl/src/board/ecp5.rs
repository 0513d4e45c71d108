//! The LFE5UM5G-85F-EVN evaluation board: pins, clock, top module.
//!
//! Pins as in Lattice's user guide FPGA-EB-02017 and in LiteX's `lattice_ecp5_evn` platform. The
//! FT2232H's second channel reaches the serial pins only with 0 Ω resistors on R34 and R35 (R22 and R23
//! removed) and its EEPROM set to UART: docs/serial.md.

use super::design::BoardError;

/// The oscillator's frequency.
const OSCILLATOR_KHZ: u32 = 12_000;
/// The range of the PLL's oscillator (ECP5 family data sheet, FPGA-DS-02012).
const VCO_KHZ: std::ops::RangeInclusive<u32> = 400_000..=800_000;
/// The least frequency at the PLL's phase detector, from the same.
const PHASE_DETECTOR_KHZ: u32 = 3_125;

/// Dividers of an EHXPLLL whose feedback comes from its first output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pll {
    input: u32,
    feedback: u32,
    output: u32,
}

impl Pll {
    /// The dividers for exactly this clock; the VCO as fast as it may be.
    fn for_clock(clock_khz: u32) -> Option<Pll> {
        let mut best: Option<(u32, Pll)> = None;
        for input in 1..=OSCILLATOR_KHZ / PHASE_DETECTOR_KHZ {
            // clock = oscillator · feedback / input
            let scaled = u64::from(clock_khz) * u64::from(input);
            if scaled % u64::from(OSCILLATOR_KHZ) != 0 {
                continue;
            }
            let feedback = (scaled / u64::from(OSCILLATOR_KHZ)) as u32;
            let output = VCO_KHZ.end() / clock_khz.max(1);
            let vco = clock_khz * output;
            if !(1..=80).contains(&feedback)
                || !(1..=128).contains(&output)
                || !VCO_KHZ.contains(&vco)
            {
                continue;
            }
            let pll = Pll {
                input,
                feedback,
                output,
            };
            if best.is_none_or(|(found, _)| input < found) {
                best = Some((input, pll));
            }
        }
        best.map(|(_, pll)| pll)
    }
}

/// Port, pin, voltage, direction-dependent options.
const PINS: [(&str, &str, &str); 12] = [
    ("clk12", "A10", "IO_TYPE=LVCMOS33"),
    ("reset_button_n", "G2", "IO_TYPE=LVCMOS33 PULLMODE=UP"),
    ("uart_rx", "P2", "IO_TYPE=LVCMOS33 PULLMODE=UP"),
    ("uart_tx", "P3", "IO_TYPE=LVCMOS33"),
    ("led_n[0]", "A13", "IO_TYPE=LVCMOS25"),
    ("led_n[1]", "A12", "IO_TYPE=LVCMOS25"),
    ("led_n[2]", "B19", "IO_TYPE=LVCMOS25"),
    ("led_n[3]", "A18", "IO_TYPE=LVCMOS25"),
    ("led_n[4]", "B18", "IO_TYPE=LVCMOS25"),
    ("led_n[5]", "C17", "IO_TYPE=LVCMOS25"),
    ("led_n[6]", "A17", "IO_TYPE=LVCMOS25"),
    ("led_n[7]", "B17", "IO_TYPE=LVCMOS25"),
];

/// Pin and clock constraints in Lattice's preference format.
pub(super) fn constraints() -> String {
    let mut text = format!(
        "# LFE5UM5G-85F-EVN: FPGA-EB-02017\nFREQUENCY PORT \"clk12\" {} MHZ;\n",
        OSCILLATOR_KHZ / 1000
    );
    for (port, pin, options) in PINS {
        text +=
            &format!("LOCATE COMP \"{port}\" SITE \"{pin}\";\nIOBUF PORT \"{port}\" {options};\n");
    }
    text
}

/// The top module with the board's pins around the module `core`.
///
/// Only with VEGALITH_ECP5 is there a PLL; otherwise `clk12` is the kernel's clock. BIT_CLOCKS is a
/// parameter so that a simulation need not wait for a slow line.
pub(super) fn top(
    name: &str,
    core: &str,
    clock_khz: u32,
    bit_clocks: u32,
) -> Result<String, BoardError> {
    let pll = Pll::for_clock(clock_khz).ok_or(BoardError::Clock {
        clock_khz,
        oscillator_khz: OSCILLATOR_KHZ,
    })?;
    Ok(format!(
        "module {name} #(
  parameter BIT_CLOCKS = {bit_clocks},
  parameter CLOCK_KHZ = {clock_khz}
) (
  input wire clk12,
  input wire reset_button_n,
  input wire uart_rx,
  output wire uart_tx,
  output wire [7:0] led_n
);
wire clock;
wire locked;
`ifdef VEGALITH_ECP5
(* FREQUENCY_PIN_CLKI = \"{oscillator}\" *)
(* FREQUENCY_PIN_CLKOP = \"{clock_mhz}\" *)
EHXPLLL #(
  .PLLRST_ENA(\"DISABLED\"),
  .INTFB_WAKE(\"DISABLED\"),
  .STDBY_ENABLE(\"DISABLED\"),
  .DPHASE_SOURCE(\"DISABLED\"),
  .OUTDIVIDER_MUXA(\"DIVA\"),
  .OUTDIVIDER_MUXB(\"DIVB\"),
  .OUTDIVIDER_MUXC(\"DIVC\"),
  .OUTDIVIDER_MUXD(\"DIVD\"),
  .CLKI_DIV({input}),
  .CLKOP_ENABLE(\"ENABLED\"),
  .CLKOP_DIV({output}),
  .CLKOP_CPHASE({phase}),
  .CLKOP_FPHASE(0),
  .FEEDBK_PATH(\"CLKOP\"),
  .CLKFB_DIV({feedback})
) pll (
  .RST(1'b0),
  .STDBY(1'b0),
  .CLKI(clk12),
  .CLKOP(clock),
  .CLKFB(clock),
  .CLKINTFB(),
  .PHASESEL0(1'b0),
  .PHASESEL1(1'b0),
  .PHASEDIR(1'b1),
  .PHASESTEP(1'b1),
  .PHASELOADREG(1'b1),
  .PLLWAKESYNC(1'b0),
  .ENCLKOP(1'b0),
  .LOCK(locked)
);
`else
assign clock = clk12;
assign locked = 1'b1;
`endif
// Reset from power-up until the clock is steady, and while the button is down.
reg [1:0] steady = 2'd0;
reg [3:0] reset_left = 4'hf;
always @(posedge clock) begin
  steady <= {{steady[0], locked && reset_button_n}};
  if (!steady[1]) reset_left <= 4'hf;
  else if (reset_left != 4'd0) reset_left <= reset_left - 4'd1;
end
reg reset = 1'b1;
always @(posedge clock) reset <= reset_left != 4'd0;
wire [7:0] lights;
assign led_n = ~lights;
{core} core(
  .clock(clock),
  .reset(reset),
  .bit_clocks(BIT_CLOCKS[{bits_top}:0]),
  .clock_khz(CLOCK_KHZ[31:0]),
  .uart_rx(uart_rx),
  .uart_tx(uart_tx),
  .lights(lights)
);
endmodule
",
        oscillator = OSCILLATOR_KHZ / 1000,
        clock_mhz = f64::from(clock_khz) / 1000.0,
        input = pll.input,
        output = pll.output,
        phase = pll.output - 1,
        feedback = pll.feedback,
        bits_top = super::uart::BIT_CLOCKS_BITS - 1,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dividers_give_the_clock_exactly() {
        for clock_khz in [60_000, 80_000, 96_000, 100_000, 120_000, 150_000] {
            let pll = Pll::for_clock(clock_khz).expect("there are dividers");
            assert_eq!(OSCILLATOR_KHZ * pll.feedback, clock_khz * pll.input);
            assert!(VCO_KHZ.contains(&(clock_khz * pll.output)), "{pll:?}");
            assert!(OSCILLATOR_KHZ / pll.input >= PHASE_DETECTOR_KHZ);
        }
        assert_eq!(Pll::for_clock(150_001), None);
    }

    #[test]
    fn every_port_of_the_top_has_a_pin() {
        let text = constraints();
        for port in ["clk12", "reset_button_n", "uart_rx", "uart_tx"] {
            assert!(text.contains(&format!("LOCATE COMP \"{port}\"")));
        }
        assert_eq!(text.matches("LOCATE COMP \"led_n[").count(), 8);
    }
}
