//! Starts the whole app on this machine: the local host, the handler as its child, the bus, the
//! development token issuer.

use crate::{
    backing::{self, Brought},
    development::{Place, absolute},
    ending::Stop,
};
use poa::{
    function_json::{self, Staging},
    local_issuer::LocalIssuer,
    local_settings::{Backing, local_settings},
};
use poa_local_host::{HandlerCommand, Host, HostError, HostOptions, LogSink, RunningHost};
use std::{
    error::Error,
    fs,
    net::{Ipv4Addr, SocketAddr, TcpListener},
};

/// The app as it runs. Dropping it kills the handler.
#[derive(Debug)]
pub(crate) struct Serving {
    /// The host.
    pub host: RunningHost,
    /// Where it serves; the port is the real one.
    pub place: Place,
    /// Makes tokens for it.
    pub issuer: LocalIssuer,
}

/// Starts everything and waits until the handler answers. Port 0 takes a free one.
pub(crate) async fn start(place: &Place, backing: &Backing, log: LogSink) -> Result<Serving, Stop> {
    let place = Place { port: free_port(place.port)?, ..place.clone() };
    let Brought { profile, bus, queues } = backing::bring(backing, &place.data)?;
    let app = place.data.join("app");
    let timers = place.data.join("timers");
    fs::create_dir_all(&timers).map_err(|fault| Stop::missing(timers.display(), fault))?;
    function_json::stage(&app, Staging { profile, handler: None, settings: None })
        .map_err(|fault| Stop::missing(app.display(), fault))?;
    let issuer = place.issuer()?;
    let program = std::env::current_exe().map_err(|fault| Stop::missing("poa itself", fault))?;
    let mut options = HostOptions::new(&app);
    options.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, place.port));
    options.handler = HandlerCommand::new(program).arg("handler");
    options.env = local_settings(backing, &absolute(&place.data), &place.authority());
    options.bus = bus;
    options.queues = queues;
    options.extra_routes = Some(issuer.routes(&place.authority()));
    options.log = Some(log);
    options.timer_state = Some(timers);
    let host = Host::start(options).await.map_err(|fault| told(&fault))?;
    host.ready().await.map_err(|fault| told(&fault))?;
    Ok(Serving { host, place, issuer })
}

impl Serving {
    /// Stops everything; returns when the handler is gone.
    pub(crate) async fn stop(self) {
        self.host.stop().await;
    }
}

/// The port itself, or a free one in place of 0: tokens name the port before the host listens.
fn free_port(port: u16) -> Result<u16, Stop> {
    if port != 0 {
        return Ok(port);
    }
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|fault| Stop::missing("a free port", fault))
}

fn told(fault: &HostError) -> Stop {
    match fault.source() {
        Some(cause) => Stop::missing(fault, cause),
        None => Stop::missing("the local host", fault),
    }
}
