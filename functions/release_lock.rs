//! Makes locked units available again.

use crate::{
    call::{Call, reply},
    rows_ledger::HOLDERS,
    trigger::{Http, Served, Trigger},
};
use poa_operations::{answer::Outcome, desk::Desk, nothing::Nothing, release_lock::release_lock};
use poa_protocol::{ids::LockId, ledger::Lock};

/// The row.
pub const TRIGGER: Trigger =
    Http::create::<Nothing, Lock>("locks/{id}/release", "Releases a lock of the own party.", serve)
        .answers::<Lock>(Outcome::Done)
        .roles(HOLDERS)
        .row("release-lock");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: LockId = call.param("id")?;
        reply(release_lock(&desk, call.asked()?, &id).await?)
    })
}
