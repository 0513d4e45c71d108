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

    /// Drops bases.
    pub(super) fn remove(&mut self, id: BasesId) {
        self.buffers.remove(&id);
    }

    /// Drops bases other than `keep`, the least recently used first, until `device` has room for
    /// buffers of these bytes, taken in this order, or none is left to drop; whether it has.
    pub(super) fn make_room(
        &mut self,
        device: &Device,
        buffers: &[u64],
        keep: Option<BasesId>,
    ) -> bool {
        while !fits(device, buffers) {
            let oldest = self
                .buffers
                .iter()
                .filter(|(id, _)| Some(**id) != keep)
                .min_by_key(|(_, (_, used))| *used)
                .map(|(id, _)| *id);
            match oldest {
                Some(id) => self.buffers.remove(&id),
                None => return false,
            };
        }
        true
    }
}

/// Whether buffers can be had at the same time.
fn fits(device: &Device, buffers: &[u64]) -> bool {
    let taken: Result<Vec<Buffer>, _> = buffers.iter().map(|&b| device.allocate(b)).collect();
    taken.is_ok()
}
