//! `GET /api/health`: whether the program runs.

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

/// The row.
pub const TRIGGER: Trigger =
    Http::get::<Health>("health", "Whether the service runs.", serve).public().row("read-health");

/// The service runs.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    /// Always `alive`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

fn serve(_: Desk, _: Call) -> Served {
    Box::pin(async {
        let health = Health { status: "alive", version: env!("CARGO_PKG_VERSION") };
        reply(Answer::new(Outcome::Done, &health)?)
    })
}
