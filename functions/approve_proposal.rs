//! `POST /api/tokenizations/{tokenization}/approvals`: approves or refuses the proposal.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    change_tokenization::{ApprovalRequest, approve_proposal},
    desk::Desk,
};
use poa_protocol::{role::Role, tokenization::Tokenization};

/// The row.
pub const TRIGGER: Trigger = Http::create::<ApprovalRequest, Tokenization>(
    "tokenizations/{tokenization}/approvals",
    "Approves or refuses the proposal, as a second person of the party.",
    serve,
)
.answers::<Tokenization>(Outcome::Accepted)
.roles(&[Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll])
.revises()
.row("approve-proposal");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        reply(approve_proposal(&desk, call.asked()?, &id).await?)
    })
}
