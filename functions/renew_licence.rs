//! `POST /api/parties/{id}/licence`: records a bank's renewed licence.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome, decide_party::renew_licence, desk::Desk, parties::PartyView,
};
use poa_protocol::{party::Licence, role::Role};

/// The row.
pub const TRIGGER: Trigger = Http::create::<Licence, PartyView>(
    "parties/{id}/licence",
    "Records a bank's renewed licence.",
    serve,
)
.answers::<PartyView>(Outcome::Done)
.revises()
.roles(&[Role::Compliance, Role::Administrator])
.row("renew-licence");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(renew_licence(&desk, call.asked()?, &id).await?)
    })
}
