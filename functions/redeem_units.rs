//! Gives units back.

use crate::{
    call::{Call, reply},
    rows_ledger::HOLDERS,
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    redeem_units::{RedemptionOrder, redeem_units},
};
use poa_protocol::{ids::AssetId, ledger::Redemption};

/// The row.
pub const TRIGGER: Trigger = Http::create::<RedemptionOrder, Redemption>(
    "smart-assets/{id}/redemptions",
    "Redeems available units of the own party; they go out of being.",
    serve,
)
.roles(HOLDERS)
.row("redeem-units");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: AssetId = call.param("id")?;
        reply(redeem_units(&desk, call.asked()?, &id).await?)
    })
}
