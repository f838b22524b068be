//! Whether every part that the service needs answers.

use crate::{caller::Door, decision::micros};
use poa_operations::{desk::Desk, failure::Failure};
use poa_protocol::{limits, refusal::Refusal, request::RequestRefusal, timestamp::Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use std::{fmt::Display, sync::Arc, time::Duration};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

/// Every part answers.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Readiness {
    /// Always `ready`: otherwise the answer is a refusal whose `details` name the parts.
    pub status: &'static str,
    /// The parts.
    pub parts: Vec<Part>,
}

/// One part that the service needs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Part {
    /// What it is.
    pub name: &'static str,
    /// Whether it answers.
    pub ready: bool,
    /// What is wrong, in plain words; the log of the service has the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
    /// How long it took to answer, in microseconds.
    pub duration_us: u64,
}

/// Asks the parts how they are, each for a bounded time, and not again for a moment.
#[derive(Debug)]
pub struct Watch {
    door: Arc<Door>,
    // Held while the parts are asked, so that a crowd asks them once.
    seen: Mutex<Option<(Timestamp, Vec<Part>)>>,
}

impl Watch {
    /// Nothing is known yet. The door knows the keys of the token issuer.
    #[must_use]
    pub fn new(door: Arc<Door>) -> Self {
        Self { door, seen: Mutex::default() }
    }

    /// Whether every part of a desk answers.
    pub async fn readiness(&self, desk: &Desk) -> Result<Readiness, Failure> {
        let parts = self.parts(desk).await;
        match parts.iter().find(|part| !part.ready) {
            None => Ok(Readiness { status: "ready", parts }),
            Some(first) => {
                let what = first.name.to_owned();
                let refusal = Refusal::from(RequestRefusal::Unavailable { what });
                Err(refusal.with_details(json!({ "parts": parts })).into())
            }
        }
    }

    async fn parts(&self, desk: &Desk) -> Vec<Part> {
        let mut seen = self.seen.lock().await;
        let now = desk.clock.now();
        if let Some((at, parts)) = seen.as_ref()
            && *at <= now
            && now < at.plus_secs(limits::READINESS_FRESH_SECS)
        {
            return parts.clone();
        }
        let parts = self.ask(desk, now).await;
        *seen = Some((now, parts.clone()));
        parts
    }

    /// Asks all at the same time.
    async fn ask(&self, desk: &Desk, now: Timestamp) -> Vec<Part> {
        let (store, bus, documents, signer, issuer) = tokio::join!(
            part("store", desk.store.ready()),
            part("bus", desk.bus.ready()),
            part("document storage", desk.documents.ready()),
            part("key vault", desk.signer.kid()),
            part("token issuer", self.door.ready(now)),
        );
        vec![store, bus, documents, signer, issuer]
    }
}

/// Why a part does not answer is for the log; callers get to see which one and how.
async fn part<T, F: Display>(
    name: &'static str,
    answer: impl Future<Output = Result<T, F>>,
) -> Part {
    // How long it took is told; nothing is decided by it.
    let begun = Instant::now();
    let answer = timeout(Duration::from_secs(limits::READINESS_SECS_MAX), answer).await;
    let fault = match answer {
        Ok(Ok(_)) => None,
        Ok(Err(cause)) => {
            tracing::warn!(part = name, %cause, "not ready");
            Some("it answers with a fault")
        }
        Err(_) => {
            tracing::warn!(part = name, "not ready: it is silent");
            Some("it does not answer in time")
        }
    };
    Part { name, ready: fault.is_none(), fault, duration_us: micros(begun.elapsed()) }
}
