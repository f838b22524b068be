//! The handler as a process: listen, set up, serve until the host kills it.
//!
//! The Functions host asks `GET /` until something answers, so the port is open before anything
//! slow begins. It ends the process with SIGKILL and without a word: nothing is cleaned up here.

use crate::{
    caller::Door,
    decision::{Decision, Verdict},
    dispatch::{self, App, Ready},
    jwks::Pace,
    settings::{self, LogLevel, Settings, SettingsFaults},
    telemetry,
    wiring::Wiring,
};
use poa_operations::{desk::Desk, relay_events::relay_events};
use poa_protocol::limits;
use std::{fmt, io, net::Ipv4Addr, process::ExitCode, sync::Arc};
use tokio::{net::TcpListener, sync::SetOnce};
use tracing_subscriber::EnvFilter;

/// Why the handler cannot serve.
#[derive(Debug)]
pub enum ServeFault {
    /// The settings are wrong.
    Settings(SettingsFaults),
    /// The port cannot be opened.
    Port(u16, io::Error),
    /// A part cannot be set up.
    SetUp(String),
}

impl fmt::Display for ServeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(faults) => faults.fmt(f),
            Self::Port(port, fault) => write!(f, "port {port} cannot be opened: {fault}"),
            Self::SetUp(cause) => write!(f, "set-up failed: {cause}"),
        }
    }
}

impl std::error::Error for ServeFault {}

/// The whole life of the handler process: reads the settings, logs, serves.
#[must_use]
pub fn main() -> ExitCode {
    let settings = match Settings::read(&settings::environment()) {
        Ok(settings) => settings,
        Err(faults) => return ended(&ServeFault::Settings(faults)),
    };
    log_to_stdout(settings.log_level);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(fault) => return ended(&ServeFault::SetUp(fault.to_string())),
    };
    match runtime.block_on(serve(settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => ended(&fault),
    }
}

/// Serves until the process is killed, or until its parent is gone where it was started that way.
pub async fn serve(settings: Settings) -> Result<(), ServeFault> {
    let port = settings.port;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|fault| ServeFault::Port(port, fault))?;
    let ready: Ready = Arc::new(SetOnce::new());
    let server = warp::serve(dispatch::filter(Arc::clone(&ready))).incoming(listener).run();
    let parent_pipe = settings.parent_pipe;
    let set_up = tokio::spawn(set_up(settings, ready));
    tokio::select! {
        () = server => Ok(()),
        () = parent_gone(), if parent_pipe => Ok(()),
        fault = failed(set_up) => Err(fault),
    }
}

/// Opens everything that requests need, then relays events for as long as the process lives.
async fn set_up(settings: Settings, ready: Ready) -> Result<(), ServeFault> {
    let told = |fault: &dyn fmt::Display| ServeFault::SetUp(fault.to_string());
    let parts = settings.parts.clone();
    if let Some(collector) = settings.collector {
        // Certificates are read for it.
        let started = tokio::task::spawn_blocking(move || telemetry::start(&collector)).await;
        started.map_err(|fault| told(&fault))?.map_err(ServeFault::SetUp)?;
    }
    // Files are opened on a thread of their own: the probe of the host is answered meanwhile.
    let desk = tokio::task::spawn_blocking(move || Wiring::of(&parts).desk())
        .await
        .map_err(|fault| told(&fault))?
        .map_err(|fault| told(&fault))?;
    let door = Door::new(&settings.parts.issuer, Pace::default()).map_err(|fault| told(&fault))?;
    let app = App::new(desk.clone(), door, settings.at_once);
    if ready.set(app).is_err() {
        return Err(ServeFault::SetUp("set up twice".to_owned()));
    }
    tracing::info!("serving");
    tokio::join!(relay(desk), async { ready.wait().await.renew_keys().await });
    Ok(())
}

/// Waits for a set-up that fails, and for ever for one that does not.
async fn failed(set_up: tokio::task::JoinHandle<Result<(), ServeFault>>) -> ServeFault {
    match set_up.await {
        Ok(Ok(())) => std::future::pending().await,
        Ok(Err(fault)) => fault,
        Err(fault) => ServeFault::SetUp(fault.to_string()),
    }
}

/// Sends events to the bus soon after each commit. What goes wrong here the timer makes good.
async fn relay(desk: Desk) {
    loop {
        desk.relay.notified().await;
        let decision = Decision::unasked("relay-events");
        let meter = decision.meter.clone();
        let relayed = dispatch::guarded(relay_events(&desk), limits::WORK_SECS_MAX);
        match meter.around(relayed).await {
            Ok(_) => decision.end(None, &Verdict::Well("done")),
            Err(failure) => decision.end(None, &Verdict::Failed(&failure)),
        }
    }
}

/// Returns when standard input ends: whoever started us holds the other end.
async fn parent_gone() {
    let (gone, hears) = tokio::sync::oneshot::channel();
    // A thread of its own: a read that waits for ever must not hold up the end of the runtime.
    std::thread::spawn(move || {
        // However the reading ended, nobody holds the other end any more.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = gone.send(());
    });
    let _ = hears.await;
}

/// Logs as JSON lines to standard output: the host takes every line of standard error for an error.
fn log_to_stdout(level: LogLevel) {
    let filter = EnvFilter::new(format!("warn,poa={0},poa_operations={0}", level.as_str()));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .finish();
    // A test or an embedding program may have its own log already.
    let _ = tracing::subscriber::set_global_default(subscriber);
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a recipe panicked");
    }));
}

/// Tells why, on standard output like everything else. The host starts the process again.
#[expect(clippy::print_stdout, reason = "the log may not be set up yet")]
fn ended(fault: &ServeFault) -> ExitCode {
    println!("handler cannot serve: {fault}");
    ExitCode::FAILURE
}
