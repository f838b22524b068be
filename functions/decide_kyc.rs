//! `POST /api/parties/{id}/kyc`: decides on a party's KYC.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{answer::Outcome, decide_party::decide_kyc, desk::Desk, parties::PartyView};
use poa_protocol::{party::KycDecision, role::Role};

/// The row.
pub const TRIGGER: Trigger = Http::create::<KycDecision, PartyView>(
    "parties/{id}/kyc",
    "Decides what is known of a party's identity, and until when.",
    serve,
)
.answers::<PartyView>(Outcome::Done)
.revises()
.roles(&[Role::Compliance, Role::Administrator])
.row("decide-kyc");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(decide_kyc(&desk, call.asked()?, &id).await?)
    })
}
