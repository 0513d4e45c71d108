//! Frames as software sees them.

use super::{crc32, CRC_BYTES, ESCAPE, ESCAPE_XOR, FLAG, MAX_PAYLOAD_BYTES, REQUEST_HEADER_BYTES};

/// The bytes on the line for a frame with these contents, both flags and the check included.
pub fn encode_frame(contents: &[u8]) -> Vec<u8> {
    let mut line = Vec::with_capacity(contents.len() + contents.len() / 16 + 8);
    line.push(FLAG);
    for &byte in contents.iter().chain(&crc32(contents).to_le_bytes()) {
        if byte == FLAG || byte == ESCAPE {
            line.extend([ESCAPE, byte ^ ESCAPE_XOR]);
        } else {
            line.push(byte);
        }
    }
    line.push(FLAG);
    line
}

/// The longest frame that a [`FrameDecoder`] accepts.
const LONGEST: usize = REQUEST_HEADER_BYTES + MAX_PAYLOAD_BYTES + CRC_BYTES;

/// Finds frames in a stream of bytes. Whatever arrives, its memory is bounded.
#[derive(Clone, Debug, Default)]
pub struct FrameDecoder {
    contents: Vec<u8>,
    escaped: bool,
    /// Between a damaged byte and the next flag.
    hunting: bool,
    dropped: u64,
}

impl FrameDecoder {
    /// A decoder before its first byte.
    pub fn new() -> Self {
        FrameDecoder::default()
    }

    /// Damaged frames so far.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Takes a byte; a frame's contents without the check, if it ended one that is right.
    pub fn push(&mut self, byte: u8) -> Option<Vec<u8>> {
        if byte == FLAG {
            let mut contents = std::mem::take(&mut self.contents);
            let damaged = std::mem::take(&mut self.hunting) | std::mem::take(&mut self.escaped);
            if contents.is_empty() && !damaged {
                return None;
            }
            let split = contents.len().saturating_sub(CRC_BYTES);
            let (body, check) = contents.split_at(split);
            if damaged || check != crc32(body).to_le_bytes() {
                self.dropped += 1;
                return None;
            }
            contents.truncate(split);
            return Some(contents);
        }
        if self.hunting {
            return None;
        }
        if byte == ESCAPE {
            self.hunting |= self.escaped;
            self.escaped = true;
        } else if self.contents.len() == LONGEST {
            self.hunting = true;
        } else {
            let mask = if std::mem::take(&mut self.escaped) {
                ESCAPE_XOR
            } else {
                0
            };
            self.contents.push(byte ^ mask);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(decoder: &mut FrameDecoder, line: &[u8]) -> Vec<Vec<u8>> {
        line.iter().filter_map(|&byte| decoder.push(byte)).collect()
    }

    #[test]
    fn every_byte_passes() {
        let contents: Vec<u8> = (0..=255).collect();
        let line = encode_frame(&contents);
        assert_eq!(line.iter().filter(|&&byte| byte == FLAG).count(), 2);
        let mut decoder = FrameDecoder::new();
        assert_eq!(decode(&mut decoder, &line), vec![contents.clone()]);
        // A flag lost between two frames still leaves one.
        let mut joined = line.clone();
        joined.pop();
        joined.extend(&line);
        assert_eq!(decode(&mut decoder, &joined), [contents.clone(), contents]);
        assert_eq!(decoder.dropped(), 0);
    }

    #[test]
    fn damage_of_any_one_byte_costs_at_most_its_frame() {
        let (first, second) = (b"first \x7e frame".to_vec(), b"second".to_vec());
        let line = encode_frame(&first);
        for place in 0..line.len() {
            for change in 1..=255u8 {
                let mut damaged = line.clone();
                damaged[place] ^= change;
                damaged.extend(encode_frame(&second));
                let frames = decode(&mut FrameDecoder::new(), &damaged);
                // The last byte's damage runs into the next frame's first flag.
                assert_eq!(frames.last(), Some(&second), "byte {place} ^ {change:#x}");
                for frame in &frames[..frames.len() - 1] {
                    assert!(
                        *frame == first,
                        "byte {place} ^ {change:#x} gives {frame:?}"
                    );
                }
            }
            let mut lost = line.clone();
            lost.remove(place);
            lost.extend(encode_frame(&second));
            let frames = decode(&mut FrameDecoder::new(), &lost);
            assert_eq!(frames.last(), Some(&second));
            assert!(frames.len() < 2 || frames == [first.clone(), second.clone()]);
        }
    }

    #[test]
    fn an_endless_frame_is_dropped_and_bounded() {
        let mut decoder = FrameDecoder::new();
        for _ in 0..100_000 {
            assert_eq!(decoder.push(0x55), None);
        }
        assert!(decoder.contents.capacity() <= 2 * LONGEST);
        assert_eq!(decode(&mut decoder, &encode_frame(b"x")), [b"x"]);
        assert_eq!(decoder.dropped(), 1);
    }
}
