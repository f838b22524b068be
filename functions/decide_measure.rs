//! `POST /api/measures/{id}/decision`: a second person carries a measure out, or refuses it.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    desk::Desk,
    order_measure::{MeasureDecision, decide_measure},
};
use poa_protocol::{ids::MeasureId, ledger::Measure, role::Role};

/// The row.
pub const TRIGGER: Trigger = Http::create::<MeasureDecision, Measure>(
    "measures/{id}/decision",
    "Carries a measure out or refuses it, as a second person of the operator's compliance.",
    serve,
)
.answers::<Measure>(Outcome::Done)
.roles(&[Role::Compliance])
.revises()
.row("decide-measure");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: MeasureId = call.param("id")?;
        reply(decide_measure(&desk, call.asked()?, &id).await?)
    })
}
