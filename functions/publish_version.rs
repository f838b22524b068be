//! `POST /api/products/{code}/versions/{number}/publication`: publishes a certified version.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome, desk::Desk, measure_impact::Within, release_version::publish_version,
    versions::VersionView,
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<Within, VersionView>(
    "products/{code}/versions/{number}/publication",
    "Publishes a certified version; a second person of its owner does.",
    serve,
)
.answers::<VersionView>(Outcome::Done)
.revises()
.roles(&[Role::ProductOwner])
.long()
.row("publish-version");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let (code, number) = (call.param("code")?, call.param("number")?);
        reply(publish_version(&desk, call.asked()?, (&code, number)).await?)
    })
}
