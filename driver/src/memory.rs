//! Device memory: pieces of whole 4096-byte pages, first fit, freed when their buffer is dropped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use vegalith_abi::memory::ALIGNMENT_BYTES;

use crate::{Error, Result};

/// Free pieces of device memory by address; neighbours are always merged.
#[derive(Debug)]
struct FreeList(BTreeMap<u64, u64>);

impl FreeList {
    fn take(&mut self, bytes: u64) -> Option<u64> {
        let (&address, &length) = self.0.iter().find(|(_, &length)| length >= bytes)?;
        self.0.remove(&address);
        if length > bytes {
            self.0.insert(address + bytes, length - bytes);
        }
        Some(address)
    }

    fn give(&mut self, mut address: u64, mut bytes: u64) {
        if let Some(next) = self.0.remove(&(address + bytes)) {
            bytes += next;
        }
        if let Some((&before, &length)) = self.0.range(..address).next_back() {
            if before + length == address {
                self.0.remove(&before);
                address = before;
                bytes += length;
            }
        }
        self.0.insert(address, bytes);
    }

    fn largest(&self) -> u64 {
        self.0.values().copied().max().unwrap_or(0)
    }
}

/// Hands out device memory. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Allocator {
    free: Arc<Mutex<FreeList>>,
}

impl Allocator {
    pub(crate) fn new(bytes: u64) -> Self {
        let usable = bytes / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
        let pieces = (usable > 0).then_some((0, usable));
        Allocator {
            free: Arc::new(Mutex::new(FreeList(pieces.into_iter().collect()))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, FreeList> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn allocate(&self, bytes: u64) -> Result<Buffer> {
        let out_of_memory = |needed, available| Error::OutOfMemory { needed, available };
        let mut free = self.lock();
        let capacity = bytes
            .max(1)
            .checked_next_multiple_of(ALIGNMENT_BYTES)
            .ok_or_else(|| out_of_memory(bytes, free.largest()))?;
        let address = free
            .take(capacity)
            .ok_or_else(|| out_of_memory(capacity, free.largest()))?;
        Ok(Buffer {
            address,
            bytes,
            capacity,
            allocator: self.clone(),
        })
    }

    pub(crate) fn total_free(&self) -> u64 {
        self.lock().0.values().sum()
    }
}

/// A piece of a device's memory; dropping it frees the memory.
#[derive(Debug)]
pub struct Buffer {
    address: u64,
    bytes: u64,
    capacity: u64,
    allocator: Allocator,
}

impl Buffer {
    /// Device address, a multiple of 4096.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Size as asked for.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn belongs_to(&self, allocator: &Allocator) -> bool {
        Arc::ptr_eq(&self.allocator.free, &allocator.free)
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.allocator.lock().give(self.address, self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    #[test]
    fn pieces_are_aligned_and_reused() {
        let allocator = Allocator::new(10 * 4096 + 17);
        let a = allocator.allocate(1).unwrap();
        let b = allocator.allocate(4097).unwrap();
        assert_eq!((a.address(), b.address(), b.bytes()), (0, 4096, 4097));
        drop(a);
        assert_eq!(allocator.allocate(4096).unwrap().address(), 0);
        assert_eq!(
            allocator.allocate(8 * 4096).unwrap_err(),
            Error::OutOfMemory {
                needed: 8 * 4096,
                available: 7 * 4096
            }
        );
        drop(b);
        assert_eq!(allocator.allocate(10 * 4096).unwrap().address(), 0);
        assert!(allocator.allocate(u64::MAX).is_err());
    }

    #[test]
    fn no_overlap_and_no_leak_over_random_use() {
        const PAGES: u64 = 64;
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(7);
        let allocator = Allocator::new(PAGES * 4096);
        let mut held: Vec<Buffer> = Vec::new();
        for step in 0..5000 {
            if rng.gen_bool(0.5) && !held.is_empty() {
                held.swap_remove(rng.gen_range(0..held.len()));
            } else if let Ok(buffer) = allocator.allocate(rng.gen_range(0..6 * 4096)) {
                for other in &held {
                    let disjoint = buffer.address + buffer.capacity <= other.address
                        || other.address + other.capacity <= buffer.address;
                    assert!(disjoint, "step {step}: {buffer:?} and {other:?}");
                }
                held.push(buffer);
            }
            let used: u64 = held.iter().map(|buffer| buffer.capacity).sum();
            assert_eq!(allocator.total_free() + used, PAGES * 4096, "step {step}");
        }
        held.clear();
        assert_eq!(allocator.lock().largest(), PAGES * 4096);
    }
}
