//! A board around the simplest kernel that uses all three of its ports, driven over its serial line
//! bit by bit.

use num_bigint::BigUint;
use rust_hdl::prelude::*;
use vegalith_abi::registers as map;
use vegalith_abi::serial::{self, encode_frame, identification as field, FrameDecoder};
use vegalith_testbench::{Bench, BenchError, Source};

use super::core::BoardCore;
use super::read_port::PortConfig;
use super::socket::KernelConfig;
use crate::arith::Target;
use crate::axi::{kernel_design, Identity, ARGUMENT_WORDS};
use crate::rtl::{leaf_block, Design};

const BIT_CLOCKS: u64 = 4;
const MEMORY: PortConfig = PortConfig { log_bytes: 14 };

/// Arguments of a job: word offsets of two sources, destination and beats.
const FIRST: u32 = map::ARGUMENTS;
const SECOND: u32 = map::ARGUMENTS + 8;
const RESULT: u32 = map::ARGUMENTS + 16;
const BEATS: u32 = map::ARGUMENTS + 24;

#[derive(Clone, Debug)]
pub(crate) struct XorConfig;

leaf_block! {
    /// Writes the exclusive-or of two buffers: both readers and the writer work at the same time.
    XorEngine(_config: XorConfig) = xor_body;
    In clock: 1;
    In reset: 1;
    In start: 1;
    In arguments: 32 * ARGUMENT_WORDS;
    Out idle: 1;
    Out done: 1;
    Out errors: 32;
    In bus_error: 1;
    Out read0_valid: 1;
    In read0_ready: 1;
    Out read0_address: 64;
    Out read0_beats: 32;
    In data0_valid: 1;
    Out data0_ready: 1;
    In data0_beat: 512;
    Out read1_valid: 1;
    In read1_ready: 1;
    Out read1_address: 64;
    Out read1_beats: 32;
    In data1_valid: 1;
    Out data1_ready: 1;
    In data1_beat: 512;
    Out write_valid: 1;
    In write_ready: 1;
    Out write_address: 64;
    Out write_beats: 32;
    Out result_valid: 1;
    In result_ready: 1;
    Out result_beat: 512;
    In writer_idle: 1;
    Out busy: 1;
    Out stalled: 1;
}

fn xor_body(_: &XorConfig) -> String {
    "reg running;
reg [31:0] left;
wire passes = data0_valid && data1_valid && result_ready;
wire unused = &{1'b0, arguments};
always @(*) begin
  idle = !running;
  result_valid = data0_valid && data1_valid;
  data0_ready = passes;
  data1_ready = passes;
  result_beat = data0_beat ^ data1_beat;
  busy = passes;
  stalled = result_valid && !result_ready;
  read0_address = arguments[63:0];
  read1_address = arguments[127:64];
  write_address = arguments[191:128];
  read0_beats = arguments[223:192];
  read1_beats = read0_beats;
  write_beats = read0_beats;
end
always @(posedge clock) begin
  done <= 1'b0;
  if (reset) begin
    running <= 1'b0;
    {read0_valid, read1_valid, write_valid} <= 3'd0;
    errors <= 32'd0;
  end else if (!running) begin
    left <= read0_beats;
    if (start) begin
      running <= 1'b1;
      {read0_valid, read1_valid, write_valid} <= 3'd7;
      errors <= 32'd0;
    end
  end else begin
    if (read0_ready) read0_valid <= 1'b0;
    if (read1_ready) read1_valid <= 1'b0;
    if (write_ready) write_valid <= 1'b0;
    if (bus_error) errors <= 32'd1;
    if (passes) left <= left - 32'd1;
    if ((left == 32'd0) && writer_idle && !write_valid) begin
      running <= 1'b0;
      done <= 1'b1;
    end
  end
end"
    .to_owned()
}

/// The host's side of the line.
struct Host {
    bench: Bench,
    number: u8,
    decoder: FrameDecoder,
    /// Levels of the line that were seen and not yet made into bytes.
    seen: Vec<bool>,
}

impl Host {
    /// The board out of reset; `None` where Verilator is missing.
    fn start() -> Option<Host> {
        let identity = Identity {
            block_type: 7,
            preset_digest: [0x5a; 32],
            capabilities: [1, 2, 3, 4, 5, 6, 7],
        };
        let engine = Design::from_block("xor_engine", XorEngine::new(&XorConfig)).expect("engine");
        let kernel =
            kernel_design("xor_kernel", engine, 1, &identity, &Target::ecp5()).expect("kernel");
        let socket = KernelConfig {
            module: kernel.top.clone(),
        };
        let mut design =
            Design::from_block("board_core", BoardCore::new(&socket, &MEMORY)).expect("core");
        design.add(kernel);
        let mut source = Source::new("board_core")
            .clock("clock")
            .input("reset", 1)
            .input("bit_clocks", super::uart::BIT_CLOCKS_BITS)
            .input("clock_khz", 32)
            .input("uart_rx", 1)
            .output("uart_tx", 1)
            .output("lights", 8);
        for file in design.files {
            source = source.file(&file.name, file.text);
        }
        let mut bench = match Bench::start(&source) {
            Err(BenchError::Unavailable(reason)) => {
                println!("skipped: {reason}");
                return None;
            }
            bench => bench.expect("builds"),
        };
        source.lint().expect("lints clean");
        let mut set = |port, value| bench.set_u64(port, value).expect("port");
        set("bit_clocks", BIT_CLOCKS);
        set("clock_khz", 123_456);
        set("uart_rx", 1);
        set("reset", 1);
        bench.steps(4).expect("steps");
        bench.set_u64("reset", 0).expect("port");
        bench.steps(40).expect("steps");
        Some(Host {
            bench,
            number: 0,
            decoder: FrameDecoder::new(),
            seen: Vec::new(),
        })
    }

    /// Drives the line for as many clocks as there are levels.
    fn drive(&mut self, levels: &[bool]) {
        let row = |&level: &bool| {
            let (bits, khz) = (BigUint::from(BIT_CLOCKS), BigUint::from(123_456u32));
            vec![BigUint::default(), bits, khz, BigUint::from(level)]
        };
        let rows: Vec<_> = levels.iter().map(row).collect();
        let answer = self.bench.run(&rows).expect("runs");
        self.seen
            .extend(answer.iter().map(|row| row[0] == BigUint::from(1u32)));
    }

    /// Sends bytes and then listens for `clocks`; the frames that came.
    fn exchange(&mut self, bytes: &[u8], clocks: usize) -> Vec<Vec<u8>> {
        let mut levels = Vec::new();
        for &byte in bytes {
            let bits = (0..8).map(|bit| byte >> bit & 1 == 1);
            for level in [false].into_iter().chain(bits).chain([true]) {
                levels.extend([level; BIT_CLOCKS as usize]);
            }
        }
        levels.extend(vec![true; clocks]);
        self.drive(&levels);
        self.listen()
    }

    /// The frames in the levels seen so far.
    fn listen(&mut self) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        let (bit, mut at) = (BIT_CLOCKS as usize, 0);
        while let Some(start) = self.seen[at..].iter().position(|level| !level) {
            let begin = at + start;
            if begin + 10 * bit > self.seen.len() {
                at = begin;
                break;
            }
            let middle = |index: usize| self.seen[begin + index * bit + bit / 2];
            let byte = (0..8).fold(0, |byte, index| byte | u8::from(middle(index + 1)) << index);
            assert!(middle(9), "a stop bit is missing");
            frames.extend(self.decoder.push(byte));
            at = begin + 9 * bit + bit / 2;
        }
        self.seen.drain(..at);
        frames
    }

    fn contents(number: u8, opcode: u8, address: u32, length: u16, payload: &[u8]) -> Vec<u8> {
        let mut contents = vec![number, opcode];
        contents.extend(address.to_le_bytes());
        contents.extend(length.to_le_bytes());
        contents.extend(payload);
        contents
    }

    /// A request with the next number: status and payload of its reply.
    fn request(&mut self, opcode: u8, address: u32, length: u16, payload: &[u8]) -> (u8, Vec<u8>) {
        self.number = self.number.wrapping_add(1);
        self.repeat(opcode, address, length, payload)
    }

    /// The same with the number of the last one.
    fn repeat(&mut self, opcode: u8, address: u32, length: u16, payload: &[u8]) -> (u8, Vec<u8>) {
        let contents = Host::contents(self.number, opcode, address, length, payload);
        let clocks = (length as usize * 2 + 60) * 10 * BIT_CLOCKS as usize;
        let replies = self.exchange(&encode_frame(&contents), clocks);
        assert_eq!(replies.len(), 1, "replies to {opcode:#x}: {replies:x?}");
        let reply = &replies[0];
        assert_eq!(reply[..2], [self.number, opcode | serial::REPLY]);
        (reply[2], reply[serial::REPLY_HEADER_BYTES..].to_vec())
    }

    fn write(&mut self, offset: u32, value: u32) {
        let done = self.request(serial::WRITE_REGISTER, offset, 4, &value.to_le_bytes());
        assert_eq!(done, (serial::STATUS_OK, vec![]), "register {offset:#x}");
    }

    fn read(&mut self, offset: u32) -> u32 {
        let (status, value) = self.request(serial::READ_REGISTER, offset, 4, &[]);
        assert_eq!(status, serial::STATUS_OK, "register {offset:#x}");
        u32::from_le_bytes(value.try_into().expect("four bytes"))
    }

    fn write_memory(&mut self, address: u32, data: &[u8]) {
        for (index, part) in data.chunks(serial::MAX_PAYLOAD_BYTES).enumerate() {
            let at = address + (index * serial::MAX_PAYLOAD_BYTES) as u32;
            let done = self.request(serial::WRITE_MEMORY, at, part.len() as u16, part);
            assert_eq!(done, (serial::STATUS_OK, vec![]), "memory {at:#x}");
        }
    }

    fn read_memory(&mut self, address: u32, length: usize) -> Vec<u8> {
        let mut data = Vec::new();
        while data.len() < length {
            let at = address + data.len() as u32;
            let part = (length - data.len()).min(serial::MAX_PAYLOAD_BYTES) as u16;
            let (status, bytes) = self.request(serial::READ_MEMORY, at, part, &[]);
            assert_eq!((status, bytes.len()), (serial::STATUS_OK, part as usize));
            data.extend(bytes);
        }
        data
    }

    fn identify(&mut self) -> Vec<u8> {
        let (status, identity) = self.request(serial::IDENTIFY, 0, 0, &[]);
        assert_eq!((status, identity.len()), (serial::STATUS_OK, field::BYTES));
        identity
    }
}

fn pattern(length: usize, factor: usize) -> Vec<u8> {
    (0..length)
        .map(|index| (index * factor + index / 251) as u8)
        .collect()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

#[test]
fn a_job_runs_between_memory_and_memory() {
    let Some(mut host) = Host::start() else {
        return;
    };
    let identity = host.identify();
    assert_eq!(identity[..4], field::MAGIC_VALUE);
    assert_eq!(word(&identity, field::MEMORY_BYTES), 1 << MEMORY.log_bytes);
    assert_eq!(word(&identity, field::CLOCK_KHZ), 123_456);
    assert_eq!(word(&identity, field::FAULTS), 0);

    assert_eq!(host.read(map::MAGIC), map::MAGIC_VALUE);
    assert_eq!(host.read(map::BLOCK_TYPE), 7);

    // 70 beats: a burst to the end of a page and the rest, from places that are no pages.
    let length = 70 * 64;
    let (first, second) = (pattern(length, 7), pattern(length, 13));
    host.write_memory(0x0040, &first);
    host.write_memory(0x1400, &second);
    for (register, value) in [(FIRST, 0x0040), (SECOND, 0x1400), (RESULT, 0x2600)] {
        host.write(register, value);
    }
    host.write(BEATS, 70);
    host.write(map::CONTROL, map::CONTROL_START);
    assert_eq!(
        host.read(map::CONTROL) & map::CONTROL_DONE,
        map::CONTROL_DONE
    );
    assert_eq!(host.read(map::ERRORS), 0);
    let expected: Vec<u8> = first.iter().zip(&second).map(|(a, b)| a ^ b).collect();
    assert!(
        host.read_memory(0x2600, length) == expected,
        "the job's result"
    );
    assert!(
        host.read_memory(0x0040, length) == first,
        "its first source"
    );

    // Beyond the memory: the kernel sees errors, and a reset makes it good again.
    host.write(map::CONTROL, map::CONTROL_CONTINUE);
    host.write(FIRST, 1 << MEMORY.log_bytes);
    host.write(map::CONTROL, map::CONTROL_START);
    assert_eq!(host.read(map::ERRORS), map::ERROR_BUS);
    host.write(map::CONTROL, map::CONTROL_CONTINUE);
    host.write(FIRST, 0);
    host.write(RESULT, 0x8000_0000);
    host.write(map::CONTROL, map::CONTROL_START);
    assert_eq!(host.read(map::ERRORS), map::ERROR_BUS);
    let reset = host.request(serial::RESET_KERNEL, 0, 0, &[]);
    assert_eq!(reset, (serial::STATUS_OK, vec![]));
    assert_eq!((host.read(FIRST), host.read(map::ERRORS)), (0, 0));
    assert!(
        host.read_memory(0x1400, length) == second,
        "memory survives a reset"
    );
}

#[test]
fn a_repeated_request_is_executed_once() {
    let Some(mut host) = Host::start() else {
        return;
    };
    // Before the first identification nothing is accepted.
    let refused = host.request(serial::READ_REGISTER, map::MAGIC, 4, &[]);
    assert_eq!(refused, (serial::STATUS_SEQUENCE, vec![]));
    host.number = 0xfd;
    host.identify();
    host.write(BEATS, 1);
    for _ in 0..3 {
        // The number passes from 255 to 0 here.
        host.write(map::CONTROL, map::CONTROL_START);
        let start = map::CONTROL_START.to_le_bytes();
        let again = host.repeat(serial::WRITE_REGISTER, map::CONTROL, 4, &start);
        assert_eq!(again, (serial::STATUS_OK, vec![]));
        // A second start would stand in the register until the job is continued.
        assert_eq!(host.read(map::CONTROL), map::CONTROL_DONE);
        host.write(map::CONTROL, map::CONTROL_CONTINUE);
    }
    host.write_memory(0x100, b"first");
    let again = host.repeat(serial::WRITE_MEMORY, 0x100, 6, b"second");
    assert_eq!(again, (serial::STATUS_OK, vec![]));
    assert_eq!(host.read_memory(0x100, 5), b"first");
    let (_, again) = host.repeat(serial::READ_MEMORY, 0x100, 5, &[]);
    assert_eq!(again, b"first");
    // Neither the last number nor the next.
    host.number = host.number.wrapping_add(5);
    let refused = host.request(serial::WRITE_MEMORY, 0x100, 5, b"third");
    assert_eq!(refused, (serial::STATUS_SEQUENCE, vec![]));
    host.number = host.number.wrapping_sub(6);
    assert_eq!(host.read_memory(0x100, 5), b"first");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let Some(mut host) = Host::start() else {
        return;
    };
    host.identify();
    let size = 1u32 << MEMORY.log_bytes;
    let word = [1, 2, 3, 4];
    use serial::*;
    for (status, opcode, address, length, payload) in [
        (STATUS_OPCODE, 0x00, 0, 0, &[][..]),
        (STATUS_OPCODE, 0x7f, 0, 0, &[]),
        (STATUS_LENGTH, READ_REGISTER, 0, 5, &[]),
        (STATUS_LENGTH, READ_REGISTER, 0, 4, &word),
        (STATUS_LENGTH, WRITE_REGISTER, 0, 4, &word[..3]),
        (STATUS_LENGTH, WRITE_MEMORY, 0, 3, &word),
        (STATUS_LENGTH, READ_MEMORY, 0, 0, &[]),
        (STATUS_LENGTH, READ_MEMORY, 0, 257, &[]),
        (STATUS_LENGTH, READ_MEMORY, 0, 0x8004, &[]),
        (STATUS_LENGTH, RESET_KERNEL, 0, 0, &word),
        (STATUS_LENGTH, IDENTIFY, 0, 1, &[]),
        (STATUS_ADDRESS, IDENTIFY, 1, 0, &[]),
        (STATUS_ADDRESS, READ_REGISTER, 2, 4, &[]),
        (STATUS_ADDRESS, READ_REGISTER, map::SPACE_BYTES, 4, &[]),
        (STATUS_ADDRESS, WRITE_REGISTER, 1 << 31, 4, &word),
        (STATUS_ADDRESS, READ_MEMORY, size, 1, &[]),
        (STATUS_ADDRESS, READ_MEMORY, size - 3, 4, &[]),
        (STATUS_ADDRESS, WRITE_MEMORY, u32::MAX, 4, &word),
        (STATUS_OK, WRITE_MEMORY, size - 4, 4, &word),
    ] {
        let found = host.request(opcode, address, length, payload);
        let case = format!("{opcode:#x} at {address:#x} of {length}");
        assert_eq!(found, (status, vec![]), "{case}");
        // An identification that is refused does not set the number.
        if opcode == IDENTIFY {
            host.identify();
        }
    }
    assert_eq!(host.read_memory(size - 4, 4), word);
}

#[test]
fn damaged_frames_are_dropped_and_counted() {
    let Some(mut host) = Host::start() else {
        return;
    };
    host.identify();
    host.write_memory(0x40, b"good");
    let number = host.number.wrapping_add(1);
    let line = encode_frame(&Host::contents(
        number,
        serial::WRITE_MEMORY,
        0x40,
        4,
        b"evil",
    ));
    let mut damaged = 0u16;
    // Each byte between the flags flipped in one bit, or lost.
    for place in 1..line.len() - 1 {
        let mut flipped = line.clone();
        flipped[place] ^= 1 << (place % 8);
        // A byte that turns into a flag makes two frames of one.
        damaged += 1 + u16::from(flipped[place] == serial::FLAG);
        assert_eq!(host.exchange(&flipped, 100), Vec::<Vec<u8>>::new());
        let mut lost = line.clone();
        lost.remove(place);
        damaged += 1;
        assert_eq!(host.exchange(&lost, 100), Vec::<Vec<u8>>::new());
    }
    // An endless frame, and a frame that ends early before a good one.
    host.exchange(&[0x55; 700], 100);
    host.exchange(&line[..line.len() - 2], 100);
    damaged += 2;
    assert_eq!(host.read_memory(0x40, 4), b"good");
    let identity = host.identify();
    let dropped = word(&identity, field::DROPPED_FRAMES) as u16;
    assert_eq!(dropped, damaged);
}
