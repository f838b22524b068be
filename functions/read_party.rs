//! `GET /api/parties/{id}`: reads a party.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{desk::Desk, parties::PartyView, read_party::read_party};

/// The row.
pub const TRIGGER: Trigger = Http::get::<PartyView>(
    "parties/{id}",
    "Reads a party; all of it only for its own people and the operator's.",
    serve,
)
.row("read-party");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(read_party(&desk, call.caller()?, &id).await?)
    })
}
