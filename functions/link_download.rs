//! `POST /api/documents/{sha256}/download-link`: a link that gives the bytes of a document.

use crate::{
    call::{Call, reply},
    trigger::{Http, Method, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    document_links::{LinkView, link_download},
};

/// The row.
pub const TRIGGER: Trigger = Http {
    method: Method::Post,
    ..Http::get::<LinkView>(
        "documents/{sha256}/download-link",
        "A link by which you read a document of your party at the store itself.",
        serve,
    )
}
.row("link-download");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let sha256: String = call.param("sha256")?;
        reply(link_download(&desk, call.caller()?, &sha256).await?)
    })
}
