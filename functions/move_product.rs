//! `POST /api/products/{code}/state`: lists or delists a product.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::Outcome,
    desk::Desk,
    products::{ProductMove, ProductView, move_product},
};
use poa_protocol::role::Role;

/// The row.
pub const TRIGGER: Trigger = Http::create::<ProductMove, ProductView>(
    "products/{code}/state",
    "Lists or delists a product.",
    serve,
)
.answers::<ProductView>(Outcome::Done)
.revises()
.roles(&[Role::ProductOwner])
.row("move-product");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let code = call.param("code")?;
        reply(move_product(&desk, call.asked()?, &code).await?)
    })
}
