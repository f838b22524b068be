//! Conditions.

use std::cmp::Ordering;

use super::{Fault, Frame};
use crate::ir::{Bool, Compare, Literal, SetRef};

impl Frame<'_> {
    pub(super) fn bool(&mut self, node: usize) -> Result<bool, Fault> {
        self.step()?;
        match *self.ir.bools.get(node).ok_or(Fault::Foreign)? {
            Bool::Constant(value) | Bool::Param { value, .. } => Ok(value),
            Bool::Input(slot) => {
                self.inputs.keys.get(slot).map(|key| *key != 0).ok_or(Fault::Foreign)
            }
            Bool::Named(index) => match self.named(index)? {
                Literal::Boolean(value) => Ok(value),
                Literal::Number(_) | Literal::Key(_) | Literal::Set(_) => Err(Fault::Foreign),
            },
            Bool::Present(slot) => Ok(self.inputs.has(slot)),
            Bool::Not(a) => Ok(!self.bool(a)?),
            Bool::And(a, b) => Ok(self.bool(a)? && self.bool(b)?),
            Bool::Or(a, b) => Ok(self.bool(a)? || self.bool(b)?),
            Bool::Equal(a, b) => Ok(self.bool(a)? == self.bool(b)?),
            Bool::Numbers(compare, a, b) => Ok(holds(compare, self.num(a)?.cmp(&self.num(b)?))),
            Bool::Keys(compare, a, b) => Ok(holds(compare, self.key(a)?.cmp(&self.key(b)?))),
            Bool::Within(key, set) => {
                let key = self.key(key)?;
                Ok(self.members(set)?.contains(&key))
            }
            Bool::If { condition, then, otherwise } => {
                if self.bool(condition)? {
                    self.bool(then)
                } else {
                    self.bool(otherwise)
                }
            }
        }
    }

    fn members(&self, set: SetRef) -> Result<&[i64], Fault> {
        let members = match set {
            SetRef::Constant(set) | SetRef::Param { set, .. } => {
                self.ir.sets.get(set).map(|(_, members)| members)
            }
            SetRef::Input(slot) => self.inputs.sets.get(slot),
        };
        members.map(Vec::as_slice).ok_or(Fault::Foreign)
    }
}

const fn holds(compare: Compare, ordering: Ordering) -> bool {
    match compare {
        Compare::Equal => ordering.is_eq(),
        Compare::NotEqual => ordering.is_ne(),
        Compare::Less => ordering.is_lt(),
        Compare::LessEqual => ordering.is_le(),
        Compare::Greater => ordering.is_gt(),
        Compare::GreaterEqual => ordering.is_ge(),
    }
}
