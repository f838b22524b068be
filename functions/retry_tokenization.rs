//! `POST /api/tokenizations/{tokenization}/retry`: tries a failed tokenization again.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome, change_tokenization::retry_tokenization, desk::Desk, nothing::Nothing,
};
use poa_protocol::{role::Role, tokenization::Tokenization};

/// The row.
pub const TRIGGER: Trigger = Http::create::<Nothing, Tokenization>(
    "tokenizations/{tokenization}/retry",
    "Tries a failed tokenization again.",
    serve,
)
.answers::<Tokenization>(Outcome::Accepted)
.roles(&[Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll])
.row("retry-tokenization");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        reply(retry_tokenization(&desk, call.asked()?, &id).await?)
    })
}
