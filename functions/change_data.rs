//! `POST /api/tokenizations/{tokenization}/data`: changes the data.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    change_tokenization::{DataRequest, change_data},
    desk::Desk,
};
use poa_protocol::{role::Role, tokenization::Tokenization};

/// The row.
pub const TRIGGER: Trigger = Http::create::<DataRequest, Tokenization>(
    "tokenizations/{tokenization}/data",
    "Changes the data: every later link is reset, and nothing said about the old data counts.",
    serve,
)
.answers::<Tokenization>(Outcome::Accepted)
.roles(&[Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll])
.revises()
.row("change-data");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        reply(change_data(&desk, call.asked()?, &id).await?)
    })
}
