//! Numbers.

use super::{Fault, Frame};
use crate::date::Date;
use crate::decimal::Dec;
use crate::ir::{Ccy, Literal, Num, Places};
use crate::schedule::year_fraction;

impl Frame<'_> {
    pub(super) fn num(&mut self, node: usize) -> Result<Dec, Fault> {
        self.step()?;
        match *self.ir.nums.get(node).ok_or(Fault::Foreign)? {
            Num::Constant(value) | Num::Param { value, .. } => Ok(value),
            Num::Input(slot) => self.inputs.nums.get(slot).copied().ok_or(Fault::Foreign),
            Num::Named(index) => match self.named(index)? {
                Literal::Number(value) => Ok(value),
                Literal::Key(_) | Literal::Boolean(_) | Literal::Set(_) => Err(Fault::Foreign),
            },
            Num::Local(slot) => self.scratch.locals.get(slot).copied().ok_or(Fault::Foreign),
            Num::Negate(a) => Ok(self.num(a)?.negated()),
            Num::Abs(a) => Ok(self.num(a)?.abs()),
            Num::Add(a, b) => Ok(self.num(a)?.checked_add(self.num(b)?)?),
            Num::Subtract(a, b) => Ok(self.num(a)?.checked_sub(self.num(b)?)?),
            Num::Multiply(a, b) => Ok(self.num(a)?.checked_mul(self.num(b)?)?),
            Num::Divide(a, b) => Ok(self.num(a)?.checked_div(self.num(b)?)?),
            Num::Power(a, b) => Ok(self.num(a)?.pow_int(self.num(b)?)?),
            Num::Min(a, b) => Ok(self.num(a)?.min(self.num(b)?)),
            Num::Max(a, b) => Ok(self.num(a)?.max(self.num(b)?)),
            Num::Round { value, places, mode } => {
                let places = self.places(places)?;
                Ok(self.num(value)?.round(places, mode)?)
            }
            Num::DaysBetween { later, earlier } => {
                let days = self.key(later)?.checked_sub(self.key(earlier)?).ok_or(Fault::Date)?;
                Ok(Dec::from_i128(days.into())?)
            }
            Num::Annuity { rate, periods } => {
                Ok(Dec::annuity_factor(self.num(rate)?, self.num(periods)?)?)
            }
            Num::YearFraction { from, to, convention } => {
                let from = Date::from_days(self.key(from)?)?;
                let to = Date::from_days(self.key(to)?)?;
                Ok(year_fraction(from, to, convention)?)
            }
            Num::If { condition, then, otherwise } => {
                if self.bool(condition)? {
                    self.num(then)
                } else {
                    self.num(otherwise)
                }
            }
            Num::Sum { local, low, high, body } => self.sum(local, (low, high), body),
        }
    }

    pub(super) fn places(&self, places: Places) -> Result<u32, Fault> {
        match places {
            Places::Fixed(count) => Ok(count),
            Places::Of(Ccy::Attribute(slot)) => {
                self.inputs.minor_units.get(slot).copied().ok_or(Fault::Foreign)
            }
            Places::Of(currency @ Ccy::Declared(_)) => self
                .ir
                .bound(currency)
                .map(crate::money::Currency::minor_units)
                .ok_or(Fault::Foreign),
        }
    }

    fn sum(&mut self, local: usize, ends: (usize, usize), body: usize) -> Result<Dec, Fault> {
        let (mut counter, last) = (self.num(ends.0)?, self.num(ends.1)?);
        let mut total = Dec::ZERO;
        while counter <= last {
            self.step()?;
            if let Some(slot) = self.scratch.locals.get_mut(local) {
                *slot = counter;
            }
            total = total.checked_add(self.num(body)?)?;
            counter = counter.checked_add(Dec::ONE)?;
        }
        Ok(total)
    }
}
