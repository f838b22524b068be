//! `GET /api/products/{code}/versions/{number}`: reads a version.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    versions::{VersionView, read_version},
};

/// The row.
pub const TRIGGER: Trigger = Http::get::<VersionView>(
    "products/{code}/versions/{number}",
    "Reads a version with its source and certificate.",
    serve,
)
.row("read-version");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let (code, number) = (call.param("code")?, call.param("number")?);
        reply(read_version(&desk, call.caller()?, (&code, number)).await?)
    })
}
