//! `POST /api/documents/{sha256}/completion`: proves what was put by link.

use crate::{
    call::{Call, reply},
    trigger::{Http, Method, Served, Trigger},
};
use poa_operations::{desk::Desk, document_links::complete_upload, documents::DocumentView};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http {
    method: Method::Post,
    ..Http::get::<DocumentView>(
        "documents/{sha256}/completion",
        "Proves and keeps what you put by link; nothing that has another SHA-256 is kept.",
        serve,
    )
}
.roles(&[Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll])
.long()
.row("complete-upload");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let sha256: String = call.param("sha256")?;
        reply(complete_upload(&desk, call.caller()?, &sha256).await?)
    })
}
