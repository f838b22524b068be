//! `POST /api/instances/{id}/impact`: a candidate over the live smart assets of an instance.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    measure_impact::{ImpactRequest, ImpactView, measure_impact},
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::ask::<ImpactRequest, ImpactView>(
    "instances/{id}/impact",
    "Runs a candidate program over the live smart assets of an instance, page by page.",
    serve,
)
.roles(&[Role::ProductOwner, Role::Auditor])
.long()
.row("measure-impact");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(measure_impact(&desk, call.caller()?, &id, call.json()?).await?)
    })
}
