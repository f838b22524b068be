//! Keeps the handler running by the real host's rules.

use std::collections::VecDeque;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep};

use crate::handler::{Live, Order, State};
use crate::journal::Journal;
use crate::process::{Launch, Process};
use crate::upstream::Upstream;
use crate::{HostError, HostEvent, Level, RestartRule};

/// Watches one handler process after the other.
#[derive(Debug)]
pub(crate) struct Supervisor {
    pub(crate) launch: Launch,
    pub(crate) rule: RestartRule,
    pub(crate) initialization_timeout: Duration,
    pub(crate) probe_every: Duration,
    pub(crate) upstream: Upstream,
    pub(crate) journal: Journal,
    pub(crate) state: watch::Sender<State>,
    pub(crate) orders: mpsc::Receiver<Order>,
}

/// How one process ended.
enum Ending {
    Exited(ExitStatus),
    NeverReady,
    Restarted(String),
    Stopped { reason: String, done: Option<oneshot::Sender<()>> },
}

/// What follows.
enum Verdict {
    Again,
    Gone(String),
    Stop { reason: String, done: Option<oneshot::Sender<()>> },
}

/// Exit code with which a handler asks to be restarted.
const EXIT_RESTART: i32 = 200;

impl Supervisor {
    /// Spawns the first process.
    pub(crate) fn start(&self) -> Result<Process, HostError> {
        let first = self.launch.spawn(None, &self.journal)?;
        self.state.send_replace(State::Starting { pid: first.pid });
        Ok(first)
    }

    /// Runs an app without functions, and so without a handler, until the host is stopped.
    pub(crate) async fn run_without_handler(mut self) {
        let (reason, done) = self.wait_for_stop().await;
        self.stop(&reason, done);
    }

    /// Runs until the host is stopped or has stopped itself.
    pub(crate) async fn run(mut self, first: Process) {
        let mut crashes = VecDeque::new();
        let mut port = first.port;
        let mut next = Some(first);
        loop {
            let verdict = match next.take() {
                Some(mut process) => {
                    port = process.port;
                    let ending = self.watch(&mut process).await;
                    self.judge(ending, process.pid, &mut crashes)
                }
                None => match self.launch.spawn(Some(port), &self.journal) {
                    Ok(process) => {
                        next = Some(process);
                        continue;
                    }
                    Err(error) => self.count_crash(&mut crashes, &error.to_string()),
                },
            };
            match verdict {
                Verdict::Again => {}
                Verdict::Gone(reason) => {
                    self.journal.host(Level::Error, &*reason);
                    self.state.send_replace(State::Gone(reason.into()));
                    let (reason, done) = self.wait_for_stop().await;
                    return self.stop(&reason, done);
                }
                Verdict::Stop { reason, done } => return self.stop(&reason, done),
            }
        }
    }

    /// Watches one process until it is gone.
    async fn watch(&mut self, process: &mut Process) -> Ending {
        let Process { pid, port, .. } = *process;
        self.state.send_replace(State::Starting { pid });
        self.journal.happened(HostEvent::HandlerStarted { pid });
        let mut ready = false;
        let probe = wait_until_ready(self.upstream.clone(), port, self.probe_every);
        let too_late = sleep(self.initialization_timeout);
        tokio::pin!(probe, too_late);
        let ending = loop {
            tokio::select! {
                // The end of the process comes first: a state must not outlive it.
                biased;
                status = process.child.wait() => match status {
                    Ok(status) => break Ending::Exited(status),
                    Err(error) => break Ending::Restarted(format!("it cannot be watched: {error}")),
                },
                order = self.orders.recv() => match order {
                    Some(Order::Restart { pid: wanted, reason }) if wanted == pid => {
                        break Ending::Restarted(reason);
                    }
                    Some(Order::Restart { .. }) => {}
                    Some(Order::Stop { reason, done }) => {
                        break Ending::Stopped { reason, done: Some(done) };
                    }
                    None => {
                        let reason = "nobody holds the host any more".to_owned();
                        break Ending::Stopped { reason, done: None };
                    }
                },
                () = &mut probe, if !ready => {
                    ready = true;
                    self.state.send_replace(State::Ready(Live { pid, port }));
                    self.journal.happened(HostEvent::HandlerReady { pid });
                }
                () = &mut too_late, if !ready => break Ending::NeverReady,
            }
        };
        // From here on requests wait for the next process, except when there is none.
        self.state.send_replace(State::Starting { pid });
        if !matches!(ending, Ending::Exited(_)) {
            // SIGKILL, without grace, as the real host does it.
            if let Err(error) = process.child.kill().await {
                self.journal.host(Level::Error, format!("cannot kill the handler: {error}"));
            }
        }
        let code = process.child.try_wait().ok().flatten().and_then(|status| status.code());
        self.journal.happened(HostEvent::HandlerExited { pid, code });
        ending
    }

    fn judge(&self, ending: Ending, pid: u32, crashes: &mut VecDeque<Instant>) -> Verdict {
        match ending {
            Ending::Exited(status) => match status.code() {
                Some(0) => Verdict::Gone(format!(
                    "the handler (process {pid}) exited with code 0, which the host never restarts"
                )),
                Some(EXIT_RESTART) => {
                    let why = format!("the handler (process {pid}) asked for a restart");
                    self.journal.host(Level::Information, why);
                    Verdict::Again
                }
                Some(_) | None => self
                    .count_crash(crashes, &format!("the handler (process {pid}) ended: {status}")),
            },
            Ending::NeverReady => {
                let limit = self.initialization_timeout;
                let reason = format!("the handler did not answer within {limit:?}");
                Verdict::Stop { reason, done: None }
            }
            Ending::Restarted(reason) => {
                let why = format!("the handler (process {pid}) was killed: {reason}");
                self.journal.host(Level::Error, why);
                Verdict::Again
            }
            Ending::Stopped { reason, done } => Verdict::Stop { reason, done },
        }
    }

    fn count_crash(&self, crashes: &mut VecDeque<Instant>, what: &str) -> Verdict {
        let now = Instant::now();
        let RestartRule { crashes_max, window } = self.rule;
        crashes.push_back(now);
        crashes.retain(|crash| now.duration_since(*crash) <= window);
        let count = crashes.len();
        if count >= crashes_max {
            let reason = format!("{what}; crash {count} of {crashes_max} within {window:?}");
            return Verdict::Stop { reason, done: None };
        }
        let next = format!("{what}; crash {count} of {crashes_max}, starting it again");
        self.journal.host(Level::Error, next);
        Verdict::Again
    }

    async fn wait_for_stop(&mut self) -> (String, Option<oneshot::Sender<()>>) {
        loop {
            match self.orders.recv().await {
                Some(Order::Stop { reason, done }) => return (reason, Some(done)),
                Some(Order::Restart { .. }) => {}
                None => return ("nobody holds the host any more".to_owned(), None),
            }
        }
    }

    fn stop(&self, reason: &str, done: Option<oneshot::Sender<()>>) {
        let level = if done.is_some() { Level::Information } else { Level::Error };
        self.journal.host(level, format!("the host stops: {reason}"));
        self.state.send_replace(State::Stopped(reason.into()));
        self.journal.happened(HostEvent::Stopped { reason: reason.to_owned() });
        if let Some(done) = done {
            done.send(()).ok();
        }
    }
}

async fn wait_until_ready(upstream: Upstream, port: u16, every: Duration) {
    while !upstream.probe(port).await {
        sleep(every).await;
    }
}
