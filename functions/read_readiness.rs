//! `GET /api/health/ready`: whether every part that the service needs answers.

use crate::{
    call::{Call, reply},
    health::Readiness,
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::{Answer, Outcome},
    desk::Desk,
};

/// The row.
pub const TRIGGER: Trigger =
    Http::get::<Readiness>("health/ready", "Whether every part that it needs answers.", serve)
        .public()
        .row("read-readiness");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let readiness = call.watch.readiness(&desk).await?;
        reply(Answer::new(Outcome::Done, &readiness)?)
    })
}
