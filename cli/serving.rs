//! Starts the whole app on this machine: the local host, the handler as its child, the bus, the
//! development token issuer.

use crate::{backing, development::Place, ending::Stop};
use poa::local_issuer::LocalIssuer;
use poa_local_host::{Host, HostError, LogSink, RunningHost};
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
pub(crate) async fn start(
    place: &Place,
    backing: &backing::Arguments,
    log: LogSink,
) -> Result<Serving, Stop> {
    let place = Place { port: free_port(place.port)?, ..place.clone() };
    poa_embedded::make_folder(&place.data)
        .map_err(|fault| Stop::missing(place.data.display(), fault))?;
    let timers = place.data.join("timers");
    fs::create_dir_all(&timers).map_err(|fault| Stop::missing(timers.display(), fault))?;
    let issuer = place.issuer()?;
    let mut options = backing::options(backing, &place).await?;
    options.listen = SocketAddr::from((Ipv4Addr::LOCALHOST, place.port));
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
