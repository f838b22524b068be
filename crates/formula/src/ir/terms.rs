//! The terms of a payment schedule: what formulas call them, and what ACTUS calls them.

use super::{Ccy, Code, Place};
use crate::schedule::{
    BusinessDay, Calendar, ContractType, Cycle, DayCount, EndOfMonth, InterestBase,
};

/// A term of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Term {
    Principal,
    Rate,
    From,
    To,
    Periods,
    Payment,
    Cycle,
    Anchor,
    InterestCycle,
    InterestAnchor,
    InterestBase,
    DayCount,
    EndOfMonth,
    BusinessDay,
    Calendar,
    CapitalizationEnd,
    AmortizationEnd,
    PremiumDiscount,
    ResetCycle,
    ResetAnchor,
    Rates,
    NextResetRate,
    Multiplier,
    Spread,
    LifeCap,
    LifeFloor,
    PeriodCap,
    PeriodFloor,
}

/// What a term is given as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// A number that is calculated.
    Number,
    /// A whole number that is calculated.
    Count,
    /// A date that is calculated.
    Date,
    /// An amount of money that is calculated.
    Amount,
    /// A word of ACTUS, true or false, or a name: part of the program, never calculated.
    Constant,
}

impl Term {
    /// Each term, its name, the name that the ACTUS dictionary has for it, and its form.
    pub(crate) const ALL: [(Self, &'static str, &'static str, Given); 28] = [
        (Self::Principal, "principal", "notionalPrincipal", Given::Amount),
        (Self::Rate, "rate", "nominalInterestRate", Given::Number),
        (Self::From, "from", "initialExchangeDate", Given::Date),
        (Self::To, "to", "maturityDate", Given::Date),
        (Self::Periods, "periods", "maturityDate", Given::Count),
        (Self::Payment, "payment", "nextPrincipalRedemptionPayment", Given::Amount),
        (Self::Cycle, "cycle", "cycleOfPrincipalRedemption", Given::Constant),
        (Self::Anchor, "anchor", "cycleAnchorDateOfPrincipalRedemption", Given::Date),
        (Self::InterestCycle, "interest_cycle", "cycleOfInterestPayment", Given::Constant),
        (Self::InterestAnchor, "interest_anchor", "cycleAnchorDateOfInterestPayment", Given::Date),
        (Self::InterestBase, "interest_base", "interestCalculationBase", Given::Constant),
        (Self::DayCount, "day_count", "dayCountConvention", Given::Constant),
        (Self::EndOfMonth, "end_of_month", "endOfMonthConvention", Given::Constant),
        (Self::BusinessDay, "business_day", "businessDayConvention", Given::Constant),
        (Self::Calendar, "calendar", "calendar", Given::Constant),
        (Self::CapitalizationEnd, "capitalization_end", "capitalizationEndDate", Given::Date),
        (Self::AmortizationEnd, "amortization_end", "amortizationDate", Given::Date),
        (Self::PremiumDiscount, "premium_discount", "premiumDiscountAtIED", Given::Amount),
        (Self::ResetCycle, "reset_cycle", "cycleOfRateReset", Given::Constant),
        (Self::ResetAnchor, "reset_anchor", "cycleAnchorDateOfRateReset", Given::Date),
        (Self::Rates, "rates", "marketObjectCodeOfRateReset", Given::Constant),
        (Self::NextResetRate, "next_reset_rate", "nextResetRate", Given::Number),
        (Self::Multiplier, "multiplier", "rateMultiplier", Given::Number),
        (Self::Spread, "spread", "rateSpread", Given::Number),
        (Self::LifeCap, "life_cap", "lifeCap", Given::Number),
        (Self::LifeFloor, "life_floor", "lifeFloor", Given::Number),
        (Self::PeriodCap, "period_cap", "periodCap", Given::Number),
        (Self::PeriodFloor, "period_floor", "periodFloor", Given::Number),
    ];

    /// The term of a name.
    pub(crate) fn named(name: &str) -> Option<(Self, Given)> {
        let found = Self::ALL.into_iter().find(|(_, known, ..)| *known == name);
        found.map(|(term, _, _, given)| (term, given))
    }

    /// What formulas call it.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.into_iter().find(|(term, ..)| *term == self).map_or("", |(_, name, ..)| name)
    }
}

/// A list of rates: from each date on the rate beside it holds.
#[derive(Clone, Debug)]
pub(crate) struct DatedRates {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) locked: bool,
    /// The code of a date and of its rate.
    pub(crate) entries: Vec<(usize, usize)>,
    /// The most steps that the evaluation of all of them takes.
    pub(crate) cost: u64,
}

/// A calendar of business days.
#[derive(Clone, Debug)]
pub(crate) struct NamedCalendar {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) locked: bool,
    pub(crate) calendar: Calendar,
}

/// The calculated terms of a schedule, in the order of [`Term`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Calculated(pub(crate) Vec<(Term, Code)>);

impl Calculated {
    /// The code of a term, if it is given.
    pub(crate) fn get(&self, term: Term) -> Option<Code> {
        self.0.iter().find(|(known, _)| *known == term).map(|(_, code)| *code)
    }
}

/// A payment schedule: the terms that are part of the program, and the code of those that are
/// calculated.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) contract: ContractType,
    pub(crate) currency: Ccy,
    pub(crate) calculated: Calculated,
    pub(crate) constants: Constants,
    pub(crate) place: Place,
}

/// The terms of a schedule that are part of the program.
#[derive(Clone, Debug)]
pub(crate) struct Constants {
    /// Of redemption, or of interest where nothing is redeemed on the way.
    pub(crate) cycle: Option<Cycle>,
    /// Of interest, where it is not that of redemption.
    pub(crate) interest_cycle: Option<Cycle>,
    pub(crate) interest_base: InterestBase,
    pub(crate) day_count: DayCount,
    pub(crate) end_of_month: EndOfMonth,
    pub(crate) business_day: BusinessDay,
    /// Position of the calendar.
    pub(crate) calendar: Option<usize>,
    /// How often the rate follows the market, and the position of the rates.
    pub(crate) reset: Option<(Cycle, usize)>,
}

impl Schedule {
    /// The contract types and what formulas call them.
    pub(crate) const CONTRACTS: [(&'static str, ContractType); 4] = [
        ("PAM", ContractType::PrincipalAtMaturity),
        ("LAM", ContractType::LinearAmortizer),
        ("NAM", ContractType::NegativeAmortizer),
        ("ANN", ContractType::Annuity),
    ];

    /// What formulas call its contract type.
    pub(crate) fn contract_name(&self) -> &'static str {
        let found = Self::CONTRACTS.into_iter().find(|(_, kind)| *kind == self.contract);
        found.map_or("", |(name, _)| name)
    }

    /// Whether principal is redeemed on the way.
    pub(crate) fn amortizes(&self) -> bool {
        self.contract != ContractType::PrincipalAtMaturity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_lists_every_term_with_its_name_in_actus() {
        let guide = include_str!("../../../../docs/formulas.md");
        for (term, name, actus, _) in Term::ALL {
            assert_eq!((term.name(), Term::named(name).map(|(term, _)| term)), (name, Some(term)));
            let row = format!("| `{name}` | {actus} |");
            assert!(guide.contains(&row), "the guide misses {row}");
        }
    }
}
