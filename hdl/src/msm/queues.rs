//! Queues of records: [`Fifo`](crate::rtl::Fifo)s whose entries have named parts.

use super::folded;
use crate::rtl::{fifo_text, leaf_block, FifoConfig};
use rust_hdl::prelude::*;

/// How much a queue holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueSize {
    /// See [`FifoConfig::log_depth`].
    pub(crate) log_depth: usize,
    /// See [`FifoConfig::reserve`].
    pub(crate) reserve: usize,
}

/// What a folded adder needs of pairs and of answers.
pub(crate) const ONE_PLACE: QueueSize = QueueSize {
    log_depth: 0,
    reserve: 0,
};

impl QueueSize {
    /// Of a queue behind a pipeline: room for what is under way in it, and as much again to work from.
    pub(crate) fn behind(under_way: usize) -> Self {
        QueueSize {
            log_depth: (2 * under_way + 8).next_power_of_two().ilog2() as usize,
            reserve: under_way + 2,
        }
    }
}

/// Widths of a record's parts, first to last, and the queue they go through.
#[derive(Clone, Debug)]
pub(crate) struct QueueConfig {
    pub(crate) parts: Vec<usize>,
    pub(crate) size: QueueSize,
}

impl QueueConfig {
    fn text(&self, names: &[&str]) -> String {
        let fifo = FifoConfig {
            width: self.parts.iter().sum(),
            log_depth: self.size.log_depth,
            reserve: self.size.reserve,
        };
        let pushed: Vec<String> = names.iter().map(|name| format!("{name}_in")).collect();
        fifo_text(
            &fifo,
            &format!("{{{}}}", pushed.join(", ")),
            &format!("{{{}}}", names.join(", ")),
        )
    }
}

/// Widths of an item's parts, and where it waits behind the pipeline that prepares it.
#[derive(Clone, Debug)]
pub(crate) struct ItemConfig {
    pub(crate) parts: Vec<usize>,
    pub(crate) under_way: usize,
    /// What comes in is held by its source until it is popped, and is right `under_way` cycles after it
    /// stands there (`waiting`): then no queue is needed.
    pub(crate) held: bool,
}

impl ItemConfig {
    fn text(&self, names: &[&str]) -> String {
        if self.held {
            return folded::held_text(self.under_way, names);
        }
        let queue = QueueConfig {
            parts: self.parts.clone(),
            size: QueueSize::behind(self.under_way),
        };
        format!("wire unused = &{{1'b0, waiting}};\n{}", queue.text(names))
    }
}

leaf_block! {
    /// Prepared points.
    PointQueue(config: ItemConfig) = point_queue_body;
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

fn point_queue_body(config: &ItemConfig) -> String {
    config.text(&["x", "y", "minus_y", "infinite"])
}

leaf_block! {
    /// Recoded scalars.
    ScalarQueue(config: ItemConfig) = scalar_queue_body;
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

fn scalar_queue_body(config: &ItemConfig) -> String {
    config.text(&["biased", "nonzero"])
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
