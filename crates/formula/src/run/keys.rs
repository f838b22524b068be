//! Dates, codes, countries, currencies and texts.

use super::{Fault, Frame};
use crate::date::Date;
use crate::ir::{Key, Literal};

impl Frame<'_> {
    #[inline]
    pub(super) fn key(&mut self, node: usize) -> Result<i64, Fault> {
        match self.ir.keys.get(node) {
            Some(Key::Constant(_, value) | Key::Param { value, .. }) => {
                self.step()?;
                Ok(*value)
            }
            Some(Key::Input(slot)) => {
                self.step()?;
                self.inputs.keys.get(*slot).copied().ok_or(Fault::Foreign)
            }
            Some(_) | None => self.calculate_key(node),
        }
    }

    fn calculate_key(&mut self, node: usize) -> Result<i64, Fault> {
        self.step()?;
        match *self.ir.keys.get(node).ok_or(Fault::Foreign)? {
            Key::Constant(_, value) | Key::Param { value, .. } => Ok(value),
            Key::Input(slot) => self.inputs.keys.get(slot).copied().ok_or(Fault::Foreign),
            Key::Named(index) => match self.named(index)? {
                Literal::Key(value) => Ok(value),
                Literal::Number(_) | Literal::Boolean(_) | Literal::Set(_) => Err(Fault::Foreign),
            },
            Key::PlusDays { date, days } => {
                let date = Date::from_days(self.key(date)?)?;
                Ok(date.plus_days(self.count(days)?)?.days())
            }
            Key::PlusMonths { date, months } => {
                let date = Date::from_days(self.key(date)?)?;
                Ok(date.plus_months(self.count(months)?)?.days())
            }
            Key::If { condition, then, otherwise } => {
                if self.bool(condition)? {
                    self.key(then)
                } else {
                    self.key(otherwise)
                }
            }
        }
    }

    fn count(&mut self, node: usize) -> Result<i64, Fault> {
        i64::try_from(self.num(node)?.to_i128()?).map_err(|_| Fault::Date)
    }
}
