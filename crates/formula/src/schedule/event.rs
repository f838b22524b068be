//! What happens in the life of a contract.

use std::fmt;

use crate::date::Date;
use crate::decimal::Dec;

/// One event, with what it pays and the state of the contract after it.
///
/// Signs are those of the side that the terms take: a lender pays out at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When it happens.
    pub date: Date,
    /// What happens.
    pub kind: EventType,
    /// What is paid: received where positive, paid out where negative.
    pub payoff: Dec,
    /// The principal outstanding after it.
    pub notional_principal: Dec,
    /// The interest rate after it.
    pub nominal_interest_rate: Dec,
    /// The interest accrued and not yet paid after it.
    pub accrued_interest: Dec,
}

/// The kind of an event, in the order in which events of one day happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// `IED`: the principal is paid out.
    InitialExchange,
    /// `PR`: principal is redeemed.
    PrincipalRedemption,
    /// `IP`: interest is paid.
    InterestPayment,
    /// `IPCI`: interest is added to the principal.
    InterestCapitalization,
    /// `RRF`: the rate becomes one that is already agreed.
    RateResetFixed,
    /// `RR`: the rate follows the market.
    RateReset,
    /// `PRF`: the amount of the payments to come is fixed.
    PaymentFixing,
    /// `PRD`: the contract is bought; what happened before does not concern the buyer.
    Purchase,
    /// `TD`: the contract is sold or ended early.
    Termination,
    /// `MD`: the rest of the principal is redeemed.
    Maturity,
}

impl EventType {
    /// The acronym of ACTUS.
    #[must_use]
    pub const fn acronym(self) -> &'static str {
        match self {
            Self::InitialExchange => "IED",
            Self::PrincipalRedemption => "PR",
            Self::InterestPayment => "IP",
            Self::InterestCapitalization => "IPCI",
            Self::RateResetFixed => "RRF",
            Self::RateReset => "RR",
            Self::PaymentFixing => "PRF",
            Self::Purchase => "PRD",
            Self::Termination => "TD",
            Self::Maturity => "MD",
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.acronym())
    }
}
