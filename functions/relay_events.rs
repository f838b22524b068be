//! Every five seconds: turns events into messages on the bus.

use crate::trigger::{On, Trigger, Worked};
use poa_operations::{desk::Desk, relay_events::relay_events};

/// The row.
pub const TRIGGER: Trigger = Trigger { name: "relay-events", on: On::Timer("*/5 * * * * *", work) };

fn work(desk: Desk) -> Worked {
    Box::pin(async move { relay_events(&desk).await.map(|_| ()) })
}
