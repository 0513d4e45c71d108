//! The walk over the slots that aggregates the buckets: [`crate::msm::feed::Walk`].

use super::Halves;
use crate::msm::slots::{SlotMap, Target};

#[derive(Default)]
pub(super) struct Walk {
    starts: bool,
    active: bool,
    /// For all that is under way, before a step that reads what it writes.
    waiting: bool,
    step: usize,
    position: usize,
    ended: bool,
}

impl Walk {
    /// Begins with the next cycle.
    pub(super) fn start(&mut self) {
        self.starts = true;
    }

    /// Whether the last slot was taken in the cycle before.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Whether the sums are being read: the step after the last node.
    pub(super) fn reading(&self, map: &SlotMap) -> bool {
        self.active && !self.waiting && self.step == map.nodes.len()
    }

    /// The slot that is to be taken, and where its value goes.
    pub(super) fn offered(&self, map: &SlotMap) -> Option<(usize, Halves)> {
        (self.active && !self.waiting).then(|| match map.nodes.get(self.step) {
            None => (map.sums_base + self.position, [None, None]),
            Some(node) => (node.base + self.position, self.halves(map)),
        })
    }

    pub(super) fn step(&mut self, map: &SlotMap, taken: bool, settled: bool) {
        self.ended = false;
        if self.starts {
            *self = Walk {
                active: true,
                waiting: true,
                ..Walk::default()
            };
        } else if self.waiting {
            self.waiting = !settled && self.must_wait(map);
        } else if taken {
            self.advance(map);
        }
    }

    fn advance(&mut self, map: &SlotMap) {
        let reading = self.reading(map);
        let window_end = (1 << map.log_sums_stride) - 1;
        if self.position == self.last_position(map) {
            self.position = 0;
            self.step += 1;
            self.waiting = !reading;
            self.active = !reading;
            self.ended = reading;
        } else if reading && self.position & window_end == map.window_bits - 1 {
            self.position += window_end + 2 - map.window_bits;
        } else {
            self.position += 1;
        }
    }

    fn last_position(&self, map: &SlotMap) -> usize {
        match map.nodes.get(self.step) {
            None => ((map.num_windows - 1) << map.log_sums_stride) + map.window_bits - 1,
            Some(node) => (map.num_windows << node.bits) - 1,
        }
    }

    /// Destinations of the node's slot at `position`.
    fn halves(&self, map: &SlotMap) -> Halves {
        let node = &map.nodes[self.step];
        let (window, index) = (
            self.position >> node.bits,
            self.position & ((1 << node.bits) - 1),
        );
        let low_bits = node.bits - node.bits / 2;
        let key = |target: Target, bits: usize, index: usize| match target {
            Target::Bit(bit) => map.sums_base + (window << map.log_sums_stride) + bit,
            Target::Node(base) => base + (window << bits) + index,
        };
        let (high, low) = (index >> low_bits, index & ((1 << low_bits) - 1));
        let mut halves = [
            (high != 0).then(|| key(node.high, node.bits / 2, high)),
            (low != 0).then(|| key(node.low, low_bits, low)),
        ];
        if self.step == 0 && index == 0 {
            halves[0] = Some(key(Target::Bit(map.window_bits - 1), 0, 0));
        }
        halves
    }

    fn must_wait(&self, map: &SlotMap) -> bool {
        let (nodes, step) = (&map.nodes, self.step);
        step == 0 || step == nodes.len() || nodes[step].depth != nodes[step - 1].depth
    }
}
