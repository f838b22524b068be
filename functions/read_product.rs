//! `GET /api/products/{code}`: reads a product.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    products::{ProductView, read_product},
};

/// The row.
pub const TRIGGER: Trigger =
    Http::get::<ProductView>("products/{code}", "Reads a product.", serve).row("read-product");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let code = call.param("code")?;
        reply(read_product(&desk, call.caller()?, &code).await?)
    })
}
