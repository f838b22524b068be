//! `POST /api/products/{code}/instances`: makes an instance.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{create_instance::create_instance, desk::Desk, instances::InstanceView};
use poa_protocol::{instance::NewInstance, role::Role};

/// The row.
pub const TRIGGER: Trigger = Http::create::<NewInstance, InstanceView>(
    "products/{code}/instances",
    "Makes an instance of a published version for one jurisdiction.",
    serve,
)
.roles(&[Role::ProductOwner])
.row("create-instance");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let code = call.param("code")?;
        reply(create_instance(&desk, call.asked()?, &code).await?)
    })
}
