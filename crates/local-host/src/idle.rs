//! How long to wait after empty polls.

use std::time::Duration;

/// Waits that double while a source stays empty.
#[derive(Debug)]
pub(crate) struct Idle {
    min: Duration,
    max: Duration,
    next: Duration,
}

impl Idle {
    pub(crate) fn new(min: Duration, max: Duration) -> Self {
        let min = min.min(max).max(Duration::from_millis(1));
        Self { min, max: max.max(min), next: min }
    }

    /// The wait after one more empty poll.
    pub(crate) fn step(&mut self) -> Duration {
        let wait = self.next;
        self.next = wait.saturating_mul(2).min(self.max);
        wait
    }

    /// There was something: start over.
    pub(crate) fn reset(&mut self) {
        self.next = self.min;
    }

    /// The wait after a failure of the source.
    pub(crate) fn longest(&self) -> Duration {
        self.max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_start_over() {
        let mut idle = Idle::new(Duration::from_millis(5), Duration::from_millis(30));
        let waits: Vec<_> = (0..5).map(|_| idle.step().as_millis()).collect();
        assert_eq!(waits, [5, 10, 20, 30, 30]);
        idle.reset();
        assert_eq!(idle.step().as_millis(), 5);
    }

    #[test]
    fn a_wait_is_never_zero() {
        assert_eq!(Idle::new(Duration::ZERO, Duration::ZERO).step().as_millis(), 1);
    }
}
