//! Functions of finance: level payments and what they are worth.

use super::{Checker, Typed};
use crate::decimal::{Dec, EXPONENT_MAX};
use crate::diagnostic::codes;
use crate::diagnostic::sink::nearest;
use crate::interval::{Bound, Interval};
use crate::ir::{Num, Ty};
use crate::schedule::DayCount;
use crate::syntax::ast::{Expr, ExprKind};

impl Checker<'_> {
    /// The level payment at the end of each period that repays a principal.
    pub(super) fn annuity(
        &mut self,
        principal: &Expr,
        rate: &Expr,
        periods: &Expr,
    ) -> Option<Typed> {
        let (amount, factor) = self.with_factor("annuity", principal, (rate, periods))?;
        let interval = amount.interval.over(factor.interval);
        let node = Num::Divide(amount.num_code()?, factor.num_code()?);
        Some(self.num((unrounded(amount.ty), interval), node, &[amount, factor]))
    }

    /// What level payments at the end of each period are worth at the beginning of the first.
    pub(super) fn present_value(
        &mut self,
        payment: &Expr,
        rate: &Expr,
        periods: &Expr,
    ) -> Option<Typed> {
        let (amount, factor) = self.with_factor("present_value", payment, (rate, periods))?;
        let interval = amount.interval.times(factor.interval);
        let node = Num::Multiply(amount.num_code()?, factor.num_code()?);
        Some(self.num((unrounded(amount.ty), interval), node, &[amount, factor]))
    }

    /// The part of a year between two dates.
    pub(super) fn year_fraction(
        &mut self,
        from: &Expr,
        to: &Expr,
        convention: &Expr,
    ) -> Option<Typed> {
        let (a, b) = (self.expr(from, None), self.expr(to, None));
        let convention = self.day_count(convention);
        let (a, b, convention) = (a?, b?, convention?);
        if (a.ty, b.ty) != (Ty::Date, Ty::Date) {
            self.wrong_arguments(from.span.to(to.span), "year_fraction");
            return None;
        }
        let (from, to) = (a.key_code()?, b.key_code()?);
        let node = Num::YearFraction { from, to, convention };
        Some(self.num((Ty::Decimal, Interval::ALL), node, &[a, b]))
    }

    /// The name of a day count convention in quotes.
    pub(super) fn day_count(&mut self, expr: &Expr) -> Option<DayCount> {
        let text = if let ExprKind::Text(text) = &expr.kind { text.as_str() } else { "" };
        let found = DayCount::ALL.into_iter().find(|known| known.name() == text);
        if found.is_none() {
            let names: Vec<&str> = DayCount::ALL.iter().map(|known| known.name()).collect();
            let message = "expected a day count convention in quotes".to_owned();
            let candidate = nearest(text, names.iter().copied()).map(|name| format!("\"{name}\""));
            self.sink.suggest(expr.span, codes::ARGUMENTS, message, candidate.as_deref());
            if candidate.is_none() {
                self.sink.help(&format!("one of {}", names.join(", ")));
            }
        }
        found
    }

    /// An amount, and what payments of 1 are worth.
    fn with_factor(
        &mut self,
        function: &str,
        amount: &Expr,
        terms: (&Expr, &Expr),
    ) -> Option<(Typed, Typed)> {
        let value = self.expr(amount, None);
        let (rate, periods) = (self.numeric(terms.0), self.expr(terms.1, Some(Ty::Integer)));
        let (value, rate, periods) = (value?, rate?, periods?);
        let fits = value.ty.is_number() || matches!(value.ty, Ty::Money { .. });
        if !fits || periods.ty != Ty::Integer {
            self.wrong_arguments(amount.span.to(terms.1.span), function);
            return None;
        }
        self.defined_for(rate.interval, above(Dec::ONE.negated()), terms.0, "the rate per period")?;
        let most = Dec::from_i128(EXPONENT_MAX).ok().map(|value| Bound { value, closed: true });
        let counts = Interval { high: most, ..above(Dec::ZERO) };
        self.defined_for(periods.interval, counts, terms.1, "the number of periods")?;
        let interval = Interval { low: above(Dec::ZERO).low, high: None };
        let node = Num::Annuity { rate: rate.num_code()?, periods: periods.num_code()? };
        let factor = self.num((Ty::Decimal, interval), node, &[rate, periods]);
        Some((value, factor))
    }

    /// Warns where an argument can leave what a function is defined for, and refuses one that
    /// cannot lie in it.
    fn defined_for(
        &mut self,
        argument: Interval,
        domain: Interval,
        expr: &Expr,
        what: &str,
    ) -> Option<()> {
        if argument.lies_in(domain) {
            return Some(());
        }
        let help = format!("give the attribute a range, or choose with `if`: {what} is {domain}");
        if argument.and(domain).is_empty() {
            let message = format!("{what} must be {domain}");
            self.sink.error(expr.span, codes::UNDEFINED, message);
            return None;
        }
        let message = format!("{what} may not be {domain}; the result is then an error");
        self.sink.warning(expr.span, codes::MAY_BE_UNDEFINED, message);
        self.sink.help(&help);
        Some(())
    }
}

const fn above(value: Dec) -> Interval {
    Interval { low: Some(Bound { value, closed: false }), high: None }
}

const fn unrounded(ty: Ty) -> Ty {
    if let Ty::Money { currency, .. } = ty {
        return Ty::Money { currency, rounded: false };
    }
    Ty::Decimal
}
