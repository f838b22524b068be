//! `poa start`: serves the whole app on this machine until Ctrl+C.

use crate::{
    backing,
    development::Place,
    ending::{Ending, Stop},
    log, print, runtime,
    serving::{self, Serving},
};
use serde_json::json;

/// Where to serve.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    backing: backing::Arguments,
    /// Shows every log line and not only warnings and errors.
    #[arg(long, short)]
    verbose: bool,
}

/// Serves.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    runtime::block_on(serve(json, arguments))
}

async fn serve(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let waiting = print::Waiting::start("starting", json);
    let (backing, log) = (arguments.backing.backing(), log::sink(arguments.verbose));
    let serving = serving::start(&arguments.place, &backing, log).await?;
    waiting.end();
    greet(json, &serving);
    let stopped = tokio::select! {
        reason = serving.host.stopped() => Some(reason),
        () = asked_to_stop() => None,
    };
    serving.stop().await;
    match stopped {
        Some(reason) => Err(Stop::missing("the local host has stopped", reason)),
        None => Ok(Ending::Done),
    }
}

/// Ctrl+C, or the polite signal of a supervisor.
pub(crate) async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without signals the process can only be killed, and that is safe too.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn greet(json: bool, serving: &Serving) {
    let url = serving.place.url();
    let data = serving.place.data.display().to_string();
    if json {
        print::object(&json!({
            "api": format!("{url}/api"),
            "openapi": format!("{url}/api/openapi.json"),
            "authority": serving.place.authority(),
            "issuer_key": serving.issuer.kid(),
            "data": data,
            "handler_pid": serving.host.handler_pid(),
        }));
        return;
    }
    let port = serving.place.port;
    print::line(format_args!("serving   {url}/api   (data in {data})"));
    print::line(format_args!("openapi   {url}/api/openapi.json"));
    print::line(format_args!(
        "a token   poa token --role Administrator --object alice --data {data} --port {port}"
    ));
    print::line("stop with Ctrl+C");
}
