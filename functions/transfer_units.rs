//! Transfers units to another party.

use crate::{
    call::{Call, reply},
    rows_ledger::HOLDERS,
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    transfer_units::{TransferOrder, transfer_units},
};
use poa_protocol::{ids::AssetId, ledger::Transfer};

/// The row.
pub const TRIGGER: Trigger = Http::create::<TransferOrder, Transfer>(
    "smart-assets/{id}/transfers",
    "Transfers units to another party, at once or when it accepts.",
    serve,
)
.roles(HOLDERS)
.row("transfer-units");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: AssetId = call.param("id")?;
        reply(transfer_units(&desk, call.asked()?, &id).await?)
    })
}
