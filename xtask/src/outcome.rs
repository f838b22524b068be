//! What a step came to, read from what it printed.

use std::time::Duration;

/// How many checks of a step passed, failed and were not made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Not made: ignored tests, and tests whose data is absent.
    pub skipped: u64,
    /// What was said about absent data, word for word.
    pub absent: Vec<String>,
}

/// One finished step.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    /// Name in the summary.
    pub name: String,
    /// What it came to.
    pub count: Count,
    /// How long it took.
    pub took: Duration,
}

impl Count {
    /// Adds what one printed line says. Lines of libtest and of our scripts count, others do not.
    pub(crate) fn read(&mut self, line: &str) {
        if let Some(what) = line.trim_start().strip_prefix("absent: ") {
            self.absent.push(what.to_owned());
        }
        let Some(counts) = line.strip_prefix("test result: ") else { return };
        for part in counts.split([';', '.']) {
            let mut words = part.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<u64>().ok());
            let (Some(number), Some(what)) = (number, words.next()) else { continue };
            match what {
                "passed" => self.passed = self.passed.saturating_add(number),
                "failed" => self.failed = self.failed.saturating_add(number),
                "ignored" | "skipped" => self.skipped = self.skipped.saturating_add(number),
                _ => {}
            }
        }
    }

    /// Settles the count when the step has ended. A step that failed without naming a failed test,
    /// and one that found nothing to test, is itself one failure.
    pub(crate) fn settle(mut self, succeeded: bool, counts_tests: bool) -> Self {
        let absent = u64::try_from(self.absent.len()).unwrap_or(u64::MAX);
        self.passed = self.passed.saturating_sub(absent);
        self.skipped = self.skipped.saturating_add(absent);
        let nothing = self.passed == 0 && self.failed == 0 && self.skipped == 0;
        match (succeeded, counts_tests) {
            (true, false) => self.passed = self.passed.saturating_add(1),
            (true, true) if nothing => self.failed = 1,
            (false, _) if self.failed == 0 => self.failed = 1,
            (true | false, _) => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    fn count(lines: &[&str], succeeded: bool, counts_tests: bool) -> (u64, u64, u64) {
        let mut count = Count::default();
        for line in lines {
            count.read(line);
        }
        let count = count.settle(succeeded, counts_tests);
        (count.passed, count.failed, count.skipped)
    }

    #[test]
    fn counts_add_up_over_test_binaries() {
        let lines = [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; \
             finished in 0.01s",
            "running 3 tests",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
        ];
        assert_eq!(count(&lines, false, true), (14, 1, 1));
    }

    #[test]
    fn a_failure_without_a_failed_test_counts_as_one() {
        assert_eq!(count(&["error: could not compile"], false, true), (0, 1, 0));
        assert_eq!(count(&[], false, false), (0, 1, 0));
    }

    #[test]
    fn nothing_tested_is_a_failure() {
        assert_eq!(count(&[], true, true), (0, 1, 0));
    }

    #[test]
    fn a_gate_that_succeeds_counts_as_one() {
        assert_eq!(count(&[], true, false), (1, 0, 0));
    }

    #[test]
    fn absent_data_is_skipped_and_not_passed() {
        let lines = ["absent: ../shared/data/opennpl", "test result: ok. 3 passed; 0 failed"];
        assert_eq!(count(&lines, true, true), (2, 0, 1));
    }
}
