//! Jobs of the CPU backend in the order of their submission, one thread working them off.

use std::collections::{HashMap, VecDeque};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::{Error, Outcome, Output, Result, Ticket};

/// A job with its operands, ready to run.
pub(super) type Work = Box<dyn FnOnce() -> Result<Output> + Send>;

/// The queue and, once a job has come, its thread.
pub(super) struct Queue {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Signalled when work arrives, when a job ends and when the queue closes.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    next_ticket: u64,
    waiting: VecDeque<(Ticket, Work)>,
    jobs: HashMap<Ticket, Entry>,
    closed: bool,
    thread: Option<JoinHandle<()>>,
}

struct Entry {
    submitted: Instant,
    deadline: Instant,
    result: Option<Result<Outcome>>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    pub(super) fn new() -> Self {
        Queue {
            shared: Arc::default(),
        }
    }

    /// Appends a job.
    pub(super) fn push(&self, work: Work, deadline: Instant) -> Result<Ticket> {
        let mut state = self.shared.lock();
        if state.thread.is_none() {
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new()
                .name("vegalith-cpu".into())
                .spawn(move || run(&shared))
                .map_err(|e| Error::Device(format!("cannot start a thread: {e}")))?;
            state.thread = Some(thread);
        }
        let ticket = Ticket(state.next_ticket);
        state.next_ticket += 1;
        let entry = Entry {
            submitted: Instant::now(),
            deadline,
            result: None,
        };
        state.jobs.insert(ticket, entry);
        state.waiting.push_back((ticket, work));
        self.shared.changed.notify_all();
        Ok(ticket)
    }

    /// The result of a job, once; forgets the job when its deadline passes first.
    pub(super) fn wait(&self, ticket: Ticket) -> Result<Outcome> {
        let mut state = self.shared.lock();
        loop {
            let entry = state.jobs.get_mut(&ticket).ok_or_else(|| unknown(ticket))?;
            if let Some(result) = entry.result.take() {
                state.jobs.remove(&ticket);
                return result;
            }
            let now = Instant::now();
            let left = entry.deadline.saturating_duration_since(now);
            if left == Duration::ZERO {
                let waited = now - entry.submitted;
                state.forget(ticket);
                return Err(Error::Timeout {
                    operation: format!("cpu job {}", ticket.0),
                    waited,
                });
            }
            state = self
                .shared
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Forgets a job.
    pub(super) fn cancel(&self, ticket: Ticket) {
        self.shared.lock().forget(ticket);
        self.shared.changed.notify_all();
    }
}

impl State {
    fn forget(&mut self, ticket: Ticket) {
        self.jobs.remove(&ticket);
        self.waiting.retain(|(t, _)| *t != ticket);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.waiting.clear();
        let thread = state.thread.take();
        drop(state);
        self.shared.changed.notify_all();
        if let Some(thread) = thread {
            // Jobs cannot panic the thread; should it have ended all the same, there is nothing to do.
            let _ = thread.join();
        }
    }
}

fn run(shared: &Shared) {
    let mut state = shared.lock();
    loop {
        if let Some((ticket, work)) = state.waiting.pop_front() {
            drop(state);
            let start = Instant::now();
            let result = catch_unwind(AssertUnwindSafe(work))
                .unwrap_or_else(|_| Err(Error::Device("the cpu job panicked".into())));
            let elapsed = start.elapsed();
            state = shared.lock();
            if let Some(entry) = state.jobs.get_mut(&ticket) {
                entry.result = Some(result.map(|output| Outcome {
                    output,
                    elapsed,
                    device: None,
                    fallback: None,
                }));
            }
            shared.changed.notify_all();
        } else if state.closed {
            return;
        } else {
            state = shared
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn unknown(ticket: Ticket) -> Error {
    Error::Unknown {
        kind: "ticket",
        id: ticket.0.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Elements;

    fn value(n: u64) -> Result<Output> {
        Ok(Output::Elements(Elements::Goldilocks(Arc::new(vec![
            n.into()
        ]))))
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn results_go_to_their_tickets_once() {
        let queue = Queue::new();
        let tickets: Vec<_> = (0..20)
            .map(|n| queue.push(Box::new(move || value(n)), soon()).unwrap())
            .collect();
        for (n, ticket) in tickets.iter().enumerate().rev() {
            assert_eq!(
                queue.wait(*ticket).unwrap().output,
                value(n as u64).unwrap()
            );
            assert_eq!(queue.wait(*ticket).unwrap_err(), unknown(*ticket));
        }
    }

    #[test]
    fn a_late_job_times_out_and_the_next_one_works() {
        let queue = Queue::new();
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let slow = queue
            .push(
                Box::new(move || {
                    let _ = gate.recv();
                    value(1)
                }),
                Instant::now() + Duration::from_millis(30),
            )
            .unwrap();
        assert!(matches!(queue.wait(slow), Err(Error::Timeout { .. })));
        assert_eq!(queue.wait(slow).unwrap_err(), unknown(slow));
        release.send(()).unwrap();
        let next = queue.push(Box::new(|| value(2)), soon()).unwrap();
        assert_eq!(queue.wait(next).unwrap().output, value(2).unwrap());
    }

    #[test]
    fn a_cancelled_job_that_waits_is_not_run() {
        let queue = Queue::new();
        let (release, gate) = std::sync::mpsc::channel::<()>();
        let first = queue
            .push(
                Box::new(move || {
                    let _ = gate.recv();
                    value(1)
                }),
                soon(),
            )
            .unwrap();
        let ran = Arc::new(Mutex::new(false));
        let flag = Arc::clone(&ran);
        let second = queue
            .push(
                Box::new(move || {
                    *flag.lock().unwrap() = true;
                    value(2)
                }),
                soon(),
            )
            .unwrap();
        queue.cancel(second);
        release.send(()).unwrap();
        queue.wait(first).unwrap();
        assert_eq!(queue.wait(second).unwrap_err(), unknown(second));
        let third = queue.push(Box::new(|| value(3)), soon()).unwrap();
        queue.wait(third).unwrap();
        assert!(!*ran.lock().unwrap());
    }

    #[test]
    fn a_panicking_job_is_an_error_and_the_next_one_works() {
        let queue = Queue::new();
        let bad = queue
            .push(Box::new(|| panic!("by intent")), soon())
            .unwrap();
        assert!(matches!(queue.wait(bad), Err(Error::Device(_))));
        let next = queue.push(Box::new(|| value(2)), soon()).unwrap();
        assert_eq!(queue.wait(next).unwrap().output, value(2).unwrap());
    }
}
