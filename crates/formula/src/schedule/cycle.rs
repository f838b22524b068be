//! Cycles: the dates on which something recurs.

use std::fmt;
use std::str::FromStr;

use super::fault::ScheduleFault;
use crate::date::Date;
use crate::limits::{CYCLE_UNITS_MAX, SCHEDULE_EVENTS_MAX};

/// A period of ISO 8601 that repeats, and what becomes of a last period that is not full.
///
/// Written as ACTUS writes it: `P1ML0` is monthly with a long last period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cycle {
    /// INVARIANT: between 1 and `CYCLE_UNITS_MAX`.
    count: u32,
    unit: Unit,
    stub: Stub,
}

/// Where a cycle begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The date that periods are counted from.
    pub date: Date,
    /// After how many periods the first date of the cycle comes: 0 where it is `date` itself.
    pub first: u32,
}

/// The unit of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// `D`.
    Days,
    /// `W`.
    Weeks,
    /// `M`.
    Months,
    /// `Q`, three months.
    Quarters,
    /// `H`, six months.
    HalfYears,
    /// `Y`.
    Years,
}

/// What becomes of a last period that is not full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stub {
    /// `L0`: it is joined to the period before, which becomes longer.
    Long,
    /// `L1`: it stays, shorter than the others.
    Short,
}

/// On which day of a month a cycle of months falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EndOfMonth {
    /// `SD`: the same day as the anchor, or the last day of a shorter month.
    #[default]
    SameDay,
    /// `EOM`: always the last day where the anchor is the last day of its month.
    EndOfMonth,
}

impl Cycle {
    /// A cycle of so many units.
    pub fn new(count: u32, unit: Unit, stub: Stub) -> Result<Self, ScheduleFault> {
        if (1..=CYCLE_UNITS_MAX).contains(&count) {
            Ok(Self { count, unit, stub })
        } else {
            Err(ScheduleFault::Cycle(format!("P{count}{}", unit.letter())))
        }
    }

    /// How many days a period has at most.
    pub(crate) fn days_at_most(self) -> u64 {
        self.days(31)
    }

    /// How many days a period has at least.
    pub(crate) fn days_at_least(self) -> u64 {
        self.days(28)
    }

    fn days(self, of_a_month: u64) -> u64 {
        let (Length::Days(units) | Length::Months(units)) = self.unit.length();
        let each = if matches!(self.unit.length(), Length::Months(_)) { of_a_month } else { 1 };
        u64::from(self.count).saturating_mul(units.unsigned_abs()).saturating_mul(each)
    }

    /// The date so many periods after the first date of the cycle.
    pub fn nth(
        self,
        anchor: Anchor,
        convention: EndOfMonth,
        periods: u32,
    ) -> Result<Date, ScheduleFault> {
        let periods = i64::from(periods).saturating_add(i64::from(anchor.first));
        let units = i64::from(self.count).saturating_mul(periods);
        let anchor = anchor.date;
        let date = match self.unit.length() {
            Length::Days(days) => anchor.plus_days(units.saturating_mul(days))?,
            Length::Months(months) => {
                let date = anchor.plus_months(units.saturating_mul(months))?;
                if convention == EndOfMonth::EndOfMonth && is_last_of_month(anchor) {
                    last_of_month(date)?
                } else {
                    date
                }
            }
        };
        Ok(date)
    }

    /// The last date of the cycle on `date` or before it, if there is one.
    pub(super) fn last_before(
        self,
        anchor: Anchor,
        date: Date,
        convention: EndOfMonth,
    ) -> Result<Option<Date>, ScheduleFault> {
        let tomorrow = date.plus_days(1)?;
        let dates = Self { stub: Stub::Short, ..self }.dates(anchor, tomorrow, convention)?;
        Ok(dates.last().copied())
    }

    /// The dates of the cycle before the end.
    ///
    /// With a long stub the last date is left out where the end does not lie on the cycle, unless
    /// it is the only one (the rule of the ACTUS reference implementation).
    pub fn dates(
        self,
        anchor: Anchor,
        end: Date,
        convention: EndOfMonth,
    ) -> Result<Vec<Date>, ScheduleFault> {
        let mut dates = Vec::new();
        let mut on_cycle = false;
        for periods in 0.. {
            let next = match self.nth(anchor, convention, periods) {
                Ok(next) => next,
                // Past the year 9999 lies nothing that the end could be on.
                Err(ScheduleFault::Date) => break,
                Err(other) => return Err(other),
            };
            if next >= end {
                on_cycle = next == end;
                break;
            }
            if dates.len() >= SCHEDULE_EVENTS_MAX {
                return Err(ScheduleFault::TooManyEvents);
            }
            dates.push(next);
        }
        if self.stub == Stub::Long && !on_cycle && dates.len() > 1 {
            dates.pop();
        }
        Ok(dates)
    }
}

impl From<Date> for Anchor {
    fn from(date: Date) -> Self {
        Self { date, first: 0 }
    }
}

enum Length {
    Days(i64),
    Months(i64),
}

impl Unit {
    const ALL: [Self; 6] =
        [Self::Days, Self::Weeks, Self::Months, Self::Quarters, Self::HalfYears, Self::Years];

    const fn letter(self) -> char {
        match self {
            Self::Days => 'D',
            Self::Weeks => 'W',
            Self::Months => 'M',
            Self::Quarters => 'Q',
            Self::HalfYears => 'H',
            Self::Years => 'Y',
        }
    }

    const fn length(self) -> Length {
        match self {
            Self::Days => Length::Days(1),
            Self::Weeks => Length::Days(7),
            Self::Months => Length::Months(1),
            Self::Quarters => Length::Months(3),
            Self::HalfYears => Length::Months(6),
            Self::Years => Length::Months(12),
        }
    }
}

fn last_of_month(date: Date) -> Result<Date, ScheduleFault> {
    let (year, month, _) = date.ymd();
    let days = [31, 30, 29, 28].into_iter();
    let mut found = days.filter_map(|day| Date::from_ymd(year, month, day).ok());
    found.next().ok_or(ScheduleFault::Date)
}

fn is_last_of_month(date: Date) -> bool {
    last_of_month(date).is_ok_and(|last| last == date)
}

impl FromStr for Cycle {
    type Err = ScheduleFault;

    fn from_str(text: &str) -> Result<Self, ScheduleFault> {
        let parse = || {
            let (rest, stub) = match text.strip_suffix("L0") {
                Some(rest) => (rest, Stub::Long),
                None => (text.strip_suffix("L1")?, Stub::Short),
            };
            let period = rest.strip_prefix('P')?;
            let unit = Unit::ALL.into_iter().find(|unit| period.ends_with(unit.letter()))?;
            let count = period.strip_suffix(unit.letter())?;
            let plain = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
            let count = count.parse().ok().filter(|_| plain)?;
            Self::new(count, unit, stub).ok()
        };
        parse().ok_or_else(|| ScheduleFault::Cycle(text.to_owned()))
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stub = match self.stub {
            Stub::Long => "L0",
            Stub::Short => "L1",
        };
        write!(formatter, "P{}{}{stub}", self.count, self.unit.letter())
    }
}

impl FromStr for EndOfMonth {
    type Err = ScheduleFault;

    fn from_str(acronym: &str) -> Result<Self, ScheduleFault> {
        match acronym {
            "SD" => Ok(Self::SameDay),
            "EOM" => Ok(Self::EndOfMonth),
            _ => Err(ScheduleFault::Acronym {
                term: "endOfMonthConvention",
                given: acronym.to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn dates(cycle: &str, anchor: &str, end: &str, eom: EndOfMonth) -> Vec<String> {
        let cycle: Cycle = cycle.parse().unwrap();
        let dates = cycle.dates(date(anchor).into(), date(end), eom).unwrap();
        dates.iter().map(Date::to_string).collect()
    }

    #[test]
    fn a_cycle_is_counted_from_its_anchor() {
        let same = EndOfMonth::SameDay;
        let end = EndOfMonth::EndOfMonth;
        for (cycle, anchor, until, eom, expected) in [
            ("P1ML0", "2024-01-31", "2024-04-30", same, "2024-01-31 2024-02-29 2024-03-31"),
            ("P1ML0", "2024-02-29", "2024-05-31", end, "2024-02-29 2024-03-31 2024-04-30"),
            ("P1ML0", "2024-02-28", "2024-04-28", end, "2024-02-28 2024-03-28"),
            ("P1QL1", "2023-11-30", "2024-06-01", end, "2023-11-30 2024-02-29 2024-05-31"),
            ("P1HL1", "2024-01-01", "2024-12-31", same, "2024-01-01 2024-07-01"),
            ("P1YL1", "2024-02-29", "2027-01-01", same, "2024-02-29 2025-02-28 2026-02-28"),
            ("P2WL1", "2024-01-01", "2024-01-20", same, "2024-01-01 2024-01-15"),
            ("P27DL1", "2024-01-01", "2024-02-01", end, "2024-01-01 2024-01-28"),
        ] {
            assert_eq!(dates(cycle, anchor, until, eom).join(" "), expected, "{cycle} {anchor}");
        }
    }

    #[test]
    fn a_cycle_after_its_anchor_keeps_the_day_of_the_anchor() {
        let cycle: Cycle = "P1ML1".parse().unwrap();
        let anchor = Anchor { date: date("2026-01-31"), first: 1 };
        let dates = cycle.dates(anchor, date("2026-05-01"), EndOfMonth::SameDay).unwrap();
        assert_eq!(dates, ["2026-02-28", "2026-03-31", "2026-04-30"].map(date));
    }

    #[test]
    fn a_long_stub_takes_in_the_last_date_and_a_short_one_does_not() {
        let stub = |cycle: &str, end: &str| dates(cycle, "2024-01-01", end, EndOfMonth::SameDay);
        assert_eq!(stub("P1ML0", "2024-03-15"), ["2024-01-01", "2024-02-01"]);
        assert_eq!(stub("P1ML1", "2024-03-15"), ["2024-01-01", "2024-02-01", "2024-03-01"]);
        assert_eq!(stub("P1ML0", "2024-03-01"), ["2024-01-01", "2024-02-01"]);
        assert_eq!(stub("P1ML0", "2024-01-15"), ["2024-01-01"]);
        assert!(stub("P1ML0", "2024-01-01").is_empty());
        assert!(stub("P1ML0", "2023-01-01").is_empty());
    }

    #[test]
    fn what_is_no_cycle_is_refused() {
        for text in ["P1ML0", "P27DL1", "P9999YL0", "P1QL1", "P2HL0", "P3WL1"] {
            assert_eq!(text.parse::<Cycle>().unwrap().to_string(), text);
        }
        for text in
            ["", "P", "P1M", "1ML0", "P0ML0", "P10000YL0", "P-1ML0", "P+1ML0", "P1XL0", "P1ML2"]
        {
            assert_eq!(text.parse::<Cycle>(), Err(ScheduleFault::Cycle(text.to_owned())));
        }
        assert!(Cycle::new(CYCLE_UNITS_MAX, Unit::Days, Stub::Long).is_ok());
        assert!(Cycle::new(CYCLE_UNITS_MAX + 1, Unit::Days, Stub::Long).is_err());
        assert!("SDX".parse::<EndOfMonth>().is_err());
    }

    #[test]
    fn a_cycle_ends_with_the_calendar_and_with_its_limit() {
        let yearly: Cycle = "P9999YL1".parse().unwrap();
        let dates = yearly.dates(Date::MIN.into(), Date::MAX, EndOfMonth::SameDay).unwrap();
        assert_eq!(dates, [Date::MIN]);
        let daily: Cycle = "P1DL1".parse().unwrap();
        let most = i64::try_from(SCHEDULE_EVENTS_MAX).unwrap();
        let start = date("2000-01-01");
        let days = |count: i64| {
            daily.dates(start.into(), start.plus_days(count).unwrap(), EndOfMonth::SameDay)
        };
        assert_eq!(days(most).unwrap().len(), SCHEDULE_EVENTS_MAX);
        assert_eq!(days(most + 1), Err(ScheduleFault::TooManyEvents));
    }
}
