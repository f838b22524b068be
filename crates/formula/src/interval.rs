//! Intervals of numbers: declared ranges, table cells, and what a value can become.

use std::fmt;

use crate::decimal::Dec;

/// One end of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) value: Dec,
    /// Whether the value itself belongs to the interval.
    pub(crate) closed: bool,
}

/// All numbers between two ends; an end that is missing is infinitely far away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Interval {
    pub(crate) low: Option<Bound>,
    pub(crate) high: Option<Bound>,
}

type Step = fn(Dec, Dec) -> Result<Dec, crate::decimal::DecFault>;

impl Interval {
    pub(crate) const ALL: Self = Self { low: None, high: None };

    pub(crate) const fn closed(low: Dec, high: Dec) -> Self {
        Self {
            low: Some(Bound { value: low, closed: true }),
            high: Some(Bound { value: high, closed: true }),
        }
    }

    pub(crate) const fn point(value: Dec) -> Self {
        Self::closed(value, value)
    }

    pub(crate) fn contains(&self, value: Dec) -> bool {
        let above =
            self.low.is_none_or(|b| if b.closed { value >= b.value } else { value > b.value });
        let below =
            self.high.is_none_or(|b| if b.closed { value <= b.value } else { value < b.value });
        above && below
    }

    pub(crate) fn is_positive(&self) -> bool {
        self.low.is_some_and(|b| b.value > Dec::ZERO || (b.value.is_zero() && !b.closed))
    }

    pub(crate) fn is_not_negative(&self) -> bool {
        self.low.is_some_and(|b| !b.value.is_negative())
    }

    /// The single number that the interval consists of, if it does.
    pub(crate) fn single(&self) -> Option<Dec> {
        match (self.low, self.high) {
            (Some(low), Some(high)) if low.value == high.value => Some(low.value),
            (_, _) => None,
        }
    }

    /// Whether nothing lies in it.
    pub(crate) fn is_empty(&self) -> bool {
        match (self.low, self.high) {
            (Some(low), Some(high)) => {
                low.value > high.value || (low.value == high.value && !(low.closed && high.closed))
            }
            (_, _) => false,
        }
    }

    /// Whether everything in it lies in the other one.
    pub(crate) fn lies_in(self, other: Self) -> bool {
        self.and(other) == self
    }

    /// What lies in both intervals; the tighter end wins.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            low: tighter(self.low, other.low, |a, b| a > b),
            high: tighter(self.high, other.high, |a, b| a < b),
        }
    }

    /// The smallest interval that holds both.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            low: wider(self.low, other.low, |a, b| a < b),
            high: wider(self.high, other.high, |a, b| a > b),
        }
    }

    /// Without zero, where zero is an end.
    pub(crate) fn without_zero(self) -> Self {
        let open = |b: Bound| Bound { closed: b.closed && !b.value.is_zero(), ..b };
        Self { low: self.low.map(open), high: self.high.map(open) }
    }

    pub(crate) fn negated(self) -> Self {
        let flip = |b: Bound| Bound { value: b.value.negated(), ..b };
        Self { low: self.high.map(flip), high: self.low.map(flip) }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let add = |a: Option<Bound>, b: Option<Bound>| combined(a?, b?, Dec::checked_add);
        Self { low: add(self.low, other.low), high: add(self.high, other.high) }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        self.plus(other.negated())
    }

    pub(crate) fn times(self, other: Self) -> Self {
        if let Some(result) = self.corners(other, Dec::checked_mul) {
            return result;
        }
        // With an end missing, only the sign of two numbers that are not negative is known.
        if self.is_not_negative() && other.is_not_negative() {
            let open = self.is_positive() && other.is_positive();
            return Self { low: Some(Bound { value: Dec::ZERO, closed: !open }), high: None };
        }
        Self::ALL
    }

    pub(crate) fn over(self, other: Self) -> Self {
        if !other.contains(Dec::ZERO)
            && other.low.is_none_or(|b| !b.value.is_zero())
            && other.high.is_none_or(|b| !b.value.is_zero())
            && let Some(result) = self.corners(other, Dec::checked_div)
        {
            return result;
        }
        if self.is_not_negative() && other.is_positive() {
            let low = Bound { value: Dec::ZERO, closed: !self.is_positive() };
            return Self { low: Some(low), high: None };
        }
        Self::ALL
    }

    /// The base must be positive for anything to be known.
    pub(crate) fn raised(self, exponent: Self) -> Self {
        if !self.is_positive() {
            return Self::ALL;
        }
        let unknown = Self { low: Some(Bound { value: Dec::ZERO, closed: false }), high: None };
        if self.low.is_some_and(|b| b.value.is_zero()) {
            return unknown;
        }
        self.corners(exponent, Dec::pow_int).unwrap_or(unknown)
    }

    /// The result of an operation that is monotone in each operand: its extremes are at the ends.
    fn corners(self, other: Self, step: Step) -> Option<Self> {
        let mut result: Option<Self> = None;
        for a in [self.low?, self.high?] {
            for b in [other.low?, other.high?] {
                let bound = combined(a, b, step)?;
                let corner = Self { low: Some(bound), high: Some(bound) };
                result = Some(result.map_or(corner, |so_far| so_far.or(corner)));
            }
        }
        result
    }
}

fn combined(a: Bound, b: Bound, step: Step) -> Option<Bound> {
    let value = step(a.value, b.value).ok()?;
    // Zero times anything is zero, whether or not the other end is reached.
    let by_zero = value.is_zero()
        && ((a.value.is_zero() && a.closed) || (b.value.is_zero() && b.closed))
        && (a.value.is_zero() != b.value.is_zero());
    Some(Bound { value, closed: (a.closed && b.closed) || by_zero })
}

fn tighter(a: Option<Bound>, b: Option<Bound>, wins: fn(Dec, Dec) -> bool) -> Option<Bound> {
    match (a, b) {
        (Some(a), Some(b)) if a.value == b.value => {
            Some(Bound { value: a.value, closed: a.closed && b.closed })
        }
        (Some(a), Some(b)) => Some(if wins(a.value, b.value) { a } else { b }),
        (one, other) => one.or(other),
    }
}

fn wider(a: Option<Bound>, b: Option<Bound>, wins: fn(Dec, Dec) -> bool) -> Option<Bound> {
    match (a, b) {
        (Some(a), Some(b)) if a.value == b.value => {
            Some(Bound { value: a.value, closed: a.closed || b.closed })
        }
        (Some(a), Some(b)) => Some(if wins(a.value, b.value) { a } else { b }),
        (_, _) => None,
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.low, self.high) {
            (None, None) => formatter.write_str("any"),
            (Some(low), None) => {
                write!(formatter, "{} {}", if low.closed { ">=" } else { ">" }, low.value)
            }
            (None, Some(high)) => {
                write!(formatter, "{} {}", if high.closed { "<=" } else { "<" }, high.value)
            }
            (Some(low), Some(high)) if low.closed && high.closed => {
                write!(formatter, "{} .. {}", low.value, high.value)
            }
            (Some(low), Some(high)) => {
                let (open, close) =
                    (if low.closed { '[' } else { '(' }, if high.closed { ']' } else { ')' });
                write!(formatter, "{open}{} .. {}{close}", low.value, high.value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(text: &str) -> Dec {
        text.parse().unwrap()
    }

    fn open_low(low: &str, high: &str) -> Interval {
        Interval {
            low: Some(Bound { value: dec(low), closed: false }),
            high: Some(Bound { value: dec(high), closed: true }),
        }
    }

    #[test]
    fn open_ends_stay_open_through_arithmetic() {
        let rate = open_low("0", "0.025");
        let factor = Interval::point(Dec::ONE).plus(rate);
        assert_eq!(factor.to_string(), "(1 .. 1.025]");
        let power = factor.raised(Interval::closed(dec("-480"), dec("-1")));
        assert!(!power.contains(Dec::ONE) && power.contains(dec("0.5")));
        let divisor = Interval::point(Dec::ONE).minus(power);
        assert!(divisor.is_positive(), "{divisor}");
    }

    #[test]
    fn products_and_quotients_take_their_extremes_at_the_ends() {
        let a = Interval::closed(dec("-2"), dec("3"));
        let b = Interval::closed(dec("4"), dec("5"));
        assert_eq!(a.times(b).to_string(), "-10 .. 15");
        assert_eq!(a.over(b).to_string(), "-0.5 .. 0.75");
        assert_eq!(b.over(a), Interval::ALL);
        assert_eq!(b.times(Interval::ALL), Interval::ALL);
        let positive =
            Interval { low: Some(Bound { value: Dec::ZERO, closed: false }), high: None };
        assert!(positive.over(positive).is_positive());
        assert!(positive.times(positive).is_positive());
    }
}
