//! Answers: what a request gets, byte for byte the same when it is repeated.

use crate::failure::Failure;
use poa_protocol::caller::Caller;
use serde::{Deserialize, Serialize};

/// What became of the request; the edge turns it into a status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something new exists.
    Created,
    /// It was taken in and goes on by itself.
    Accepted,
    /// It was done.
    Done,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What became of it.
    pub outcome: Outcome,
    /// JSON.
    pub body: String,
    /// Path of the resource below `/api/`, where it has one.
    pub location: Option<String>,
    /// Revision of the resource, for `ETag` and `If-Match`.
    pub revision: Option<u64>,
    /// Whether this is the first answer given again.
    #[serde(skip)]
    pub replayed: bool,
}

impl Answer {
    /// An answer with a body.
    pub fn new<T: Serialize>(outcome: Outcome, body: &T) -> Result<Self, Failure> {
        let body = serde_json::to_string(body).map_err(Failure::broken)?;
        Ok(Self { outcome, body, location: None, revision: None, replayed: false })
    }

    /// Says where the resource is.
    #[must_use]
    pub fn at(mut self, location: impl Into<String>) -> Self {
        self.location = Some(location.into());
        self
    }

    /// Says which revision the resource has.
    #[must_use]
    pub fn revised(mut self, revision: u64) -> Self {
        self.revision = Some(revision);
        self
    }
}

/// One request as it reaches an operation: parsed, and with what idempotency needs.
#[derive(Debug, Clone)]
pub struct Asked<T> {
    /// Who asks; `None` where the system itself goes on (bus, timer).
    pub caller: Option<Caller>,
    /// What is asked.
    pub body: T,
    /// The `Idempotency-Key`.
    pub key: Option<String>,
    /// SHA-256 over method, path and exact body, in hexadecimal; empty where there is no key.
    pub body_hash: String,
    /// The revision of `If-Match`.
    pub if_match: Option<u64>,
}

impl<T> Asked<T> {
    /// The system itself asks: no caller, no key.
    pub fn by_the_system(body: T) -> Self {
        Self { caller: None, body, key: None, body_hash: String::new(), if_match: None }
    }
}
