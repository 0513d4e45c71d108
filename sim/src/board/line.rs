//! Bytes and levels: 8 data bits, no parity, 1 stop bit, lowest bit first.

use std::collections::VecDeque;

/// Turns bytes into the levels of a line.
#[derive(Clone, Debug)]
pub struct LineWriter {
    bit_clocks: usize,
    /// Bytes to send, each after so many idle clocks.
    queue: VecDeque<(u8, u32)>,
    /// Start bit, data, stop bit: bits that are left, lowest first.
    shifted: u16,
    bits_left: usize,
    clocks_left: usize,
}

impl LineWriter {
    /// A line that is idle.
    pub fn new(bit_clocks: usize) -> Self {
        LineWriter {
            bit_clocks,
            queue: VecDeque::new(),
            shifted: 0,
            bits_left: 0,
            clocks_left: 0,
        }
    }

    /// Sends a byte behind those under way, after a pause.
    pub fn push(&mut self, byte: u8, pause_clocks: u32) {
        self.queue.push_back((byte, pause_clocks));
    }

    /// Bytes that have not begun.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether everything has been sent.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.bits_left == 0
    }

    /// The levels of the coming clocks.
    pub fn fill(&mut self, levels: &mut [u8]) {
        for level in levels {
            *level = self.next_level();
        }
    }

    fn next_level(&mut self) -> u8 {
        if self.bits_left == 0 {
            let Some((byte, pause)) = self.queue.front_mut() else {
                return 1;
            };
            if *pause > 0 {
                *pause -= 1;
                return 1;
            }
            self.shifted = u16::from(*byte) << 1 | 1 << 9;
            self.queue.pop_front();
            self.bits_left = 10;
            self.clocks_left = self.bit_clocks;
        }
        let level = (self.shifted & 1) as u8;
        self.clocks_left -= 1;
        if self.clocks_left == 0 {
            self.clocks_left = self.bit_clocks;
            self.shifted >>= 1;
            self.bits_left -= 1;
        }
        level
    }
}

/// Finds the bytes in the levels of a line.
#[derive(Clone, Debug)]
pub struct LineReader {
    bit_clocks: usize,
    bits_left: usize,
    clocks_left: usize,
    byte: u8,
}

impl LineReader {
    /// A reader of a line that is idle.
    pub fn new(bit_clocks: usize) -> Self {
        LineReader {
            bit_clocks,
            bits_left: 0,
            clocks_left: 0,
            byte: 0,
        }
    }

    /// Whether no byte has begun.
    pub fn is_idle(&self) -> bool {
        self.bits_left == 0
    }

    /// Takes the level of one clock; a byte if this is the middle of its stop bit. A stop bit that is
    /// missing loses the byte.
    pub fn push(&mut self, level: u8) -> Option<u8> {
        let high = level & 1 == 1;
        if self.bits_left == 0 {
            if !high {
                self.bits_left = 10;
                self.clocks_left = self.bit_clocks / 2;
            }
            return None;
        }
        self.clocks_left -= 1;
        if self.clocks_left > 0 {
            return None;
        }
        self.clocks_left = self.bit_clocks;
        self.bits_left -= 1;
        match self.bits_left {
            // The middle of the start bit.
            9 if high => self.bits_left = 0,
            9 => {}
            0 => return high.then_some(self.byte),
            _ => self.byte = self.byte >> 1 | u8::from(high) << 7,
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for bit_clocks in [4, 5, 16] {
            let mut writer = LineWriter::new(bit_clocks);
            for byte in 0..=255 {
                writer.push(byte, u32::from(byte % 3));
            }
            let mut levels = vec![0; 256 * (10 * bit_clocks + 2) + 40];
            writer.fill(&mut levels);
            assert!(writer.is_idle());
            let mut reader = LineReader::new(bit_clocks);
            let read: Vec<u8> = levels.iter().filter_map(|&l| reader.push(l)).collect();
            assert_eq!(read, (0..=255).collect::<Vec<u8>>());
            assert!(reader.is_idle());
        }
    }
}
