//! What people read at the end: one table, one last line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

use crate::{outcome::Step, run::Missing};
use std::fmt::Write as _;

/// Says what runs next.
pub(crate) fn announce(name: &str, line: &[&str]) {
    println!("\n== {name}: {}", line.join(" "));
}

/// Says what is not there.
pub(crate) fn complain(missing: &Missing) {
    eprintln!("xtask: {}", missing.0);
}

/// Says where something was written.
pub(crate) fn wrote(path: &std::path::Path) {
    println!("wrote {}", path.display());
}

/// Prints the table and the last line; whether nothing failed.
pub(crate) fn finish(steps: &[Step]) -> bool {
    let (text, passed) = table(steps);
    println!("\n{text}");
    passed
}

fn table(steps: &[Step]) -> (String, bool) {
    let width = steps.iter().map(|step| step.name.chars().count()).max().unwrap_or(0).max(4);
    let mut text = format!(
        "{:<width$}  {:>7}  {:>7}  {:>7}  {:>8}\n",
        "step", "passed", "failed", "skipped", "seconds"
    );
    let (mut passed, mut failed, mut skipped) = (0_u64, 0_u64, 0_u64);
    for step in steps {
        let count = &step.count;
        let seconds =
            format!("{}.{}", step.took.as_secs(), step.took.subsec_millis().div_euclid(100));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:<width$}  {:>7}  {:>7}  {:>7}  {seconds:>8}",
            step.name, count.passed, count.failed, count.skipped
        );
        passed = passed.saturating_add(count.passed);
        failed = failed.saturating_add(count.failed);
        skipped = skipped.saturating_add(count.skipped);
    }
    for absent in steps.iter().flat_map(|step| &step.count.absent) {
        let _ = writeln!(text, "ABSENT, not tested: {absent}");
    }
    let _ = write!(text, "{passed} passed, {failed} failed");
    if skipped > 0 {
        let _ = write!(text, ", {skipped} skipped");
    }
    (text, failed == 0)
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::outcome::{Count, Step};
    use std::time::Duration;

    fn step(name: &str, passed: u64, failed: u64, absent: &[&str]) -> Step {
        let absent: Vec<String> = absent.iter().map(|what| (*what).to_owned()).collect();
        let count = Count { passed, failed, skipped: 0, absent }.settle(failed == 0, true);
        Step { name: name.to_owned(), count, took: Duration::from_millis(1250) }
    }

    #[test]
    fn the_last_line_has_its_exact_form() {
        let (text, passed) = table(&[step("tests", 7, 0, &[]), step("more", 2, 0, &[])]);
        assert_eq!(text.lines().last(), Some("9 passed, 0 failed"));
        assert!(passed);
    }

    #[test]
    fn what_is_absent_is_said_and_counted() {
        let (text, passed) = table(&[step("tests", 7, 1, &["loans"])]);
        assert!(text.contains("ABSENT, not tested: loans"), "{text}");
        assert_eq!(text.lines().last(), Some("6 passed, 1 failed, 1 skipped"));
        assert!(!passed);
    }
}
