//! `GET /api/tokenizations/{tokenization}/evidence/{evidence}/content`: reads evidence.

use crate::{
    call::Call,
    trigger::{Gives, Http, Reply, Served, Trigger},
};
use poa_operations::{desk::Desk, documents::DocumentView, read_tokenization::read_evidence};

/// The row.
pub const TRIGGER: Trigger = Http {
    gives: Gives::Bytes,
    ..Http::get::<DocumentView>(
        "tokenizations/{tokenization}/evidence/{evidence}/content",
        "Reads the bytes of an evidence document, as its party or as who attests or signs off.",
        serve,
    )
}
.row("read-evidence");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let (id, evidence) = (call.param("tokenization")?, call.param("evidence")?);
        Ok(Reply::Bytes(read_evidence(&desk, call.caller()?, &id, &evidence).await?))
    })
}
