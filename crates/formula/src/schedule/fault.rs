//! Why a schedule cannot be made.

use std::fmt;

use crate::decimal::DecFault;

/// Why a schedule, or a part of one, cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleFault {
    /// The day count convention is not one of those that are supported.
    DayCount(String),
    /// A sum or a fraction cannot be held.
    Number(DecFault),
}

impl ScheduleFault {
    /// The stable code of the fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DayCount(_) => "SCHEDULE_DAY_COUNT",
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
