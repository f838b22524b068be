//! The recipient accepts a pending transfer.

use crate::{
    call::{Call, reply},
    rows_ledger::HOLDERS,
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome, desk::Desk, nothing::Nothing, resolve_transfer::post_transfer,
};
use poa_protocol::{ids::TransferId, ledger::Transfer};

/// The row.
pub const TRIGGER: Trigger = Http::create::<Nothing, Transfer>(
    "transfers/{id}/post",
    "Accepts a pending transfer; its recipient does.",
    serve,
)
.answers::<Transfer>(Outcome::Done)
.roles(HOLDERS)
.row("post-transfer");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: TransferId = call.param("id")?;
        reply(post_transfer(&desk, call.asked()?, &id).await?)
    })
}
