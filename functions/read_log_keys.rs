//! `GET /api/log/keys`: the public keys that signatures of this service are checked with.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::{Answer, Outcome},
    desk::Desk,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

/// The row.
pub const TRIGGER: Trigger =
    Http::get::<KeySet>("log/keys", "The public keys of the log, as an RFC 7517 JWK set.", serve)
        .public()
        .row("read-log-keys");

/// A JWK set (RFC 7517).
#[derive(Debug, Serialize, JsonSchema)]
struct KeySet {
    /// The keys, old ones too.
    keys: Vec<Map<String, Value>>,
}

fn serve(desk: Desk, _: Call) -> Served {
    Box::pin(async move {
        let keys = desk.signer.keys().await?;
        reply(Answer::new(Outcome::Done, &keys)?)
    })
}
