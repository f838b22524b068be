//! The nodes of expressions: three arenas, by the kind of value.

use super::{Ccy, Ty};
use crate::decimal::{Dec, Rounding};
use crate::schedule::DayCount;

/// Where an expression lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Num(usize),
    Bool(usize),
    Key(usize),
    Set(SetRef),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetRef {
    Constant(usize),
    Param { index: usize, set: usize },
    Input(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// The number of decimal places that a rounding keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Places {
    Fixed(u32),
    Of(Ccy),
}

/// An expression whose value is a number (money and exchange rates included).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Num {
    Constant(Dec),
    Input(usize),
    Param {
        index: usize,
        value: Dec,
    },
    Named(usize),
    Local(usize),
    Negate(usize),
    Abs(usize),
    Add(usize, usize),
    Subtract(usize, usize),
    Multiply(usize, usize),
    Divide(usize, usize),
    Power(usize, usize),
    Min(usize, usize),
    Max(usize, usize),
    Round {
        value: usize,
        places: Places,
        mode: Rounding,
    },
    DaysBetween {
        later: usize,
        earlier: usize,
    },
    /// What `periods` payments of 1 are worth at `rate` per period: the sum of `(1 + rate) ** -k`.
    Annuity {
        rate: usize,
        periods: usize,
    },
    YearFraction {
        from: usize,
        to: usize,
        convention: DayCount,
    },
    If {
        condition: usize,
        then: usize,
        otherwise: usize,
    },
    Sum {
        local: usize,
        low: usize,
        high: usize,
        body: usize,
    },
}

/// An expression that is true or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bool {
    Constant(bool),
    Input(usize),
    Param {
        index: usize,
        value: bool,
    },
    Named(usize),
    Not(usize),
    And(usize, usize),
    Or(usize, usize),
    Equal(usize, usize),
    Numbers(Compare, usize, usize),
    Keys(Compare, usize, usize),
    Within(usize, SetRef),
    /// Whether the attribute of a slot was given.
    Present(usize),
    If {
        condition: usize,
        then: usize,
        otherwise: usize,
    },
}

/// An expression whose value is a date, code, country, currency or text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Constant(Ty, i64),
    Input(usize),
    Param { index: usize, value: i64 },
    Named(usize),
    PlusDays { date: usize, days: usize },
    PlusMonths { date: usize, months: usize },
    If { condition: usize, then: usize, otherwise: usize },
}
