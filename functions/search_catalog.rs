//! `GET /api/catalog`: searches products and instances.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    pages::{PageView, PageWanted},
    search_catalog::{CatalogFilter, EntryView, search_catalog},
};
const QUERY: &[(&str, &str)] = &[
    ("limit", "Entries of the page, 1 to 200; 50 if absent"),
    ("continuation", "Where the page before ended, as it said"),
    ("text", "Part of a name, title, code or regime"),
    ("kind", "`product` or `instance`"),
    ("asset_class", "Only of this class"),
    ("product", "Only of this product"),
    ("jurisdiction", "Only for exactly this jurisdiction, ISO 3166"),
    ("regime", "Only under this regime"),
    ("side", "Only for `originator` or `supplier`"),
    ("state", "Only in this state"),
    ("currency", "Only valued in this currency, ISO 4217"),
];

/// The row.
pub const TRIGGER: Trigger =
    Http::get::<PageView<EntryView>>("catalog", "Searches products and instances.", serve)
        .query(QUERY)
        .row("search-catalog");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let filter = CatalogFilter {
            text: call.query("text")?,
            kind: call.query("kind")?,
            asset_class: call.query("asset_class")?,
            product: call.query("product")?,
            jurisdiction: call.query("jurisdiction")?,
            regime: call.query("regime")?,
            side: call.query("side")?,
            state: call.query("state")?,
            currency: call.query("currency")?,
        };
        let after = call.query.get("continuation").map(String::as_str);
        let page = PageWanted::read(after, call.limit()?)?;
        reply(search_catalog(&desk, call.caller()?, filter, page).await?)
    })
}
