//! Comparisons, membership, and the words between conditions.

use super::{Checker, Typed};
use crate::diagnostic::codes;
use crate::diagnostic::sink::Span;
use crate::ir::{Bool, Code, Compare, Ty};
use crate::syntax::ast::{Ends, Expr, ExprKind, Operator};

impl Checker<'_> {
    pub(super) fn logic(&mut self, operator: Operator, left: &Expr, right: &Expr) -> Option<Typed> {
        let a = self.condition(left);
        // The right side is evaluated only where the left one does not decide.
        let mark = self.refined.len();
        self.refine(left, operator == Operator::And);
        let b = self.condition(right);
        self.refined.truncate(mark);
        let (a, b) = (a?, b?);
        let (x, y) = (a.bool_code()?, b.bool_code()?);
        let node = if operator == Operator::And { Bool::And(x, y) } else { Bool::Or(x, y) };
        Some(self.bool(node, &[a, b]))
    }

    pub(super) fn comparison(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
    ) -> Option<Typed> {
        let (a, b) = self.pair(left, right)?;
        let compare = kind(operator)?;
        self.compare((compare, operator.symbol()), (left, a), (right, b))
    }

    fn compare(
        &mut self,
        operator: (Compare, &str),
        left: (&Expr, Typed),
        right: (&Expr, Typed),
    ) -> Option<Typed> {
        let ((left, a), (right, b)) = (left, right);
        let span = left.span.to(right.span);
        let amounts = [(a, right), (b, left)];
        if amounts.into_iter().any(|(typed, other)| {
            matches!(typed.ty, Ty::Money { .. })
                && matches!(other.kind, ExprKind::Number { value, .. } if !value.is_zero())
        }) {
            self.money_literal(span);
            return None;
        }
        self.common(a.ty, b.ty, span)?;
        let (compare, symbol) = operator;
        let ordered = !matches!(compare, Compare::Equal | Compare::NotEqual);
        let has_order =
            a.ty.is_number() || matches!(a.ty, Ty::Date | Ty::Money { .. } | Ty::Fx(..));
        if ordered && !has_order {
            let message = format!("`{symbol}` does not work with {}", self.ir.type_text(a.ty));
            self.sink.error(span, codes::TYPE, message);
            return None;
        }
        Some(match (a.code, b.code) {
            (Code::Num(x), Code::Num(y)) => self.bool(Bool::Numbers(compare, x, y), &[a, b]),
            (Code::Key(x), Code::Key(y)) => self.bool(Bool::Keys(compare, x, y), &[a, b]),
            (Code::Bool(x), Code::Bool(y)) => {
                let equal = self.bool(Bool::Equal(x, y), &[a, b]);
                if compare == Compare::Equal {
                    return Some(equal);
                }
                let code = equal.bool_code()?;
                self.bool(Bool::Not(code), &[equal])
            }
            (_, _) => {
                self.no_comparison(a.ty, span);
                return None;
            }
        })
    }

    fn no_comparison(&mut self, ty: Ty, span: Span) {
        let message = format!("a {} cannot be compared", self.ir.type_text(ty));
        self.sink.error(span, codes::TYPE, message);
    }

    /// `x in a .. b` and its half-open forms: two comparisons.
    pub(super) fn between(&mut self, value: &Expr, ends: &Ends) -> Option<Typed> {
        let low = if ends.low_closed { Compare::GreaterEqual } else { Compare::Greater };
        let high = if ends.high_closed { Compare::LessEqual } else { Compare::Less };
        let (a, b) = self.pair(value, &ends.low)?;
        let above = self.compare((low, "in"), (value, a), (&ends.low, b));
        let (a, b) = self.pair(value, &ends.high)?;
        let below = self.compare((high, "in"), (value, a), (&ends.high, b));
        let (above, below) = (above?, below?);
        let node = Bool::And(above.bool_code()?, below.bool_code()?);
        Some(self.bool(node, &[above, below]))
    }

    /// `x in set` and `x in [a, b]`.
    pub(super) fn within(&mut self, value: &Expr, set: &Expr) -> Option<Typed> {
        let a = self.expr(value, None)?;
        let Some(element) = a.ty.element() else { return self.within_numbers(a, value, set) };
        let b = self.expr(set, Some(Ty::Set(element)))?;
        let (Code::Key(key), Code::Set(reference)) = (a.code, b.code) else {
            let message = format!("`in` needs a set, not {}", self.ir.type_text(b.ty));
            self.sink.error(set.span, codes::TYPE, message);
            return None;
        };
        if b.ty != Ty::Set(element) {
            let (found, wanted) = (self.ir.type_text(a.ty), self.ir.type_text(b.ty));
            let message = format!("{found} cannot be in a {wanted}");
            self.sink.error(value.span.to(set.span), codes::TYPE, message);
            return None;
        }
        Some(self.bool(Bool::Within(key, reference), &[a, b]))
    }

    /// `x in [1, 2, 3]`: one comparison for each member.
    fn within_numbers(&mut self, a: Typed, value: &Expr, set: &Expr) -> Option<Typed> {
        let (true, ExprKind::Set(members)) = (a.ty.is_number(), &set.kind) else {
            let message = format!("`in` does not work with {}", self.ir.type_text(a.ty));
            self.sink.error(value.span.to(set.span), codes::TYPE, message);
            return None;
        };
        let mut tests = Vec::new();
        for member in members {
            let b = self.expr(member, Some(a.ty))?;
            tests.push(self.compare((Compare::Equal, "="), (value, a), (member, b))?);
        }
        // Joined in pairs, so that a long list does not nest deeply.
        while tests.len() > 1 {
            let mut joined = Vec::new();
            for pair in tests.chunks(2) {
                joined.push(match pair {
                    [x, y] => {
                        let node = Bool::Or(x.bool_code()?, y.bool_code()?);
                        self.bool(node, &[*x, *y])
                    }
                    [x, ..] => *x,
                    [] => continue,
                });
            }
            tests = joined;
        }
        let first = tests.first().copied();
        Some(first.unwrap_or_else(|| self.bool(Bool::Constant(false), &[])))
    }
}

const fn kind(operator: Operator) -> Option<Compare> {
    Some(match operator {
        Operator::Equal => Compare::Equal,
        Operator::NotEqual => Compare::NotEqual,
        Operator::Less => Compare::Less,
        Operator::LessEqual => Compare::LessEqual,
        Operator::Greater => Compare::Greater,
        Operator::GreaterEqual => Compare::GreaterEqual,
        Operator::Or
        | Operator::And
        | Operator::Add
        | Operator::Subtract
        | Operator::Multiply
        | Operator::Divide
        | Operator::Power => return None,
    })
}
