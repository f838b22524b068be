//! `POST /api/products/{code}/versions/{number}/state`: deprecates or withdraws a version.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    desk::Desk,
    release_version::{VersionMove, move_version},
    versions::VersionView,
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<VersionMove, VersionView>(
    "products/{code}/versions/{number}/state",
    "Deprecates or withdraws a version.",
    serve,
)
.answers::<VersionView>(Outcome::Done)
.revises()
.roles(&[Role::ProductOwner])
.row("move-version");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let (code, number) = (call.param("code")?, call.param("number")?);
        reply(move_version(&desk, call.asked()?, (&code, number)).await?)
    })
}
