//! How a host is told what to run.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::{BusSource, LogSink, QueueSource};

/// Everything a host needs to start.
#[derive(Clone)]
pub struct HostOptions {
    /// The folder with `host.json` and one folder per function with its `function.json`.
    pub script_root: PathBuf,
    /// Where HTTP is served; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The handler; what it does not say comes from `host.json`.
    pub handler: HandlerCommand,
    /// The environment as the caller sees it: application settings (they win over the `Values` of
    /// `local.settings.json`) and `AzureFunctionsJobHost__*` overrides of `host.json`. All of it is
    /// handed to the handler, on top of the environment that this process has.
    pub env: BTreeMap<String, String>,
    /// Drives the Service Bus functions.
    pub bus: Option<Arc<dyn BusSource>>,
    /// Drives the Storage queue functions.
    pub queues: Option<Arc<dyn QueueSource>>,
    /// Routes that the host serves itself, asked before the functions. A filter must look at the
    /// path before it takes the body.
    pub extra_routes: Option<BoxedFilter<(Response,)>>,
    /// Receives every log line; without it lines go to `tracing`.
    pub log: Option<LogSink>,
    /// When crashes of the handler stop the host.
    pub restarts: RestartRule,
    /// How fast the host polls and how patient it is.
    pub timing: Timing,
    /// A folder that keeps when timers ran, so that a missed run is noticed after a restart.
    /// Without it the times are forgotten when the host ends.
    pub timer_state: Option<PathBuf>,
}

impl HostOptions {
    /// The settings of `func start`: port 7071 of the loopback address, everything else from
    /// the files.
    #[must_use]
    pub fn new(script_root: impl Into<PathBuf>) -> Self {
        Self {
            script_root: script_root.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7071)),
            handler: HandlerCommand::default(),
            env: BTreeMap::new(),
            bus: None,
            queues: None,
            extra_routes: None,
            log: None,
            restarts: RestartRule::default(),
            timing: Timing::default(),
            timer_state: None,
        }
    }
}

impl fmt::Debug for HostOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The environment may hold secrets.
        out.debug_struct("HostOptions")
            .field("script_root", &self.script_root)
            .field("listen", &self.listen)
            .field("handler", &self.handler)
            .field("restarts", &self.restarts)
            .field("timing", &self.timing)
            .finish_non_exhaustive()
    }
}

/// The handler's command line.
#[derive(Clone, Default)]
pub struct HandlerCommand {
    /// The program; `None` takes `customHandler.description.defaultExecutablePath`.
    pub program: Option<PathBuf>,
    /// Its arguments, each handed over as it is; used when `program` is given.
    pub args: Vec<String>,
    /// More environment variables; they win over every other one.
    pub env: BTreeMap<String, String>,
}

impl HandlerCommand {
    /// Runs `program` in place of what `host.json` says.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: Some(program.into()), ..Self::default() }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.args.push(argument.into());
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for HandlerCommand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("HandlerCommand")
            .field("program", &self.program)
            .field("args", &self.args)
            .field("env", &self.env.keys())
            .finish()
    }
}

/// The host stops when the handler crashed `crashes_max` times within `window`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestartRule {
    /// The crash that stops the host, counted from 1.
    pub crashes_max: usize,
    /// How long a crash counts.
    pub window: Duration,
}

impl Default for RestartRule {
    /// The real host's rule: the third crash within 30 minutes.
    fn default() -> Self {
        Self { crashes_max: 3, window: Duration::from_mins(30) }
    }
}

/// How fast the host polls and how patient it is. Shorter than on Azure where a developer waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Wait after the first empty poll of a source; doubles up to `idle_max`.
    pub idle_min: Duration,
    /// Longest wait between two polls (`maxPollingInterval` may shorten it for queues).
    pub idle_max: Duration,
    /// How often the lock of a running Service Bus message is renewed.
    pub lock_renewal: Duration,
    /// How long a queue message is hidden while its function runs; renewed at half.
    pub queue_lease: Duration,
    /// How long a proxied exchange may be silent.
    pub proxy_activity: Duration,
    /// Wait between two readiness probes.
    pub probe_every: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            idle_min: Duration::from_millis(5),
            idle_max: Duration::from_millis(250),
            lock_renewal: Duration::from_secs(10),
            queue_lease: Duration::from_mins(10),
            proxy_activity: Duration::from_mins(4),
            probe_every: Duration::from_millis(25),
        }
    }
}
