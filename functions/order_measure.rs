//! `POST /api/smart-assets/{id}/measures`: compliance orders something about a smart asset.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    order_measure::{NewMeasure, order_measure},
};
use poa_protocol::{ids::AssetId, ledger::Measure, role::Role};

/// The row.
pub const TRIGGER: Trigger = Http::create::<NewMeasure, Measure>(
    "smart-assets/{id}/measures",
    "Orders a freeze, its end, a forced transfer or a burn, as the operator's compliance.",
    serve,
)
.roles(&[Role::Compliance])
.row("order-measure");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: AssetId = call.param("id")?;
        reply(order_measure(&desk, call.asked()?, &id).await?)
    })
}
