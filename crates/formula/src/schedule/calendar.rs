//! Business days, and where a date goes that is none.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::fault::ScheduleFault;
use crate::date::Date;
use crate::limits::BUSINESS_DAY_SEARCH_MAX;

/// Which days are business days: data, passed in and never fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    weekend: BTreeSet<Weekday>,
    /// Shared, since every schedule that is made takes the calendar along.
    holidays: Arc<BTreeSet<Date>>,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Where an event goes that falls on a day without business, and which date it is computed for.
///
/// "Shift, then calculate" (SC…) computes for the date it goes to; "calculate, then shift" (CS…)
/// for the date it had. The modified forms turn around where the month would change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BusinessDay(Option<Shift>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shift {
    forward: bool,
    modified: bool,
    calculates_first: bool,
}

/// When an event happens and for which date it is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shifted {
    pub(super) happens: Date,
    pub(super) counts: Date,
}

impl Calendar {
    /// A calendar with these weekend days and holidays. All seven days cannot be weekend.
    pub fn new(
        weekend: impl IntoIterator<Item = Weekday>,
        holidays: impl IntoIterator<Item = Date>,
    ) -> Result<Self, ScheduleFault> {
        let weekend: BTreeSet<Weekday> = weekend.into_iter().collect();
        if weekend.len() == Weekday::ALL.len() {
            let must = "leave at least one business day in a week";
            return Err(ScheduleFault::Term { term: "calendar", must });
        }
        Ok(Self { weekend, holidays: Arc::new(holidays.into_iter().collect()) })
    }

    /// Monday to Friday without holidays, in ACTUS `MF`.
    #[must_use]
    pub fn monday_to_friday() -> Self {
        let weekend = BTreeSet::from([Weekday::Saturday, Weekday::Sunday]);
        Self { weekend, holidays: Arc::default() }
    }

    /// The days of the week without business, in the order of the week.
    pub fn weekend(&self) -> impl Iterator<Item = Weekday> {
        self.weekend.iter().copied()
    }

    /// The other days without business, in their order.
    pub fn holidays(&self) -> impl Iterator<Item = Date> {
        self.holidays.iter().copied()
    }

    /// Whether the day is a business day.
    #[must_use]
    pub fn is_business_day(&self, date: Date) -> bool {
        !self.weekend.contains(&Weekday::of(date)) && !self.holidays.contains(&date)
    }

    /// The nearest business day on the date or after it, or before it.
    fn nearest(&self, date: Date, forward: bool) -> Result<Date, ScheduleFault> {
        let step = if forward { 1 } else { -1 };
        let mut day = date;
        for _ in 0..=BUSINESS_DAY_SEARCH_MAX {
            if self.is_business_day(day) {
                return Ok(day);
            }
            day = day.plus_days(step)?;
        }
        Err(ScheduleFault::NoBusinessDay(date))
    }
}

impl Weekday {
    /// The days of a week, from Monday on.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// What formulas call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// The day of the week of a date.
    #[must_use]
    pub fn of(date: Date) -> Self {
        // The first day of 1970 was a Thursday.
        match date.days().rem_euclid(7) {
            0 => Self::Thursday,
            1 => Self::Friday,
            2 => Self::Saturday,
            3 => Self::Sunday,
            4 => Self::Monday,
            5 => Self::Tuesday,
            _ => Self::Wednesday,
        }
    }
}

impl BusinessDay {
    /// The acronyms of ACTUS, "no shift" first.
    pub const ALL: [&'static str; 9] =
        ["NOS", "SCF", "SCMF", "CSF", "CSMF", "SCP", "SCMP", "CSP", "CSMP"];

    /// Whether events are moved at all.
    #[must_use]
    pub const fn shifts(self) -> bool {
        self.0.is_some()
    }

    /// The date that an event falls on goes where the convention says.
    pub(super) fn shift(self, date: Date, calendar: &Calendar) -> Result<Shifted, ScheduleFault> {
        let Some(shift) = self.0 else { return Ok(Shifted { happens: date, counts: date }) };
        let mut happens = calendar.nearest(date, shift.forward)?;
        if shift.modified && happens.ymd().1 != date.ymd().1 {
            happens = calendar.nearest(date, !shift.forward)?;
        }
        Ok(Shifted { happens, counts: if shift.calculates_first { date } else { happens } })
    }
}

impl FromStr for BusinessDay {
    type Err = ScheduleFault;

    /// Reads the acronym of ACTUS; `NOS` and `NULL` mean no shift.
    fn from_str(acronym: &str) -> Result<Self, ScheduleFault> {
        let unknown =
            || ScheduleFault::Acronym { term: "businessDayConvention", given: acronym.to_owned() };
        if matches!(acronym, "NOS" | "NULL") {
            return Ok(Self(None));
        }
        let (calculates_first, rest) = match acronym.strip_prefix("CS") {
            Some(rest) => (true, rest),
            None => (false, acronym.strip_prefix("SC").ok_or_else(unknown)?),
        };
        let (forward, modified) = match rest {
            "F" => (true, false),
            "MF" => (true, true),
            "P" => (false, false),
            "MP" => (false, true),
            _ => return Err(unknown()),
        };
        Ok(Self(Some(Shift { forward, modified, calculates_first })))
    }
}

impl fmt::Display for BusinessDay {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(shift) = self.0 else { return formatter.write_str("NOS") };
        let order = if shift.calculates_first { "CS" } else { "SC" };
        let modified = if shift.modified { "M" } else { "" };
        write!(formatter, "{order}{modified}{}", if shift.forward { "F" } else { "P" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn each_convention_goes_where_its_name_says() {
        // 2013-03-31 is a Sunday and 2013-06-01 a Saturday.
        for (acronym, from, happens, counts) in [
            ("NOS", "2013-03-31", "2013-03-31", "2013-03-31"),
            ("NULL", "2013-03-31", "2013-03-31", "2013-03-31"),
            ("SCF", "2013-03-31", "2013-04-01", "2013-04-01"),
            ("SCMF", "2013-03-31", "2013-03-29", "2013-03-29"),
            ("CSF", "2013-03-31", "2013-04-01", "2013-03-31"),
            ("CSMF", "2013-03-31", "2013-03-29", "2013-03-31"),
            ("SCP", "2013-06-01", "2013-05-31", "2013-05-31"),
            ("SCMP", "2013-06-01", "2013-06-03", "2013-06-03"),
            ("CSP", "2013-06-01", "2013-05-31", "2013-06-01"),
            ("CSMP", "2013-06-01", "2013-06-03", "2013-06-01"),
            ("SCF", "2013-04-02", "2013-04-02", "2013-04-02"),
        ] {
            let convention: BusinessDay = acronym.parse().unwrap();
            let shifted = convention.shift(date(from), &Calendar::monday_to_friday()).unwrap();
            assert_eq!(shifted, Shifted { happens: date(happens), counts: date(counts) });
        }
        for acronym in BusinessDay::ALL {
            assert_eq!(acronym.parse::<BusinessDay>().unwrap().to_string(), acronym);
        }
        for acronym in ["", "SC", "CS", "SCX", "FSC", "scf", "SCMFF"] {
            assert_eq!(acronym.parse::<BusinessDay>().unwrap_err().code(), "SCHEDULE_ACRONYM");
        }
    }

    #[test]
    fn holidays_and_other_weekends_are_data() {
        let holidays = [date("2026-12-25"), date("2026-12-28")];
        let calendar = Calendar::new([Weekday::Friday, Weekday::Saturday], holidays).unwrap();
        let days = ["2026-12-24", "2026-12-25", "2026-12-26", "2026-12-27", "2026-12-28"];
        let business = days.map(|day| calendar.is_business_day(date(day)));
        assert_eq!(business, [true, false, false, true, false]);
        let following: BusinessDay = "SCF".parse().unwrap();
        let shifted = following.shift(date("2026-12-28"), &calendar).unwrap();
        assert_eq!(shifted.happens, date("2026-12-29"));
        assert_eq!(Calendar::new(Weekday::ALL, []).unwrap_err().code(), "SCHEDULE_TERM");
    }

    #[test]
    fn the_search_for_a_business_day_has_an_end() {
        let start = date("2026-01-01");
        let closed = |days: i64| (0..days).map(|day| start.plus_days(day).unwrap());
        let following: BusinessDay = "SCF".parse().unwrap();
        let most = i64::from(BUSINESS_DAY_SEARCH_MAX);
        let calendar = Calendar::new([], closed(most)).unwrap();
        let found = following.shift(start, &calendar).unwrap();
        assert_eq!(found.happens, start.plus_days(most).unwrap());
        let calendar = Calendar::new([], closed(most + 1)).unwrap();
        assert_eq!(following.shift(start, &calendar), Err(ScheduleFault::NoBusinessDay(start)));
        let last = Calendar::new([], [Date::MAX]).unwrap();
        assert_eq!(following.shift(Date::MAX, &last), Err(ScheduleFault::Date));
    }
}
