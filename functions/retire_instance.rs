//! `POST /api/instances/{id}/retirement`: retires an instance.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    desk::Desk,
    instances::InstanceView,
    release_instance::{Stop, retire_instance},
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<Stop, InstanceView>(
    "instances/{id}/retirement",
    "Retires an instance for ever.",
    serve,
)
.answers::<InstanceView>(Outcome::Done)
.revises()
.roles(&[Role::ProductOwner])
.row("retire-instance");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(retire_instance(&desk, call.asked()?, &id).await?)
    })
}
