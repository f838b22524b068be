//! Lists who holds a smart asset.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    list_holdings::{HoldingView, list_asset_holdings},
    pages::{PageView, PageWanted},
};
use poa_protocol::ids::AssetId;

/// The row.
pub const TRIGGER: Trigger = Http::get::<PageView<HoldingView>>(
    "smart-assets/{id}/holdings",
    "Lists who holds or held a smart asset that the own party brought.",
    serve,
)
.query(&[
    ("limit", "Entries of the page, 1 to 200"),
    ("continuation", "As the page before gave it"),
])
.row("list-asset-holdings");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let page =
            PageWanted::read(call.query.get("continuation").map(String::as_str), call.limit()?)?;
        let id: AssetId = call.param("id")?;
        reply(list_asset_holdings(&desk, call.caller()?, &id, page).await?)
    })
}
