//! `POST /api/tokenizations/{tokenization}/revocations`: takes back an attestation or a sign-off.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    desk::Desk,
    review_tokenization::{RevocationRequest, revoke_statement},
};
use poa_protocol::{role::Role, tokenization::Tokenization};

/// The row.
pub const TRIGGER: Trigger = Http::create::<RevocationRequest, Tokenization>(
    "tokenizations/{tokenization}/revocations",
    "Takes back an attestation or a sign-off of your own party.",
    serve,
)
.answers::<Tokenization>(Outcome::Accepted)
.roles(&[Role::Verifier, Role::LegalOfficer])
.row("revoke-statement");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        reply(revoke_statement(&desk, call.asked()?, &id).await?)
    })
}
