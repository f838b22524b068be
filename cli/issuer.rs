//! `poa issuer`: serves the development token issuer alone, for an app on the real Functions host.

use crate::{
    development::{ISSUER_PORT, Place},
    ending::{Ending, Stop},
    print, runtime, start,
};
use serde_json::json;
use std::{net::Ipv4Addr, path::PathBuf};
use tokio::net::TcpListener;

/// Where.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder of the keys.
    #[arg(long, value_name = "DIR", default_value = ".poa")]
    data: PathBuf,
    /// Port on 127.0.0.1.
    #[arg(long, default_value_t = ISSUER_PORT)]
    port: u16,
}

/// Serves until Ctrl+C.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    runtime::block_on(serve(json, arguments))
}

async fn serve(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let told = |fault: std::io::Error| Stop::missing(format!("port {}", arguments.port), fault);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await.map_err(told)?;
    let port = listener.local_addr().map_err(told)?.port();
    let place = Place { data: arguments.data.clone(), port };
    let issuer = place.issuer()?;
    let authority = place.authority();
    let server = warp::serve(issuer.routes(&authority)).incoming(listener).run();
    if json {
        print::object(&json!({ "authority": authority, "issuer_key": issuer.kid() }));
    } else {
        let data = place.data.display();
        print::line(format_args!("AUTHORITY={authority}"));
        print::line(format_args!(
            "a token   poa token --role Administrator --object alice --data {data} --port {port}"
        ));
        print::line("stop with Ctrl+C");
    }
    tokio::select! {
        () = server => {}
        () = start::asked_to_stop() => {}
    }
    Ok(Ending::Done)
}
