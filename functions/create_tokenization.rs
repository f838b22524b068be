//! `POST /api/tokenizations`: takes in a tokenization.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{answer::Outcome, create_tokenization::create_tokenization, desk::Desk};
use poa_protocol::{
    role::Role,
    tokenization::{NewTokenization, Tokenization},
};

/// The row.
pub const TRIGGER: Trigger = Http::create::<NewTokenization, Tokenization>(
    "tokenizations",
    "Takes in a tokenization; the pipeline goes on by itself.",
    serve,
)
.answers::<Tokenization>(Outcome::Accepted)
.roles(&[Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll])
.row("create-tokenization");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move { reply(create_tokenization(&desk, call.asked()?).await?) })
}
