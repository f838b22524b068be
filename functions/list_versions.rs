//! `GET /api/products/{code}/versions`: lists the versions of a product.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    pages::PageView,
    versions::{VersionSummary, list_versions},
};

/// The row.
pub const TRIGGER: Trigger = Http::get::<PageView<VersionSummary>>(
    "products/{code}/versions",
    "Lists the versions of a product, the highest number first.",
    serve,
)
.row("list-versions");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let code = call.param("code")?;
        reply(list_versions(&desk, call.caller()?, &code).await?)
    })
}
