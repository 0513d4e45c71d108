//! Bases in device memory, by digest; the least recently used give way.

use std::collections::HashMap;

use vegalith_driver::{Buffer, Device};

use crate::BasesId;

/// What a kernel's memory holds.
#[derive(Debug, Default)]
pub(super) struct Resident {
    buffers: HashMap<BasesId, (Buffer, u64)>,
    /// Counts the uses.
    clock: u64,
}

impl Resident {
    /// Whether the bases are there.
    pub(super) fn contains(&self, id: BasesId) -> bool {
        self.buffers.contains_key(&id)
    }

    /// The bases' buffer, marked as used now.
    pub(super) fn get(&mut self, id: BasesId) -> Option<&Buffer> {
        self.clock += 1;
        let (buffer, used) = self.buffers.get_mut(&id)?;
        *used = self.clock;
        Some(buffer)
    }

    /// Keeps a buffer.
    pub(super) fn insert(&mut self, id: BasesId, buffer: Buffer) {
        self.clock += 1;
        self.buffers.insert(id, (buffer, self.clock));
    }

    /// Drops bases other than `keep`, the least recently used first, until `device` has a free
    /// piece of `bytes` or none is left to drop.
    pub(super) fn make_room(&mut self, device: &Device, bytes: u64, keep: Option<BasesId>) {
        while device.largest_free_bytes() < bytes {
            let oldest = self
                .buffers
                .iter()
                .filter(|(id, _)| Some(**id) != keep)
                .min_by_key(|(_, (_, used))| *used)
                .map(|(id, _)| *id);
            match oldest {
                Some(id) => self.buffers.remove(&id),
                None => return,
            };
        }
    }
}
