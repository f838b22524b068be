//! `GET /api/measures/{id}`: reads a measure.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{desk::Desk, order_measure::read_measure};
use poa_protocol::{ids::MeasureId, ledger::Measure};

/// The row.
pub const TRIGGER: Trigger = Http::get::<Measure>(
    "measures/{id}",
    "Reads a measure: the operator's compliance and auditors, and the parties that it is about.",
    serve,
)
.row("read-measure");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: MeasureId = call.param("id")?;
        reply(read_measure(&desk, call.caller()?, &id).await?)
    })
}
