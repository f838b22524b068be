//! `POST /api/switcher`: asks every active instance of a product about one request.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    desk::Desk,
    switcher::{SwitchRequest, SwitchView, switch},
};

/// The row.
pub const TRIGGER: Trigger = Http::ask::<SwitchRequest, SwitchView>(
    "switcher",
    "Asks every active instance of a product about one request, the best first.",
    serve,
)
.row("switch-instance");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move { reply(switch(&desk, call.caller()?, call.json()?).await?) })
}
