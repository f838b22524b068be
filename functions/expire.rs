//! Every minute: ends or goes on with what is overdue, and forgets what has had its time.

use crate::trigger::{On, Trigger, Worked};
use poa_operations::{desk::Desk, expire::expire};

/// The row.
pub const TRIGGER: Trigger = Trigger { name: "expire", on: On::Timer("0 * * * * *", work) };

fn work(desk: Desk) -> Worked {
    Box::pin(async move { expire(&desk).await })
}
