//! Lists smart assets.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    pages::{PageView, PageWanted},
    read_smart_asset::{SmartAssetFilter, SmartAssetView, list_smart_assets},
};

/// The row.
pub const TRIGGER: Trigger = Http::get::<PageView<SmartAssetView>>(
    "smart-assets",
    "Lists the smart assets that the own party brought.",
    serve,
)
.query(&[
    ("state", "Only `active`, `frozen` or `redeemed`"),
    ("instance", "Only of this instance"),
    ("currency", "Only in this currency (ISO 4217)"),
    ("limit", "Entries of the page, 1 to 200"),
    ("continuation", "As the page before gave it"),
])
.row("list-smart-assets");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let page =
            PageWanted::read(call.query.get("continuation").map(String::as_str), call.limit()?)?;
        let (state, instance) = (call.query("state")?, call.query("instance")?);
        let filter = SmartAssetFilter { state, instance, currency: call.query("currency")? };
        reply(list_smart_assets(&desk, call.caller()?, filter, page).await?)
    })
}
