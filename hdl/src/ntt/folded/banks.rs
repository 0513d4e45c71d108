//! The memory: eight banks, and the network of lanes before and behind them.
//!
//! ```text
//!  beat, first, second ─► lanes ─► ^ flip[1:0] ─► ^ flip[2] ─► banks       a register at every arrow
//!                     banks ─► ─► ^ flip[1:0] ─► ^ flip[2] ─► lanes ─► pair
//! ```

use rust_hdl::prelude::*;
use std::fmt::Write as _;

use super::access::{place_bits, place_wires};
use super::config::{Shape, ELEMENT_BITS, LANES_LATENCY, LOG_BANKS};
use crate::rtl::leaf_block;

const BANKS: usize = 1 << LOG_BANKS;

leaf_block! {
    /// While `loading`, writes `beat` to `load_place`; else results of the same cycle, `first` to lane 0 and
    /// `second` to lanes 1, 2 and 4 of `result_place`. Gives the lanes of `drain_place`
    /// while `draining`, else of `pair_place`, as `lanes`, and a cycle later lane 0 as `a` and as `b` that of lanes
    /// 1, 2 and 4 which is meant. Latencies: `config`. Nothing reads what is being written.
    Banks(shape: Shape) = banks_body;
    In clock: 1;
    In loading: 1;
    In beat: BANKS * ELEMENT_BITS;
    In load_place: place_bits(shape);
    In first: ELEMENT_BITS;
    In second: ELEMENT_BITS;
    In result_place: place_bits(shape);
    In draining: 1;
    In drain_place: place_bits(shape);
    In pair_place: place_bits(shape);
    Out lanes: BANKS * ELEMENT_BITS;
    Out a: ELEMENT_BITS;
    Out b: ELEMENT_BITS;
}

fn lane(vector: &str, index: usize) -> String {
    format!(
        "{vector}[{}:{}]",
        ELEMENT_BITS * index + ELEMENT_BITS - 1,
        ELEMENT_BITS * index
    )
}

/// `to` ← `from` with lanes exchanged by the low two bits, then by the third bit, of `flip`.
fn network(text: &mut String, from: &str, middle: &str, to: &str, flips: [&str; 3]) {
    for index in 0..BANKS {
        let pick = |other: usize| lane(from, index ^ other);
        let _ = writeln!(
            text,
            "  {} <= {f1} ? ({f0} ? {} : {}) : ({f0} ? {} : {});",
            lane(middle, index),
            pick(3),
            pick(2),
            pick(1),
            pick(0),
            f0 = flips[0],
            f1 = flips[1],
        );
    }
    for index in 0..BANKS {
        let _ = writeln!(
            text,
            "  {} <= {} ? {} : {};",
            lane(to, index),
            flips[2],
            lane(middle, index ^ 4),
            lane(middle, index),
        );
    }
}

/// Address of a bank from the fields of a place.
fn address(shape: &Shape, prefix: &str, bank: usize) -> String {
    let mut text = format!("{prefix}_base");
    for bit in 0..LOG_BANKS {
        let _ = write!(
            text,
            " ^ ({prefix}_term_{bit} & {{{}{{{prefix}_flip[{bit}] ^ 1'b{}}}}})",
            shape.address_bits(),
            bank >> bit & 1,
        );
    }
    text
}

fn banks_body(shape: &Shape) -> String {
    let (place_top, address_top) = (place_bits(shape) - 1, shape.address_bits() - 1);
    let (top, all_top) = (ELEMENT_BITS - 1, BANKS * ELEMENT_BITS - 1);
    let mut text = format!(
        "reg [{place_top}:0] write_place;
reg [{place_top}:0] read_place;
{write}{read}wire unused = &{{1'b0, r_lanes}};
reg [{all_top}:0] w_1;
reg [{all_top}:0] w_2;
reg [{all_top}:0] w_3;
reg w_flip_2;
reg [7:0] enable_2;
reg [7:0] enable_3;
reg [{all_top}:0] r_3;
reg [{all_top}:0] r_4;
reg [2:0] r_flip_1;
reg [2:0] r_flip_2;
reg [2:0] r_flip_3;
reg r_flip_4;
reg [1:0] meant_1;
reg [1:0] meant_2;
reg [1:0] meant_3;
reg [1:0] meant_4;
reg [1:0] meant_5;
",
        write = place_wires(shape, "write_place", "w"),
        read = place_wires(shape, "read_place", "r"),
    );
    debug_assert_eq!(LANES_LATENCY, 5);
    let mut clocked = String::new();
    for index in 0..BANKS {
        let result = match index {
            0 => Some("first"),
            1 | 2 | 4 => Some("second"),
            _ => None,
        };
        let value = match result {
            Some(result) => format!("loading ? {} : {result}", lane("beat", index)),
            None => lane("beat", index),
        };
        let _ = writeln!(clocked, "  {} <= {value};", lane("w_1", index));
    }
    network(
        &mut clocked,
        "w_1",
        "w_2",
        "w_3",
        ["w_flip[0]", "w_flip[1]", "w_flip_2"],
    );
    network(
        &mut clocked,
        "r_3",
        "r_4",
        "lanes",
        ["r_flip_3[0]", "r_flip_3[1]", "r_flip_4"],
    );
    for bank in 0..BANKS {
        let _ = write!(
            text,
            "// Dependent accesses are cycles apart: no check for collisions is wanted.
(* ram_style = \"block\", no_rw_check *) reg [{top}:0] bank_{bank} [0:{last}];
reg [{address_top}:0] w_address_{bank}_2;
reg [{address_top}:0] w_address_{bank}_3;
reg [{address_top}:0] r_address_{bank};
reg [{top}:0] read_{bank};
always @(posedge clock) begin
  if (enable_3[{bank}]) bank_{bank}[w_address_{bank}_3] <= {data};
  read_{bank} <= bank_{bank}[r_address_{bank}];
end
",
            last = (1 << shape.address_bits()) - 1,
            data = lane("w_3", bank),
        );
        let _ = write!(
            clocked,
            "  enable_2[{bank}] <= w_lanes[3'd{bank} ^ w_flip];
  w_address_{bank}_2 <= {write};
  w_address_{bank}_3 <= w_address_{bank}_2;
  r_address_{bank} <= {read};
  {r_3} <= read_{bank};
",
            write = address(shape, "w", bank),
            read = address(shape, "r", bank),
            r_3 = lane("r_3", bank),
        );
    }
    text + &format!(
        "always @(posedge clock) begin
  write_place <= loading ? load_place : result_place;
  read_place <= draining ? drain_place : pair_place;
{clocked}  enable_3 <= enable_2;
  w_flip_2 <= w_flip[2];
  r_flip_1 <= r_flip;
  r_flip_2 <= r_flip_1;
  r_flip_3 <= r_flip_2;
  r_flip_4 <= r_flip_3[2];
  meant_1 <= {{r_lanes[2], r_lanes[1]}};
  meant_2 <= meant_1;
  meant_3 <= meant_2;
  meant_4 <= meant_3;
  meant_5 <= meant_4;
  a <= {lane_0};
  b <= meant_5[0] ? {lane_1} : meant_5[1] ? {lane_2} : {lane_4};
end",
        lane_0 = lane("lanes", 0),
        lane_1 = lane("lanes", 1),
        lane_2 = lane("lanes", 2),
        lane_4 = lane("lanes", 4),
    )
}
