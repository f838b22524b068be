//! Payment schedules in the terms of ACTUS, in exact decimals.
//!
//! [`Terms`] says what was agreed, [`Market`] what the world adds to it (business days, observed
//! rates), and [`generate`] lists what is paid when. Four contract types are known: principal at
//! maturity (PAM), linear amortizer (LAM), negative amortizer (NAM) and annuity (ANN). Names and
//! rules are those of the ACTUS dictionary and technical specification; docs/conformance.md says
//! where this kernel differs and why.

pub mod calendar;
pub mod cycle;
pub mod day_count;
mod event;
mod fault;
mod plan;
mod rates;
mod run;
mod terms;

use std::collections::BTreeMap;

pub use calendar::{BusinessDay, Calendar, Weekday};
pub use cycle::{Anchor, Cycle, EndOfMonth, Stub, Unit};
pub use day_count::{DayCount, year_fraction};
pub use event::{Event, EventType};
pub use fault::ScheduleFault;
pub use terms::{ContractType, Grid, InterestBase, RateReset, Role, Terms, Trade};

use crate::date::Date;
use crate::decimal::Dec;

/// How many redemptions are tried first where the terms do not say when the contract ends.
const FIRST_GUESS: u32 = 64;

/// What a schedule needs to know beside its terms.
#[derive(Clone, Debug, Default)]
pub struct Market {
    /// The business days. The default knows neither weekends nor holidays.
    pub calendar: Calendar,
    /// The observed market rates, each from its date on: a reset takes the one that holds.
    pub rates: BTreeMap<Date, Dec>,
    /// The last date to list events for; all events where there is none.
    pub until: Option<Date>,
}

/// Lists the events of a contract in the order in which they happen.
///
/// At most [`crate::limits::SCHEDULE_EVENTS_MAX`] events; a contract with more is refused.
pub fn generate(terms: &Terms, market: &Market) -> Result<Vec<Event>, ScheduleFault> {
    terms.check()?;
    let maturity = match terms.end() {
        Some(maturity) => maturity,
        None => last_redemption(terms, market)?,
    };
    terms.check_trades(maturity)?;
    run::all(terms, market, &plan::plan(terms, market, maturity)?)
}

/// The date on which an amount per cycle has redeemed everything, found by running the contract
/// over more and more cycles.
fn last_redemption(terms: &Terms, market: &Market) -> Result<Date, ScheduleFault> {
    let (anchor, cycle) = terms.redemption()?;
    let never = |fault| {
        let endless = matches!(fault, ScheduleFault::TooManyEvents | ScheduleFault::Date);
        if endless { ScheduleFault::NeverRepaid } else { fault }
    };
    let mut cycles = FIRST_GUESS;
    loop {
        let end = cycle.nth(anchor, terms.end_of_month_convention, cycles).map_err(never)?;
        let trial = plan::plan(terms, market, end).map_err(never)?;
        if let Some(date) = run::redeemed_at(terms, market, &trial)? {
            return Ok(date);
        }
        cycles = cycles.saturating_mul(2);
    }
}
