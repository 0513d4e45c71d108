//! The C++ main program: serves set/settle/step requests from standard input.
//!
//! A request is `command: u32, rows: u32` and `rows` input records; the answer is `rows` output
//! records. A record holds the ports in order, each in whole 32-bit words, little-endian.
//! Command 0 settles (no clock edge), 1 settles, records the outputs and then applies one rising
//! edge per row. Command 2 has no input records but one, holds it for `rows` cycles and
//! answers with one record, settled after the last edge.

use crate::source::{Direction, Port, Source};
use std::fmt::Write as _;

pub(crate) fn words(width: usize) -> usize {
    width.div_ceil(32)
}

fn transfer(ports: &[&Port], input: bool) -> String {
    let mut text = String::new();
    let mut offset = 0;
    for port in ports {
        let bytes = match port.width {
            0..=8 => 1,
            9..=16 => 2,
            17..=32 => 4,
            33..=64 => 8,
            width => 4 * words(width),
        };
        let name = &port.name;
        let place = if port.width > 64 {
            format!("&model->{name}[0]")
        } else {
            format!("&model->{name}")
        };
        let _ = if input {
            writeln!(text, "  std::memcpy({place}, record + {offset}, {bytes});")
        } else {
            writeln!(text, "  std::memcpy(record + {offset}, {place}, {bytes});")
        };
        offset += 4 * words(port.width);
    }
    text
}

/// Ports of one direction, in record order.
pub(crate) fn ports_of(source: &Source, direction: Direction) -> Vec<&Port> {
    source
        .ports
        .iter()
        .filter(|port| port.direction == direction)
        .collect()
}

pub(crate) fn record_bytes(ports: &[&Port]) -> usize {
    ports.iter().map(|port| 4 * words(port.width)).sum()
}

pub(crate) fn main_text(source: &Source) -> String {
    let inputs = ports_of(source, Direction::Input);
    let outputs = ports_of(source, Direction::Output);
    let edge = if source.clock.is_empty() {
        String::new()
    } else {
        let clock = &source.clock;
        format!("  model->{clock} = 1; model->eval();\n  model->{clock} = 0; model->eval();\n")
    };
    format!(
        r#"#include "Vbench.h"
#include "verilated.h"
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

double sc_time_stamp() {{ return 0; }}

static Vbench* model;

static void drive(const uint8_t* record) {{
  (void)record;
{drive}}}
static void sample(uint8_t* record) {{
  (void)record;
{sample}}}
static void edge() {{
{edge}}}

int main(int argc, char** argv) {{
  VerilatedContext context;
  context.commandArgs(argc, argv);
  model = new Vbench(&context);
  const size_t in_bytes = {in_bytes}, out_bytes = {out_bytes};
  std::vector<uint8_t> in, out;
  uint32_t head[2];
  while (std::fread(head, 4, 2, stdin) == 2) {{
    const size_t rows_in = head[0] == 2 ? 1 : head[1];
    const size_t rows_out = rows_in;
    in.assign(in_bytes * rows_in + 1, 0);
    out.assign(out_bytes * rows_out + 1, 0);
    if (std::fread(in.data(), 1, in_bytes * rows_in, stdin) != in_bytes * rows_in) break;
    if (head[0] == 2) {{
      drive(in.data());
      model->eval();
      for (uint32_t i = 0; i < head[1]; i++) edge();
      sample(out.data());
    }} else {{
      for (size_t i = 0; i < rows_in; i++) {{
        drive(in.data() + i * in_bytes);
        model->eval();
        sample(out.data() + i * out_bytes);
        if (head[0] == 1) edge();
      }}
    }}
    std::fwrite(out.data(), 1, out_bytes * rows_out, stdout);
    std::fwrite(head, 4, 1, stdout);
    std::fflush(stdout);
  }}
  model->final();
  delete model;
  return 0;
}}
"#,
        drive = transfer(&inputs, true),
        sample = transfer(&outputs, false),
        in_bytes = record_bytes(&inputs),
        out_bytes = record_bytes(&outputs),
    )
}
