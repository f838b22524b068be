//! Lists transfers.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    pages::{PageView, PageWanted},
    read_transfer::list_transfers,
};
use poa_protocol::ledger::Transfer;

/// The row.
pub const TRIGGER: Trigger = Http::get::<PageView<Transfer>>(
    "transfers",
    "Lists the transfers that the own party sends or gets.",
    serve,
)
.query(&[
    ("state", "Only `done`, `pending`, `posted` or `voided`"),
    ("limit", "Entries of the page, 1 to 200"),
    ("continuation", "As the page before gave it"),
])
.row("list-transfers");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let page =
            PageWanted::read(call.query.get("continuation").map(String::as_str), call.limit()?)?;
        let state = call.query("state")?;
        reply(list_transfers(&desk, call.caller()?, state, page).await?)
    })
}
