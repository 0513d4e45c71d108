//! A cycle-exact model of the engine's control: which value visits which slot in which cycle,
//! without the values. Thousands of times faster than simulating the hardware, it carries figures
//! to sizes that are out of simulation's reach; tests hold it to the hardware, cycle for cycle.
//!
//! Memory is taken as ideal: a beat a cycle from the first cycle on, results taken at once.

use std::collections::VecDeque;

use num_bigint::BigUint;

use super::parts::AdderTiming;
use super::slots::{SlotMap, Target};

/// Sizes that the course of a job depends on.
#[derive(Clone, Debug)]
pub struct CycleModel {
    pub(crate) map: SlotMap,
    pub(crate) bias: BigUint,
    pub(crate) adder: AdderTiming,
    /// Log2 of the places of the queues of pairs and of answers, and those left free in either.
    pub(crate) queues: ([usize; 2], usize),
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
#[derive(Default)]
struct Queue<T> {
    entries: VecDeque<T>,
    places: usize,
    reserve: usize,
}

impl<T> Queue<T> {
    fn new(log_depth: usize, reserve: usize) -> Self {
        Queue {
            entries: VecDeque::new(),
            places: 1 << log_depth,
            reserve,
        }
    }
    fn ready(&self) -> bool {
        self.entries.len() < self.places - self.reserve
    }
}

/// Two destinations of a slot's value in the aggregation; `None`: that half of the index is zero.
type Halves = [Option<usize>; 2];

#[derive(Clone, Copy)]
enum LaneVisit {
    Value(usize),
    Take(usize, Halves),
}

struct Walk {
    active: bool,
    waiting: bool,
    step: usize,
    position: usize,
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

    /// Halves of the slot at `position` of walk step `step`, and whether it is the step's last.
    fn take(&self, step: usize, position: usize) -> (usize, Halves, bool) {
        let map = &self.map;
        let Some(node) = map.nodes.get(step) else {
            let last = ((map.num_windows - 1) << map.log_sums_stride) + map.window_bits - 1;
            return (map.sums_base + position, [None, None], position == last);
        };
        let (window, index) = (position >> node.bits, position & ((1 << node.bits) - 1));
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
        if step == 0 && index == 0 {
            halves[0] = Some(key(Target::Bit(map.window_bits - 1), 0, 0));
        }
        let last = position == (map.num_windows << node.bits) - 1;
        (node.base + position, halves, last)
    }

    fn must_wait(&self, step: usize) -> bool {
        let nodes = &self.map.nodes;
        step == 0 || step == nodes.len() || nodes[step].depth != nodes[step - 1].depth
    }

    /// Runs a job of `num_points` points; `keys(i)` lists the slots that point i visits (see
    /// [`Self::digit_keys`]), none for a point that adds nothing.
    pub fn run(&self, num_points: usize, mut keys: impl FnMut(usize) -> Vec<u32>) -> ModelRun {
        let map = &self.map;
        let item_log = |latency: usize| (2 * latency + 8).next_power_of_two().ilog2() as usize;
        let mut points: Queue<()> =
            Queue::new(item_log(self.prepare_latency), self.prepare_latency + 2);
        let mut scalars: Queue<Vec<u32>> =
            Queue::new(item_log(self.recode_latency), self.recode_latency + 2);
        let mut prepare: VecDeque<bool> = vec![false; self.prepare_latency].into();
        let mut recode: VecDeque<Option<Vec<u32>>> = vec![None; self.recode_latency].into();
        let (mut beats_in, mut scalars_in, mut items) = (0, 0, 0);
        // With a folded adder: cycles that a point and a scalar have stood at the inputs.
        let (mut point_stood, mut scalar_stood) = (0, 0);
        // Dispatch registers: next item, item, digit, output; with a folded adder item, window, output.
        let mut next: Option<VecDeque<u32>> = None;
        let mut item: VecDeque<u32> = VecDeque::new();
        let (mut window, mut active) = (0, false);
        let mut digit: Option<usize> = None;
        let mut output: Option<usize> = None;
        // Lanes.
        let mut full = vec![false; map.num_slots()];
        let (mut a1, mut b1): (Option<usize>, Option<LaneVisit>) = (None, None);
        let (mut a_pair2, mut b_pair2): (Option<usize>, Option<usize>) = (None, None);
        let mut b_take2: Option<(bool, Halves)> = None;
        // Of a folded adder: the visit of the only lane with its stage, and the sum that waits for it.
        let mut lane: Option<(LaneVisit, usize)> = None;
        let mut pending: Option<usize> = None;
        let mut issue: Option<usize> = None;
        // Cycles since a folded adder took a pair.
        let mut since = usize::MAX;
        let ([log_pairs, log_answers], reserve) = self.queues;
        let mut pairs: Queue<usize> = Queue::new(log_pairs, reserve);
        let mut answers: Queue<(bool, Halves)> = Queue::new(log_answers, reserve);
        let mut adder: VecDeque<Option<usize>> = vec![None; self.adder.latency].into();
        let mut in_flight = 0usize;
        let mut high_sent = false;
        // Of a folded adder: the answer that is taken apart.
        let mut loaded: Option<Halves> = None;
        let mut walk = Walk {
            active: false,
            waiting: false,
            step: 0,
            position: 0,
        };
        let mut walk_start = false;
        let mut walk_done = false;
        let (mut sums_active, mut coordinate) = (false, 0);
        // Sequencer: 0 command, 1 add, 2 walk, 3 drain.
        let (mut state, mut command_cycles) = (0, 0);
        let mut run = ModelRun {
            cycles: 0,
            additions: 0,
            busy_cycles: 0,
            active_cycles: 0,
        };
        let mut first = None;
        let mut done = false;
        loop {
            let accepted = if self.adder.is_pipelined() {
                issue
            } else {
                let head = pairs.entries.front().copied();
                head.filter(|_| self.adder.ready(since))
            };
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
            if done {
                return run;
            }
            // What is valid in this cycle.
            let lanes_busy = a1.is_some()
                || b1.is_some()
                || a_pair2.is_some()
                || b_pair2.is_some()
                || b_take2.is_some()
                || lane.is_some()
                || !pairs.entries.is_empty()
                || issue.is_some();
            let settled =
                !lanes_busy && in_flight == 0 && pending.is_none() && answers.entries.is_empty();
            let dispatch_idle =
                next.is_none() && item.is_empty() && digit.is_none() && output.is_none() && !active;
            let (points_ready, scalars_ready) = (points.ready(), scalars.ready());
            let returned = adder.pop_front().flatten();
            adder.push_back(accepted);
            // The only lane of a folded adder is a sum's first.
            let sum_taken = pending.filter(|_| lane.is_none() && pairs.ready());
            let lane_free = lane.is_none() && pending.is_none();
            let pairs_ready = pairs.ready() && lane_free;
            let all_dispatched = items == num_points && dispatch_idle;
            let advance = pairs_ready || output.is_none();
            let item_free = item.is_empty() || (advance && item.len() == 1);
            let next_free = next
                .as_ref()
                .is_none_or(|keys| item_free || keys.is_empty());
            let waiting = if self.adder.is_pipelined() {
                !points.entries.is_empty() && !scalars.entries.is_empty()
            } else {
                point_stood >= self.prepare_latency && scalar_stood >= self.recode_latency
            };
            let begins = waiting && !active;
            let pop = if self.adder.is_pipelined() {
                waiting && next_free
            } else {
                active && item.is_empty() && output.is_none()
            };
            let answer = answers.entries.front().copied();
            let halves = match answer {
                _ if !self.adder.is_pipelined() => loaded.unwrap_or_default(),
                Some((true, halves)) if !sums_active => {
                    [halves[0].filter(|_| !high_sent), halves[1]]
                }
                _ => [None, None],
            };
            let splitting = if self.adder.is_pipelined() {
                answer.is_some() && !sums_active
            } else {
                loaded.is_some()
            };
            let split_key = halves[0].or(halves[1]);
            let split_ready = pairs_ready && output.is_none();
            let both = halves[0].is_some() && halves[1].is_some();
            let split_pop = splitting && (split_key.is_none() || (split_ready && !both));
            let sums_pop = sums_active && answer.is_some() && coordinate == 2;
            let taking = walk.active && !walk.waiting;
            let take_accepted =
                taking && answers.ready() && lane_free && output.is_none() && split_key.is_none();
            let (take_key, take_halves, take_last) = self.take(walk.step, walk.position);
            let visit = match (output, split_key) {
                (Some(key), _) if pairs_ready => Some(LaneVisit::Value(key)),
                (None, Some(key)) if pairs_ready => Some(LaneVisit::Value(key)),
                _ if take_accepted => Some(LaneVisit::Take(take_key, take_halves)),
                _ => None,
            };

            // Stage 2: pairs to the adder or the queue.
            let mut next_issue = None;
            if self.adder.is_pipelined() {
                next_issue = a_pair2.or_else(|| pairs.entries.pop_front());
            } else {
                if accepted.is_some() {
                    pairs.entries.pop_front();
                }
            }
            if let Some(key) = b_pair2 {
                pairs.entries.push_back(key);
            }
            if split_pop || sums_pop {
                answers.entries.pop_front();
            }
            if let Some(taken) = b_take2 {
                answers.entries.push_back(taken);
            }
            lane = match lane {
                Some((LaneVisit::Value(key), 3)) => {
                    pairs.entries.extend(full[key].then_some(key));
                    full[key] = !full[key];
                    None
                }
                Some((LaneVisit::Take(key, halves), 3)) => {
                    answers.entries.push_back((full[key], halves));
                    full[key] = false;
                    None
                }
                other => other.map(|(visit, stage)| (visit, stage + 1)),
            };
            // Stage 1: occupancy.
            a_pair2 = None;
            b_pair2 = None;
            b_take2 = None;
            match (a1, b1) {
                (Some(a), Some(LaneVisit::Value(b))) if a == b => a_pair2 = Some(a),
                (a, b) => {
                    if let Some(LaneVisit::Value(key)) = b {
                        b_pair2 = full[key].then_some(key);
                    }
                    if let Some(LaneVisit::Take(key, halves)) = b {
                        b_take2 = Some((full[key], halves));
                        full[key] = false;
                    }
                    if let Some(key) = a {
                        a_pair2 = full[key].then_some(key);
                        full[key] = !full[key];
                    }
                    if let Some(LaneVisit::Value(key)) = b {
                        full[key] = !full[key];
                    }
                }
            }
            if self.adder.is_pipelined() {
                a1 = returned;
                b1 = visit;
            } else {
                let visit = sum_taken.map(LaneVisit::Value).or(visit);
                lane = lane.or(visit.map(|visit| (visit, 1)));
                pending = pending.filter(|_| sum_taken.is_none());
                debug_assert!(pending.is_none() || returned.is_none(), "a sum is lost");
                pending = returned.or(pending);
            }
            in_flight =
                in_flight + usize::from(accepted.is_some()) - usize::from(returned.is_some());
            issue = next_issue;

            // Dispatch.
            if pop {
                items += 1;
            }
            if !self.adder.is_pipelined() {
                active = begins || (active && !pop);
                if begins {
                    item = keys(items).into();
                    window = 0;
                } else if advance {
                    let here = |key: &usize| *key >> (map.window_bits - 1) == window;
                    output = item.front().map(|&key| key as usize).filter(here);
                    if output.is_some() {
                        item.pop_front();
                    }
                    window += 1;
                }
            } else {
                if advance {
                    output = digit;
                    digit = item.front().map(|&key| key as usize);
                }
                if item_free {
                    item = next.take().unwrap_or_default();
                } else if advance {
                    item.pop_front();
                }
                if next_free {
                    next = None;
                }
                if pop {
                    points.entries.pop_front();
                    next = scalars.entries.pop_front().map(VecDeque::from);
                }
            }
            // Supply.
            if self.adder.is_pipelined() {
                let beat_in = points_ready && beats_in < num_points * self.beats_per_point;
                beats_in += usize::from(beat_in);
                if prepare.pop_front() == Some(true) {
                    points.entries.push_back(());
                }
                prepare.push_back(beat_in && beats_in % self.beats_per_point == 0);
                if let Some(keys) = recode.pop_front().flatten() {
                    scalars.entries.push_back(keys);
                }
                let scalar_in = scalars_ready && scalars_in < num_points;
                recode.push_back(scalar_in.then(|| keys(scalars_in)));
                scalars_in += usize::from(scalar_in);
            } else if pop {
                (point_stood, scalar_stood, beats_in) = (0, 0, 0);
            } else if items < num_points {
                // All beats of a point but the last are taken as they come.
                if beats_in + 1 < self.beats_per_point {
                    beats_in += 1;
                } else {
                    point_stood += 1;
                }
                scalar_stood += 1;
            }

            // Aggregation.
            loaded = match loaded {
                Some(_) if split_pop => None,
                Some([_, low]) if split_ready => Some([None, low]),
                None if !self.adder.is_pipelined() && !sums_active => {
                    answer.map(|(full, halves)| halves.map(|half| half.filter(|_| full)))
                }
                same => same,
            };
            if split_pop {
                high_sent = false;
            } else if split_key.is_some() && split_ready && halves[0].is_some() {
                high_sent = true;
            }
            if sums_active && answer.is_some() {
                coordinate = (coordinate + 1) % 3;
            }
            let reading = taking && walk.step == map.nodes.len();
            sums_active |= reading;
            let ended = walk_done;
            walk_done = false;
            if walk_start {
                walk = Walk {
                    active: true,
                    waiting: true,
                    step: 0,
                    position: 0,
                };
            } else if walk.waiting {
                walk.waiting = !settled && self.must_wait(walk.step);
            } else if take_accepted {
                let window_end = (1 << map.log_sums_stride) - 1;
                if !take_last {
                    let jump = reading && walk.position & window_end == map.window_bits - 1;
                    walk.position += if jump {
                        window_end + 2 - map.window_bits
                    } else {
                        1
                    };
                } else {
                    walk.position = 0;
                    walk.step += 1;
                    walk.waiting = !reading;
                    walk.active = !reading;
                    walk_done = reading;
                }
            }
            walk_start = false;
            match state {
                0 => {
                    command_cycles += 1;
                    if command_cycles == 2 {
                        state = 1;
                    }
                }
                1 if all_dispatched && settled => {
                    walk_start = true;
                    state = 2;
                }
                2 if ended => state = 3,
                3 if !lanes_busy && answer.is_none() => done = true,
                _ => {}
            }
            run.cycles += 1;
        }
    }
}
