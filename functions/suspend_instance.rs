//! `POST /api/instances/{id}/suspension`: suspends an instance.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    desk::Desk,
    instances::InstanceView,
    release_instance::{Stop, suspend_instance},
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<Stop, InstanceView>(
    "instances/{id}/suspension",
    "Suspends an active instance.",
    serve,
)
.answers::<InstanceView>(Outcome::Done)
.revises()
.roles(&[Role::ProductOwner])
.row("suspend-instance");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(suspend_instance(&desk, call.asked()?, &id).await?)
    })
}
