//! Reads a redemption.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{desk::Desk, read_lock::read_redemption};
use poa_protocol::{ids::RedemptionId, ledger::Redemption};

/// The row.
pub const TRIGGER: Trigger =
    Http::get::<Redemption>("redemptions/{id}", "Reads a redemption of the own party.", serve)
        .row("read-redemption");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: RedemptionId = call.param("id")?;
        reply(read_redemption(&desk, call.caller()?, &id).await?)
    })
}
