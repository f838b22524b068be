//! `GET /api/parties`: lists parties.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    pages::{PageView, PageWanted},
    parties::PartyView,
    read_party::{PartyFilter, list_parties},
};
const QUERY: &[(&str, &str)] = &[
    ("limit", "Entries of the page, 1 to 200; 50 if absent"),
    ("continuation", "Where the page before ended, as it said"),
    ("text", "Part of the name or of the LEI"),
    ("state", "Only this state"),
    ("country", "Only this country, ISO 3166-1 alpha-2"),
];

/// The row.
pub const TRIGGER: Trigger =
    Http::get::<PageView<PartyView>>("parties", "Lists parties, by id.", serve)
        .query(QUERY)
        .row("list-parties");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let filter = PartyFilter {
            text: call.query("text")?,
            state: call.query("state")?,
            country: call.query("country")?,
        };
        let after = call.query.get("continuation").map(String::as_str);
        let page = PageWanted::read(after, call.limit()?)?;
        reply(list_parties(&desk, call.caller()?, filter, page).await?)
    })
}
