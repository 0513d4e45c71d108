//! Around a folded adder: one item, one visit and one answer at a time, as in [`crate::msm::folded`].

use std::collections::VecDeque;

use super::{Answer, CycleModel, Dispatch, Halves, LaneVisit, Merge, Queue, Split};

/// [`Dispatch`] of the item that stands at the inputs until it is done.
pub(super) struct Held {
    num_points: usize,
    beats_per_point: usize,
    window_bits: usize,
    prepare_latency: usize,
    recode_latency: usize,
    beats_in: usize,
    /// Cycles that a point and a scalar have stood at the inputs.
    point_stood: usize,
    scalar_stood: usize,
    items: usize,
    active: bool,
    item: VecDeque<u32>,
    window: usize,
    output: Option<usize>,
}

impl Held {
    pub(super) fn new(model: &CycleModel, num_points: usize) -> Self {
        Held {
            num_points,
            beats_per_point: model.beats_per_point,
            window_bits: model.map.window_bits,
            prepare_latency: model.prepare_latency,
            recode_latency: model.recode_latency,
            beats_in: 0,
            point_stood: 0,
            scalar_stood: 0,
            items: 0,
            active: false,
            item: VecDeque::new(),
            window: 0,
            output: None,
        }
    }

    fn supply(&mut self) {
        if self.items == self.num_points {
            return;
        }
        // All beats of a point but the last are taken as they come.
        if self.beats_in + 1 < self.beats_per_point {
            self.beats_in += 1;
        } else {
            self.point_stood += 1;
        }
        self.scalar_stood += 1;
    }
}

impl Dispatch for Held {
    fn output(&self) -> Option<usize> {
        self.output
    }

    fn idle(&self) -> bool {
        self.item.is_empty() && self.output.is_none() && !self.active
    }

    fn items(&self) -> usize {
        self.items
    }

    fn step(&mut self, ready: bool, keys: &mut dyn FnMut(usize) -> Vec<u32>) {
        let begins = !self.active
            && self.point_stood >= self.prepare_latency
            && self.scalar_stood >= self.recode_latency;
        let ends = self.active && self.item.is_empty() && self.output.is_none();
        if begins {
            self.active = true;
            self.item = keys(self.items).into();
            self.window = 0;
        } else if ready || self.output.is_none() {
            let next = self.item.front().map(|&key| key as usize);
            self.output = next.filter(|key| *key >> (self.window_bits - 1) == self.window);
            if self.output.is_some() {
                self.item.pop_front();
            }
            self.window += 1;
        }
        if ends {
            self.active = false;
            self.items += 1;
            (self.point_stood, self.scalar_stood, self.beats_in) = (0, 0, 0);
        } else {
            self.supply();
        }
    }
}

/// [`Merge`] with one lane, in which a visit takes three cycles; a sum that returns waits for it.
pub(super) struct Lane {
    full: Vec<bool>,
    visit: Option<(LaneVisit, usize)>,
    sum: Option<usize>,
    pairs: Queue<usize>,
}

impl Lane {
    pub(super) fn new(model: &CycleModel) -> Self {
        Lane {
            full: vec![false; model.map.num_slots()],
            visit: None,
            sum: None,
            pairs: Queue::new(model.queues[0]),
        }
    }

    /// The end of a visit, with the answer of a take.
    fn end(&mut self, visit: LaneVisit) -> Option<Answer> {
        match visit {
            LaneVisit::Value(key) => {
                self.pairs.entries.extend(self.full[key].then_some(key));
                self.full[key] = !self.full[key];
                None
            }
            LaneVisit::Take(key, halves) => {
                let full = core::mem::replace(&mut self.full[key], false);
                Some((full, halves))
            }
        }
    }
}

impl Merge for Lane {
    fn offered(&self) -> Option<usize> {
        self.pairs.entries.front().copied()
    }

    fn busy(&self) -> bool {
        self.visit.is_some() || !self.pairs.entries.is_empty()
    }

    fn waits(&self) -> bool {
        self.sum.is_some()
    }

    fn free(&self) -> bool {
        self.visit.is_none() && self.sum.is_none()
    }

    fn room(&self) -> bool {
        self.pairs.ready()
    }

    fn step(
        &mut self,
        accepted: bool,
        returned: Option<usize>,
        visit: Option<LaneVisit>,
    ) -> Option<Answer> {
        let sum_begins = self.sum.is_some() && self.visit.is_none() && self.pairs.ready();
        if accepted {
            self.pairs.entries.pop_front();
        }
        let mut answer = None;
        match self.visit.take() {
            Some((visit, 3)) => answer = self.end(visit),
            Some((visit, stage)) => self.visit = Some((visit, stage + 1)),
            None => {
                let sum = self.sum.take_if(|_| sum_begins).map(LaneVisit::Value);
                self.visit = sum.or(visit).map(|visit| (visit, 1));
            }
        }
        debug_assert!(self.sum.is_none() || returned.is_none(), "a sum is lost");
        self.sum = returned.or(self.sum);
        answer
    }
}

/// [`Split`] with the answer in a register, from which one half after the other goes.
#[derive(Default)]
pub(super) struct Loaded {
    halves: Option<Halves>,
}

impl Split for Loaded {
    fn at_hand(&self, _answer: Option<Answer>) -> Option<Halves> {
        self.halves
    }

    fn step(&mut self, answer: Option<Answer>, sent: bool, popped: bool) {
        self.halves = match self.halves {
            Some(_) if popped => None,
            Some([_, low]) if sent => Some([None, low]),
            None => answer.map(|(full, halves)| halves.map(|half| half.filter(|_| full))),
            same => same,
        };
    }
}
