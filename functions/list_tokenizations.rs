//! `GET /api/tokenizations`: lists tokenizations.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    pages::{PageView, PageWanted},
    read_tokenization::{TokenizationSummary, TokenizationsWanted, list_tokenizations},
};

const QUERY: &[(&str, &str)] = &[
    ("state", "Only in this state"),
    ("wing", "Only of this wing: `bank` or `non_bank`"),
    ("instance", "Only under this instance"),
    ("reference", "Only of the thing with this reference"),
    (
        "demand",
        "Only what demands something of your party: `evidence`, `approval`, `review`, `verifier`, `auditor`, `legal`",
    ),
    ("limit", "Entries of the page, 1 to 200; 50 if absent"),
    ("continuation", "Where the page before ended, as it said"),
];

/// The row.
pub const TRIGGER: Trigger = Http::get::<PageView<TokenizationSummary>>(
    "tokenizations",
    "Lists the tokenizations of your party, or those that demand something of it.",
    serve,
)
.query(QUERY)
.row("list-tokenizations");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let after = call.query.get("continuation").map(String::as_str);
        let page = PageWanted::read(after, call.limit()?)?;
        let wanted = TokenizationsWanted {
            state: call.query("state")?,
            wing: call.query("wing")?,
            instance: call.query("instance")?,
            reference: call.query("reference")?,
            demand: call.query("demand")?,
        };
        reply(list_tokenizations(&desk, call.caller()?, wanted, page).await?)
    })
}
