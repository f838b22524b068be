//! Instants: RFC 3339 in UTC, to the millisecond.

use poa_formula::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::{
    OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::format_description,
};

/// Milliseconds since 1970-01-01T00:00:00Z. Written as `2026-11-22T09:32:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The last instant that can be written with four digits of year.
const LAST_MILLIS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// From milliseconds since 1970; what lies outside the years 1970 to 9999 is moved to the
    /// nearest end.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST_MILLIS))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// This instant and so many seconds.
    #[must_use]
    pub fn plus_secs(self, secs: i64) -> Self {
        Self::from_millis(self.0.saturating_add(secs.saturating_mul(1000)))
    }

    /// The calendar day in UTC.
    #[must_use]
    pub fn date(self) -> Date {
        // INVARIANT: every instant lies in the years 1970 to 9999, which are dates.
        Date::from_days(self.0.div_euclid(86_400_000)).unwrap_or(Date::MAX)
    }

    /// This instant and so many days.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_secs(days.saturating_mul(86_400))
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nanos = i128::from(self.0).saturating_mul(1_000_000);
        let moment =
            OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| std::fmt::Error)?;
        let shape = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        f.write_str(&moment.format(&shape).map_err(|_| std::fmt::Error)?)
    }
}

/// A text that is no RFC 3339 instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimestampFault;

impl std::fmt::Display for TimestampFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an instant is written as RFC 3339, for example `2026-11-22T09:32:00Z`")
    }
}

impl std::error::Error for TimestampFault {}

impl std::str::FromStr for Timestamp {
    type Err = TimestampFault;

    fn from_str(text: &str) -> Result<Self, TimestampFault> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimestampFault)?;
        let nanos = moment.to_offset(UtcOffset::UTC).unix_timestamp_nanos();
        let millis = i64::try_from(nanos.div_euclid(1_000_000)).map_err(|_| TimestampFault)?;
        if (0..=LAST_MILLIS).contains(&millis) { Ok(Self(millis)) } else { Err(TimestampFault) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "description": "RFC 3339, UTC" })
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn an_instant_reads_back_in_utc() {
        let moment: Timestamp = "2026-11-22T10:32:00.5+01:00".parse().unwrap();
        assert_eq!(moment.to_string(), "2026-11-22T09:32:00.500Z");
        assert_eq!(moment.to_string().parse::<Timestamp>().unwrap(), moment);
    }

    #[test]
    fn a_day_begins_at_midnight_utc() {
        for (instant, day) in [
            ("1970-01-01T00:00:00Z", "1970-01-01"),
            ("2026-11-22T23:59:59.999Z", "2026-11-22"),
            ("2026-11-23T00:00:00+01:00", "2026-11-22"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31"),
        ] {
            assert_eq!(instant.parse::<Timestamp>().unwrap().date().to_string(), day);
        }
    }

    #[test]
    fn what_lies_outside_is_refused() {
        for text in ["", "2026-11-22", "1969-12-31T23:59:59Z", "2026-13-01T00:00:00Z"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
        assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
    }
}
