//! `GET /api/documents/{sha256}`: reads the bytes of a document of the caller's party.

use crate::{
    call::Call,
    trigger::{Gives, Http, Reply, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    documents::{DocumentView, read_document},
};

/// The row.
pub const TRIGGER: Trigger = Http {
    gives: Gives::Bytes,
    ..Http::get::<DocumentView>(
        "documents/{sha256}",
        "Reads the bytes of a document of your party, with the media type that they were put with.",
        serve,
    )
}
.row("read-document");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let sha256: String = call.param("sha256")?;
        Ok(Reply::Bytes(read_document(&desk, call.caller()?, &sha256).await?))
    })
}
