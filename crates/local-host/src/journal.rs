//! What the host tells: log lines and events.

use std::fmt;
use std::sync::Arc;

use tokio::sync::broadcast;

/// Receives log lines. It is called on the host's own tasks and must not block.
pub type LogSink = Arc<dyn Fn(&LogLine) + Send + Sync>;

/// How grave a log line is, in the host's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Ordinary.
    Information,
    /// Something to look at.
    Warning,
    /// Something failed.
    Error,
}

/// Who wrote a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The host itself.
    Host,
    /// The handler: a line of its output, or a `Logs` entry of an answer.
    Handler,
}

/// One log line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How grave it is.
    pub level: Level,
    /// Who wrote it.
    pub origin: Origin,
    /// The function it belongs to.
    pub function: Option<String>,
    /// The invocation it belongs to.
    pub invocation: Option<String>,
    /// The text, without any prefix.
    pub message: String,
}

/// What happened to the host and its handler.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostEvent {
    /// A handler process was started.
    HandlerStarted {
        /// Its process id.
        pid: u32,
    },
    /// The handler answers.
    HandlerReady {
        /// Its process id.
        pid: u32,
    },
    /// The handler ended or was killed.
    HandlerExited {
        /// Its process id.
        pid: u32,
        /// Its exit code; `None` when a signal ended it.
        code: Option<i32>,
    },
    /// An invocation with an envelope ended; proxied HTTP requests make no event.
    Invoked {
        /// The function.
        function: String,
        /// The invocation.
        invocation: String,
        /// Whether it succeeded.
        succeeded: bool,
    },
    /// The host has stopped.
    Stopped {
        /// Why.
        reason: String,
    },
}

/// Hands log lines and events to whoever listens.
#[derive(Clone)]
pub(crate) struct Journal {
    sink: Option<LogSink>,
    events: broadcast::Sender<HostEvent>,
}

/// Events that a slow listener may lag behind before it misses some.
const EVENTS_KEPT: usize = 1024;

impl Journal {
    pub(crate) fn new(sink: Option<LogSink>) -> Self {
        Self { sink, events: broadcast::Sender::new(EVENTS_KEPT) }
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<HostEvent> {
        self.events.subscribe()
    }

    pub(crate) fn happened(&self, event: HostEvent) {
        // Nobody has to listen.
        self.events.send(event).ok();
    }

    pub(crate) fn host(&self, level: Level, message: impl Into<String>) {
        self.write(&LogLine {
            level,
            origin: Origin::Host,
            function: None,
            invocation: None,
            message: message.into(),
        });
    }

    pub(crate) fn function(&self, level: Level, function: &str, message: impl Into<String>) {
        self.write(&LogLine {
            level,
            origin: Origin::Host,
            function: Some(function.to_owned()),
            invocation: None,
            message: message.into(),
        });
    }

    pub(crate) fn write(&self, line: &LogLine) {
        if let Some(sink) = &self.sink {
            sink(line);
            return;
        }
        let LogLine { function, invocation, message, .. } = line;
        let (function, invocation) = (function.as_deref(), invocation.as_deref());
        match line.level {
            Level::Information => tracing::info!(function, invocation, "{message}"),
            Level::Warning => tracing::warn!(function, invocation, "{message}"),
            Level::Error => tracing::error!(function, invocation, "{message}"),
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Journal").finish_non_exhaustive()
    }
}
