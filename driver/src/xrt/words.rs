//! What a kernel says of itself, as an image carries it.

use vegalith_abi::registers;

/// The words from [`registers::IDENTIFICATION`] up to [`registers::CAP_NUM_PARTIAL_SUMS`], as the
/// kernel in an image shows them. In an `.xclbin` they are the section `USER_METADATA`
/// (`xclbinutil --add-section USER_METADATA:RAW:identity.bin`), little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityWords(pub [u32; Self::NUM]);

impl IdentityWords {
    /// Number of words.
    pub const NUM: usize =
        ((registers::CAP_NUM_PARTIAL_SUMS + 4 - registers::IDENTIFICATION) / 4) as usize;

    /// Words that all read as zero except for the magic.
    pub fn new() -> Self {
        IdentityWords([0; Self::NUM]).with(registers::MAGIC, registers::MAGIC_VALUE)
    }

    /// The same words with another value at a register's offset; offsets outside the block change
    /// nothing.
    #[must_use]
    pub fn with(mut self, offset: u32, value: u32) -> Self {
        let index = offset.wrapping_sub(registers::IDENTIFICATION) / 4;
        if let Some(word) = self.0.get_mut(index as usize) {
            *word = value;
        }
        self
    }

    /// The word at a register's offset; 0 for offsets outside the block.
    pub fn get(&self, offset: u32) -> u32 {
        offset
            .checked_sub(registers::IDENTIFICATION)
            .and_then(|offset| self.0.get((offset / 4) as usize))
            .copied()
            .unwrap_or(0)
    }

    /// As they stand in an image.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut words = [0; Self::NUM];
        let bytes = bytes.get(..4 * Self::NUM)?;
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes(bytes.try_into().ok()?);
        }
        (words[0] == registers::MAGIC_VALUE).then_some(IdentityWords(words))
    }
}

impl Default for IdentityWords {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_registers_offsets() {
        let words = IdentityWords::new()
            .with(registers::CAP_NUM_PARTIAL_SUMS, 7)
            .with(registers::COUNTERS, 9)
            .with(0, 9);
        assert_eq!(words.get(registers::MAGIC), registers::MAGIC_VALUE);
        assert_eq!(words.get(registers::CAP_NUM_PARTIAL_SUMS), 7);
        assert_eq!((words.get(registers::COUNTERS), words.get(0)), (0, 0));
        let bytes = words.to_bytes();
        assert!(bytes.starts_with(b"VGLT"));
        assert_eq!(IdentityWords::from_bytes(&bytes), Some(words));
        assert_eq!(IdentityWords::from_bytes(&bytes[1..]), None);
        assert_eq!(IdentityWords::from_bytes(b"{\"key\": 1}"), None);
    }
}
