//! Subscription `bank` of topic `tokenization`: runs the pipeline on one tokenization.

use crate::trigger::{On, Trigger, Worked};
use poa_operations::{advance_tokenization::hear_wake, desk::Desk};
use poa_protocol::event::Wing;

/// The row.
pub const TRIGGER: Trigger = Trigger { name: "advance-bank", on: On::Bus(Wing::Bank, work) };

fn work(desk: Desk, message: Vec<u8>) -> Worked {
    Box::pin(async move { hear_wake(&desk, Wing::Bank, &message).await })
}
