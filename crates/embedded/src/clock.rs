//! Clocks: the machine's, and one that stands still until it is told to move.

use poa_operations::ports::clock::Clock;
use poa_protocol::timestamp::Timestamp;
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
    fn now(&self) -> Timestamp {
        // A clock that stands before 1970 counts as 1970.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock for tests: it shows what it was set to.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that shows this instant.
    #[must_use]
    pub fn at(instant: Timestamp) -> Self {
        Self(AtomicI64::new(instant.millis()))
    }

    /// Shows this instant from now on.
    pub fn set(&self, instant: Timestamp) {
        self.0.store(instant.millis(), Ordering::SeqCst);
    }

    /// Moves on by so many milliseconds; returns the new instant.
    pub fn advance_millis(&self, millis: i64) -> Timestamp {
        let moved = self.now().millis().saturating_add(millis);
        self.set(Timestamp::from_millis(moved));
        self.now()
    }

    /// Moves on by so many seconds; returns the new instant.
    pub fn advance_secs(&self, secs: i64) -> Timestamp {
        self.advance_millis(secs.saturating_mul(1000))
    }

    /// Moves on by so many days; returns the new instant.
    pub fn advance_days(&self, days: i64) -> Timestamp {
        self.advance_secs(days.saturating_mul(86_400))
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
