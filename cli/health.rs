//! `poa health`: asks the running app whether every part answers.

use crate::{
    ending::{Ending, Stop},
    print, runtime,
};
use poa_operations::failure::last_cause;
use serde_json::{Value, json};
use std::time::Duration;

/// Which app.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Port on 127.0.0.1.
    #[arg(long, default_value_t = 7071)]
    port: u16,
}

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks.
pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Ending, Stop> {
    let url = format!("http://127.0.0.1:{}/api/health/ready", arguments.port);
    let (ready, answer) = runtime::block_on(ask(&url))?;
    if json {
        print::object(&json!({ "ready": ready, "answer": answer }));
    } else {
        print::line(if ready { "ready" } else { "not ready" });
        let parts = answer.get("parts").or_else(|| answer.pointer("/details/parts"));
        for part in parts.and_then(Value::as_array).into_iter().flatten() {
            let name = part.get("name").and_then(Value::as_str).unwrap_or_default();
            let answers = part.get("ready").and_then(Value::as_bool).unwrap_or_default();
            let word = if answers { "answers" } else { "does not answer" };
            print::line(format_args!("  {name}: {word}"));
        }
    }
    Ok(if ready { Ending::Done } else { Ending::Faults })
}

async fn ask(url: &str) -> Result<(bool, Value), Stop> {
    let told = |fault: reqwest::Error| Stop::missing(url, last_cause(&fault));
    let client = reqwest::Client::builder().timeout(PATIENCE).build().map_err(told)?;
    let response = client.get(url).send().await.map_err(told)?;
    let ready = response.status().is_success();
    let text = response.text().await.map_err(told)?;
    Ok((ready, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}
