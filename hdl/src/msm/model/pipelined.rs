//! Around a pipelined adder: items, pairs and answers are prepared ahead and wait in queues.

use std::collections::VecDeque;

use super::{Answer, CycleModel, Dispatch, Halves, LaneVisit, Merge, Queue, Split};
use crate::msm::queues::QueueSize;

/// [`Dispatch`] behind two pipelines with a queue each; its registers hold the next item, the item
/// being taken apart, a digit and the output.
pub(super) struct Ahead {
    num_points: usize,
    beats_per_point: usize,
    beats_in: usize,
    scalars_in: usize,
    items: usize,
    prepare: VecDeque<bool>,
    points: Queue<()>,
    recode: VecDeque<Option<Vec<u32>>>,
    scalars: Queue<Vec<u32>>,
    next: Option<VecDeque<u32>>,
    item: VecDeque<u32>,
    digit: Option<usize>,
    output: Option<usize>,
}

impl Ahead {
    pub(super) fn new(model: &CycleModel, num_points: usize) -> Self {
        Ahead {
            num_points,
            beats_per_point: model.beats_per_point,
            beats_in: 0,
            scalars_in: 0,
            items: 0,
            prepare: vec![false; model.prepare_latency].into(),
            points: Queue::new(QueueSize::behind(model.prepare_latency)),
            recode: vec![None; model.recode_latency].into(),
            scalars: Queue::new(QueueSize::behind(model.recode_latency)),
            next: None,
            item: VecDeque::new(),
            digit: None,
            output: None,
        }
    }

    fn supply(
        &mut self,
        point_ready: bool,
        scalar_ready: bool,
        keys: &mut dyn FnMut(usize) -> Vec<u32>,
    ) {
        let beat_in = point_ready && self.beats_in < self.num_points * self.beats_per_point;
        self.beats_in += usize::from(beat_in);
        if self.prepare.pop_front() == Some(true) {
            self.points.entries.push_back(());
        }
        let point_in = beat_in && self.beats_in.is_multiple_of(self.beats_per_point);
        self.prepare.push_back(point_in);
        let recoded = self.recode.pop_front().flatten();
        self.scalars.entries.extend(recoded);
        let scalar_in = scalar_ready && self.scalars_in < self.num_points;
        let scalar = scalar_in.then(|| keys(self.scalars_in));
        self.recode.push_back(scalar);
        self.scalars_in += usize::from(scalar_in);
    }
}

impl Dispatch for Ahead {
    fn output(&self) -> Option<usize> {
        self.output
    }

    fn idle(&self) -> bool {
        self.next.is_none() && self.item.is_empty() && self.digit.is_none() && self.output.is_none()
    }

    fn items(&self) -> usize {
        self.items
    }

    fn step(&mut self, ready: bool, keys: &mut dyn FnMut(usize) -> Vec<u32>) {
        let (point_ready, scalar_ready) = (self.points.ready(), self.scalars.ready());
        let waiting = !self.points.entries.is_empty() && !self.scalars.entries.is_empty();
        let advance = ready || self.output.is_none();
        let item_free = self.item.is_empty() || (advance && self.item.len() == 1);
        let next_free = match &self.next {
            Some(keys) => item_free || keys.is_empty(),
            None => true,
        };
        if advance {
            self.output = self.digit;
            self.digit = self.item.front().map(|&key| key as usize);
        }
        if item_free {
            self.item = self.next.take().unwrap_or_default();
        } else if advance {
            self.item.pop_front();
        }
        if next_free {
            self.next = None;
        }
        if waiting && next_free {
            self.items += 1;
            self.points.entries.pop_front();
            self.next = self.scalars.entries.pop_front().map(VecDeque::from);
        }
        self.supply(point_ready, scalar_ready, keys);
    }
}

/// [`Merge`] with a lane for sums (a) and one for other visits (b), which meet in the first stage.
pub(super) struct Lanes {
    full: Vec<bool>,
    a1: Option<usize>,
    b1: Option<LaneVisit>,
    a_pair2: Option<usize>,
    b_pair2: Option<usize>,
    b_take2: Option<Answer>,
    pairs: Queue<usize>,
    issue: Option<usize>,
}

impl Lanes {
    pub(super) fn new(model: &CycleModel) -> Self {
        Lanes {
            full: vec![false; model.map.num_slots()],
            a1: None,
            b1: None,
            a_pair2: None,
            b_pair2: None,
            b_take2: None,
            pairs: Queue::new(model.queues[0]),
            issue: None,
        }
    }

    /// The slot's value if a value that comes makes a pair with it.
    fn meet(&mut self, key: usize) -> Option<usize> {
        let pair = self.full[key].then_some(key);
        self.full[key] = !self.full[key];
        pair
    }

    fn look_up(&mut self) {
        (self.a_pair2, self.b_pair2, self.b_take2) = (None, None, None);
        match (self.a1, self.b1) {
            // Both make a pair, whatever the slot holds.
            (Some(a), Some(LaneVisit::Value(b))) if a == b => self.a_pair2 = Some(a),
            (a, b) => {
                if let Some(LaneVisit::Take(key, halves)) = b {
                    self.b_take2 = Some((self.full[key], halves));
                    self.full[key] = false;
                }
                self.a_pair2 = a.and_then(|a| self.meet(a));
                if let Some(LaneVisit::Value(b)) = b {
                    self.b_pair2 = self.meet(b);
                }
            }
        }
    }
}

impl Merge for Lanes {
    fn offered(&self) -> Option<usize> {
        self.issue
    }

    fn busy(&self) -> bool {
        self.a1.is_some()
            || self.b1.is_some()
            || self.a_pair2.is_some()
            || self.b_pair2.is_some()
            || self.b_take2.is_some()
            || !self.pairs.entries.is_empty()
            || self.issue.is_some()
    }

    fn waits(&self) -> bool {
        false
    }

    fn free(&self) -> bool {
        true
    }

    fn room(&self) -> bool {
        self.pairs.ready()
    }

    fn step(
        &mut self,
        _accepted: bool,
        returned: Option<usize>,
        visit: Option<LaneVisit>,
    ) -> Option<Answer> {
        self.issue = self.a_pair2.or_else(|| self.pairs.entries.pop_front());
        self.pairs.entries.extend(self.b_pair2);
        let answer = self.b_take2;
        self.look_up();
        (self.a1, self.b1) = (returned, visit);
        answer
    }
}

/// [`Split`] with the answer at the queue's head, of which the first half may be gone.
#[derive(Default)]
pub(super) struct Unsent {
    high_sent: bool,
}

impl Split for Unsent {
    fn at_hand(&self, answer: Option<Answer>) -> Option<Halves> {
        answer.map(|answer| match answer {
            (true, [high, low]) => [high.filter(|_| !self.high_sent), low],
            (false, _) => [None, None],
        })
    }

    fn step(&mut self, answer: Option<Answer>, sent: bool, popped: bool) {
        let high = self.at_hand(answer).is_some_and(|[high, _]| high.is_some());
        self.high_sent = !popped && (self.high_sent || (sent && high));
    }
}
