//! Which events happen when, before anything is calculated.

use super::Market;
use super::calendar::Shifted;
use super::event::EventType;
use super::fault::ScheduleFault;
use super::terms::{ContractType, Terms};
use crate::date::Date;
use crate::limits::SCHEDULE_EVENTS_MAX;

/// The events of a contract in their order.
pub(super) struct Plan {
    pub(super) events: Vec<Planned>,
    /// The dates of the payments that an annuity is spread over, as they count for interest.
    pub(super) payments: Vec<Date>,
    /// Redemptions to come, the last one at maturity among them.
    pub(super) redemptions: usize,
}

/// An event of which only date and kind are known.
#[derive(Clone, Copy)]
pub(super) struct Planned {
    /// The date of the cycle or of the term.
    pub(super) falls: Date,
    pub(super) happens: Date,
    pub(super) counts: Date,
    pub(super) kind: EventType,
}

/// Plans the contract up to its maturity.
pub(super) fn plan(terms: &Terms, market: &Market, maturity: Date) -> Result<Plan, ScheduleFault> {
    let mut planner = Planner { terms, market, maturity, events: Vec::new() };
    planner.exchanges()?;
    let redemptions = planner.redemptions()?;
    let interest = planner.interest_dates(&redemptions)?;
    planner.interest(&interest)?;
    planner.resets()?;
    let payments = planner.payments(redemptions)?;
    let mut events = planner.events;
    let first = terms.start();
    let running = terms.is_running();
    events.retain(|event| event.happens > first || (!running && event.happens == first));
    if events.len() > SCHEDULE_EVENTS_MAX {
        return Err(ScheduleFault::TooManyEvents);
    }
    events.sort_by_key(|event| (event.happens, event.kind));
    let left = events.iter().filter(|event| event.kind == EventType::PrincipalRedemption).count();
    Ok(Plan { events, payments, redemptions: left.saturating_add(1) })
}

struct Planner<'a> {
    terms: &'a Terms,
    market: &'a Market,
    maturity: Date,
    events: Vec<Planned>,
}

impl Planner<'_> {
    /// The events whose dates the terms name.
    fn exchanges(&mut self) -> Result<(), ScheduleFault> {
        let terms = self.terms;
        if !terms.is_running() {
            self.add(terms.initial_exchange_date, EventType::InitialExchange);
        }
        if let Some(purchase) = terms.purchase {
            self.add(purchase.date, EventType::Purchase);
        }
        if let Some(termination) = terms.termination {
            self.add(termination.date, EventType::Termination);
        }
        self.add_shifted(self.maturity, EventType::Maturity)
    }

    /// Plans the redemptions and gives their dates, not shifted.
    fn redemptions(&mut self) -> Result<Vec<Date>, ScheduleFault> {
        if self.terms.contract_type == ContractType::PrincipalAtMaturity {
            return Ok(Vec::new());
        }
        let (anchor, cycle) = self.terms.redemption()?;
        let dates = cycle.dates(anchor, self.maturity, self.terms.end_of_month_convention)?;
        for date in &dates {
            self.add_shifted(*date, EventType::PrincipalRedemption)?;
        }
        Ok(dates)
    }

    /// The dates of interest: its own cycle, which NAM and ANN leave for that of the redemptions
    /// as soon as these begin, and the maturity.
    fn interest_dates(&self, redemptions: &[Date]) -> Result<Vec<Date>, ScheduleFault> {
        let terms = self.terms;
        let joins =
            matches!(terms.contract_type, ContractType::NegativeAmortizer | ContractType::Annuity);
        let joined = redemptions.first().filter(|_| joins);
        let until = joined.map_or(self.maturity, |first| *first);
        let mut dates = Vec::new();
        if let Some(cycle) = terms.cycle_of_interest_payment {
            let anchor = terms.anchored(terms.cycle_anchor_date_of_interest_payment);
            dates = cycle.dates(anchor, until, terms.end_of_month_convention)?;
        }
        if joined.is_some() {
            dates.extend(redemptions);
        }
        dates.push(self.maturity);
        Ok(dates)
    }

    /// Interest is added to the principal up to the end of capitalization, and paid from then on.
    fn interest(&mut self, dates: &[Date]) -> Result<(), ScheduleFault> {
        let end = self.terms.capitalization_end_date;
        if let Some(end) = end.filter(|end| !dates.contains(end)) {
            if end > self.maturity {
                let must = "not lie after maturityDate";
                return Err(ScheduleFault::Term { term: "capitalizationEndDate", must });
            }
            self.add_shifted(end, EventType::InterestCapitalization)?;
        }
        for date in dates {
            let kind = if end.is_some_and(|end| *date <= end) {
                EventType::InterestCapitalization
            } else {
                EventType::InterestPayment
            };
            self.add_shifted(*date, kind)?;
        }
        Ok(())
    }

    /// The resets of the rate, each of which fixes the payments of an annuity anew.
    fn resets(&mut self) -> Result<(), ScheduleFault> {
        let Some(reset) = &self.terms.rate_reset else { return Ok(()) };
        let day = self.terms.end_of_month_convention;
        let anchor = self.terms.anchored(reset.anchor);
        let mut agreed = reset.next_reset_rate.is_some();
        for date in reset.cycle.dates(anchor, self.maturity, day)? {
            let over = self.terms.status_date.is_some_and(|status| date <= status);
            let kind =
                if agreed && !over { EventType::RateResetFixed } else { EventType::RateReset };
            agreed = agreed && over;
            self.add_shifted(date, kind)?;
            if self.terms.contract_type == ContractType::Annuity {
                self.add_shifted(date, EventType::PaymentFixing)?;
            }
        }
        Ok(())
    }

    /// The dates of the payments of an annuity. An amount that the terms do not give is fixed on
    /// the day before the first of them.
    fn payments(&mut self, redemptions: Vec<Date>) -> Result<Vec<Date>, ScheduleFault> {
        let terms = self.terms;
        if terms.contract_type != ContractType::Annuity {
            return Ok(Vec::new());
        }
        let end = terms.amortization_date.unwrap_or(self.maturity);
        let mut dates = redemptions;
        if end != self.maturity {
            let (anchor, cycle) = terms.redemption()?;
            dates = cycle.dates(anchor, end, terms.end_of_month_convention)?;
        }
        dates.push(end);
        let first = dates.first().copied().filter(|first| *first <= self.maturity);
        if let (None, Some(first)) = (terms.next_principal_redemption_payment, first) {
            self.add(first.plus_days(-1)?, EventType::PaymentFixing);
        }
        let shift = |date| self.shifted(date).map(|shifted| shifted.counts);
        dates.into_iter().map(shift).collect()
    }

    fn shifted(&self, date: Date) -> Result<Shifted, ScheduleFault> {
        self.terms.business_day_convention.shift(date, &self.market.calendar)
    }

    fn add_shifted(&mut self, date: Date, kind: EventType) -> Result<(), ScheduleFault> {
        let Shifted { happens, counts } = self.shifted(date)?;
        self.events.push(Planned { falls: date, happens, counts, kind });
        Ok(())
    }

    fn add(&mut self, date: Date, kind: EventType) {
        self.events.push(Planned { falls: date, happens: date, counts: date, kind });
    }
}
