//! `GET /api/measures`: lists measures.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    order_measure::list_measures,
    pages::{PageView, PageWanted},
};
use poa_protocol::{ledger::Measure, role::Role};

/// The row.
pub const TRIGGER: Trigger = Http::get::<PageView<Measure>>(
    "measures",
    "Lists measures for the operator's compliance and auditors.",
    serve,
)
.query(&[
    ("asset", "Only about this smart asset"),
    ("state", "Only `ordered`, `done` or `refused`"),
    ("limit", "Entries of the page, 1 to 200"),
    ("continuation", "As the page before gave it"),
])
.roles(&[Role::Compliance, Role::Auditor])
.row("list-measures");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let page =
            PageWanted::read(call.query.get("continuation").map(String::as_str), call.limit()?)?;
        let (asset, state): (_, Option<String>) = (call.query("asset")?, call.query("state")?);
        reply(list_measures(&desk, call.caller()?, (asset, state.as_deref()), page).await?)
    })
}
