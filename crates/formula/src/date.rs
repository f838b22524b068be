//! Civil dates of the proleptic Gregorian calendar, 0001-01-01 to 9999-12-31.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

/// Days from 0000-03-01, where the arithmetic starts, to 1970-01-01.
const EPOCH_SHIFT: i64 = 719_468;

/// Days in 400 years.
const ERA_DAYS: u64 = 146_097;

const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;

/// A calendar date without time of day or zone, written `2026-11-22`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// INVARIANT: days since 1970-01-01, between `FIRST_DAY` and `LAST_DAY`.
    days: i64,
}

/// The text or the number is no date between 0001-01-01 and 9999-12-31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSuchDate;

impl Date {
    /// The first date that can be written.
    pub const MIN: Self = Self { days: FIRST_DAY };

    /// The last date that can be written.
    pub const MAX: Self = Self { days: LAST_DAY };

    /// A date from year, month 1 to 12 and day of the month.
    pub fn from_ymd(year: i64, month: i64, day: i64) -> Result<Self, NoSuchDate> {
        let fits = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        if fits { Ok(Self { days: days_from_civil(year, month, day) }) } else { Err(NoSuchDate) }
    }

    /// A date from the number of days since 1970-01-01.
    pub fn from_days(days: i64) -> Result<Self, NoSuchDate> {
        if (FIRST_DAY..=LAST_DAY).contains(&days) { Ok(Self { days }) } else { Err(NoSuchDate) }
    }

    /// The number of days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i64 {
        self.days
    }

    /// Days from `earlier` to this date; negative when this date is the earlier one.
    #[must_use]
    pub const fn days_since(self, earlier: Self) -> i64 {
        // Both lie within four million days of the epoch.
        self.days.wrapping_sub(earlier.days)
    }

    /// The date so many days later.
    pub fn plus_days(self, count: i64) -> Result<Self, NoSuchDate> {
        self.days.checked_add(count).ok_or(NoSuchDate).and_then(Self::from_days)
    }

    /// The date so many months later; a day that the month does not have becomes its last day.
    pub fn plus_months(self, count: i64) -> Result<Self, NoSuchDate> {
        let (year, month, day) = self.ymd();
        let months = year
            .wrapping_mul(12)
            .wrapping_add(month.wrapping_sub(1))
            .checked_add(count)
            .ok_or(NoSuchDate)?;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12).wrapping_add(1));
        Self::from_ymd(year, month, day.min(days_in_month(year, month)))
    }

    /// Year, month 1 to 12, day of the month.
    #[must_use]
    pub const fn ymd(self) -> (i64, i64, i64) {
        civil_from_days(self.days)
    }
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`. Nothing in it
/// is negative here, and unsigned divisions are cheaper.
#[expect(clippy::arithmetic_side_effects, reason = "the year lies between 0 and 9999")]
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year }.cast_unsigned();
    let shifted_month = if month <= 2 { month + 9 } else { month - 3 }.cast_unsigned();
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * shifted_month + 2) / 5 + day.cast_unsigned() - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    (era * ERA_DAYS + day_of_era).cast_signed() - EPOCH_SHIFT
}

#[expect(clippy::arithmetic_side_effects, reason = "days are bounded by the invariant")]
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = (days + EPOCH_SHIFT).cast_unsigned();
    let (era, day_of_era) = (shifted / ERA_DAYS, shifted % ERA_DAYS);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year.cast_signed(), month.cast_signed(), day.cast_signed())
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.rem_euclid(4) == 0
            && (year.rem_euclid(100) != 0 || year.rem_euclid(400) == 0) =>
        {
            29
        }
        2 => 28,
        _ => 31,
    }
}

impl FromStr for Date {
    type Err = NoSuchDate;

    fn from_str(text: &str) -> Result<Self, NoSuchDate> {
        let mut parts = text.split('-');
        let mut part = |width: usize| -> Result<i64, NoSuchDate> {
            let text = parts.next().ok_or(NoSuchDate)?;
            let plain = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
            if plain { text.parse().map_err(|_| NoSuchDate) } else { Err(NoSuchDate) }
        };
        let (year, month, day) = (part(4)?, part(2)?, part(2)?);
        if parts.next().is_some() {
            return Err(NoSuchDate);
        }
        Self::from_ymd(year, month, day)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(formatter, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for NoSuchDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a date is written as year-month-day, such as 2026-11-22")
    }
}

impl std::error::Error for NoSuchDate {}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date",
            "description": "A civil date, ISO 8601, such as 2026-11-22",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn every_day_of_ten_millennia_survives_the_round_trip() {
        for days in FIRST_DAY..=LAST_DAY {
            let (year, month, day) = Date::from_days(days).unwrap().ymd();
            assert_eq!(Date::from_ymd(year, month, day).unwrap().days(), days);
        }
        assert_eq!(Date::MIN.to_string(), "0001-01-01");
        assert_eq!(Date::MAX.to_string(), "9999-12-31");
        assert_eq!(date("1970-01-01").days(), 0);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-1-1",
            "0000-01-01",
            "2026-11-31",
            "2026-11-22-01",
            "20261122",
            "+026-11-22",
            "10000-01-01",
            "",
            "2026-11-22T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Date>(), Err(NoSuchDate), "{text}");
        }
        assert!("2024-02-29".parse::<Date>().is_ok());
        assert!("2000-02-29".parse::<Date>().is_ok());
        assert!("1900-02-29".parse::<Date>().is_err());
        assert_eq!(Date::MAX.plus_days(1), Err(NoSuchDate));
        assert_eq!(Date::MIN.plus_days(-1), Err(NoSuchDate));
        assert_eq!(Date::MAX.plus_days(i64::MAX), Err(NoSuchDate));
    }

    #[test]
    fn days_and_months_are_counted_as_on_a_calendar() {
        assert_eq!(date("2027-01-21").days_since(date("2026-11-22")), 60);
        assert_eq!(date("2024-01-31").plus_months(1).unwrap(), date("2024-02-29"));
        assert_eq!(date("2024-03-31").plus_months(-13).unwrap(), date("2023-02-28"));
        assert_eq!(date("9999-12-01").plus_months(1), Err(NoSuchDate));
        assert_eq!(date("2024-01-01").plus_months(i64::MAX), Err(NoSuchDate));
    }
}
