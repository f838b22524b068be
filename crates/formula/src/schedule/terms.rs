//! What the parties agreed, in the terms of the ACTUS dictionary.

use std::str::FromStr;

use super::calendar::BusinessDay;
use super::cycle::{Anchor, Cycle, EndOfMonth};
use super::day_count::DayCount;
use super::fault::ScheduleFault;
use crate::date::Date;
use crate::decimal::{Dec, Rounding};

/// The terms of a contract; fields have the names of the ACTUS dictionary.
///
/// [`Terms::new`] sets what every contract has; the other terms are absent until they are set.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Terms {
    /// Which contract it is.
    pub contract_type: ContractType,
    /// Whose side the signs of the payments take.
    pub contract_role: Role,
    /// The state that the terms describe is that of this date; earlier events are over.
    pub status_date: Option<Date>,
    /// When the principal is paid out.
    pub initial_exchange_date: Date,
    /// The principal, at the initial exchange or at the status date, whichever is later.
    pub notional_principal: Dec,
    /// Interest per year, as a fraction.
    pub nominal_interest_rate: Dec,
    /// How interest days are counted.
    pub day_count_convention: DayCount,
    /// What is paid out beside the principal at the beginning; negative for a discount.
    pub premium_discount_at_ied: Dec,
    /// Interest already accrued at the beginning.
    pub accrued_interest: Option<Dec>,
    /// When the contract ends.
    pub maturity_date: Option<Date>,
    /// The date over which an annuity is calculated, where the contract ends before.
    pub amortization_date: Option<Date>,
    /// First date of the interest cycle; one period after the initial exchange where absent.
    pub cycle_anchor_date_of_interest_payment: Option<Date>,
    /// How often interest is paid.
    pub cycle_of_interest_payment: Option<Cycle>,
    /// Until when interest is added to the principal and not paid.
    pub capitalization_end_date: Option<Date>,
    /// What interest of amortizing contracts is calculated on.
    pub interest_calculation_base: InterestBase,
    /// First date of the redemption cycle; one period after the initial exchange where absent.
    pub cycle_anchor_date_of_principal_redemption: Option<Date>,
    /// How often principal is redeemed.
    pub cycle_of_principal_redemption: Option<Cycle>,
    /// The redemption (LAM) or the whole payment (NAM, ANN) per cycle; calculated where absent.
    pub next_principal_redemption_payment: Option<Dec>,
    /// How the rate follows the market.
    pub rate_reset: Option<RateReset>,
    /// The contract is bought on a day for a price (`purchaseDate`, `priceAtPurchaseDate`).
    pub purchase: Option<Trade>,
    /// The contract is ended early (`terminationDate`, `priceAtTerminationDate`).
    pub termination: Option<Trade>,
    /// On which day of a month cycles fall.
    pub end_of_month_convention: EndOfMonth,
    /// Where events go that fall on a day without business.
    pub business_day_convention: BusinessDay,
    /// The grid that payments are rounded to; no term of ACTUS. The last payment takes the rest,
    /// so that all redemptions together are the principal. Without it all 34 digits are kept.
    pub rounding: Option<Grid>,
}

/// The contract type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContractType {
    /// `PAM`: interest on the way, the principal at the end.
    PrincipalAtMaturity,
    /// `LAM`: equal redemptions, interest on what is left.
    LinearAmortizer,
    /// `NAM`: equal payments; what they do not cover of the interest is added to the principal.
    NegativeAmortizer,
    /// `ANN`: equal payments that redeem the principal, fixed anew when the rate changes.
    Annuity,
}

/// Whose side the signs of the payments take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// `RPA`, real position asset: the lender.
    #[default]
    Asset,
    /// `RPL`, real position liability: the borrower.
    Liability,
}

/// What interest is calculated on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum InterestBase {
    /// `NT`: the principal outstanding.
    #[default]
    Outstanding,
    /// `NTIED`: the principal at the initial exchange.
    Initial,
}

/// How the rate follows the market: multiplier × observed rate + spread, within bounds.
#[derive(Clone, Debug)]
pub struct RateReset {
    /// `cycleAnchorDateOfRateReset`; one period after the initial exchange where absent.
    pub anchor: Option<Date>,
    /// `cycleOfRateReset`.
    pub cycle: Cycle,
    /// `nextResetRate`: the rate of the next reset is already known.
    pub next_reset_rate: Option<Dec>,
    /// `rateMultiplier`.
    pub multiplier: Dec,
    /// `rateSpread`.
    pub spread: Dec,
    /// `lifeCap`: the rate is never above.
    pub life_cap: Option<Dec>,
    /// `lifeFloor`: the rate is never below.
    pub life_floor: Option<Dec>,
    /// `periodCap`: the most that one reset adds.
    pub period_cap: Option<Dec>,
    /// `periodFloor`: the most that one reset takes away, as a positive number.
    pub period_floor: Option<Dec>,
}

/// A day and a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trade {
    /// The day.
    pub date: Date,
    /// The price, without accrued interest.
    pub price: Dec,
}

/// How payments are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Digits behind the decimal point, such as the minor unit of the currency.
    pub places: u32,
    /// The way of rounding.
    pub mode: Rounding,
}

impl RateReset {
    /// The rate becomes the observed one at every date of the cycle.
    #[must_use]
    pub fn new(cycle: Cycle) -> Self {
        Self {
            anchor: None,
            cycle,
            next_reset_rate: None,
            multiplier: Dec::ONE,
            spread: Dec::ZERO,
            life_cap: None,
            life_floor: None,
            period_cap: None,
            period_floor: None,
        }
    }

    /// The rate that follows on `current` when the market stands at `observed`. The bounds of the
    /// period come first, those of the whole life last.
    pub(super) fn next_rate(&self, current: Dec, observed: Dec) -> Result<Dec, ScheduleFault> {
        let mut rate = self.multiplier.checked_mul(observed)?.checked_add(self.spread)?;
        if let Some(cap) = self.period_cap {
            rate = rate.min(current.checked_add(cap)?);
        }
        if let Some(floor) = self.period_floor {
            rate = rate.max(current.checked_sub(floor)?);
        }
        rate = self.life_cap.map_or(rate, |cap| rate.min(cap));
        Ok(self.life_floor.map_or(rate, |floor| rate.max(floor)))
    }
}

impl Terms {
    /// A contract without cycles: what is not said has the default of ACTUS.
    #[must_use]
    pub fn new(contract_type: ContractType, from: Date, principal: Dec, rate: Dec) -> Self {
        Self {
            contract_type,
            contract_role: Role::default(),
            status_date: None,
            initial_exchange_date: from,
            notional_principal: principal,
            nominal_interest_rate: rate,
            day_count_convention: DayCount::Thirty360E,
            premium_discount_at_ied: Dec::ZERO,
            accrued_interest: None,
            maturity_date: None,
            amortization_date: None,
            cycle_anchor_date_of_interest_payment: None,
            cycle_of_interest_payment: None,
            capitalization_end_date: None,
            interest_calculation_base: InterestBase::default(),
            cycle_anchor_date_of_principal_redemption: None,
            cycle_of_principal_redemption: None,
            next_principal_redemption_payment: None,
            rate_reset: None,
            purchase: None,
            termination: None,
            end_of_month_convention: EndOfMonth::default(),
            business_day_convention: BusinessDay::default(),
            rounding: None,
        }
    }

    /// So many periods of a cycle, with interest and, but for PAM, redemption in each of them. The
    /// first ends on the anchor of the cycle, or one period after the initial exchange.
    pub fn over(mut self, periods: u32, cycle: Cycle) -> Result<Self, ScheduleFault> {
        if periods == 0 {
            return Err(ScheduleFault::Term { term: "periods", must: "be at least 1" });
        }
        let interest_only = self.contract_type == ContractType::PrincipalAtMaturity;
        let anchor = if interest_only {
            self.cycle_anchor_date_of_interest_payment
        } else {
            self.cycle_anchor_date_of_principal_redemption
        };
        let (anchor, day) = (self.anchored(anchor), self.end_of_month_convention);
        self.maturity_date = Some(cycle.nth(anchor, day, periods.saturating_sub(1))?);
        self.cycle_of_interest_payment = Some(cycle);
        if self.contract_type != ContractType::PrincipalAtMaturity {
            self.cycle_of_principal_redemption = Some(cycle);
        }
        Ok(self)
    }

    /// When the contract ends, if the terms say so.
    pub(super) fn end(&self) -> Option<Date> {
        self.maturity_date.or(self.amortization_date)
    }

    /// Anchor and cycle of the redemption.
    pub(super) fn redemption(&self) -> Result<(Anchor, Cycle), ScheduleFault> {
        let missing = ScheduleFault::Missing("cycleOfPrincipalRedemption");
        let cycle = self.cycle_of_principal_redemption.ok_or(missing)?;
        Ok((self.anchored(self.cycle_anchor_date_of_principal_redemption), cycle))
    }

    /// The anchor given, or one period after the initial exchange. Periods are then counted from
    /// the initial exchange, so that a loan of 31 January is due on 28 February and 31 March.
    pub(super) fn anchored(&self, anchor: Option<Date>) -> Anchor {
        anchor.map_or(Anchor { date: self.initial_exchange_date, first: 1 }, Anchor::from)
    }

    /// The date from which on the contract is looked at.
    pub(super) fn start(&self) -> Date {
        self.status_date
            .map_or(self.initial_exchange_date, |status| status.max(self.initial_exchange_date))
    }

    /// Whether the initial exchange is over at the status date.
    pub(super) fn is_running(&self) -> bool {
        self.status_date.is_some_and(|status| status >= self.initial_exchange_date)
    }

    /// The amount as it is paid.
    pub(super) fn rounded(&self, amount: Dec) -> Result<Dec, ScheduleFault> {
        Ok(match self.rounding {
            Some(grid) => amount.round(grid.places, grid.mode)?,
            None => amount,
        })
    }

    /// Refuses terms that contradict one another.
    pub(super) fn check(&self) -> Result<(), ScheduleFault> {
        let term = |term, must| Err(ScheduleFault::Term { term, must });
        let amortizes = self.contract_type != ContractType::PrincipalAtMaturity;
        if self.notional_principal.is_negative() {
            return term("notionalPrincipal", "not be negative");
        }
        if amortizes {
            self.redemption()?;
        } else if self.maturity_date.is_none() {
            return Err(ScheduleFault::Missing("maturityDate"));
        }
        if self.end().is_some_and(|end| end <= self.start()) {
            return term("maturityDate", "lie after the initial exchange and the status date");
        }
        if self.amortization_date.is_some_and(|date| Some(date) < self.maturity_date) {
            return term("amortizationDate", "not lie before maturityDate");
        }
        if self.next_principal_redemption_payment.is_some_and(Dec::is_negative) {
            return term("nextPrincipalRedemptionPayment", "not be negative");
        }
        self.check_type()
    }

    /// A purchase and a termination happen while the contract runs.
    pub(super) fn check_trades(&self, maturity: Date) -> Result<(), ScheduleFault> {
        let trades = [("purchaseDate", self.purchase), ("terminationDate", self.termination)];
        for (term, trade) in trades {
            if trade.is_some_and(|trade| trade.date <= self.start() || trade.date > maturity) {
                let must = "lie between the beginning and the maturity of the contract";
                return Err(ScheduleFault::Term { term, must });
            }
        }
        Ok(())
    }

    fn check_type(&self) -> Result<(), ScheduleFault> {
        let term = |term, must| Err(ScheduleFault::Term { term, must });
        let payment = self.next_principal_redemption_payment;
        let kind = self.contract_type;
        if kind == ContractType::NegativeAmortizer && payment.is_none() {
            return Err(ScheduleFault::Missing("nextPrincipalRedemptionPayment"));
        }
        if kind != ContractType::PrincipalAtMaturity && payment.is_none() && self.end().is_none() {
            return Err(ScheduleFault::Missing("maturityDate"));
        }
        if kind != ContractType::Annuity && self.amortization_date.is_some() {
            return term("amortizationDate", "belong to an annuity");
        }
        let amortizes =
            matches!(kind, ContractType::LinearAmortizer | ContractType::NegativeAmortizer);
        if self.interest_calculation_base == InterestBase::Initial && !amortizes {
            return term("interestCalculationBase", "be NT for PAM and ANN");
        }
        Ok(())
    }
}

impl FromStr for ContractType {
    type Err = ScheduleFault;

    /// Reads the acronym of ACTUS.
    fn from_str(acronym: &str) -> Result<Self, ScheduleFault> {
        Ok(match acronym {
            "PAM" => Self::PrincipalAtMaturity,
            "LAM" => Self::LinearAmortizer,
            "NAM" => Self::NegativeAmortizer,
            "ANN" => Self::Annuity,
            _ => {
                return Err(ScheduleFault::Acronym {
                    term: "contractType",
                    given: acronym.to_owned(),
                });
            }
        })
    }
}
