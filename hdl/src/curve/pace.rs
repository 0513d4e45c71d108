//! When a folded adder takes points.

/// `ready` of a [`super::FoldedAdder`], cycle by cycle.
///
/// While a sum is under way, points are taken only in cycles that lie a multiple of `interval_cycles`
/// after the last acceptance; right after reset, and from the cycle after the last `done` on, in any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdderPace {
    interval_cycles: usize,
    latency_cycles: usize,
    /// Cycles since the last acceptance; none while the adder is empty.
    since: Option<usize>,
}

impl AdderPace {
    pub(super) fn new(interval_cycles: usize, latency_cycles: usize) -> Self {
        AdderPace {
            interval_cycles,
            latency_cycles,
            since: None,
        }
    }

    /// Whether points offered in this cycle are taken.
    pub fn ready(&self) -> bool {
        self.since
            .is_none_or(|cycles| cycles % self.interval_cycles == 0)
    }

    /// To the next cycle, points having been offered in this one or not; whether they were taken.
    pub fn tick(&mut self, offered: bool) -> bool {
        let taken = offered && self.ready();
        self.since = match self.since {
            _ if taken => Some(1),
            Some(cycles) if cycles < self.latency_cycles => Some(cycles + 1),
            _ => None,
        };
        taken
    }

    /// Abandons everything, as a cycle of reset does.
    pub fn reset(&mut self) {
        self.since = None;
    }
}
