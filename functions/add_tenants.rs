//! `POST /api/parties/{id}/tenants`: adds tenants to a party.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    decide_party::{MoreTenants, add_tenants},
    desk::Desk,
    parties::PartyView,
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<MoreTenants, PartyView>(
    "parties/{id}/tenants",
    "Adds tenants of the identity provider to a party.",
    serve,
)
.answers::<PartyView>(Outcome::Done)
.revises()
.roles(&[Role::Administrator])
.row("add-tenants");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(add_tenants(&desk, call.asked()?, &id).await?)
    })
}
