//! Work space that threads take turns with.

use std::sync::{Mutex, PoisonError};

use super::sums::Summer;
use crate::field::LaneField;

/// Summers that no thread is using; as many come to be as are used at a time.
pub struct Pool<F: LaneField> {
    f: F,
    idle: Mutex<Vec<Summer<F>>>,
}

impl<F: LaneField> Pool<F> {
    pub fn new(f: F) -> Self {
        Pool {
            f,
            idle: Mutex::new(Vec::new()),
        }
    }

    pub fn field(&self) -> F {
        self.f
    }

    /// What `run` does with a summer.
    pub fn with<R>(&self, run: impl FnOnce(&mut Summer<F>) -> R) -> R {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = idle().pop();
        let mut summer = taken.unwrap_or_else(|| Summer::new(self.f));
        let result = run(&mut summer);
        idle().push(summer);
        result
    }
}
