//! Lists the entries of a smart asset.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{desk::Desk, list_entries::list_entries, pages::PageView};
use poa_protocol::{event::Event, ids::AssetId};

/// The row.
pub const TRIGGER: Trigger = Http::get::<PageView<Event>>(
    "smart-assets/{id}/entries",
    "Lists the ledger entries of a smart asset as CloudEvents, in order.",
    serve,
)
.query(&[
    ("after", "Only entries with a higher number: the `continuation` of the page before"),
    ("limit", "Entries of the page, 1 to 200"),
])
.row("list-entries");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: AssetId = call.param("id")?;
        let after = call.query::<u64>("after")?.unwrap_or_default();
        reply(list_entries(&desk, call.caller()?, &id, after, call.limit()?).await?)
    })
}
