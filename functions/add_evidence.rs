//! `POST /api/tokenizations/{tokenization}/evidence`: puts forward documents.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    change_tokenization::{MoreEvidence, add_evidence},
    desk::Desk,
};
use poa_protocol::{role::Role, tokenization::Tokenization};

/// The row.
pub const TRIGGER: Trigger = Http::create::<MoreEvidence, Tokenization>(
    "tokenizations/{tokenization}/evidence",
    "Puts forward further evidence documents.",
    serve,
)
.answers::<Tokenization>(Outcome::Accepted)
.roles(&[Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll])
.row("add-evidence");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        reply(add_evidence(&desk, call.asked()?, &id).await?)
    })
}
