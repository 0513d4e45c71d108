//! Calls that may never return, made on a thread of their own.
//!
//! OpenCL has no time limits: a program load, a copy or a release may wait for a card that is gone.
//! All objects of the runtime therefore live on one thread, which executes what it is sent; whoever
//! sends waits for the answer, but not beyond a limit. A thread that does not answer is left to
//! itself: it cannot be stopped, and what it owns must not be touched by others.

use std::sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

type Request<S> = Box<dyn FnOnce(&mut S) + Send>;

/// The thread did not answer within the limit, or is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// It is still at the call.
    Waited(Duration),
    /// It has ended: the call panicked.
    Ended,
}

impl std::fmt::Display for Silence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Silence::Waited(limit) => write!(f, "the runtime has not returned for {limit:?}"),
            Silence::Ended => write!(f, "a call into the runtime failed fatally"),
        }
    }
}

/// An answer that is under way.
#[derive(Debug)]
pub(super) struct Pending<T> {
    answer: Receiver<T>,
    limit: Duration,
}

impl<T> Pending<T> {
    /// Waits for it; the limit starts now.
    pub(super) fn wait(self) -> Result<T, Silence> {
        receive(&self.answer, self.limit)
    }
}

fn receive<T>(answer: &Receiver<T>, limit: Duration) -> Result<T, Silence> {
    answer.recv_timeout(limit).map_err(|error| match error {
        RecvTimeoutError::Timeout => Silence::Waited(limit),
        RecvTimeoutError::Disconnected => Silence::Ended,
    })
}

/// Owner of a value that lives on a thread of its own, and is dropped there.
pub(super) struct Watchdog<S> {
    requests: Option<Sender<Request<S>>>,
    ended: Receiver<()>,
    close_limit: Duration,
}

impl<S: 'static> Watchdog<S> {
    /// Starts the thread and creates the value on it.
    pub(super) fn start<E: Send + 'static>(
        limit: Duration,
        close_limit: Duration,
        create: impl FnOnce() -> Result<S, E> + Send + 'static,
    ) -> Result<Result<Self, E>, Silence> {
        let (requests, inbox) = channel::<Request<S>>();
        let (created, answer) = channel();
        let (end, ended) = channel();
        std::thread::spawn(move || {
            match create() {
                Ok(mut value) => {
                    // Nobody waits for it any more if this fails.
                    if created.send(Ok(())).is_ok() {
                        while let Ok(request) = inbox.recv() {
                            request(&mut value);
                        }
                    }
                    drop(value);
                }
                Err(error) => drop(created.send(Err(error))),
            }
            drop(end);
        });
        let created: Result<(), E> = receive(&answer, limit)?;
        Ok(created.map(|()| Watchdog {
            requests: Some(requests),
            ended,
            close_limit,
        }))
    }

    /// Sends a call.
    pub(super) fn send<T: Send + 'static>(
        &self,
        limit: Duration,
        call: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Pending<T> {
        let (reply, answer) = channel();
        if let Some(requests) = &self.requests {
            // If the thread has ended, so has the answer.
            drop(requests.send(Box::new(move |value| drop(reply.send(call(value))))));
        }
        Pending { answer, limit }
    }

    /// Makes a call and waits for its answer.
    pub(super) fn call<T: Send + 'static>(
        &self,
        limit: Duration,
        call: impl FnOnce(&mut S) -> T + Send + 'static,
    ) -> Result<T, Silence> {
        self.send(limit, call).wait()
    }
}

impl<S> std::fmt::Debug for Watchdog<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watchdog").finish_non_exhaustive()
    }
}

impl<S> Drop for Watchdog<S> {
    /// Has the value dropped, and waits for that up to the limit.
    fn drop(&mut self) {
        self.requests = None;
        // Both outcomes are fine: nothing is ever sent.
        let _ = self.ended.recv_timeout(self.close_limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::Arc;
    use std::time::Instant;

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn calls_are_made_in_order_on_a_value_that_cannot_be_sent() {
        let watchdog = Watchdog::start(LONG, LONG, || Ok::<_, ()>(Rc::new(vec![0]))).unwrap();
        let watchdog = watchdog.unwrap();
        for i in 1..4 {
            drop(watchdog.send(LONG, move |value: &mut Rc<Vec<i32>>| {
                Rc::get_mut(value).unwrap().push(i);
            }));
        }
        let seen = watchdog.call(LONG, |value| value.to_vec());
        assert_eq!(seen, Ok(vec![0, 1, 2, 3]));
    }

    #[test]
    fn a_failed_start_is_an_answer() {
        let failed = Watchdog::<()>::start(LONG, LONG, || Err("no device"));
        assert_eq!(failed.unwrap().unwrap_err(), "no device");
    }

    #[test]
    fn nobody_waits_for_ever() {
        let started = Instant::now();
        let late = Watchdog::start(SHORT, SHORT, || {
            std::thread::sleep(LONG);
            Ok::<_, ()>(())
        });
        assert_eq!(late.unwrap_err(), Silence::Waited(SHORT));

        let watchdog = Watchdog::start(LONG, SHORT, || Ok::<_, ()>(())).unwrap();
        let watchdog = watchdog.unwrap();
        let hung = watchdog.call(SHORT, |_| std::thread::sleep(LONG));
        assert_eq!(hung, Err(Silence::Waited(SHORT)));
        assert_eq!(
            watchdog.call(SHORT, |_| ()),
            Err(Silence::Waited(SHORT)),
            "the next does not overtake it"
        );
        drop(watchdog);
        assert!(started.elapsed() < LONG / 2);
    }

    #[test]
    fn the_value_is_dropped_before_its_owner_is_gone() {
        struct Flag(Arc<AtomicBool>);
        impl Drop for Flag {
            fn drop(&mut self) {
                std::thread::sleep(SHORT);
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let dropped = Arc::new(AtomicBool::new(false));
        let flag = dropped.clone();
        let watchdog = Watchdog::start(LONG, LONG, || Ok::<_, ()>(Flag(flag))).unwrap();
        drop(watchdog);
        assert!(dropped.load(Ordering::SeqCst));
    }

    #[test]
    fn a_panic_is_no_silence_for_ever() {
        let watchdog = Watchdog::start(LONG, LONG, || Ok::<_, ()>(())).unwrap();
        let watchdog = watchdog.unwrap();
        let answer = watchdog.call(LONG, |_| std::panic::resume_unwind(Box::new("gone")));
        assert_eq!(answer, Err::<(), _>(Silence::Ended));
        assert_eq!(watchdog.call(LONG, |_| ()), Err(Silence::Ended));
    }
}
