//! Reads a lock.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{desk::Desk, read_lock::read_lock};
use poa_protocol::{ids::LockId, ledger::Lock};

/// The row.
pub const TRIGGER: Trigger =
    Http::get::<Lock>("locks/{id}", "Reads a lock of the own party.", serve).row("read-lock");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: LockId = call.param("id")?;
        reply(read_lock(&desk, call.caller()?, &id).await?)
    })
}
