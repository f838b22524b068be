//! What a condition tells about the names in it, for the branch where it holds or fails.

use super::{Checker, Refined};
use crate::interval::{Bound, Interval};
use crate::ir::{Entry, Literal};
use crate::syntax::ast::{Expr, ExprKind, Operator};

impl Checker<'_> {
    /// Adds what is known where the condition is `truth`.
    pub(super) fn refine(&mut self, condition: &Expr, truth: bool) {
        match &condition.kind {
            ExprKind::Not(inner) => self.refine(inner, !truth),
            ExprKind::Binary(Operator::And, left, right) if truth => {
                self.refine(left, true);
                self.refine(right, true);
            }
            ExprKind::Binary(Operator::Or, left, right) if !truth => {
                self.refine(left, false);
                self.refine(right, false);
            }
            ExprKind::Binary(operator, left, right) => {
                if let (Some(entry), Some(bound)) = (self.subject(left), constant_bound(right)) {
                    self.refine_by(entry, *operator, bound, truth);
                } else if let (Some(bound), Some(entry)) =
                    (constant_bound(left), self.subject(right))
                {
                    self.refine_by(entry, mirrored(*operator), bound, truth);
                }
            }
            ExprKind::Call(name, arguments) if truth && name.text == "present" => {
                let entry = arguments.first().and_then(|argument| self.subject(argument));
                let (interval, present) = (Interval::ALL, true);
                self.refined.extend(entry.map(|entry| Refined { entry, interval, present }));
            }
            ExprKind::Number { .. }
            | ExprKind::Text(_)
            | ExprKind::Date(_)
            | ExprKind::Boolean(_)
            | ExprKind::Name(_)
            | ExprKind::Set(_)
            | ExprKind::Negate(_)
            | ExprKind::If(..)
            | ExprKind::Between(..)
            | ExprKind::Within(..)
            | ExprKind::Otherwise(..)
            | ExprKind::Call(..)
            | ExprKind::Sum(_) => {}
        }
    }

    fn subject(&self, expr: &Expr) -> Option<Entry> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        self.scope.get(name).map(|(entry, _)| *entry)
    }

    fn refine_by(&mut self, entry: Entry, operator: Operator, bound: Bound, truth: bool) {
        let value = bound.value;
        let (closed, open) =
            (Some(Bound { value, closed: true }), Some(Bound { value, closed: false }));
        let above = |low| Interval { low, high: None };
        let below = |high| Interval { low: None, high };
        let interval = match (operator, truth) {
            (Operator::Greater, true) | (Operator::LessEqual, false) => above(open),
            (Operator::GreaterEqual, true) | (Operator::Less, false) => above(closed),
            (Operator::Less, true) | (Operator::GreaterEqual, false) => below(open),
            (Operator::LessEqual, true) | (Operator::Greater, false) => below(closed),
            (Operator::Equal, true) | (Operator::NotEqual, false) => Interval::point(value),
            (Operator::NotEqual, true) | (Operator::Equal, false) if value.is_zero() => {
                self.current(entry).without_zero()
            }
            (
                Operator::NotEqual
                | Operator::Equal
                | Operator::Or
                | Operator::And
                | Operator::Add
                | Operator::Subtract
                | Operator::Multiply
                | Operator::Divide
                | Operator::Power,
                _,
            ) => return,
        };
        self.refined.push(Refined { entry, interval, present: false });
    }

    fn current(&self, entry: Entry) -> Interval {
        let own = match entry {
            Entry::Attribute(index) => self.ir.attributes.get(index).and_then(|a| a.range),
            Entry::Param(index) => self.ir.params.get(index).and_then(|param| {
                let fixed = match param.value {
                    Literal::Number(value) => Some(Interval::point(value)),
                    Literal::Key(_) | Literal::Boolean(_) | Literal::Set(_) => None,
                };
                let slot = param.named.and_then(|slot| self.facts.get(slot).copied().flatten());
                param.range.or(slot.map(|fact| fact.interval)).or(fixed)
            }),
            Entry::Named(index) => {
                self.facts.get(index).copied().flatten().map(|fact| fact.interval)
            }
            Entry::Currency(_)
            | Entry::Codes(_)
            | Entry::Evidence(_)
            | Entry::Calendar(_)
            | Entry::Rates(_) => None,
        };
        self.known(entry, own.unwrap_or_default())
    }
}

fn constant_bound(expr: &Expr) -> Option<Bound> {
    expr.written_number().map(|(value, _)| Bound { value, closed: true })
}

const fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessEqual => Operator::GreaterEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterEqual => Operator::LessEqual,
        Operator::Or
        | Operator::And
        | Operator::Equal
        | Operator::NotEqual
        | Operator::Add
        | Operator::Subtract
        | Operator::Multiply
        | Operator::Divide
        | Operator::Power => operator,
    }
}
