//! Rows of the system itself: health, public keys, the OpenAPI document.

use crate::{read_health, read_log_keys, read_openapi, read_readiness, trigger::Trigger};

/// The rows.
pub const ROWS: &[Trigger] =
    &[read_health::TRIGGER, read_readiness::TRIGGER, read_log_keys::TRIGGER, read_openapi::TRIGGER];
