//! Why a schedule cannot be made.

use std::fmt;

use crate::date::{Date, NoSuchDate};
use crate::decimal::DecFault;
use crate::limits::{CYCLE_UNITS_MAX, SCHEDULE_EVENTS_MAX};

/// Why a schedule, or a part of one, cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleFault {
    /// The day count convention is not one of those that are supported.
    DayCount(String),
    /// The text is no cycle.
    Cycle(String),
    /// The acronym is none of those that the ACTUS dictionary allows for the term.
    Acronym {
        /// The term, in its ACTUS name.
        term: &'static str,
        /// What was given.
        given: String,
    },
    /// The contract type cannot do without this term.
    Missing(&'static str),
    /// The term contradicts another one or lies outside its range.
    Term {
        /// The term, in its ACTUS name.
        term: &'static str,
        /// What it must be.
        must: &'static str,
    },
    /// No market rate is given for a reset on this date.
    RateMissing(Date),
    /// The payments never redeem the principal.
    NeverRepaid,
    /// The schedule has more events than allowed.
    TooManyEvents,
    /// The calendar has no business day near this date.
    NoBusinessDay(Date),
    /// A date lies outside the years 1 to 9999.
    Date,
    /// A sum or a fraction cannot be held.
    Number(DecFault),
}

impl ScheduleFault {
    /// The stable code of the fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DayCount(_) => "SCHEDULE_DAY_COUNT",
            Self::Cycle(_) => "SCHEDULE_CYCLE",
            Self::Acronym { .. } => "SCHEDULE_ACRONYM",
            Self::Missing(_) => "SCHEDULE_TERM_MISSING",
            Self::Term { .. } => "SCHEDULE_TERM",
            Self::RateMissing(_) => "SCHEDULE_RATE_MISSING",
            Self::NeverRepaid => "SCHEDULE_NEVER_REPAID",
            Self::TooManyEvents => "SCHEDULE_TOO_LONG",
            Self::NoBusinessDay(_) => "SCHEDULE_NO_BUSINESS_DAY",
            Self::Date => "SCHEDULE_DATE",
            Self::Number(_) => "SCHEDULE_NUMBER",
        }
    }
}

impl fmt::Display for ScheduleFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DayCount(name) => write!(
                formatter,
                "the day count `{name}` is not supported: use ACT/365F, ACT/360, 30E/360 or \
                 ACT/ACT"
            ),
            Self::Cycle(text) => write!(
                formatter,
                "`{text}` is no cycle: it is written as P, a count from 1 to {CYCLE_UNITS_MAX}, \
                 one of D, W, M, Q, H, Y and the stub L0 (long) or L1 (short), such as P1ML0"
            ),
            Self::Acronym { term, given } => {
                write!(formatter, "`{given}` is not supported for {term}")
            }
            Self::Missing(term) => write!(formatter, "the schedule needs the term {term}"),
            Self::Term { term, must } => write!(formatter, "{term} must {must}"),
            Self::RateMissing(date) => {
                write!(formatter, "no market rate is given for the reset on {date}")
            }
            Self::NeverRepaid => formatter.write_str("the payments never redeem the principal"),
            Self::TooManyEvents => {
                write!(formatter, "a schedule has at most {SCHEDULE_EVENTS_MAX} events")
            }
            Self::NoBusinessDay(date) => {
                write!(formatter, "the calendar has no business day near {date}")
            }
            Self::Date => formatter.write_str("a date lies outside the years 1 to 9999"),
            Self::Number(fault) => fault.fmt(formatter),
        }
    }
}

impl std::error::Error for ScheduleFault {}

impl From<DecFault> for ScheduleFault {
    fn from(fault: DecFault) -> Self {
        Self::Number(fault)
    }
}

impl From<NoSuchDate> for ScheduleFault {
    fn from(_: NoSuchDate) -> Self {
        Self::Date
    }
}
