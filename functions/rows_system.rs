//! Rows of the system itself: health, public keys, the OpenAPI document.

use crate::{health, openapi, read_log_keys, trigger::Trigger};

/// The rows.
pub const ROWS: &[Trigger] =
    &[health::ALIVE, health::READY, read_log_keys::TRIGGER, openapi::TRIGGER];
