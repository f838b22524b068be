//! The life of a contract: each planned event changes its state and pays what is due.

use super::Market;
use super::event::{Event, EventType};
use super::fault::ScheduleFault;
use super::plan::{Plan, Planned};
use super::rates::Rates;
use super::terms::{ContractType, InterestBase, Role, Terms};
use crate::date::Date;
use crate::decimal::Dec;

/// The events with their payments.
pub(super) fn all(
    terms: &Terms,
    market: &Market,
    plan: &Plan,
) -> Result<Vec<Event>, ScheduleFault> {
    let mut run = Run::start(terms, market, plan)?;
    let mut events = Vec::with_capacity(plan.events.len());
    let mut bought = terms.purchase.is_none();
    for planned in &plan.events {
        if market.until.is_some_and(|until| planned.happens > until) {
            break;
        }
        let payoff = run.apply(planned)?;
        bought = bought || planned.kind == EventType::Purchase;
        if bought {
            events.push(run.event(planned, payoff));
        }
        if planned.kind == EventType::Termination {
            break;
        }
    }
    Ok(events)
}

/// The date of the cycle on which everything is redeemed, if the plan is long enough.
pub(super) fn redeemed_at(
    terms: &Terms,
    market: &Market,
    plan: &Plan,
) -> Result<Option<Date>, ScheduleFault> {
    let mut run = Run::start(terms, market, plan)?;
    for planned in &plan.events {
        run.apply(planned)?;
        if planned.kind == EventType::PrincipalRedemption && run.notional.is_zero() {
            return Ok(Some(planned.falls));
        }
    }
    Ok(None)
}

struct Run<'a> {
    terms: &'a Terms,
    market: &'a Market,
    plan: &'a Plan,
    rates: Rates,
    /// What is outstanding; never signed, the side comes in when an event is written.
    notional: Dec,
    accrued: Dec,
    /// The amount that was rounded last, and what it became: a redemption and the interest of one
    /// day round the same.
    rounded: (Dec, Dec),
    /// The principal that interest is calculated on where it is not what is outstanding.
    initial: Dec,
    /// The redemption (LAM) or the whole payment (NAM, ANN).
    payment: Dec,
    /// Up to when interest is accrued.
    now: Date,
    /// Where that lies on the scale of the day count.
    position: i64,
}

impl<'a> Run<'a> {
    fn start(terms: &'a Terms, market: &'a Market, plan: &'a Plan) -> Result<Self, ScheduleFault> {
        let rates = Rates::new(terms.nominal_interest_rate, terms.day_count_convention);
        let mut run = Self {
            terms,
            market,
            plan,
            position: rates.position(terms.start()),
            rates,
            notional: Dec::ZERO,
            accrued: Dec::ZERO,
            rounded: (Dec::ZERO, Dec::ZERO),
            initial: terms.notional_principal,
            payment: terms.next_principal_redemption_payment.unwrap_or(Dec::ZERO),
            now: terms.start(),
        };
        if terms.is_running() {
            run.begin()?;
        }
        Ok(run)
    }

    /// The state at the initial exchange, or at the status date where that is later.
    fn begin(&mut self) -> Result<(), ScheduleFault> {
        self.notional = self.terms.notional_principal;
        self.accrued = self.first_accrued()?;
        if self.terms.next_principal_redemption_payment.is_some() {
            return Ok(());
        }
        match self.terms.contract_type {
            ContractType::LinearAmortizer => {
                let count = i128::try_from(self.plan.redemptions).unwrap_or(i128::MAX);
                let payment = self.notional.checked_div(Dec::from_i128(count)?)?;
                self.payment = self.terms.rounded(payment)?;
            }
            // Where the first payment is due at once, there is no day before to fix it on.
            ContractType::Annuity if !self.is_fixed_in_time() => {
                self.fix_payment(self.terms.is_running())?;
            }
            ContractType::Annuity
            | ContractType::PrincipalAtMaturity
            | ContractType::NegativeAmortizer => {}
        }
        Ok(())
    }

    /// Whether the plan fixes the payment before the first one is due.
    fn is_fixed_in_time(&self) -> bool {
        let kinds = self.plan.events.iter().map(|planned| planned.kind);
        let mut before = kinds.take_while(|kind| *kind != EventType::PrincipalRedemption);
        before.any(|kind| kind == EventType::PaymentFixing)
    }

    /// Interest that is already there at the beginning: given, or since the anchor of its cycle.
    fn first_accrued(&mut self) -> Result<Dec, ScheduleFault> {
        if let Some(accrued) = self.terms.accrued_interest {
            return Ok(accrued);
        }
        let Some(cycle) = self.terms.cycle_of_interest_payment else { return Ok(Dec::ZERO) };
        let anchor = self.terms.anchored(self.terms.cycle_anchor_date_of_interest_payment);
        let day = self.terms.end_of_month_convention;
        // Where no date of the cycle is over, the interest since the initial exchange is there.
        let before = cycle.last_before(anchor, self.now, day)?;
        let before = before.unwrap_or(self.terms.initial_exchange_date).min(self.now);
        Ok(self
            .notional
            .checked_mul(self.rates.period(self.rates.position(before), self.position)?)?)
    }

    /// Changes the state and gives the payment, received where positive.
    fn apply(&mut self, planned: &Planned) -> Result<Dec, ScheduleFault> {
        if planned.kind == EventType::InitialExchange {
            self.begin()?;
            let paid = self.notional.checked_add(self.terms.premium_discount_at_ied)?;
            return Ok(paid.negated());
        }
        self.accrue(planned.counts)?;
        match planned.kind {
            EventType::InitialExchange => Ok(Dec::ZERO),
            EventType::PrincipalRedemption => self.redeem(),
            EventType::InterestPayment => self.take_interest(),
            EventType::InterestCapitalization => {
                let interest = self.take_interest()?;
                self.notional = self.notional.checked_add(interest)?;
                Ok(Dec::ZERO)
            }
            EventType::RateResetFixed | EventType::RateReset => self.reset(planned),
            EventType::PaymentFixing => {
                self.fix_payment(true)?;
                Ok(Dec::ZERO)
            }
            EventType::Purchase => {
                let price = self.terms.purchase.map_or(Dec::ZERO, |purchase| purchase.price);
                let paid = price.checked_add(self.terms.rounded(self.accrued)?)?;
                Ok(paid.negated())
            }
            EventType::Termination => {
                let price = self.terms.termination.map_or(Dec::ZERO, |end| end.price);
                self.notional = Dec::ZERO;
                Ok(price.checked_add(self.take_interest()?)?)
            }
            EventType::Maturity => Ok(std::mem::take(&mut self.notional)),
        }
    }

    fn accrue(&mut self, to: Date) -> Result<(), ScheduleFault> {
        if self.now == to {
            return Ok(());
        }
        let base = match self.terms.interest_calculation_base {
            InterestBase::Outstanding => self.notional,
            InterestBase::Initial => self.initial,
        };
        let position = self.rates.position(to);
        let interest = base.checked_mul(self.rates.period(self.position, position)?)?;
        self.accrued = self.accrued.checked_add(interest)?;
        (self.now, self.position) = (to, position);
        Ok(())
    }

    /// Pays the accrued interest; what rounding cuts off is not owed any more.
    fn take_interest(&mut self) -> Result<Dec, ScheduleFault> {
        let interest = self.rounded_accrued()?;
        self.accrued = Dec::ZERO;
        Ok(interest)
    }

    fn rounded_accrued(&mut self) -> Result<Dec, ScheduleFault> {
        if self.rounded.0 != self.accrued {
            self.rounded = (self.accrued, self.terms.rounded(self.accrued)?);
        }
        Ok(self.rounded.1)
    }

    /// A redemption never exceeds what is outstanding. The payment of NAM and ANN holds the
    /// interest; where it does not cover that, the principal grows.
    fn redeem(&mut self) -> Result<Dec, ScheduleFault> {
        let wanted = match self.terms.contract_type {
            ContractType::NegativeAmortizer | ContractType::Annuity => {
                self.payment.checked_sub(self.rounded_accrued()?)?
            }
            ContractType::LinearAmortizer | ContractType::PrincipalAtMaturity => self.payment,
        };
        let redeemed = self.terms.rounded(wanted)?.min(self.notional);
        self.notional = self.notional.checked_sub(redeemed)?;
        Ok(redeemed)
    }

    fn reset(&mut self, planned: &Planned) -> Result<Dec, ScheduleFault> {
        let Some(reset) = &self.terms.rate_reset else { return Ok(Dec::ZERO) };
        let agreed = reset.next_reset_rate.filter(|_| planned.kind == EventType::RateResetFixed);
        let rate = if let Some(rate) = agreed {
            rate
        } else {
            let observed = self.market.rates.range(..=planned.counts).next_back();
            let observed = observed
                .map(|(_, rate)| *rate)
                .ok_or(ScheduleFault::RateMissing(planned.counts))?;
            reset.next_rate(self.rates.rate(), observed)?
        };
        self.rates = Rates::new(rate, self.terms.day_count_convention);
        Ok(Dec::ZERO)
    }

    /// Fixes the payment of an annuity over the payments that are not over.
    fn fix_payment(&mut self, today_is_over: bool) -> Result<(), ScheduleFault> {
        let now = self.now;
        let is_over = |date: &Date| *date < now || (today_is_over && *date == now);
        let over = self.plan.payments.partition_point(is_over);
        let left = self.plan.payments.get(over..).unwrap_or_default();
        let payment = self.rates.annuity(self.notional, self.accrued, (self.position, left))?;
        self.payment = self.terms.rounded(payment)?;
        Ok(())
    }

    fn event(&self, planned: &Planned, payoff: Dec) -> Event {
        let side = |amount: Dec| match self.terms.contract_role {
            Role::Asset => amount,
            Role::Liability => amount.negated(),
        };
        Event {
            date: planned.happens,
            kind: planned.kind,
            payoff: side(payoff),
            notional_principal: side(self.notional),
            nominal_interest_rate: self.rates.rate(),
            accrued_interest: side(self.accrued),
        }
    }
}
