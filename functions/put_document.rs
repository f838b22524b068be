//! `PUT /api/documents/{sha256}`: puts the bytes of a document into storage.

use crate::{
    call::{Call, CallBody, reply},
    trigger::{Body, Http, Method, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    documents::{DocumentView, put_document},
    failure::Failure,
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http {
    method: Method::Put,
    body: Body::Stream,
    ..Http::get::<DocumentView>(
        "documents/{sha256}",
        "Puts the bytes of a document into storage, under their SHA-256, with their `Content-Type`.",
        serve,
    )
}
.roles(&[Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll])
.long()
.row("put-document");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let sha256: String = call.param("sha256")?;
        let caller = call.caller()?.clone();
        let CallBody::Stream(content) = call.body else {
            return Err(Failure::broken("a document came whole"));
        };
        reply(put_document(&desk, &caller, &sha256, content).await?)
    })
}
