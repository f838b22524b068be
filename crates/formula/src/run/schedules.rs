//! Payment schedules: their terms calculated, and the events that follow from them.

use super::{Fault, Frame, Unmade};
use crate::date::Date;
use crate::decimal::Rounding;
use crate::ir::{Places, Schedule};
use crate::limits::SCHEDULE_EVENTS_MAX;
use crate::schedule::{Event, Grid, Market, ScheduleFault, Terms, generate};

impl Frame<'_> {
    pub(super) fn schedule(&mut self, schedule: &Schedule) -> Result<Vec<Event>, Unmade> {
        let (terms, periods) = self.terms(schedule).map_err(Unmade::Value)?;
        let terms = match (periods, schedule.cycle) {
            (Some(periods), Some(cycle)) => terms.over(periods, cycle),
            (_, cycle) => {
                let amortizes = schedule.amortizes();
                let redemption = cycle.filter(|_| amortizes);
                Ok(Terms {
                    cycle_of_interest_payment: cycle,
                    cycle_of_principal_redemption: redemption,
                    ..terms
                })
            }
        };
        let events = terms.and_then(|terms| generate(&terms, &Market::default()));
        let events = events.map_err(Unmade::Terms)?;
        let steps = u64::try_from(events.len()).unwrap_or(u64::MAX);
        self.steps = self.steps.saturating_add(steps);
        self.step().map_err(Unmade::Value)?;
        Ok(events)
    }

    /// The terms without cycles, and for how many periods they run.
    fn terms(&mut self, schedule: &Schedule) -> Result<(Terms, Option<u32>), Fault> {
        let from = Date::from_days(self.key(schedule.from)?)?;
        let (principal, rate) = (self.num(schedule.principal)?, self.num(schedule.rate)?);
        let mut terms = Terms::new(schedule.contract, from, principal, rate);
        terms.day_count_convention = schedule.day_count;
        terms.end_of_month_convention = schedule.end_of_month;
        let places = self.places(Places::Of(schedule.currency))?;
        terms.rounding = Some(Grid { places, mode: Rounding::HalfEven });
        if let Some(to) = schedule.to {
            terms.maturity_date = Some(Date::from_days(self.key(to)?)?);
        }
        if let Some(payment) = schedule.payment {
            terms.next_principal_redemption_payment = Some(self.num(payment)?);
        }
        let periods = match schedule.periods {
            // More periods than a schedule can have are refused by the kernel.
            Some(periods) => {
                let count = self.num(periods)?.to_i128()?;
                let most = u32::try_from(SCHEDULE_EVENTS_MAX).unwrap_or(u32::MAX);
                Some(u32::try_from(count.max(0)).unwrap_or(most).min(most))
            }
            None => None,
        };
        Ok((terms, periods))
    }
}

impl From<ScheduleFault> for Unmade {
    fn from(fault: ScheduleFault) -> Self {
        Self::Terms(fault)
    }
}
