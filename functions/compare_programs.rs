//! `POST /api/diff`: what differs between two programs, in words.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    compare_programs::{CompareRequest, DiffView, compare_programs},
    desk::Desk,
};

/// The row.
pub const TRIGGER: Trigger = Http::ask::<CompareRequest, DiffView>(
    "diff",
    "Compares two programs, each a version, an instance or a source.",
    serve,
)
.row("compare-programs");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move { reply(compare_programs(&desk, call.caller()?, call.json()?).await?) })
}
