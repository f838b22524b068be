//! `GET /api/products/{code}/instances`: lists the instances of a product.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    instances::InstanceView,
    pages::{PageView, PageWanted},
    search_catalog::list_instances,
};
const QUERY: &[(&str, &str)] = &[
    ("limit", "Entries of the page, 1 to 200; 50 if absent"),
    ("continuation", "Where the page before ended, as it said"),
];

/// The row.
pub const TRIGGER: Trigger = Http::get::<PageView<InstanceView>>(
    "products/{code}/instances",
    "Lists the instances of a product, without their overlays.",
    serve,
)
.query(QUERY)
.row("list-instances");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let code = call.param("code")?;
        let after = call.query.get("continuation").map(String::as_str);
        let page = PageWanted::read(after, call.limit()?)?;
        reply(list_instances(&desk, call.caller()?, &code, page).await?)
    })
}
