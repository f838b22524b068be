//! What every clock does.

use crate::ports::clock::Clock;
use poa_protocol::timestamp::Timestamp;
use std::sync::Arc;

/// One test per case of the clock. The expression makes an `Arc` of a clock.
#[macro_export]
macro_rules! clock_behaviour {
    ($make:expr) => {
        $crate::behaviour_tests! { $make, clock:
            readings_do_not_go_back
            it_is_later_than_when_this_was_written
        }
    };
}

/// 2026-01-01T00:00:00Z.
const WRITTEN_MILLIS: i64 = 1_767_225_600_000;

pub async fn readings_do_not_go_back(clock: &Arc<dyn Clock>) {
    let mut last = clock.now();
    for _ in 0..1000 {
        let now = clock.now();
        assert!(now >= last, "{now} after {last}");
        last = now;
        tokio::task::yield_now().await;
    }
}

pub async fn it_is_later_than_when_this_was_written(clock: &Arc<dyn Clock>) {
    assert!(clock.now() > Timestamp::from_millis(WRITTEN_MILLIS), "{}", clock.now());
    tokio::task::yield_now().await;
}
