//! Host memory that a DMA engine likes: from the start of a page on.

const PAGE_BYTES: usize = 4096;

/// A buffer that begins at a page.
pub(super) struct Aligned {
    // Never grows, so it stays where it is.
    storage: Vec<u8>,
    start: usize,
    bytes: usize,
}

impl Aligned {
    pub(super) fn new(bytes: usize) -> Self {
        let storage = vec![0; bytes + PAGE_BYTES - 1];
        let start = (storage.as_ptr() as usize).wrapping_neg() % PAGE_BYTES;
        Aligned {
            storage,
            start,
            bytes,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.storage[self.start..self.start + self.bytes]
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.storage[self.start..self.start + self.bytes]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_begin_at_pages() {
        for bytes in [0, 1, 4096, 4097, 100_000] {
            let mut buffer = Aligned::new(bytes);
            assert_eq!(buffer.bytes().len(), bytes);
            assert_eq!(buffer.bytes().as_ptr() as usize % PAGE_BYTES, 0);
            buffer.bytes_mut().fill(7);
            let moved = buffer;
            assert!(moved.bytes().iter().all(|&byte| byte == 7));
            assert_eq!(moved.bytes().as_ptr() as usize % PAGE_BYTES, 0);
        }
    }
}
