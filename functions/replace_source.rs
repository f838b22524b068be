//! `POST /api/products/{code}/versions/{number}/source`: replaces the source of a draft.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    desk::Desk,
    versions::{NewSource, VersionView, replace_source},
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<NewSource, VersionView>(
    "products/{code}/versions/{number}/source",
    "Replaces the source of a draft.",
    serve,
)
.answers::<VersionView>(Outcome::Done)
.revises()
.roles(&[Role::ProductOwner])
.row("replace-source");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let (code, number) = (call.param("code")?, call.param("number")?);
        reply(replace_source(&desk, call.asked()?, (&code, number)).await?)
    })
}
