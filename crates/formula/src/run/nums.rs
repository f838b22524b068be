//! Numbers.

use super::{Fault, Frame};
use crate::date::Date;
use crate::decimal::{Dec, Packed};
use crate::ir::{Ccy, Literal, Num, Places};
use crate::schedule::year_fraction;

impl Frame<'_> {
    /// A number. Leaves are read on the spot, which spares the better half of the calls.
    #[inline]
    pub(super) fn num(&mut self, node: usize) -> Result<Dec, Fault> {
        match self.ir.nums.get(node) {
            Some(Num::Constant(value) | Num::Param { value, .. }) => {
                self.step()?;
                Ok(*value)
            }
            Some(Num::Input(slot)) => {
                self.step()?;
                self.inputs.nums.get(*slot).copied().ok_or(Fault::Foreign)
            }
            Some(_) | None => Ok(self.calculate(node).unpacked()?),
        }
    }

    /// What takes a step of arithmetic.
    #[inline(never)]
    fn calculate(&mut self, node: usize) -> Packed {
        match self.calculated_number(node) {
            Ok(number) => number.into(),
            Err(fault) => fault.into(),
        }
    }

    #[inline]
    fn calculated_number(&mut self, node: usize) -> Result<Dec, Fault> {
        self.step()?;
        match self.ir.nums.get(node) {
            Some(Num::Named(index)) => match self.named(*index)? {
                Literal::Number(value) => Ok(value),
                Literal::Key(_) | Literal::Boolean(_) | Literal::Set(_) => Err(Fault::Foreign),
            },
            Some(Num::Add(a, b)) => Ok(self.num(*a)?.checked_add(self.num(*b)?)?),
            Some(Num::Subtract(a, b)) => Ok(self.num(*a)?.checked_sub(self.num(*b)?)?),
            Some(Num::Multiply(a, b)) => Ok(self.num(*a)?.checked_mul(self.num(*b)?)?),
            Some(Num::Divide(a, b)) => Ok(self.num(*a)?.checked_div(self.num(*b)?)?),
            Some(Num::Round { value, places, mode }) => {
                let places = self.places(*places)?;
                Ok(self.num(*value)?.round(places, *mode)?)
            }
            Some(rare) => Ok(self.rare(rare).unpacked()?),
            None => Err(Fault::Foreign),
        }
    }

    #[inline(never)]
    fn rare(&mut self, node: &Num) -> Packed {
        match self.rare_number(node) {
            Ok(number) => number.into(),
            Err(fault) => fault.into(),
        }
    }

    /// Everything else.
    #[inline]
    fn rare_number(&mut self, node: &Num) -> Result<Dec, Fault> {
        match *node {
            Num::Local(slot) => self.scratch.locals.get(slot).copied().ok_or(Fault::Foreign),
            Num::Negate(a) => Ok(self.num(a)?.negated()),
            Num::Abs(a) => Ok(self.num(a)?.abs()),
            Num::Power(a, b) => Ok(self.num(a)?.pow_int(self.num(b)?)?),
            Num::Min(a, b) => Ok(self.num(a)?.min(self.num(b)?)),
            Num::Max(a, b) => Ok(self.num(a)?.max(self.num(b)?)),
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
            // The others have been calculated before.
            Num::Constant(_)
            | Num::Param { .. }
            | Num::Input(_)
            | Num::Named(_)
            | Num::Add(..)
            | Num::Subtract(..)
            | Num::Multiply(..)
            | Num::Divide(..)
            | Num::Round { .. } => Err(Fault::Foreign),
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
