//! `POST /api/instances/{id}/activation`: activates an instance.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome, desk::Desk, instances::InstanceView, measure_impact::Within,
    release_instance::activate_instance,
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<Within, InstanceView>(
    "instances/{id}/activation",
    "Activates an approved or suspended instance; the one whose place it takes is superseded.",
    serve,
)
.answers::<InstanceView>(Outcome::Done)
.revises()
.roles(&[Role::ProductOwner])
.long()
.row("activate-instance");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(activate_instance(&desk, call.asked()?, &id).await?)
    })
}
