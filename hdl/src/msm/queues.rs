//! Queues of records: [`Fifo`](crate::rtl::Fifo)s whose entries have named parts.

use super::folded;
use crate::rtl::{fifo_text, leaf_block, FifoConfig};
use rust_hdl::prelude::*;

/// Widths of a record's parts, first to last, and the queue they go through.
#[derive(Clone, Debug)]
pub(crate) struct QueueConfig {
    pub(crate) parts: Vec<usize>,
    pub(crate) log_depth: usize,
    /// See [`FifoConfig::reserve`].
    pub(crate) reserve: usize,
    /// What comes in is held by its source until it is popped, and is right this many cycles after it
    /// stands there: then no queue is needed.
    pub(crate) held: Option<usize>,
}

impl QueueConfig {
    fn text(&self, names: &[&str]) -> String {
        let fifo = FifoConfig {
            width: self.parts.iter().sum(),
            log_depth: self.log_depth,
            reserve: self.reserve,
        };
        let pushed: Vec<String> = names.iter().map(|name| format!("{name}_in")).collect();
        fifo_text(
            &fifo,
            &format!("{{{}}}", pushed.join(", ")),
            &format!("{{{}}}", names.join(", ")),
        )
    }

    /// With `waiting`, which says that the source holds something.
    fn item_text(&self, names: &[&str]) -> String {
        match self.held {
            None => format!("wire unused = &{{1'b0, waiting}};\n{}", self.text(names)),
            Some(cycles) => folded::held_text(cycles, names),
        }
    }
}

leaf_block! {
    /// Prepared points.
    PointQueue(config: QueueConfig) = point_queue_body;
    In clock: 1;
    In reset: 1;
    In push: 1;
    In waiting: 1;
    In x_in: config.parts[0];
    In y_in: config.parts[1];
    In minus_y_in: config.parts[2];
    In infinite_in: config.parts[3];
    Out ready: 1;
    Out valid: 1;
    Out x: config.parts[0];
    Out y: config.parts[1];
    Out minus_y: config.parts[2];
    Out infinite: config.parts[3];
    In pop: 1;
    Out overflow: 1;
}

fn point_queue_body(config: &QueueConfig) -> String {
    config.item_text(&["x", "y", "minus_y", "infinite"])
}

leaf_block! {
    /// Recoded scalars.
    ScalarQueue(config: QueueConfig) = scalar_queue_body;
    In clock: 1;
    In reset: 1;
    In push: 1;
    In waiting: 1;
    In biased_in: config.parts[0];
    In nonzero_in: config.parts[1];
    Out ready: 1;
    Out valid: 1;
    Out biased: config.parts[0];
    Out nonzero: config.parts[1];
    In pop: 1;
    Out overflow: 1;
}

fn scalar_queue_body(config: &QueueConfig) -> String {
    config.item_text(&["biased", "nonzero"])
}

leaf_block! {
    /// Answers of takes.
    AnswerQueue(config: QueueConfig) = answer_queue_body;
    In clock: 1;
    In reset: 1;
    In push: 1;
    In full_in: config.parts[0];
    In tag_in: config.parts[1];
    In value_in: config.parts[2];
    Out ready: 1;
    Out valid: 1;
    Out full: config.parts[0];
    Out tag: config.parts[1];
    Out value: config.parts[2];
    In pop: 1;
    Out overflow: 1;
}

fn answer_queue_body(config: &QueueConfig) -> String {
    config.text(&["full", "tag", "value"])
}
