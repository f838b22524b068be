//! `POST /api/parties`: registers a party.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{desk::Desk, parties::PartyView, register_party::register_party};
use poa_protocol::{party::NewParty, role::Role};

/// The row.
pub const TRIGGER: Trigger = Http::create::<NewParty, PartyView>(
    "parties",
    "Registers a party, with its LEI and its tenants.",
    serve,
)
.roles(&[Role::Administrator])
.row("register-party");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move { reply(register_party(&desk, call.asked()?).await?) })
}
