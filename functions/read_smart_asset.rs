//! Reads a smart asset.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    read_smart_asset::{SmartAssetView, read_smart_asset},
};
use poa_protocol::ids::AssetId;

/// The row.
pub const TRIGGER: Trigger = Http::get::<SmartAssetView>(
    "smart-assets/{id}",
    "Reads a smart asset that the own party brought, holds or held.",
    serve,
)
.row("read-smart-asset");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: AssetId = call.param("id")?;
        reply(read_smart_asset(&desk, call.caller()?, &id).await?)
    })
}
