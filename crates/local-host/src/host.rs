//! The host: starts everything and stops it.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinSet;

use crate::app::App;
use crate::bus::Subscription;
use crate::front::routes;
use crate::function::{Function, Trigger};
use crate::handler::{Handler, State, Unready};
use crate::invoke::Engine;
use crate::journal::Journal;
use crate::process::Launch;
use crate::queue::Queue;
use crate::supervisor::Supervisor;
use crate::timer::Timer;
use crate::upstream::Upstream;
use crate::{HostError, HostEvent, HostOptions, InvokeError, Level};

/// Starts hosts.
#[derive(Debug)]
pub struct Host;

/// A host that runs. Dropping it kills the handler and ends everything the host does.
#[derive(Debug)]
pub struct RunningHost {
    address: SocketAddr,
    engine: Arc<Engine>,
    /// What drives the functions that are not triggered by HTTP.
    feeds: JoinSet<()>,
    /// The front and the supervisor.
    tasks: JoinSet<()>,
}

/// Orders that may wait for the supervisor.
const ORDERS_KEPT: usize = 16;
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

impl Host {
    /// Reads the function app, listens, spawns the handler and starts to drive the functions.
    /// It returns before the handler answers: see [`RunningHost::ready`].
    #[expect(clippy::unused_async, reason = "a host needs a runtime, an async start has one")]
    pub async fn start(options: HostOptions) -> Result<RunningHost, HostError> {
        let app = App::read(&options)?;
        let HostOptions { listen, restarts, timing, .. } = options;
        let listener = listen_on(listen).map_err(|source| refused(listen, source))?;
        let address = listener.local_addr().map_err(|source| refused(listen, source))?;
        let (state, state_seen) = watch::channel(State::Absent);
        let (orders_sent, orders) = mpsc::channel(ORDERS_KEPT);
        let mut env = app.settings.all;
        env.extend(options.handler.env);
        let initialization_timeout = app.rules.initialization_timeout;
        let fixed_port = app.rules.fixed_port;
        let engine = Arc::new(Engine {
            functions: app.functions.into_iter().map(Arc::new).collect(),
            rules: app.rules,
            timing,
            handler: Handler { state: state_seen, orders: orders_sent },
            upstream: Upstream::new(),
            journal: Journal::new(options.log),
            bus: options.bus,
            queues: options.queues,
            timer_state: options.timer_state,
        });
        let script_root = options.script_root;
        let supervisor = Supervisor {
            launch: Launch { command: app.command, script_root, env, fixed_port },
            rule: restarts,
            initialization_timeout,
            probe_every: timing.probe_every,
            upstream: engine.upstream.clone(),
            journal: engine.journal.clone(),
            state,
            orders,
        };
        report_oddities(&engine);
        let mut tasks = JoinSet::new();
        if engine.functions.is_empty() {
            tasks.spawn(supervisor.run_without_handler());
        } else {
            let first = supervisor.start()?;
            tasks.spawn(supervisor.run(first));
        }
        let front = routes(Arc::clone(&engine), options.extra_routes);
        tasks.spawn(warp::serve(front).incoming(listener).run());
        let mut feeds = JoinSet::new();
        for function in &engine.functions {
            feed(&engine, function, &mut feeds);
        }
        Ok(RunningHost { address, engine, feeds, tasks })
    }
}

impl RunningHost {
    /// Where HTTP is served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process id of the handler, if there is one at this moment.
    #[must_use]
    pub fn handler_pid(&self) -> Option<u32> {
        self.engine.handler.pid()
    }

    /// What happens from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<HostEvent> {
        self.engine.journal.listen()
    }

    /// Waits until the handler answers. An app without functions is ready at once.
    pub async fn ready(&self) -> Result<(), HostError> {
        if self.engine.functions.is_empty() {
            return Ok(());
        }
        match self.engine.handler.ready().await {
            Ok(_) => Ok(()),
            Err(Unready::Gone(reason) | Unready::Stopped(reason)) => {
                Err(HostError::Stopped(reason.to_string()))
            }
        }
    }

    /// Invokes a function that is not triggered by HTTP, with `input` as what its trigger hands
    /// over (the message body; timers take none), and waits for the outcome.
    pub async fn invoke(&self, function: &str, input: Option<&str>) -> Result<(), InvokeError> {
        let function = self.engine.by_hand(function)?;
        self.engine.invoke_by_hand(&function, input).await
    }

    /// Waits until the host has stopped by its own rules; returns why.
    pub async fn stopped(&self) -> String {
        self.engine.handler.stopped().await.to_string()
    }

    /// Stops everything. The handler is killed with SIGKILL, as the real host does; messages in
    /// work come back when their locks run out. Returns when the handler is gone.
    pub async fn stop(mut self) {
        // The feeds first: a message must not be settled because its handler was killed.
        self.feeds.shutdown().await;
        self.engine.handler.stop("asked to stop".to_owned()).await;
        self.tasks.shutdown().await;
    }
}

fn listen_on(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit this on Linux; the server itself has no setting for it, and
    // without it the two writes of a small answer wait for each other.
    socket.set_nodelay(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn refused(address: SocketAddr, source: std::io::Error) -> HostError {
    HostError::Listen { address, source }
}

fn report_oddities(engine: &Engine) {
    if engine.functions.is_empty() {
        let line = "no functions were found, the handler is not started";
        engine.journal.host(Level::Warning, line);
    }
    if engine.rules.forwarding_only {
        let line = "only `enableForwardingHttpRequest` is set: older hosts lose chunked bodies in \
                    this mode; set `enableProxyingHttpRequest` too";
        engine.journal.host(Level::Warning, line);
    }
    for function in engine.functions.iter().filter(|function| !function.disabled) {
        let by_hand =
            matches!(function.trigger, Trigger::Blob { .. } | Trigger::Cosmos | Trigger::EventGrid);
        if by_hand {
            let line = "nothing feeds this trigger locally: it runs when invoked by hand";
            engine.journal.function(Level::Warning, &function.name, line);
        }
        for input in &function.inputs {
            let line = format!("input binding `{input}` always arrives as missing (`\"null\"`)");
            engine.journal.function(Level::Warning, &function.name, line);
        }
        let http = matches!(function.trigger, Trigger::Http { .. });
        if http && engine.rules.proxying && !function.only_http() {
            let line = "not handed through: its bindings are not one http input and one http \
                        output";
            engine.journal.function(Level::Warning, &function.name, line);
        }
    }
}

/// Starts what feeds a function.
fn feed(engine: &Arc<Engine>, function: &Arc<Function>, feeds: &mut JoinSet<()>) {
    if function.disabled {
        return;
    }
    let (engine, function) = (Arc::clone(engine), Arc::clone(function));
    match function.trigger.clone() {
        Trigger::Bus { topic, subscription, many, data_type } => {
            let Some(source) = engine.bus.clone() else { return };
            let name = subscription;
            let feed = Subscription { engine, source, function, topic, name, data_type };
            if many {
                feeds.spawn(feed.feed_in_batches());
            } else {
                feeds.spawn(feed.feed_one_by_one());
            }
        }
        Trigger::Queue { queue, data_type } => {
            let Some(source) = engine.queues.clone() else { return };
            feeds.spawn(Queue { engine, source, function, name: queue, data_type }.feed());
        }
        Trigger::Timer { schedule, run_on_startup, use_monitor } => {
            let timer = Timer { engine, function, schedule, run_on_startup, use_monitor };
            feeds.spawn(timer.feed());
        }
        Trigger::Http { .. } | Trigger::Blob { .. } | Trigger::Cosmos | Trigger::EventGrid => {}
    }
}
