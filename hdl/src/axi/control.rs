//! The AXI4-Lite slave: control bits, arguments, identification, counters.
//!
//! Register map: `vegalith_abi::registers`. A write is taken in the cycle after address and data are both
//! there; a read is answered three cycles after its address, of which one chooses within each block of
//! [`BLOCK_WORDS`] registers and one between the blocks. One write and one read at a time.

use std::collections::{BTreeMap, BTreeSet};

use rust_hdl::prelude::*;
use vegalith_abi::{registers as map, ABI_VERSION};

use crate::rtl::leaf_block;

/// What the identification block says.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) block_type: u32,
    pub(crate) preset_digest: [u8; 32],
    /// Capability words from CAP_KIND on.
    pub(crate) capabilities: [u32; 7],
}

/// Number of argument words.
pub(crate) const ARGUMENT_WORDS: usize = ((map::ARGUMENTS_END - map::ARGUMENTS) / 4) as usize;
/// Cycles that the engine's reset lasts: enough for reset nets of several registers.
const CLEAR_CYCLES: usize = 8;
/// Registers that one step of a read chooses from.
const BLOCK_WORDS: u32 = 8;
/// Number of counter words.
pub(crate) const COUNTER_WORDS: usize = 12;

leaf_block! {
    /// `start` pulses when a job is to begin; the arguments are stable from then until `done`.
    /// `done` is a pulse; ap_done stays set until ap_continue, and no job starts before that.
    ///
    /// As in `ap_ctrl_chain` with ap_ready at the end of a job: ap_start reads 1 until then, which
    /// tells the host that the arguments are not to be touched.
    ///
    /// A reset by register sets `drain` until the masters are `drained`, then `clear` for
    /// [`CLEAR_CYCLES`]: everything but this slave is to be reset by it.
    ControlSlave(identity: Identity) = control_body;
    In clock: 1;
    In reset: 1;
    In awaddr: 12;
    In awvalid: 1;
    Out awready: 1;
    In wdata: 32;
    In wstrb: 4;
    In wvalid: 1;
    Out wready: 1;
    Out bresp: 2;
    Out bvalid: 1;
    In bready: 1;
    In araddr: 12;
    In arvalid: 1;
    Out arready: 1;
    Out rdata: 32;
    Out rresp: 2;
    Out rvalid: 1;
    In rready: 1;
    Out start: 1;
    In engine_idle: 1;
    Out drain: 1;
    In drained: 1;
    Out clear: 1;
    In done: 1;
    Out arguments: 32 * ARGUMENT_WORDS;
    In counters: 32 * COUNTER_WORDS;
    In errors: 32;
}

fn control_body(identity: &Identity) -> String {
    let mut words: Vec<(u32, String)> = Vec::new();
    let mut constant = |offset: u32, value: u32| {
        if value != 0 {
            words.push((offset, format!("32'h{value:x}")));
        }
    };
    constant(map::MAGIC, map::MAGIC_VALUE);
    constant(map::BLOCK_TYPE, identity.block_type);
    constant(map::ABI_VERSION, ABI_VERSION.to_word());
    for (word, bytes) in identity.preset_digest.chunks(4).enumerate() {
        let value = bytes.iter().rev().fold(0, |v, &b| v << 8 | u32::from(b));
        constant(map::PRESET_DIGEST + 4 * word as u32, value);
    }
    for (word, &value) in identity.capabilities.iter().enumerate() {
        constant(map::CAP_KIND + 4 * word as u32, value);
    }
    for word in 0..ARGUMENT_WORDS {
        let offset = map::ARGUMENTS + 4 * word as u32;
        words.push((
            offset,
            format!("arguments[{}:{}]", 32 * word + 31, 32 * word),
        ));
    }
    for word in 0..COUNTER_WORDS {
        let offset = map::COUNTERS + 4 * word as u32;
        words.push((
            offset,
            format!("counters[{}:{}]", 32 * word + 31, 32 * word),
        ));
    }
    words.push((map::ERRORS, "errors".to_owned()));
    words.push((
        map::CONTROL,
        "{23'd0, resetting, 4'd0, ready_bit, idle_bit, done_bit, start_bit}".to_owned(),
    ));
    let blocks = read_blocks(&words);
    let argument_writes: String = (0..ARGUMENT_WORDS)
        .flat_map(|word| (0..4).map(move |byte| (word, byte)))
        .map(|(word, byte)| {
            format!(
                "      if (write && of_argument[{word}] && strobe[{byte}]) arguments[{}:{}] <= data[{}:{}];\n",
                32 * word + 8 * byte + 7,
                32 * word + 8 * byte,
                8 * byte + 7,
                8 * byte,
            )
        })
        .collect();
    let argument_choice: String = (0..ARGUMENT_WORDS)
        .map(|word| {
            let number = map::ARGUMENTS / 4 + word as u32;
            format!("  of_argument[{word}] <= write_word == 10'h{number:x};\n")
        })
        .collect();
    format!(
        "reg address_held;
reg data_held;
reg [9:0] write_word;
reg [31:0] data;
reg [3:0] strobe;
reg start_bit;
reg running;
reg done_bit;
reg write;
// Of a write's address, by argument.
reg [{arguments_top}:0] of_argument;
wire control_write = write && (write_word == 10'h0) && strobe[0];
reg [3:0] clear_left;
wire resetting = drain || clear;
wire ready_bit = !running && !done_bit && engine_idle && !resetting;
wire idle_bit = ready_bit && !start_bit;
wire unused = &{{1'b0, awaddr[1:0], araddr[1:0]}};
reg [9:0] read_word;
// A read whose address is known; a read whose blocks have chosen.
reg addressed;
reg chosen;
{declarations}always @(*) begin
  awready = !address_held && !reset;
  wready = !data_held && !reset;
  arready = !addressed && !chosen && !rvalid && !reset;
  bresp = 2'd0;
  rresp = 2'd0;
  clear = clear_left != 4'd0;
end
always @(posedge clock) begin
  if (awvalid && awready) write_word <= awaddr[11:2];
{argument_choice}  if (wvalid && wready) begin
    data <= wdata;
    strobe <= wstrb;
  end
  if (arvalid && arready) read_word <= araddr[11:2];
{choices}  if (chosen) rdata <= {merged};
  if (reset) begin
    write <= 1'b0;
    address_held <= 1'b0;
    data_held <= 1'b0;
    bvalid <= 1'b0;
    addressed <= 1'b0;
    chosen <= 1'b0;
    rvalid <= 1'b0;
    start_bit <= 1'b0;
    start <= 1'b0;
    running <= 1'b0;
    done_bit <= 1'b0;
    arguments <= {argument_bits}'d0;
    drain <= 1'b0;
    clear_left <= 4'd0;
  end else begin
    write <= address_held && data_held && !bvalid && !write;
    address_held <= (address_held || awvalid) && !write;
    data_held <= (data_held || wvalid) && !write;
    if (write) bvalid <= 1'b1;
    else if (bready) bvalid <= 1'b0;
    addressed <= arvalid && arready;
    chosen <= addressed;
    if (chosen) rvalid <= 1'b1;
    else if (rready) rvalid <= 1'b0;
    if (!running && !start_bit) begin
{argument_writes}    end
    start <= 1'b0;
    if (control_write && data[0] && !running) start_bit <= 1'b1;
    if (start_bit && ready_bit) begin
      start <= 1'b1;
      running <= 1'b1;
    end
    if (control_write && data[4]) done_bit <= 1'b0;
    if (done) begin
      start_bit <= 1'b0;
      running <= 1'b0;
      done_bit <= 1'b1;
    end
    if (clear) clear_left <= clear_left - 4'd1;
    if (drain && drained) begin
      drain <= 1'b0;
      clear_left <= 4'd{CLEAR_CYCLES};
    end
    if (control_write && strobe[1] && data[8] && !resetting) drain <= 1'b1;
    if (resetting) begin
      start_bit <= 1'b0;
      start <= 1'b0;
      running <= 1'b0;
      done_bit <= 1'b0;
    end
  end
end",
        arguments_top = ARGUMENT_WORDS - 1,
        argument_bits = 32 * ARGUMENT_WORDS,
        declarations = blocks.declarations,
        choices = blocks.choices,
        merged = blocks.merged,
    )
}

/// Verilog of a read: in each block the register at `read_word`, or zero, and the blocks together.
struct ReadBlocks {
    declarations: String,
    choices: String,
    merged: String,
}

/// The blocks that hold `words`, pairs of offset and value.
fn read_blocks(words: &[(u32, String)]) -> ReadBlocks {
    let words: BTreeMap<u32, &str> = words.iter().map(|(o, v)| (o / 4, v.as_str())).collect();
    let numbers: BTreeSet<u32> = words.keys().map(|word| word / BLOCK_WORDS).collect();
    let mut declarations = String::new();
    let mut choices = String::new();
    for number in &numbers {
        let values: Vec<&str> = (0..BLOCK_WORDS)
            .rev()
            .map(|word| words.get(&(number * BLOCK_WORDS + word)).copied())
            .map(|value| value.unwrap_or("32'd0"))
            .collect();
        declarations += &format!(
            "wire [{}:0] block_{number} = {{{}}};\nreg [31:0] of_block_{number};\n",
            32 * BLOCK_WORDS - 1,
            values.join(", "),
        );
        choices += &format!(
            "  of_block_{number} <= (read_word[9:3] == 7'd{number}) ? block_{number}[{{read_word[2:0], 5'd0}}+:32] : 32'd0;\n"
        );
    }
    let merged: Vec<String> = numbers.iter().map(|n| format!("of_block_{n}")).collect();
    ReadBlocks {
        declarations,
        choices,
        merged: merged.join(" | "),
    }
}
