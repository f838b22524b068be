//! `POST /api/products/{code}/versions/{number}/submission`: submits a draft.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome, desk::Desk, nothing::Nothing, release_version::submit_version,
    versions::VersionView,
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<Nothing, VersionView>(
    "products/{code}/versions/{number}/submission",
    "Submits a draft: it is checked, its examples run, and it is frozen.",
    serve,
)
.answers::<VersionView>(Outcome::Done)
.revises()
.roles(&[Role::ProductOwner])
.row("submit-version");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let (code, number) = (call.param("code")?, call.param("number")?);
        reply(submit_version(&desk, call.asked()?, (&code, number)).await?)
    })
}
