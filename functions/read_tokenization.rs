//! `GET /api/tokenizations/{tokenization}`: reads a tokenization.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{desk::Desk, read_tokenization::read_tokenization};
use poa_protocol::tokenization::Tokenization;

/// The row.
pub const TRIGGER: Trigger = Http::get::<Tokenization>(
    "tokenizations/{tokenization}",
    "Reads a tokenization: what each link left behind, and what it waits for.",
    serve,
)
.row("read-tokenization");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        reply(read_tokenization(&desk, call.caller()?, &id).await?)
    })
}
