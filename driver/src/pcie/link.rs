//! The caller's side of the thread: requests that end in time, whatever the thread is doing.

use std::sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::failure::Failure;
use super::nodes::NodePaths;
use super::worker::{serve, Order, Reply, Request};
use crate::{Error, Unavailability};

/// How much longer than its limit an order is waited for, so that the thread's own account of what
/// is late arrives.
const MARGIN: Duration = Duration::from_millis(20);

/// A device's thread.
pub(super) struct Link {
    /// `None` once the device is given up.
    orders: Option<Sender<Order>>,
    replies: Receiver<Result<Reply, Failure>>,
    /// Why nothing is asked any more: of a call that has not come back, until it has; otherwise for
    /// good.
    down: Option<Failure>,
    /// Whether the thread is still in a call that was given up.
    is_stuck: bool,
    settle_limit: Duration,
}

impl Link {
    /// Opens the nodes in a thread of their own.
    ///
    /// # Errors
    /// [`Error::Unavailable`] in the name of `device`, also if opening takes longer than `limit`.
    pub(super) fn open(
        device: &str,
        paths: NodePaths,
        register_base: u64,
        limit: Duration,
    ) -> Result<Self, Error> {
        let unavailable = |found: String, remedy: &str| Error::Unavailable {
            device: device.to_owned(),
            cause: Unavailability::Failed,
            expected: format!("its nodes to open within {limit:?}"),
            found,
            remedy: remedy.to_owned(),
        };
        let (order_sender, orders) = channel();
        let (reply_sender, replies) = channel();
        let (opened_sender, opened) = channel();
        let name = device.to_owned();
        std::thread::Builder::new()
            .name(name.clone())
            .spawn(move || {
                let nodes = match paths.open(&name) {
                    Ok(nodes) => nodes,
                    Err(error) => {
                        // Whoever gave up waiting does not want it.
                        let _ = opened_sender.send(Err(error));
                        return;
                    }
                };
                if opened_sender.send(Ok(())).is_err() {
                    return;
                }
                // The nodes are closed when this returns, the replies after that.
                serve(nodes, register_base, &orders, &reply_sender);
                drop(reply_sender);
            })
            .map_err(|error| {
                unavailable(
                    format!("no thread for it: {error}"),
                    "raise the limit of threads or memory",
                )
            })?;
        match opened.recv_timeout(limit) {
            Ok(result) => result?,
            Err(_) => {
                return Err(unavailable(
                    "the driver does not answer".to_owned(),
                    "see the driver's messages in `dmesg`; unload and load the driver, or restart \
                     the machine",
                ))
            }
        }
        Ok(Link {
            orders: Some(order_sender),
            replies,
            down: None,
            is_stuck: false,
            settle_limit: limit,
        })
    }

    /// Has one request served, within `limit` and a little.
    pub(super) fn request(
        &mut self,
        request: Request,
        limit: Duration,
        session: Option<u32>,
    ) -> Result<Reply, Failure> {
        if let Some(failure) = &self.down {
            return Err(failure.clone());
        }
        let action = request.action();
        let order = Order {
            request,
            started: Instant::now(),
            limit,
            session,
        };
        let sent = self.orders.as_ref().map(|orders| orders.send(order));
        if !matches!(sent, Some(Ok(()))) {
            return Err(self.give_up(Failure::Closed { action }));
        }
        match self.replies.recv_timeout(limit + MARGIN) {
            Ok(Err(failure)) if failure.is_final() => Err(self.give_up(failure)),
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                let failure = Failure::Late { action, limit };
                self.is_stuck = true;
                self.down = Some(failure.clone());
                Err(failure)
            }
            Err(RecvTimeoutError::Disconnected) => Err(self.give_up(Failure::Closed { action })),
        }
    }

    /// Waits for a call that was given up to come back, so that requests can be made again.
    ///
    /// # Errors
    /// Why it is down, if it stays so.
    pub(super) fn settle(&mut self) -> Result<(), Failure> {
        if self.is_stuck {
            match self.replies.recv_timeout(self.settle_limit) {
                Ok(Err(failure)) if failure.is_final() => return Err(self.give_up(failure)),
                // Nobody wants the result.
                Ok(_) => {
                    self.is_stuck = false;
                    self.down = None;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let action = "waiting for an earlier call".to_owned();
                    return Err(self.give_up(Failure::Closed { action }));
                }
            }
        }
        self.down.clone().map_or(Ok(()), Err)
    }

    /// Closes the device: a driver can let go of one that is gone only when nobody has it open.
    pub(super) fn give_up(&mut self, failure: Failure) -> Failure {
        self.close();
        self.is_stuck = false;
        self.down = Some(failure.clone());
        failure
    }

    /// Returns when the nodes are closed, unless the thread does not come back in time.
    fn close(&mut self) {
        self.orders = None;
        if self.is_stuck {
            return;
        }
        let until = Instant::now() + self.settle_limit;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            // The thread ends by dropping its end.
            if self.replies.recv_timeout(left).is_err() {
                return;
            }
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close();
    }
}
