//! The machine's clock.

use chrono::{DateTime, SecondsFormat, Utc};

/// The time of the machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the host is a process of its own, with the machine's clock"
)]
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::<Utc>::from(std::time::SystemTime::now())
}

/// RFC 3339 with milliseconds and `Z`.
pub(crate) fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// RFC 3339 with an offset, as .NET writes a time that knows its zone.
pub(crate) fn offset_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// Without zone and without fractions, as the host hands over `*Utc` values of single messages.
pub(crate) fn bare_text(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Reads RFC 3339.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.with_timezone(&Utc))
}
