//! `POST /api/parties/{id}/state`: activates, suspends or closes a party.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    decide_party::{PartyMove, move_party},
    desk::Desk,
    parties::PartyView,
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<PartyMove, PartyView>(
    "parties/{id}/state",
    "Activates, suspends or closes a party.",
    serve,
)
.answers::<PartyView>(Outcome::Done)
.revises()
.roles(&[Role::Compliance, Role::Administrator])
.row("move-party");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(move_party(&desk, call.asked()?, &id).await?)
    })
}
