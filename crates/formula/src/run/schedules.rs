//! Payment schedules: their terms calculated, and the events that follow from them.

use std::collections::BTreeMap;

use super::{Fault, Frame, Unmade};
use crate::date::Date;
use crate::decimal::{Dec, Rounding};
use crate::ir::{Calculated, Code, Constants, Places, Schedule, Term};
use crate::limits::SCHEDULE_EVENTS_MAX;
use crate::schedule::{Cycle, Event, Grid, Market, RateReset, ScheduleFault, Terms, generate};

impl Frame<'_> {
    pub(super) fn schedule(&mut self, schedule: &Schedule) -> Result<Vec<Event>, Unmade> {
        let (terms, periods) = self.terms(schedule).map_err(Unmade::Value)?;
        let market = self.market(&schedule.constants)?;
        let constants = &schedule.constants;
        let terms = match (periods, constants.cycle) {
            (Some(periods), Some(cycle)) => terms.over(periods, cycle)?,
            (_, cycle) => Terms {
                cycle_of_interest_payment: cycle,
                cycle_of_principal_redemption: cycle.filter(|_| schedule.amortizes()),
                ..terms
            },
        };
        let interest = constants.interest_cycle.or(terms.cycle_of_interest_payment);
        let terms = Terms { cycle_of_interest_payment: interest, ..terms };
        let events = generate(&terms, &market)?;
        let steps = u64::try_from(events.len()).unwrap_or(u64::MAX);
        self.steps = self.steps.saturating_add(steps);
        self.step().map_err(Unmade::Value)?;
        Ok(events)
    }

    /// The terms without cycles of payments, and for how many periods they run.
    fn terms(&mut self, schedule: &Schedule) -> Result<(Terms, Option<u32>), Fault> {
        let (constants, of) = (&schedule.constants, &schedule.calculated);
        let from = self.date_of(of, Term::From)?.unwrap_or(Date::MIN);
        let principal = self.number_of(of, Term::Principal)?.unwrap_or(Dec::ZERO);
        let rate = self.number_of(of, Term::Rate)?.unwrap_or(Dec::ZERO);
        let mut terms = Terms::new(schedule.contract, from, principal, rate);
        terms.day_count_convention = constants.day_count;
        terms.end_of_month_convention = constants.end_of_month;
        terms.business_day_convention = constants.business_day;
        terms.interest_calculation_base = constants.interest_base;
        let places = self.places(Places::Of(schedule.currency))?;
        terms.rounding = Some(Grid { places, mode: Rounding::HalfEven });
        terms.maturity_date = self.date_of(of, Term::To)?;
        terms.amortization_date = self.date_of(of, Term::AmortizationEnd)?;
        terms.capitalization_end_date = self.date_of(of, Term::CapitalizationEnd)?;
        terms.cycle_anchor_date_of_interest_payment = self.date_of(of, Term::InterestAnchor)?;
        let anchor = self.date_of(of, Term::Anchor)?;
        if schedule.amortizes() {
            terms.cycle_anchor_date_of_principal_redemption = anchor;
        } else {
            terms.cycle_anchor_date_of_interest_payment = anchor;
        }
        terms.next_principal_redemption_payment = self.number_of(of, Term::Payment)?;
        let premium = self.number_of(of, Term::PremiumDiscount)?;
        terms.premium_discount_at_ied = premium.unwrap_or(Dec::ZERO);
        terms.rate_reset = match constants.reset {
            Some((cycle, _)) => Some(self.reset(of, cycle)?),
            None => None,
        };
        // More periods than a schedule can have are refused by the kernel.
        let most = u32::try_from(SCHEDULE_EVENTS_MAX).unwrap_or(u32::MAX);
        let periods = self.number_of(of, Term::Periods)?.map(Dec::to_i128).transpose()?;
        let periods = periods.map(|count| u32::try_from(count.max(0)).unwrap_or(most).min(most));
        Ok((terms, periods))
    }

    fn reset(&mut self, of: &Calculated, cycle: Cycle) -> Result<RateReset, Fault> {
        let mut reset = RateReset::new(cycle);
        reset.anchor = self.date_of(of, Term::ResetAnchor)?;
        reset.next_reset_rate = self.number_of(of, Term::NextResetRate)?;
        reset.multiplier = self.number_of(of, Term::Multiplier)?.unwrap_or(reset.multiplier);
        reset.spread = self.number_of(of, Term::Spread)?.unwrap_or(reset.spread);
        reset.life_cap = self.number_of(of, Term::LifeCap)?;
        reset.life_floor = self.number_of(of, Term::LifeFloor)?;
        reset.period_cap = self.number_of(of, Term::PeriodCap)?;
        reset.period_floor = self.number_of(of, Term::PeriodFloor)?;
        Ok(reset)
    }

    fn number_of(&mut self, of: &Calculated, term: Term) -> Result<Option<Dec>, Fault> {
        let Some(Code::Num(node)) = of.get(term) else { return Ok(None) };
        self.num(node).map(Some)
    }

    fn date_of(&mut self, of: &Calculated, term: Term) -> Result<Option<Date>, Fault> {
        let Some(Code::Key(node)) = of.get(term) else { return Ok(None) };
        Ok(Some(Date::from_days(self.key(node)?)?))
    }

    /// The calendar and the rates that the schedule names.
    fn market(&mut self, constants: &Constants) -> Result<Market, Unmade> {
        let ir = self.ir;
        let calendar = constants.calendar.and_then(|index| ir.calendars.get(index));
        let calendar = calendar.map(|known| known.calendar.clone()).unwrap_or_default();
        let rates = constants.reset.and_then(|(_, index)| ir.rates.get(index));
        let mut observed: BTreeMap<Date, Dec> = BTreeMap::new();
        for (date, rate) in rates.iter().flat_map(|rates| &rates.entries) {
            let date = self.key(*date).map_err(Unmade::Value)?;
            let date = Date::from_days(date).map_err(|_| ScheduleFault::Date)?;
            let rate = self.num(*rate).map_err(Unmade::Value)?;
            if observed.insert(date, rate).is_some_and(|before| before != rate) {
                let must = "have one rate for each date";
                return Err(ScheduleFault::Term { term: "rates", must }.into());
            }
        }
        Ok(Market { calendar, rates: observed, until: None })
    }
}

impl From<ScheduleFault> for Unmade {
    fn from(fault: ScheduleFault) -> Self {
        Self::Terms(fault)
    }
}
