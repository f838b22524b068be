//! `POST /api/products/{code}/versions/{number}/certification`: certifies a version, or refuses to.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome, desk::Desk, release_version::certify_version, versions::VersionView,
};
use poa_protocol::{role::Role, version::Certification};

/// The row.
pub const TRIGGER: Trigger = Http::create::<Certification, VersionView>(
    "products/{code}/versions/{number}/certification",
    "Certifies the content hash of another party's version, or refuses to.",
    serve,
)
.answers::<VersionView>(Outcome::Done)
.revises()
.roles(&[Role::Certifier])
.row("certify-version");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let (code, number) = (call.param("code")?, call.param("number")?);
        reply(certify_version(&desk, call.asked()?, (&code, number)).await?)
    })
}
