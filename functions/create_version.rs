//! `POST /api/products/{code}/versions`: writes a draft of a version.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    versions::{NewSource, VersionView, create_version},
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<NewSource, VersionView>(
    "products/{code}/versions",
    "Writes a draft of a version; its number is in the source.",
    serve,
)
.roles(&[Role::ProductOwner])
.row("create-version");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let code = call.param("code")?;
        reply(create_version(&desk, call.asked()?, &code).await?)
    })
}
