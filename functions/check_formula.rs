//! `POST /api/formulas/check`: checks a source and runs its examples.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    formulas::{CheckRequest, CheckView, check_formula},
};

/// The row.
pub const TRIGGER: Trigger = Http::ask::<CheckRequest, CheckView>(
    "formulas/check",
    "Checks a formula source and runs its examples; nothing is kept.",
    serve,
)
.row("check-formula");

fn serve(_: Desk, call: Call) -> Served {
    Box::pin(async move { reply(check_formula(&call.json()?)?) })
}
