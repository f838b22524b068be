//! Lists the own holdings.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    list_holdings::{HoldingView, list_own_holdings},
    pages::{PageView, PageWanted},
};

/// The row.
pub const TRIGGER: Trigger = Http::get::<PageView<HoldingView>>(
    "holdings",
    "Lists what the own party holds or held, over all smart assets.",
    serve,
)
.query(&[
    ("limit", "Entries of the page, 1 to 200"),
    ("continuation", "As the page before gave it"),
])
.row("list-own-holdings");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let page =
            PageWanted::read(call.query.get("continuation").map(String::as_str), call.limit()?)?;
        reply(list_own_holdings(&desk, call.caller()?, page).await?)
    })
}
