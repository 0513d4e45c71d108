//! Where the slots of an MSM lie, and which values the aggregation feeds from where to where.
//!
//! A window's bucket sums S_b, 1 ≤ b ≤ 2^(c−1), are to become Σ b·S_b. Split the index b = hi·2^l + lo:
//! the sum is 2^l·Σ hi·R_hi + Σ lo·C_lo with R_hi = Σ_lo S_b and C_lo = Σ_hi S_b, so every bucket is
//! added once to the slot set of the high half of its index and once to that of the low half. The
//! same again for each half, until an index is a single bit j: the slot left over is
//! T_j = Σ_{b has bit j} S_b, and the window's sum is Σ_j 2^j·T_j. About 2^c additions a window, all
//! made by the engine's own adder.
//!
//! Bucket 2^(c−1) has address 0 of its window, which no other digit uses; it feeds T_(c−1) alone.

/// A set of slots indexed by `bits` bits of the bucket index, for every window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Number of index bits; at least 2.
    pub(crate) bits: usize,
    /// Address of window 0, index 0; window w is 2^bits further w times.
    pub(crate) base: usize,
    /// Distance from the root; nodes of one depth need no wait between them.
    pub(crate) depth: usize,
    /// Set that takes the upper `bits / 2` index bits.
    pub(crate) high: Target,
    /// Set that takes the lower index bits.
    pub(crate) low: Target,
}

/// Where a half of an index leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Another set: its base address.
    Node(usize),
    /// The final sum of this bit.
    Bit(usize),
}

/// The address map of all slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotMap {
    pub(crate) num_windows: usize,
    pub(crate) window_bits: usize,
    /// In the order in which they are fed; the first is the bucket set itself.
    pub(crate) nodes: Vec<Node>,
    /// Address of the final sum of window 0, bit 0.
    pub(crate) sums_base: usize,
    /// log2 of the distance between the windows' final sums.
    pub(crate) log_sums_stride: usize,
}

impl SlotMap {
    /// Requires `window_bits` ≥ 3.
    pub(crate) fn new(num_windows: usize, window_bits: usize) -> Self {
        let log_sums_stride = (usize::BITS - (window_bits - 1).leading_zeros()) as usize;
        let mut nodes = vec![Node {
            bits: window_bits - 1,
            base: 0,
            depth: 0,
            high: Target::Bit(0),
            low: Target::Bit(0),
        }];
        let mut first_bits = vec![0];
        let mut next_base = num_windows << (window_bits - 1);
        let mut index = 0;
        while index < nodes.len() {
            let (bits, depth, first_bit) =
                (nodes[index].bits, nodes[index].depth, first_bits[index]);
            let high_bits = bits / 2;
            let low_bits = bits - high_bits;
            let mut child = |bits: usize, first_bit: usize| {
                if bits == 1 {
                    return Target::Bit(first_bit);
                }
                let base = next_base;
                next_base += num_windows << bits;
                nodes.push(Node {
                    bits,
                    base,
                    depth: depth + 1,
                    high: Target::Bit(0),
                    low: Target::Bit(0),
                });
                first_bits.push(first_bit);
                Target::Node(base)
            };
            let high = child(high_bits, first_bit + low_bits);
            let low = child(low_bits, first_bit);
            nodes[index].high = high;
            nodes[index].low = low;
            index += 1;
        }
        SlotMap {
            num_windows,
            window_bits,
            nodes,
            sums_base: next_base,
            log_sums_stride,
        }
    }

    /// Number of slots.
    pub(crate) fn num_slots(&self) -> usize {
        self.sums_base + (self.num_windows << self.log_sums_stride)
    }

    /// Width of a slot's address.
    pub(crate) fn key_bits(&self) -> usize {
        (usize::BITS - (self.num_slots() - 1).leading_zeros()) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds one unit per bucket through the map in plain integers.
    #[test]
    fn every_bucket_reaches_exactly_the_bits_of_its_index() {
        for window_bits in 3..=13 {
            let map = SlotMap::new(2, window_bits);
            for bucket in 1..=1usize << (window_bits - 1) {
                for window in 0..2 {
                    let mut slots = vec![0u32; map.num_slots()];
                    let top = 1 << (window_bits - 1);
                    slots[(window << (window_bits - 1)) | (bucket % top)] = 1;
                    for (number, node) in map.nodes.iter().enumerate() {
                        for position in 0..map.num_windows << node.bits {
                            let value = std::mem::take(&mut slots[node.base + position]);
                            if value == 0 {
                                continue;
                            }
                            let (w, index) =
                                (position >> node.bits, position & ((1 << node.bits) - 1));
                            let sum = |bit: usize| map.sums_base + (w << map.log_sums_stride) + bit;
                            if number == 0 && index == 0 {
                                slots[sum(window_bits - 1)] += value;
                                continue;
                            }
                            let low_bits = node.bits - node.bits / 2;
                            let (high, low) = (index >> low_bits, index & ((1 << low_bits) - 1));
                            let mut give = |target: Target, index: usize, bits: usize| match target
                            {
                                _ if index == 0 => {}
                                Target::Bit(bit) => slots[sum(bit)] += value,
                                Target::Node(base) => slots[base + (w << bits) + index] += value,
                            };
                            give(node.high, high, node.bits / 2);
                            give(node.low, low, low_bits);
                        }
                    }
                    for w in 0..2 {
                        for bit in 0..window_bits {
                            let found = slots[map.sums_base + (w << map.log_sums_stride) + bit];
                            let expected = u32::from(w == window && bucket >> bit & 1 == 1);
                            assert_eq!(
                                found, expected,
                                "c {window_bits} bucket {bucket} bit {bit}"
                            );
                        }
                    }
                    assert!(slots[..map.sums_base].iter().all(|&v| v == 0));
                }
            }
        }
    }

    #[test]
    fn sets_of_one_depth_follow_each_other() {
        let map = SlotMap::new(26, 10);
        assert!(map
            .nodes
            .windows(2)
            .all(|pair| pair[0].depth <= pair[1].depth));
        assert_eq!(map.nodes[0].bits, 9);
    }
}
