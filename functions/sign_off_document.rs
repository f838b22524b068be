//! `POST /api/tokenizations/{tokenization}/sign-offs`: a legal officer signs off a legal document.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{answer::Outcome, desk::Desk, review_tokenization::sign_off_document};
use poa_protocol::{
    role::Role,
    tokenization::{NewSignOff, Tokenization},
};

/// The row.
pub const TRIGGER: Trigger = Http::create::<NewSignOff, Tokenization>(
    "tokenizations/{tokenization}/sign-offs",
    "Signs off a legal document, as a legal officer of the jurisdiction.",
    serve,
)
.answers::<Tokenization>(Outcome::Accepted)
.roles(&[Role::LegalOfficer])
.row("sign-off-document");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        reply(sign_off_document(&desk, call.asked()?, &id).await?)
    })
}
