//! Payment schedules in the terms of ACTUS, in exact decimals.

pub mod day_count;
mod fault;

pub use day_count::{DayCount, year_fraction};
pub use fault::ScheduleFault;
