//! Reads a transfer.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{desk::Desk, read_transfer::read_transfer};
use poa_protocol::{ids::TransferId, ledger::Transfer};

/// The row.
pub const TRIGGER: Trigger = Http::get::<Transfer>(
    "transfers/{id}",
    "Reads a transfer that the own party sends or gets.",
    serve,
)
.row("read-transfer");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: TransferId = call.param("id")?;
        reply(read_transfer(&desk, call.caller()?, &id).await?)
    })
}
