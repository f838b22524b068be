//! `POST /api/products`: makes a product.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    products::{ProductView, create_product},
};
use poa_protocol::{product::NewProduct, role::Role};

/// The row.
pub const TRIGGER: Trigger = Http::create::<NewProduct, ProductView>(
    "products",
    "Makes a product of the caller's party.",
    serve,
)
.roles(&[Role::ProductOwner])
.row("create-product");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move { reply(create_product(&desk, call.asked()?).await?) })
}
