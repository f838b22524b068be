//! Calculations: which types go together, and what the result can become.

use super::{Checker, Typed};
use crate::decimal::Dec;
use crate::diagnostic::codes;
use crate::diagnostic::sink::Span;
use crate::interval::Interval;
use crate::ir::{Ccy, Entry, Key, Num, Ty};
use crate::syntax::ast::{Expr, ExprKind, Operator};
use crate::syntax::print;

impl Checker<'_> {
    pub(super) fn negate(&mut self, inner: &Expr, expected: Option<Ty>) -> Option<Typed> {
        let operand = self.expr(inner, expected)?;
        let numeric = operand.ty.is_number() || matches!(operand.ty, Ty::Money { .. });
        let (true, Some(code)) = (numeric, operand.num_code()) else {
            let found = self.ir.type_text(operand.ty);
            let message = format!("a minus needs a number or money, not {found}");
            self.sink.error(inner.span, codes::TYPE, message);
            return None;
        };
        let what = (operand.ty, operand.interval.negated());
        Some(self.num(what, Num::Negate(code), &[operand]))
    }

    pub(super) fn arithmetic(
        &mut self,
        operator: Operator,
        left: &Expr,
        right: &Expr,
    ) -> Option<Typed> {
        let alike = matches!(operator, Operator::Add | Operator::Subtract);
        let (a, b) = if alike { self.pair(left, right)? } else { self.both(left, right)? };
        let span = left.span.to(right.span);
        if alike && let Some(typed) = self.date_arithmetic(operator, a, b) {
            return Some(typed);
        }
        let ty = self.result_type(operator, (a.ty, b.ty), (left, right))?;
        let (x, y) = (a.num_code()?, b.num_code()?);
        let (node, interval) = match operator {
            Operator::Add => (Num::Add(x, y), a.interval.plus(b.interval)),
            Operator::Subtract => (Num::Subtract(x, y), a.interval.minus(b.interval)),
            Operator::Multiply => (Num::Multiply(x, y), a.interval.times(b.interval)),
            Operator::Divide => {
                self.check_divisor(b.interval, right.span)?;
                (Num::Divide(x, y), a.interval.over(b.interval))
            }
            Operator::Power => {
                self.check_power(a.interval, b.interval, span);
                (Num::Power(x, y), a.interval.raised(b.interval))
            }
            Operator::Or
            | Operator::And
            | Operator::Equal
            | Operator::NotEqual
            | Operator::Less
            | Operator::LessEqual
            | Operator::Greater
            | Operator::GreaterEqual => return None,
        };
        let whole = operator == Operator::Power && ty == Ty::Integer;
        let ty = if whole && !b.interval.is_not_negative() { Ty::Decimal } else { ty };
        Some(self.num((ty, interval), node, &[a, b]))
    }

    /// Both operands; faults in both are reported.
    fn both(&mut self, left: &Expr, right: &Expr) -> Option<(Typed, Typed)> {
        let (a, b) = (self.expr(left, None), self.expr(right, None));
        Some((a?, b?))
    }

    /// Both operands, each helping to read the other: codes, and the amount zero.
    pub(super) fn pair(&mut self, left: &Expr, right: &Expr) -> Option<(Typed, Typed)> {
        if self.is_weak(left) && !self.is_weak(right) {
            let b = self.expr(right, None);
            let a = self.expr(left, b.map(|b| b.ty));
            return Some((a?, b?));
        }
        let a = self.expr(left, None);
        let b = self.expr(right, a.map(|a| a.ty));
        Some((a?, b?))
    }

    /// A value whose type depends on what it stands beside.
    fn is_weak(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Number { value, .. } => value.is_zero(),
            ExprKind::Name(name) => {
                let counter = self.counters.iter().any(|counter| counter.name == *name);
                !counter && !self.scope.contains_key(name)
            }
            ExprKind::Text(_)
            | ExprKind::Date(_)
            | ExprKind::Boolean(_)
            | ExprKind::Set(_)
            | ExprKind::Not(_)
            | ExprKind::Negate(_)
            | ExprKind::Binary(..)
            | ExprKind::If(..)
            | ExprKind::Between(..)
            | ExprKind::Within(..)
            | ExprKind::Otherwise(..)
            | ExprKind::Call(..)
            | ExprKind::Sum(_) => false,
        }
    }

    fn date_arithmetic(&mut self, operator: Operator, a: Typed, b: Typed) -> Option<Typed> {
        match (operator, a.ty, b.ty) {
            (Operator::Subtract, Ty::Date, Ty::Date) => {
                let node = Num::DaysBetween { later: a.key_code()?, earlier: b.key_code()? };
                Some(self.num((Ty::Integer, Interval::ALL), node, &[a, b]))
            }
            (Operator::Add | Operator::Subtract, Ty::Date, Ty::Integer) => {
                let days = if operator == Operator::Add {
                    b
                } else {
                    self.num((Ty::Integer, b.interval.negated()), Num::Negate(b.num_code()?), &[b])
                };
                let node = Key::PlusDays { date: a.key_code()?, days: days.num_code()? };
                Some(self.key(Ty::Date, node, &[a, days]))
            }
            (_, _, _) => None,
        }
    }

    fn result_type(
        &mut self,
        operator: Operator,
        types: (Ty, Ty),
        exprs: (&Expr, &Expr),
    ) -> Option<Ty> {
        let (a, b) = types;
        let span = exprs.0.span.to(exprs.1.span);
        match (operator, a, b) {
            (Operator::Add | Operator::Subtract, Ty::Money { .. }, Ty::Money { .. }) => {
                self.common(a, b, span)
            }
            (Operator::Add | Operator::Subtract, a, b) if a.is_number() && b.is_number() => {
                self.common(a, b, span)
            }
            (Operator::Multiply, Ty::Money { currency, rounded }, other)
            | (Operator::Multiply, other, Ty::Money { currency, rounded })
                if other.is_number() =>
            {
                Some(Ty::Money { currency, rounded: rounded && other == Ty::Integer })
            }
            (Operator::Divide, Ty::Money { currency, .. }, other) if other.is_number() => {
                Some(Ty::Money { currency, rounded: false })
            }
            (Operator::Divide, Ty::Money { currency, .. }, Ty::Money { currency: other, .. }) => {
                if currency == other {
                    return Some(Ty::Decimal);
                }
                self.currency_mix(currency, other, span);
                None
            }
            (Operator::Multiply | Operator::Power, Ty::Integer, Ty::Integer) => Some(Ty::Integer),
            (Operator::Multiply | Operator::Divide, a, b) if a.is_number() && b.is_number() => {
                Some(Ty::Decimal)
            }
            (Operator::Power, a, Ty::Integer) if a.is_number() => Some(Ty::Decimal),
            (_, _, _) => {
                self.no_such_calculation(operator, types, exprs);
                None
            }
        }
    }

    fn no_such_calculation(&mut self, operator: Operator, types: (Ty, Ty), exprs: (&Expr, &Expr)) {
        let (a, b) = types;
        let span = exprs.0.span.to(exprs.1.span);
        let alike = matches!(operator, Operator::Add | Operator::Subtract);
        let amount = [(a, exprs.1), (b, exprs.0)].into_iter().find(|(ty, other)| {
            matches!(ty, Ty::Money { .. }) && matches!(other.kind, ExprKind::Number { .. })
        });
        if let (true, Some((_, literal))) = (alike, amount) {
            self.money_literal(literal.span);
            return;
        }
        let (left, right) = (self.ir.type_text(a), self.ir.type_text(b));
        let message = format!("`{}` does not work with {left} and {right}", operator.symbol());
        let help = match (operator, a, b) {
            (Operator::Multiply, Ty::Money { .. }, Ty::Money { .. }) => {
                "money times money has no meaning; divide one of them to get a ratio"
            }
            (Operator::Multiply, Ty::Fx(..), _) | (Operator::Multiply, _, Ty::Fx(..)) => {
                "use `convert(amount, rate)`"
            }
            (Operator::Power, _, _) => "an exponent is an integer",
            (_, _, _) => "",
        };
        self.sink.error(span, codes::TYPE, message);
        if !help.is_empty() {
            self.sink.help(help);
        }
    }

    pub(super) fn money_literal(&mut self, span: Span) {
        let message = "an amount of money can be written only as a parameter".to_owned();
        let help = "declare `param limit_amount : money home = …` and use its name; \
                    only 0 may stand in an expression";
        self.sink.advise(span, codes::MONEY_LITERAL, message, help);
    }

    fn check_divisor(&mut self, divisor: Interval, span: Span) -> Option<()> {
        if divisor.single() == Some(Dec::ZERO) {
            self.sink.error(span, codes::DIVISOR_ZERO, "the divisor is zero".to_owned());
            return None;
        }
        if divisor.contains(Dec::ZERO) {
            let message = "the divisor can become zero; the result is then an error".to_owned();
            self.sink.warning(span, codes::DIVISOR_MAY_BE_ZERO, message);
            let help = "give the attribute a range such as `> 0`, or choose with `if … = 0`";
            self.sink.help(help);
        }
        Some(())
    }

    fn check_power(&mut self, base: Interval, exponent: Interval, span: Span) {
        if base.contains(Dec::ZERO) && !exponent.is_positive() {
            let message = "zero to a power that is zero or negative is an error".to_owned();
            self.sink.warning(span, codes::DIVISOR_MAY_BE_ZERO, message);
        }
    }

    pub(super) fn currency_mix(&mut self, a: Ccy, b: Ccy, span: Span) {
        let (left, right) =
            (self.ir.currency_name(a).to_owned(), self.ir.currency_name(b).to_owned());
        let message = format!("money in `{left}` and in `{right}` cannot be put together");
        let rate = self
            .ir
            .attributes
            .iter()
            .find(|attribute| attribute.ty == Ty::Fx(a, b) || attribute.ty == Ty::Fx(b, a));
        let help = rate.map_or_else(
            || format!("convert first; declare an attribute of type `fx {right} -> {left}`"),
            |rate| format!("convert first, with `convert(amount, {})`", rate.name),
        );
        self.sink.advise(span, codes::CURRENCY_MIX, message, &help);
    }

    /// Checks that a value can stand where a type is declared.
    pub(super) fn assign(&mut self, value: &Typed, to: Ty, expr: &Expr) -> Option<()> {
        match (value.ty, to) {
            (
                Ty::Money { currency, rounded },
                Ty::Money { currency: wanted, rounded: must_be_rounded },
            ) => {
                if currency != wanted {
                    self.currency_mix(currency, wanted, expr.span);
                    return None;
                }
                if must_be_rounded && !rounded {
                    let name = self.ir.currency_name(wanted).to_owned();
                    let message = "the amount may lie between two cents of its currency".to_owned();
                    let help = format!("wrap it: `round(…, {name}, half_even)`");
                    self.sink.advise(expr.span, codes::UNROUNDED_MONEY, message, &help);
                    if !expr.span.cut {
                        let text = print::expression(expr);
                        self.sink.replacement(&format!("round({text}, {name}, half_even)"));
                    }
                    return None;
                }
                Some(())
            }
            (from, to) if from == to => Some(()),
            (from, Ty::Decimal | Ty::Percent) if from.is_number() => Some(()),
            (from, to) => {
                let (found, wanted) = (self.ir.type_text(from), self.ir.type_text(to));
                let message = format!("expected {wanted}, found {found}");
                self.sink.error(expr.span, codes::TYPE, message);
                let literal = matches!(expr.kind, ExprKind::Number { .. });
                if matches!(to, Ty::Money { .. }) && literal {
                    self.sink.help("an amount of money can be written only as a parameter");
                } else if to == Ty::Integer && from.is_number() {
                    self.sink.help("use `floor(…)`, `ceiling(…)` or `round(…, 0, half_even)`");
                }
                None
            }
        }
    }

    /// The entry of a name that must be a currency, for `round(amount, home, mode)`.
    pub(super) fn currency_argument(&self, expr: &Expr) -> Option<Ccy> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        match self.scope.get(name)?.0 {
            Entry::Currency(index) => Some(Ccy::Declared(index)),
            Entry::Attribute(index) => {
                let ty = self.ir.attributes.get(index)?.ty;
                (ty == Ty::Currency).then_some(Ccy::Attribute(index))
            }
            Entry::Codes(_)
            | Entry::Evidence(_)
            | Entry::Calendar(_)
            | Entry::Rates(_)
            | Entry::Param(_)
            | Entry::Named(_) => None,
        }
    }
}
