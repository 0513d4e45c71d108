//! The thread that owns a kernel and works off its jobs in the order of their submission.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use vegalith_driver::Limits;

use super::kernel::{Kernel, Task};
use crate::{Error, Health, Outcome, Result};

/// First and longest time between two attempts to bring back a kernel that nobody uses.
const RECOVERY_INTERVALS: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(30)];
/// Longest time for a look at an idle kernel.
const PROBE_LIMIT: Duration = Duration::from_secs(5);

struct Request {
    task: Task,
    submitted: Instant,
    deadline: Instant,
    cancelled: Arc<AtomicBool>,
    reply: Option<SyncSender<Result<Option<Outcome>>>>,
}

/// What the thread and its owner both see.
#[derive(Default)]
struct Shared {
    closing: AtomicBool,
    /// Why the kernel cannot be used.
    failure: Mutex<Option<Error>>,
    /// Requests that are not done.
    waiting: AtomicUsize,
}

impl Shared {
    fn failure(&self) -> MutexGuard<'_, Option<Error>> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job on its way.
pub(super) struct Pending {
    reply: Receiver<Result<Option<Outcome>>>,
    submitted: Instant,
    deadline: Instant,
    cancelled: Arc<AtomicBool>,
}

impl Pending {
    /// A flag that gives the job up when it is set.
    pub(super) fn cancel_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.cancelled)
    }

    /// The job's outcome; past its deadline the job is given up.
    pub(super) fn wait(self, operation: &str) -> Result<Outcome> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match self.reply.recv_timeout(left) {
            Ok(outcome) => outcome?
                .ok_or_else(|| Error::Device(format!("{operation}: ended without an outcome"))),
            Err(RecvTimeoutError::Timeout) => {
                self.cancelled.store(true, Ordering::Relaxed);
                Err(timeout(operation, self.submitted))
            }
            Err(RecvTimeoutError::Disconnected) => {
                Err(Error::Device(format!("{operation}: its thread has ended")))
            }
        }
    }
}

/// A kernel's thread.
pub(super) struct Worker {
    requests: Option<Sender<Request>>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn start(kernel: Kernel) -> Result<Self> {
        let (requests, queue) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        let seen = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name(kernel.device().name().to_owned())
            .spawn(move || work(kernel, &queue, &seen))
            .map_err(|error| Error::Device(format!("cannot start a thread: {error}")))?;
        Ok(Worker {
            requests: Some(requests),
            shared,
            thread: Some(thread),
        })
    }

    /// Hands in a job.
    pub(super) fn submit(&self, task: Task, deadline: Instant) -> Result<Pending> {
        let (reply, outcome) = mpsc::sync_channel(1);
        let pending = Pending {
            reply: outcome,
            submitted: Instant::now(),
            deadline,
            cancelled: Arc::new(AtomicBool::new(false)),
        };
        self.send(Request {
            task,
            submitted: pending.submitted,
            deadline,
            cancelled: pending.cancel_flag(),
            reply: Some(reply),
        })?;
        Ok(pending)
    }

    /// Hands in a task that nobody waits for; should it fail, the jobs that depend on it do it
    /// again and report.
    pub(super) fn hint(&self, task: Task) -> Result<()> {
        let now = Instant::now();
        self.send(Request {
            task,
            submitted: now,
            deadline: now + Duration::from_secs(3600),
            cancelled: Arc::new(AtomicBool::new(false)),
            reply: None,
        })
    }

    fn send(&self, request: Request) -> Result<()> {
        let ended = || Error::Device("the kernel's thread has ended".into());
        let requests = self.requests.as_ref().ok_or_else(ended)?;
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        requests.send(request).map_err(|_| {
            self.shared.waiting.fetch_sub(1, Ordering::Relaxed);
            ended()
        })
    }

    /// Whether the kernel answers. One that is at work does; an idle one is asked.
    pub(super) fn health(&self) -> Health {
        if let Some(error) = &*self.shared.failure() {
            return Health::Failed(error.clone());
        }
        if self.thread.as_ref().is_none_or(JoinHandle::is_finished) {
            let ended = "the kernel's thread has ended";
            return Health::Failed(Error::Device(ended.into()));
        }
        if self.shared.waiting.load(Ordering::Relaxed) > 0 {
            return Health::Ready;
        }
        let until = Instant::now() + PROBE_LIMIT;
        let asked = self.submit(Task::Probe, until);
        let answer = asked.map(|pending| pending.reply.recv_timeout(PROBE_LIMIT));
        match answer {
            Ok(Ok(Ok(_))) => Health::Ready,
            Ok(Ok(Err(error))) | Err(error) => Health::Failed(error),
            // A job came between.
            Ok(Err(RecvTimeoutError::Timeout))
                if self.shared.waiting.load(Ordering::Relaxed) > 1 =>
            {
                Health::Ready
            }
            Ok(Err(_)) => Health::Failed(Error::LinkDown(format!(
                "the kernel did not answer within {PROBE_LIMIT:?}"
            ))),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Relaxed);
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // Should it have panicked there is nothing left to do.
            let _ = thread.join();
        }
    }
}

fn work(mut kernel: Kernel, queue: &Receiver<Request>, shared: &Shared) {
    // The kernel is in doubt: it is not used before a reset that succeeds.
    let mut broken = false;
    let [first, longest] = RECOVERY_INTERVALS;
    let mut interval = first;
    loop {
        let request = match broken {
            false => queue.recv().map_err(RecvTimeoutError::from),
            true => queue.recv_timeout(interval),
        };
        if shared.closing.load(Ordering::Relaxed) {
            return;
        }
        let request = match request {
            Ok(request) => request,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                // It may have come back, whether or not anybody wants it.
                interval = longest.min(2 * interval);
                broken = note(kernel.recover(), shared);
                continue;
            }
        };
        let result = serve(&mut kernel, &request, &mut broken);
        match &result {
            _ if !broken => {
                interval = first;
                *shared.failure() = None;
            }
            Err(error @ Error::LinkDown(_)) => *shared.failure() = Some(error.clone()),
            // A request that did not reach the kernel: it is as it was.
            _ => {}
        }
        shared.waiting.fetch_sub(1, Ordering::Relaxed);
        if let Some(reply) = request.reply {
            // Whoever gave up waiting does not want it.
            let _ = reply.send(result);
        }
    }
}

/// Writes down how a reset went; whether the kernel is still in doubt.
fn note(recovered: Result<()>, shared: &Shared) -> bool {
    let failure = recovered.err();
    let broken = failure.is_some();
    *shared.failure() = failure;
    broken
}

/// `broken` is changed only by what reaches the kernel.
fn serve(kernel: &mut Kernel, request: &Request, broken: &mut bool) -> Result<Option<Outcome>> {
    let operation = kernel.device().name().to_owned();
    if request.cancelled.load(Ordering::Relaxed) {
        return Err(Error::Unknown {
            kind: "ticket",
            id: format!("of a cancelled job of {operation}"),
        });
    }
    let started = Instant::now();
    if started >= request.deadline {
        return Err(timeout(&format!("a job of {operation}"), request.submitted));
    }
    if *broken {
        kernel.recover()?;
        *broken = false;
    }
    let limits = Limits {
        deadline: request.deadline,
        cancelled: Some(&request.cancelled),
    };
    let done = kernel.run(&request.task, limits);
    *broken = matches!(done, Err(Error::LinkDown(_)));
    Ok(done?.map(|(output, statistics)| Outcome {
        output,
        elapsed: started.elapsed(),
        device: Some(statistics),
        fallback: None,
    }))
}

fn timeout(operation: &str, submitted: Instant) -> Error {
    Error::Timeout {
        operation: operation.to_owned(),
        waited: submitted.elapsed(),
    }
}
