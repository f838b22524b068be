//! The handler as the rest of the host sees it: ready, on its way, or gone.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::limits;

/// What the handler is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// There is no function, so there is no handler.
    Absent,
    /// A process was spawned and does not answer yet.
    Starting { pid: u32 },
    /// It answers.
    Ready(Live),
    /// It exited with code 0 and is not restarted.
    Gone(Arc<str>),
    /// The host has stopped.
    Stopped(Arc<str>),
}

impl State {
    fn is_ready(&self, pid: u32) -> bool {
        matches!(self, Self::Ready(live) if live.pid == pid)
    }
}

/// A handler that answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) pid: u32,
    pub(crate) port: u16,
}

/// Why there is no handler to talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unready {
    /// The handler is gone for good, the host runs.
    Gone(Arc<str>),
    /// The host has stopped.
    Stopped(Arc<str>),
}

impl Unready {
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Gone(reason) | Self::Stopped(reason) => reason,
        }
    }
}

/// What the supervisor is asked to do.
#[derive(Debug)]
pub(crate) enum Order {
    /// Kill this process, if it still is the one, and start another.
    Restart { pid: u32, reason: String },
    /// Kill the process and stop the host.
    Stop { reason: String, done: oneshot::Sender<()> },
}

/// A handle on the supervised handler.
#[derive(Debug, Clone)]
pub(crate) struct Handler {
    pub(crate) state: watch::Receiver<State>,
    pub(crate) orders: mpsc::Sender<Order>,
}

impl Handler {
    /// Waits while the handler starts.
    pub(crate) async fn ready(&self) -> Result<Live, Unready> {
        let mut state = self.state.clone();
        let gone = || Unready::Stopped("the host has ended".into());
        let settled = state
            .wait_for(|state| !matches!(state, State::Starting { .. }))
            .await
            .map_err(|_| gone())?;
        match &*settled {
            State::Ready(live) => Ok(*live),
            State::Absent => Err(Unready::Gone("the app has no functions".into())),
            State::Starting { .. } => Err(gone()),
            State::Gone(reason) => Err(Unready::Gone(Arc::clone(reason))),
            State::Stopped(reason) => Err(Unready::Stopped(Arc::clone(reason))),
        }
    }

    /// Waits until the host has stopped; returns why.
    pub(crate) async fn stopped(&self) -> Arc<str> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| matches!(state, State::Stopped(_))).await;
        match settled.as_deref() {
            Ok(State::Stopped(reason)) => Arc::clone(reason),
            Ok(_) | Err(_) => "the host has ended".into(),
        }
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        match *self.state.borrow() {
            State::Starting { pid } | State::Ready(Live { pid, .. }) => Some(pid),
            State::Absent | State::Gone(_) | State::Stopped(_) => None,
        }
    }

    /// Kills and restarts this process, unless another one has taken its place. Returns when
    /// nobody will be sent to it any more.
    pub(crate) async fn restart(&self, pid: u32, reason: String) {
        let mut state = self.state.clone();
        // A supervisor that is gone has no process left.
        if self.orders.send(Order::Restart { pid, reason }).await.is_ok() {
            state.wait_for(|state| !state.is_ready(pid)).await.ok();
        }
    }

    /// Called after a connection to this process broke: waits for a moment in case the process is
    /// ending, so that what comes next goes to its successor. Without this a message would be
    /// delivered to a dying handler again and again within milliseconds.
    pub(crate) async fn let_die(&self, pid: u32) {
        let mut state = self.state.clone();
        let left = state.wait_for(|state| !state.is_ready(pid));
        timeout(limits::DYING_TIME_MAX, left).await.ok();
    }

    /// Kills the handler and stops the host; returns when the process is gone.
    pub(crate) async fn stop(&self, reason: String) {
        let (done, is_done) = oneshot::channel();
        if self.orders.send(Order::Stop { reason, done }).await.is_ok() {
            is_done.await.ok();
        }
    }
}
