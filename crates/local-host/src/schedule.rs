//! When a timer is due: NCRONTAB expressions and intervals, in UTC.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds};

use crate::timespan;

/// A timer's schedule.
#[derive(Debug, Clone)]
pub(crate) enum Schedule {
    /// Six fields, the first one for seconds; or five without it.
    Cron(Box<Cron>),
    /// `hh:mm:ss`.
    Every(Duration),
}

impl Schedule {
    /// Reads a schedule; the error says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.contains(':') {
            let every = timespan::parse(text).filter(|span| !span.is_zero());
            return every.map(Self::Every).ok_or_else(|| {
                format!("schedule `{text}` is not a time span above zero, like `00:05:00`")
            });
        }
        let fields = text.split_whitespace().count();
        let plain = |char: char| char.is_ascii_alphanumeric() || " ,-*/\t".contains(char);
        let refused = |why: &str| {
            format!("schedule `{text}` is not `second minute hour day month weekday`: {why}")
        };
        if !(5..=6).contains(&fields) {
            return Err(refused(&format!("it has {fields} fields")));
        }
        if !text.chars().all(plain) {
            return Err(refused("it may hold letters, digits, `*`, `,`, `-` and `/`"));
        }
        let seconds = if fields == 6 { Seconds::Required } else { Seconds::Disallowed };
        // Day and weekday must both match, as in NCRONTAB.
        let parser = CronParser::builder().seconds(seconds).dom_and_dow(true).build();
        let cron = parser.parse(text).map_err(|error| refused(&error.to_string()))?;
        Ok(Self::Cron(Box::new(cron)))
    }

    /// The first time after `time` at which the timer is due.
    pub(crate) fn next(&self, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Cron(cron) => cron.find_next_occurrence(&time, false).ok(),
            Self::Every(span) => time.checked_add_signed(TimeDelta::from_std(*span).ok()?),
        }
    }

    /// Whether the schedule follows the calendar.
    pub(crate) fn is_cron(&self) -> bool {
        matches!(self, Self::Cron(_))
    }

    /// Whether two runs can lie less than a minute apart.
    pub(crate) fn is_under_a_minute(&self) -> bool {
        let start = DateTime::UNIX_EPOCH;
        let Some(first) = self.next(start) else { return false };
        let gap = self.next(first).map(|second| second.signed_duration_since(first));
        gap.is_some_and(|gap| gap < TimeDelta::minutes(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time_source;

    fn check(schedule: &str, from: &str, expected: &[&str]) {
        let schedule = Schedule::parse(schedule).unwrap();
        let mut time = time_source::parse(from).unwrap();
        for expected in expected {
            time = schedule.next(time).unwrap();
            assert_eq!(time_source::text(time), format!("{expected}.000Z"));
        }
    }

    #[test]
    fn schedules_are_due_when_the_documentation_says() {
        let from = "2026-11-22T10:07:03Z";
        check("0 */5 * * * *", from, &["2026-11-22T10:10:00", "2026-11-22T10:15:00"]);
        check("*/2 * * * * *", from, &["2026-11-22T10:07:04", "2026-11-22T10:07:06"]);
        check("0 30 9 * * 1-5", from, &["2026-11-23T09:30:00", "2026-11-24T09:30:00"]);
        check("0 30 9 * Jan Mon", from, &["2027-01-04T09:30:00"]);
        check("0 0 0 1 * *", from, &["2026-12-01T00:00:00"]);
        check("*/5 * * * *", from, &["2026-11-22T10:10:00"]);
        check("00:00:10", from, &["2026-11-22T10:07:13"]);
    }

    #[test]
    fn day_and_weekday_must_both_match() {
        check("0 0 0 13 * 5", "2026-11-22T00:00:00Z", &["2027-08-13T00:00:00"]);
    }

    #[test]
    fn what_is_no_schedule_is_refused() {
        for text in ["", "* * * *", "0 0 0 0 0 0 0", "61 * * * * *", "@daily x x x x", "00:00:00"] {
            assert!(Schedule::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn short_schedules_are_known() {
        for (text, short) in
            [("*/30 * * * * *", true), ("0 * * * * *", false), ("00:00:59", true), ("00:01", false)]
        {
            assert_eq!(Schedule::parse(text).unwrap().is_under_a_minute(), short, "{text}");
        }
    }
}
