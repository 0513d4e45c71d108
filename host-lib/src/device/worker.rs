//! The thread that owns a kernel and works off its jobs in the order of their submission.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use vegalith_driver::Limits;

use super::kernel::{Kernel, Task};
use crate::{Error, Health, Outcome, Result};

struct Request {
    task: Task,
    submitted: Instant,
    deadline: Instant,
    cancelled: Arc<AtomicBool>,
    reply: Option<SyncSender<Result<Outcome>>>,
}

/// A job on its way.
pub(super) struct Pending {
    reply: Receiver<Result<Outcome>>,
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
            Ok(outcome) => outcome,
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
    closing: Arc<AtomicBool>,
    failure: Arc<Mutex<Option<Error>>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn start(kernel: Kernel) -> Result<Self> {
        let (requests, queue) = mpsc::channel();
        let closing = Arc::new(AtomicBool::new(false));
        let failure = Arc::new(Mutex::new(None));
        let (closes, fails) = (Arc::clone(&closing), Arc::clone(&failure));
        let thread = std::thread::Builder::new()
            .name(kernel.device().name().to_owned())
            .spawn(move || work(kernel, &queue, &closes, &fails))
            .map_err(|error| Error::Device(format!("cannot start a thread: {error}")))?;
        Ok(Worker {
            requests: Some(requests),
            closing,
            failure,
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
        requests.send(request).map_err(|_| ended())
    }

    /// How the kernel did lately.
    pub(super) fn health(&self) -> Health {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match &*failure {
            Some(error) => Health::Failed(error.clone()),
            None => Health::Ready,
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // Should it have panicked there is nothing left to do.
            let _ = thread.join();
        }
    }
}

fn work(
    mut kernel: Kernel,
    queue: &Receiver<Request>,
    closing: &AtomicBool,
    failure: &Mutex<Option<Error>>,
) {
    // The kernel is in doubt: it is not used before a reset that succeeds.
    let mut broken = false;
    while let Ok(request) = queue.recv() {
        if closing.load(Ordering::Relaxed) {
            return;
        }
        let result = serve(&mut kernel, &request, &mut broken);
        let mut failure = failure.lock().unwrap_or_else(PoisonError::into_inner);
        match &result {
            _ if !broken => *failure = None,
            Err(error @ Error::LinkDown(_)) => *failure = Some(error.clone()),
            // A request that did not reach the kernel: it is as it was.
            _ => {}
        }
        drop(failure);
        if let (Some(reply), Some(result)) = (request.reply, result.transpose()) {
            // Whoever gave up waiting does not want it.
            let _ = reply.send(result);
        }
    }
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
