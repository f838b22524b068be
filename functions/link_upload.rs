//! `POST /api/documents/{sha256}/upload-link`: a link that takes the bytes of a document.

use crate::{
    call::{Call, reply},
    trigger::{Http, Method, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    document_links::{LinkView, link_upload},
};
use poa_protocol::{media_type::MediaType, role::Role};

/// The row.
pub const TRIGGER: Trigger = Http {
    method: Method::Post,
    ..Http::get::<LinkView>(
        "documents/{sha256}/upload-link",
        "A link by which you put the bytes of a document at the store itself, where it offers links.",
        serve,
    )
}
.query(&[(
    "media_type",
    "what will be put, for example `application/pdf`, with `+` as `%2B`: the headers of the link say it then",
)])
.roles(&[Role::Originator, Role::Supplier, Role::BankOperator, Role::TokenizeAll])
.row("link-upload");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let sha256: String = call.param("sha256")?;
        let said = call.query::<String>("media_type")?;
        let media_type = said.map(|said| said.parse::<MediaType>()).transpose()?;
        reply(link_upload(&desk, call.caller()?, &sha256, media_type.as_ref()).await?)
    })
}
