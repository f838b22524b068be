//! Ends a pending transfer without a movement.

use crate::{
    call::{Call, reply},
    rows_ledger::HOLDERS,
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome, desk::Desk, nothing::Nothing, resolve_transfer::void_transfer,
};
use poa_protocol::{ids::TransferId, ledger::Transfer};

/// The row.
pub const TRIGGER: Trigger = Http::create::<Nothing, Transfer>(
    "transfers/{id}/void",
    "Withdraws a pending transfer (its sender) or declines it (its recipient).",
    serve,
)
.answers::<Transfer>(Outcome::Done)
.roles(HOLDERS)
.row("void-transfer");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: TransferId = call.param("id")?;
        reply(void_transfer(&desk, call.asked()?, &id).await?)
    })
}
