//! Sets units aside.

use crate::{
    call::{Call, reply},
    rows_ledger::HOLDERS,
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    lock_units::{LockOrder, lock_units},
};
use poa_protocol::{ids::AssetId, ledger::Lock};

/// The row.
pub const TRIGGER: Trigger = Http::create::<LockOrder, Lock>(
    "smart-assets/{id}/locks",
    "Locks available units of the own party.",
    serve,
)
.roles(HOLDERS)
.row("lock-units");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: AssetId = call.param("id")?;
        reply(lock_units(&desk, call.asked()?, &id).await?)
    })
}
