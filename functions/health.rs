//! Whether every part that the service needs answers.

use poa_operations::{desk::Desk, failure::Failure};
use poa_protocol::{refusal::Refusal, request::RequestRefusal};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::fmt::Display;

/// Every part answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Readiness {
    /// Always `ready`: otherwise the answer is a refusal whose `details` name the parts.
    pub status: &'static str,
    /// The parts.
    pub parts: Vec<Part>,
}

/// One part that the service needs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Part {
    /// What it is.
    pub name: &'static str,
    /// Whether it answers.
    pub ready: bool,
}

/// Asks every part of a desk at the same time.
pub async fn readiness(desk: &Desk) -> Result<Readiness, Failure> {
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
        None => Ok(Readiness { status: "ready", parts }),
        Some(first) => {
            let refusal =
                Refusal::from(RequestRefusal::Unavailable { what: first.name.to_owned() });
            Err(refusal.with_details(json!({ "parts": parts })).into())
        }
    }
}

/// Why a part does not answer is for the log; callers get to see which one.
fn part<T, F: Display>(name: &'static str, answer: &Result<T, F>) -> Part {
    if let Err(cause) = answer {
        tracing::warn!(part = name, %cause, "not ready");
    }
    Part { name, ready: answer.is_ok() }
}
