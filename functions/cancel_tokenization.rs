//! `POST /api/tokenizations/{tokenization}/cancellation`: takes a tokenization back.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    change_tokenization::{CancellationRequest, cancel_tokenization},
    desk::Desk,
};
use poa_protocol::{role::Role, tokenization::Tokenization};

/// The row.
pub const TRIGGER: Trigger = Http::create::<CancellationRequest, Tokenization>(
    "tokenizations/{tokenization}/cancellation",
    "Takes a tokenization back that has not come to its end.",
    serve,
)
.answers::<Tokenization>(Outcome::Done)
.roles(&[Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll])
.row("cancel-tokenization");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        reply(cancel_tokenization(&desk, call.asked()?, &id).await?)
    })
}
