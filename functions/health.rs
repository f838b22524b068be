//! Health: whether the program runs, and whether every part that it needs answers.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::{Answer, Outcome},
    desk::Desk,
    failure::Failure,
};
use poa_protocol::request::RequestRefusal;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::fmt::Display;

/// Whether the program runs.
pub const ALIVE: Trigger =
    Http::get::<Alive>("health", "Whether the service runs.", alive).public().row("health");

/// Whether every part answers.
pub const READY: Trigger =
    Http::get::<Ready>("health/ready", "Whether every part that the service needs answers.", ready)
        .public()
        .row("health-ready");

/// The service runs.
#[derive(Debug, Serialize, JsonSchema)]
struct Alive {
    /// Always `alive`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

/// Every part answers.
#[derive(Debug, Serialize, JsonSchema)]
struct Ready {
    /// Always `ready`: otherwise the answer is a refusal whose `details` name the parts.
    status: &'static str,
    /// The parts.
    parts: Vec<Part>,
}

/// One part that the service needs.
#[derive(Debug, Serialize, JsonSchema)]
struct Part {
    /// What it is.
    name: &'static str,
    /// Whether it answers.
    ready: bool,
}

fn alive(_: Desk, _: Call) -> Served {
    Box::pin(async {
        let alive = Alive { status: "alive", version: env!("CARGO_PKG_VERSION") };
        reply(Answer::new(Outcome::Done, &alive)?)
    })
}

fn ready(desk: Desk, _: Call) -> Served {
    Box::pin(async move {
        let (store, bus, documents, signer) = tokio::join!(
            desk.store.ready(),
            desk.bus.ready(),
            desk.documents.ready(),
            desk.signer.kid(),
        );
        let parts = vec![
            part("store", &store),
            part("bus", &bus),
            part("document storage", &documents),
            part("key vault", &signer),
        ];
        match parts.iter().find(|part| !part.ready) {
            None => reply(Answer::new(Outcome::Done, &Ready { status: "ready", parts })?),
            Some(first) => {
                let refusal = RequestRefusal::Unavailable { what: first.name.to_owned() };
                let refusal = poa_protocol::refusal::Refusal::from(refusal);
                Err(Failure::from(refusal.with_details(json!({ "parts": parts }))))
            }
        }
    })
}

fn part<T, F: Display>(name: &'static str, answer: &Result<T, F>) -> Part {
    if let Err(cause) = answer {
        tracing::warn!(part = name, %cause, "not ready");
    }
    Part { name, ready: answer.is_ok() }
}
