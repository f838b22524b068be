//! `POST /api/tokenizations/{tokenization}/attestations`: an outside party says something about a
//! check.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{answer::Outcome, desk::Desk, review_tokenization::attest_check};
use poa_protocol::{
    role::Role,
    tokenization::{NewAttestation, Tokenization},
};

/// The row.
pub const TRIGGER: Trigger = Http::create::<NewAttestation, Tokenization>(
    "tokenizations/{tokenization}/attestations",
    "Says whether a check is satisfied, as an outside party that the instance names.",
    serve,
)
.answers::<Tokenization>(Outcome::Accepted)
.roles(&[Role::Verifier])
.row("attest-check");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        reply(attest_check(&desk, call.asked()?, &id).await?)
    })
}
