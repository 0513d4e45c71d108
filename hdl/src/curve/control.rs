//! The control of the folded adder: a word for each cycle of the interval.
//!
//! ```text
//!  cycle  c       c+1     c+2                  c+3      c+4
//!         phase   word    addresses, sources   sources  result, its address, write
//! ```
//! Operands that are addressed in cycle r of an addition belong to the word of cycle r − 2, a result
//! that is written in cycle w to that of cycle w − 4. What is done in cycle c of an addition is done
//! for the one taken (c − 1) div interval acceptances, or pauses of an interval, ago: its age.

use super::program::{Operation, Program};
use super::schedule::{Schedule, Timing};
use crate::graph::GraphError;
use std::fmt::Write as _;

/// Verilog of the control, and what follows from the schedule.
pub(super) struct Control {
    /// Statements that declare, among others, `ready`, `a_address` … `y_address`, `shifted_4`,
    /// `complement_4`, `digit_4`, `first_5`, `clear_x` … `clear_product`, `second`, `write_4`,
    /// `write_address_4`, `store_x`, `store_y`, `store_z`, `last_4`; `start` is phase 0.
    pub(super) text: String,
    /// From acceptance to `done`.
    pub(super) latency_cycles: usize,
    /// Width of an address of the register file.
    pub(super) address_bits: usize,
    pub(super) digit_index_bits: usize,
}

/// Sources of results, each cleared in the cycles that are not its own.
const CLEARS: [&str; 5] = [
    "clear_x",
    "clear_y",
    "clear_z",
    "clear_sum",
    "clear_product",
];

fn bits_for(count: usize) -> usize {
    (usize::BITS - count.saturating_sub(1).leading_zeros()).max(1) as usize
}

/// Fields of the control word with their values in each phase.
struct Words {
    fields: Vec<(&'static str, usize, Vec<usize>)>,
    interval: usize,
}

impl Words {
    fn field(&mut self, name: &'static str, bits: usize, unless_set: usize) {
        let values = vec![unless_set; self.interval];
        self.fields.push((name, bits, values));
    }

    /// Sets a field in the word of `cycle` of an addition.
    fn set(&mut self, cycle: usize, name: &'static str, value: usize) {
        let phase = cycle % self.interval;
        if let Some(field) = self.fields.iter_mut().find(|field| field.0 == name) {
            field.2[phase] = value;
        }
    }

    fn age(&self, cycle: usize) -> usize {
        (cycle - 1) / self.interval
    }

    /// The word, one cycle after its phase, and its fields.
    fn text(&self, phase_bits: usize) -> String {
        let width: usize = self.fields.iter().map(|field| field.1).sum();
        let mut text = format!(
            "  reg [{}:0] word;\n  always @(posedge clk)\n    case (phase)\n",
            width - 1
        );
        for phase in 0..self.interval {
            let value: String = self
                .fields
                .iter()
                .rev()
                .map(|(_, bits, values)| format!("{:0bits$b}", values[phase]))
                .collect();
            let label = if phase + 1 == self.interval {
                "default".to_owned()
            } else {
                format!("{phase_bits}'d{phase}")
            };
            let _ = writeln!(text, "      {label}: word <= {width}'b{value};");
        }
        text += "    endcase\n";
        let mut low = 0;
        for (name, bits, _) in &self.fields {
            let (range, place) = if *bits == 1 {
                (String::new(), format!("[{low}]"))
            } else {
                (
                    format!("[{}:0] ", bits - 1),
                    format!("[{}:{low}]", low + bits - 1),
                )
            };
            let _ = writeln!(text, "  wire {range}word_{name} = word{place};");
            low += bits;
        }
        text
    }
}

/// Control of a program that runs as scheduled.
pub(super) fn control(
    program: &Program,
    schedule: &Schedule,
    timing: &Timing,
) -> Result<Control, GraphError> {
    let interval = schedule.interval_cycles;
    let last_write = schedule.write.iter().copied().max().unwrap_or(0);
    // Its bit of alive is the top one in the cycle after its last write, in which it is done.
    let num_under_way = last_write / interval + 1;
    let windows = (num_under_way + 1).next_power_of_two();
    let register_bits = bits_for(program.operations.len());
    let (window_bits, age_bits) = (bits_for(windows), bits_for(num_under_way));
    let digit_index_bits = bits_for(timing.num_digits);

    let mut words = Words {
        fields: Vec::new(),
        interval,
    };
    for (name, bits) in [
        ("sum_age", age_bits),
        ("a", register_bits),
        ("b", register_bits),
        ("shifted", 1),
        ("complement", 1),
        ("product_age", age_bits),
        ("x", register_bits),
        ("y", register_bits),
        ("digit", digit_index_bits),
        ("first", 1),
        ("write", 1),
        ("write_age", age_bits),
        ("to", register_bits),
        ("second", 1),
        ("output", 2),
        ("last", 1),
    ] {
        words.field(name, bits, 0);
    }
    for name in CLEARS {
        words.field(name, 1, 1);
    }
    for (value, &operation) in program.operations.iter().enumerate() {
        let at = schedule.write[value] - 4;
        words.set(at, "write", 1);
        words.set(at, "write_age", words.age(at));
        words.set(at, "to", value);
        let read = schedule.read[value];
        match operation {
            Operation::Input(index) => {
                // The next points may be taken after one interval.
                if schedule.write[value] > interval {
                    return Err(too_late("inputs", interval, schedule.write[value]));
                }
                words.set(at, CLEARS[index % 3], 0);
                words.set(at, "second", index / 3);
            }
            Operation::Add { a, b, shifted } => {
                words.set(at, "clear_sum", 0);
                let at = read - 2;
                words.set(at, "sum_age", words.age(at));
                words.set(at, "a", a);
                words.set(at, "b", b);
                words.set(at, "shifted", usize::from(shifted));
            }
            Operation::Complement(b) => {
                words.set(at, "clear_sum", 0);
                let at = read - 2;
                words.set(at, "sum_age", words.age(at));
                words.set(at, "b", b);
                words.set(at, "complement", 1);
            }
            Operation::Product(x, y) => {
                words.set(at, "clear_product", 0);
                for digit in 0..timing.num_digits {
                    let at = read + digit * timing.ring_cycles - 2;
                    words.set(at, "product_age", words.age(at));
                    words.set(at, "x", x);
                    words.set(at, "y", y);
                    words.set(at, "digit", digit);
                    words.set(at, "first", usize::from(digit == 0));
                }
            }
        }
    }
    let writes = program.outputs.map(|output| schedule.write[output]);
    let [first, last] = [writes.iter().min(), writes.iter().max()].map(|w| *w.unwrap_or(&0));
    if last - first >= interval {
        return Err(too_late("sums", first + interval, last));
    }
    for (index, write) in writes.into_iter().enumerate() {
        words.set(write - 4, "output", index + 1);
        words.set(write - 4, "last", usize::from(write == last));
    }
    Ok(Control {
        text: text(&words, register_bits, window_bits, age_bits, num_under_way),
        latency_cycles: last + 1,
        address_bits: window_bits + register_bits,
        digit_index_bits,
    })
}

fn too_late(what: &'static str, expected: usize, found: usize) -> GraphError {
    GraphError::Parameter {
        what,
        expected: format!("at the latest in cycle {expected}"),
        found: found.to_string(),
    }
}

fn text(
    words: &Words,
    register_bits: usize,
    window_bits: usize,
    age_bits: usize,
    num_under_way: usize,
) -> String {
    let phase_bits = bits_for(words.interval);
    let age = |name: &str| {
        // Ages and windows are as wide as their counts.
        match window_bits.cmp(&age_bits) {
            std::cmp::Ordering::Equal => format!("newest_1 - word_{name}"),
            _ => format!("newest_1 - {{{}'d0, word_{name}}}", window_bits - age_bits),
        }
    };
    let digit_bits = words
        .fields
        .iter()
        .find(|field| field.0 == "digit")
        .map_or(1, |field| field.1);
    format!(
        "
  // Phase 0 lasts while the adder is empty. Bit i of alive: points were taken i intervals ago.
  // The sum that is done is the oldest.
  reg [{phase_top}:0] phase;
  reg [{alive_top}:0] alive;
  reg [{window_top}:0] newest;
  reg start;
  wire [{alive_top}:0] alive_next = {{alive[{alive_kept}:0], valid}};
  wire emptied = done && (alive[{alive_kept}:0] == {alive_top}'d0) && !(start && valid);
  assign ready = start && !rst;
  always @(posedge clk)
    if (rst || emptied) begin
      phase <= {phase_bits}'d0;
      start <= 1'b1;
      alive <= {num_under_way}'d0;
    end else if (start) begin
      alive <= alive_next;
      if (|alive_next) begin
        phase <= {phase_bits}'d1;
        start <= 1'b0;
        newest <= newest + {window_bits}'d1;
      end
    end else begin
      phase <= (phase == {phase_bits}'d{last_phase}) ? {phase_bits}'d0 : phase + {phase_bits}'d1;
      start <= phase == {phase_bits}'d{last_phase};
    end

{word}
  reg [{ages_top}:0] alive_1;
  reg [{window_top}:0] newest_1;
  reg [{address_top}:0] a_address;
  reg [{address_top}:0] b_address;
  reg [{address_top}:0] x_address;
  reg [{address_top}:0] y_address;
  reg [{address_top}:0] write_address_2;
  reg [{address_top}:0] write_address_3;
  reg [{address_top}:0] write_address_4;
  reg write_2, write_3, write_4;
  // What reaches every bit of a value comes straight from a register.
  reg clear_x, clear_y, clear_z, clear_sum, clear_product, second;
  reg [1:0] output_2, output_3;
  reg store_x, store_y, store_z;
  reg last_2, last_3, last_4;
  reg shifted_2, shifted_3, shifted_4;
  reg complement_2, complement_3, complement_4;
  reg [{digit_top}:0] digit_2, digit_3, digit_4;
  reg first_2, first_3, first_4, first_5;
  wire [{window_top}:0] sum_window = {sum_age};
  wire [{window_top}:0] product_window = {product_age};
  wire [{window_top}:0] write_window = {write_age};
  always @(posedge clk) begin
    newest_1 <= newest;
    a_address <= {{sum_window, word_a}};
    b_address <= {{sum_window, word_b}};
    x_address <= {{product_window, word_x}};
    y_address <= {{product_window, word_y}};
    write_address_2 <= {{write_window, word_to}};
    write_address_3 <= write_address_2;
    write_address_4 <= write_address_3;
    {{clear_x, clear_y, clear_z}} <= {{word_clear_x, word_clear_y, word_clear_z}};
    {{clear_sum, clear_product, second}} <= {{word_clear_sum, word_clear_product, word_second}};
    {{output_3, output_2}} <= {{output_2, word_output}};
    store_x <= write_3 && (output_3 == 2'd1);
    store_y <= write_3 && (output_3 == 2'd2);
    store_z <= write_3 && (output_3 == 2'd3);
    {{last_4, last_3, last_2}} <= {{last_3, last_2, word_last}};
    {{shifted_4, shifted_3, shifted_2}} <= {{shifted_3, shifted_2, word_shifted}};
    {{complement_4, complement_3, complement_2}} <= {{complement_3, complement_2, word_complement}};
    {{digit_4, digit_3, digit_2}} <= {{digit_3, digit_2, word_digit}};
    {{first_5, first_4, first_3, first_2}} <= {{first_4, first_3, first_2, word_first}};
    if (rst) begin
      alive_1 <= {ages}'d0;
      {{write_4, write_3, write_2}} <= 3'd0;
    end else begin
      alive_1 <= {alive_padded};
      {{write_4, write_3, write_2}} <= {{write_3, write_2, word_write && alive_1[word_write_age]}};
    end
  end
",
        phase_top = phase_bits - 1,
        alive_top = num_under_way - 1,
        alive_kept = num_under_way - 2,
        window_top = window_bits - 1,
        last_phase = words.interval - 1,
        word = words.text(phase_bits),
        ages = 1usize << age_bits,
        ages_top = (1usize << age_bits) - 1,
        address_top = window_bits + register_bits - 1,
        digit_top = digit_bits - 1,
        sum_age = age("sum_age"),
        product_age = age("product_age"),
        write_age = age("write_age"),
        alive_padded = if (1usize << age_bits) == num_under_way {
            "alive".to_owned()
        } else {
            format!("{{{}'d0, alive}}", (1usize << age_bits) - num_under_way)
        },
    )
}
