//! `POST /api/instances/{id}/approval`: approves an instance.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome, desk::Desk, instances::InstanceView, nothing::Nothing,
    release_instance::approve_instance,
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<Nothing, InstanceView>(
    "instances/{id}/approval",
    "Approves an instance whose examples come out; a second person does.",
    serve,
)
.answers::<InstanceView>(Outcome::Done)
.revises()
.roles(&[Role::ProductOwner])
.row("approve-instance");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(approve_instance(&desk, call.asked()?, &id).await?)
    })
}
