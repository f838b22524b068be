//! `POST /api/formulas/run`: runs a program over data.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    formulas::{RunRequest, RunView, run_formula},
};

/// The row.
pub const TRIGGER: Trigger = Http::ask::<RunRequest, RunView>(
    "formulas/run",
    "Runs a formula over data; nothing is kept.",
    serve,
)
.row("run-formula");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move { reply(run_formula(&desk, call.caller()?, call.json()?).await?) })
}
