//! A cycle-exact model of the engine's control: which value visits which slot in which cycle,
//! without the values. Thousands of times faster than simulating the hardware, it carries figures
//! to sizes that are out of simulation's reach; tests hold it to the hardware, cycle for cycle.
//!
//! Memory is taken as ideal: a beat a cycle from the first cycle on, results taken at once.

mod folded;
mod pipelined;
mod walk;

use std::collections::VecDeque;

use num_bigint::BigUint;

use super::parts::AdderTiming;
use super::queues::QueueSize;
use super::slots::SlotMap;
use walk::Walk;

/// Sizes that the course of a job depends on.
#[derive(Clone, Debug)]
pub struct CycleModel {
    pub(crate) map: SlotMap,
    pub(crate) bias: BigUint,
    pub(crate) adder: AdderTiming,
    /// The queues of pairs and of answers.
    pub(crate) queues: [QueueSize; 2],
    pub(crate) prepare_latency: usize,
    pub(crate) recode_latency: usize,
    pub(crate) beats_per_point: usize,
}

/// What a job comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelRun {
    /// Cycles from start to done.
    pub cycles: u64,
    /// Additions made.
    pub additions: u64,
    /// Cycles that these take up in the adder.
    pub busy_cycles: u64,
    /// Cycles from the first addition to the last, with all that those two take up.
    pub active_cycles: u64,
}

/// A queue of the engine: what a push in this cycle makes visible in the next.
struct Queue<T> {
    entries: VecDeque<T>,
    room: usize,
}

impl<T> Queue<T> {
    fn new(size: QueueSize) -> Self {
        Queue {
            entries: VecDeque::new(),
            room: (1 << size.log_depth) - size.reserve,
        }
    }
    fn ready(&self) -> bool {
        self.entries.len() < self.room
    }
}

/// Two destinations of a slot's value in the aggregation; `None`: that half of the index is zero.
type Halves = [Option<usize>; 2];

/// What a take finds: whether the slot was full, and where its value goes.
type Answer = (bool, Halves);

#[derive(Clone, Copy)]
enum LaneVisit {
    Value(usize),
    Take(usize, Halves),
}

/// From memory to values: [`super::dispatch`] with the queues and pipelines before it.
trait Dispatch {
    /// The slot of the value that is offered.
    fn output(&self) -> Option<usize>;
    fn idle(&self) -> bool;
    /// Points begun so far.
    fn items(&self) -> usize;
    /// A cycle, in which an offered value is taken if `ready`.
    fn step(&mut self, ready: bool, keys: &mut dyn FnMut(usize) -> Vec<u32>);
}

/// From visits to pairs: [`super::merge`] with the pair queue.
trait Merge {
    /// The pair that is offered to the adder.
    fn offered(&self) -> Option<usize>;
    fn busy(&self) -> bool;
    /// Whether a sum waits for its visit.
    fn waits(&self) -> bool;
    /// Whether a visit may come.
    fn free(&self) -> bool;
    /// Whether the queue of pairs has room.
    fn room(&self) -> bool;
    /// A cycle; gives the answer of a take that ends in it.
    fn step(
        &mut self,
        accepted: bool,
        returned: Option<usize>,
        visit: Option<LaneVisit>,
    ) -> Option<Answer>;
}

/// From answers to visits: [`super::feed::Split`].
trait Split {
    /// Where the value at hand still goes; `None` without one.
    fn at_hand(&self, answer: Option<Answer>) -> Option<Halves>;
    /// A cycle, in which the first of what is at hand is `sent`, or its answer `popped`.
    fn step(&mut self, answer: Option<Answer>, sent: bool, popped: bool);
}

/// What [`super::sequencer`] is at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Command { cycles: usize },
    Add,
    Walk,
    Drain,
    Done,
}

impl CycleModel {
    /// Slots that a point with this scalar visits, lowest window first.
    pub fn digit_keys(&self, scalar: &BigUint) -> Vec<u32> {
        let c = self.map.window_bits;
        let half = 1i64 << (c - 1);
        let biased = scalar + &self.bias;
        (0..self.map.num_windows)
            .filter_map(|w| {
                let bits = (&biased >> (w * c)).iter_u64_digits().next().unwrap_or(0);
                let digit = (bits & ((1 << c) - 1)) as i64 - half;
                let bucket = (digit.unsigned_abs() % half as u64) as u32;
                (digit != 0).then_some(((w as u32) << (c - 1)) + bucket)
            })
            .collect()
    }

    /// Runs a job of `num_points` points; `keys(i)` lists the slots that point i visits (see
    /// [`Self::digit_keys`]), none for a point that adds nothing.
    pub fn run(&self, num_points: usize, keys: impl FnMut(usize) -> Vec<u32>) -> ModelRun {
        if self.adder.is_pipelined() {
            self.run_with(
                pipelined::Ahead::new(self, num_points),
                pipelined::Lanes::new(self),
                pipelined::Unsent::default(),
                num_points,
                keys,
            )
        } else {
            self.run_with(
                folded::Held::new(self, num_points),
                folded::Lane::new(self),
                folded::Loaded::default(),
                num_points,
                keys,
            )
        }
    }

    fn run_with(
        &self,
        mut dispatch: impl Dispatch,
        mut merge: impl Merge,
        mut split: impl Split,
        num_points: usize,
        mut keys: impl FnMut(usize) -> Vec<u32>,
    ) -> ModelRun {
        let mut adder: VecDeque<Option<usize>> = vec![None; self.adder.latency].into();
        // Cycles since the adder took a pair.
        let mut since = usize::MAX;
        let mut in_flight = 0usize;
        let mut answers: Queue<Answer> = Queue::new(self.queues[1]);
        let mut walk = Walk::default();
        let (mut sums_active, mut coordinate) = (false, 0);
        let mut stage = Stage::Command { cycles: 0 };
        let mut run = ModelRun {
            cycles: 0,
            additions: 0,
            busy_cycles: 0,
            active_cycles: 0,
        };
        let mut first = None;
        loop {
            let accepted = merge.offered().filter(|_| self.adder.ready(since));
            since = match accepted {
                Some(_) => 1,
                None => since.saturating_add(1),
            };
            if accepted.is_some() {
                run.additions += 1;
                run.busy_cycles += self.adder.interval as u64;
                let before = run.cycles - *first.get_or_insert(run.cycles);
                run.active_cycles = before + self.adder.interval as u64;
            }
            if stage == Stage::Done {
                return run;
            }
            // What is valid in this cycle.
            let returned = adder.pop_front().flatten();
            adder.push_back(accepted);
            let answer = answers.entries.front().copied();
            let settled = !merge.busy() && in_flight == 0 && !merge.waits() && answer.is_none();
            let ready = merge.room() && merge.free();
            let value = dispatch.output();
            let for_split = answer.filter(|_| !sums_active);
            let at_hand = split.at_hand(for_split);
            let half = at_hand.and_then(|halves| halves[0].or(halves[1]));
            let both = at_hand.is_some_and(|halves| halves.iter().all(Option::is_some));
            let sent = half.is_some() && ready && value.is_none();
            let split_popped = at_hand.is_some() && (half.is_none() || (sent && !both));
            let take = walk
                .offered(&self.map)
                .filter(|_| answers.ready() && merge.free() && value.is_none() && half.is_none());
            let visit = match value.or(half) {
                Some(key) => Some(LaneVisit::Value(key)).filter(|_| ready),
                None => take.map(|(key, halves)| LaneVisit::Take(key, halves)),
            };
            let all_dispatched = dispatch.items() == num_points && dispatch.idle();
            let drained = !merge.busy() && answer.is_none();

            if split_popped || (sums_active && answer.is_some() && coordinate == 2) {
                answers.entries.pop_front();
            }
            let taken = merge.step(accepted.is_some(), returned, visit);
            answers.entries.extend(taken);
            in_flight =
                in_flight + usize::from(accepted.is_some()) - usize::from(returned.is_some());
            dispatch.step(ready, &mut keys);
            split.step(for_split, sent, split_popped);
            if sums_active && answer.is_some() {
                coordinate = (coordinate + 1) % 3;
            }
            sums_active |= walk.reading(&self.map);
            let walked = walk.ended();
            walk.step(&self.map, take.is_some(), settled);
            stage = match stage {
                Stage::Command { cycles } if cycles < 1 => Stage::Command { cycles: cycles + 1 },
                Stage::Command { .. } => Stage::Add,
                Stage::Add if all_dispatched && settled => {
                    walk.start();
                    Stage::Walk
                }
                Stage::Walk if walked => Stage::Drain,
                Stage::Drain if drained => Stage::Done,
                same => same,
            };
            run.cycles += 1;
        }
    }
}
