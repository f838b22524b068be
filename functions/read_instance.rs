//! `GET /api/instances/{id}`: reads an instance.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{desk::Desk, instances::InstanceView, search_catalog::read_instance};

/// The row.
pub const TRIGGER: Trigger =
    Http::get::<InstanceView>("instances/{id}", "Reads an instance with its overlay.", serve)
        .row("read-instance");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("id")?;
        reply(read_instance(&desk, call.caller()?, &id).await?)
    })
}
