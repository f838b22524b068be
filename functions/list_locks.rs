//! Lists locks.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    pages::{PageView, PageWanted},
    read_lock::list_locks,
};
use poa_protocol::ledger::Lock;

/// The row.
pub const TRIGGER: Trigger = Http::get::<PageView<Lock>>(
    "locks",
    "Lists the locks of the own party, released ones included.",
    serve,
)
.query(&[
    ("limit", "Entries of the page, 1 to 200"),
    ("continuation", "As the page before gave it"),
])
.row("list-locks");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let page =
            PageWanted::read(call.query.get("continuation").map(String::as_str), call.limit()?)?;
        reply(list_locks(&desk, call.caller()?, page).await?)
    })
}
