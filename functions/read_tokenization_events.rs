//! `GET /api/tokenizations/{tokenization}/events`: reads the events of a tokenization.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    read_tokenization::{EventsView, read_events},
};

const QUERY: &[(&str, &str)] = &[
    ("after", "Only events with a higher sequence number; 0 if absent"),
    ("limit", "Events of the stream to look at, 1 to 200; 50 if absent"),
];

/// The row.
pub const TRIGGER: Trigger = Http::get::<EventsView>(
    "tokenizations/{tokenization}/events",
    "Reads the events of a tokenization as CloudEvents, in order.",
    serve,
)
.query(QUERY)
.row("read-tokenization-events");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        let after = call.query("after")?.unwrap_or(0);
        let page = (after, call.limit()?);
        reply(read_events(&desk, call.caller()?, &id, page).await?)
    })
}
