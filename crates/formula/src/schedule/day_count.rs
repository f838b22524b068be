//! Day count conventions: which part of a year lies between two dates.

use std::fmt;
use std::str::FromStr;

use super::fault::ScheduleFault;
use crate::date::Date;
use crate::decimal::{Dec, DecFault};

/// Days in a common year and in a leap year.
const COMMON: i64 = 365;
const LEAP: i64 = 366;

/// The common denominator of both.
const BOTH: i64 = COMMON * LEAP;

/// A day count convention.
///
/// The names are those of ISDA 2006 §4.16; the ACTUS dictionary abbreviates them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayCount {
    /// Actual days over 365, leap year or not: `ACT/365F`, in ACTUS `A365`.
    Act365Fixed,
    /// Actual days over 360: `ACT/360`, in ACTUS `A360`.
    Act360,
    /// Months of 30 days, the 31st counts as the 30th: `30E/360`, in ACTUS `30E360`.
    Thirty360E,
    /// Actual days, those in a leap year over 366 and the others over 365: `ACT/ACT` of ISDA, in
    /// ACTUS `AA`.
    ActAct,
}

impl DayCount {
    /// All conventions, in the order of the language guide.
    pub const ALL: [Self; 4] = [Self::Act365Fixed, Self::Act360, Self::Thirty360E, Self::ActAct];

    /// The name that the market uses, which is also that of formulas.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Act365Fixed => "ACT/365F",
            Self::Act360 => "ACT/360",
            Self::Thirty360E => "30E/360",
            Self::ActAct => "ACT/ACT",
        }
    }

    /// The acronym of the ACTUS dictionary.
    #[must_use]
    pub const fn actus(self) -> &'static str {
        match self {
            Self::Act365Fixed => "A365",
            Self::Act360 => "A360",
            Self::Thirty360E => "30E360",
            Self::ActAct => "AA",
        }
    }

    /// The part of a year as numerator and denominator, not reduced.
    #[must_use]
    pub fn ratio(self, from: Date, to: Date) -> (i64, i64) {
        let days = self.position(to).saturating_sub(self.position(from));
        (days, self.denominator())
    }

    /// Where a date lies on the scale of the convention: the part of a year between two dates is
    /// the difference of their positions over the denominator.
    pub(super) fn position(self, date: Date) -> i64 {
        match self {
            Self::Act365Fixed | Self::Act360 => date.days(),
            Self::Thirty360E => position_in_months_of_thirty(date),
            Self::ActAct => position_in_years(date),
        }
    }

    pub(super) const fn denominator(self) -> i64 {
        match self {
            Self::Act365Fixed => COMMON,
            Self::Act360 | Self::Thirty360E => 360,
            Self::ActAct => BOTH,
        }
    }
}

/// The part of a year between two dates, rounded once at digit 34; negative when `to` is before
/// `from`.
pub fn year_fraction(from: Date, to: Date, convention: DayCount) -> Result<Dec, DecFault> {
    let (numerator, denominator) = convention.ratio(from, to);
    Dec::from_i128(numerator.into())?.checked_div(Dec::from_i128(denominator.into())?)
}

#[expect(clippy::arithmetic_side_effects, reason = "years lie between 1 and 9999")]
fn position_in_months_of_thirty(date: Date) -> i64 {
    let (year, month, day) = date.ymd();
    year * 360 + month * 30 + day.min(30)
}

/// Full years, and the days of the year that has begun; over the common denominator of years of
/// either length, so that a fraction is rounded once and not twice.
#[expect(clippy::arithmetic_side_effects, reason = "there are fewer than four million days")]
fn position_in_years(date: Date) -> i64 {
    let (year, ..) = date.ymd();
    let before = year - 1;
    let leap_years = before / 4 - before / 100 + before / 400;
    let started = date.days_since(Date::MIN) - before * COMMON - leap_years;
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    before * BOTH + started * if is_leap { COMMON } else { LEAP }
}

impl FromStr for DayCount {
    type Err = ScheduleFault;

    /// Reads the name of the market or the acronym of ACTUS.
    fn from_str(name: &str) -> Result<Self, ScheduleFault> {
        let known = Self::ALL.into_iter();
        let mut named = known.filter(|kind| kind.name() == name || kind.actus() == name);
        named.next().ok_or_else(|| ScheduleFault::DayCount(name.to_owned()))
    }
}

impl fmt::Display for DayCount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn ratio(name: &str, from: &str, to: &str) -> (i64, i64) {
        name.parse::<DayCount>().unwrap().ratio(date(from), date(to))
    }

    #[test]
    fn each_convention_counts_as_isda_says() {
        for (name, from, to, expected) in [
            ("ACT/365F", "2024-01-01", "2025-01-01", (366, 365)),
            ("ACT/360", "2026-11-22", "2027-01-21", (60, 360)),
            ("30E/360", "2026-01-31", "2026-03-31", (60, 360)),
            ("30E/360", "2024-02-29", "2025-02-28", (359, 360)),
            ("30E/360", "2026-01-30", "2026-01-31", (0, 360)),
            ("30E/360", "2025-12-31", "2026-02-28", (58, 360)),
            // One day of a leap year and one of a common year.
            ("ACT/ACT", "2024-12-31", "2025-01-02", (365 + 366, 365 * 366)),
            ("ACT/ACT", "2024-01-01", "2025-01-01", (366 * 365, 365 * 366)),
            ("ACT/ACT", "1900-01-01", "1901-01-01", (365 * 366, 365 * 366)),
            ("ACT/ACT", "0001-01-01", "9999-01-01", (9998 * 365 * 366, 365 * 366)),
        ] {
            assert_eq!(ratio(name, from, to), expected, "{name} {from} {to}");
        }
    }

    /// ISDA, "EMU and market conventions" (1998), first example: from 1 November 2003 to
    /// 1 May 2004 are 61/365 + 121/366.
    #[test]
    fn actual_over_actual_is_that_of_isda() {
        let (from, to) = (date("2003-11-01"), date("2004-05-01"));
        let fraction = year_fraction(from, to, DayCount::ActAct).unwrap();
        assert_eq!(fraction.to_string(), "0.4977243805674077401003069091997904");
        assert_eq!(DayCount::ActAct.ratio(from, to), (61 * 366 + 121 * 365, 365 * 366));
    }

    #[test]
    fn turned_around_it_is_negative() {
        let dates = ["2024-02-29", "2025-12-31", "2026-01-30", "2026-01-31", "2028-03-01"];
        for kind in DayCount::ALL {
            for (from, to) in dates.iter().flat_map(|a| dates.iter().map(move |b| (a, b))) {
                let (from, to) = (date(from), date(to));
                let forth = year_fraction(from, to, kind).unwrap();
                let back = year_fraction(to, from, kind).unwrap();
                assert_eq!(forth, back.negated(), "{kind} {from} {to}");
            }
        }
    }

    #[test]
    fn every_name_is_read_and_the_others_are_refused_by_name() {
        for kind in DayCount::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(kind.actus().parse(), Ok(kind));
        }
        for name in ["28E336", "BUS252", "30E360ISDA", "act/365f", ""] {
            let fault = name.parse::<DayCount>().unwrap_err();
            assert_eq!(fault, ScheduleFault::DayCount(name.to_owned()));
            assert_eq!(fault.code(), "SCHEDULE_DAY_COUNT");
            assert!(fault.to_string().contains(&format!("`{name}`")), "{fault}");
        }
    }
}
