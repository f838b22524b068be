//! Functions of finance: level payments and what they are worth.

use super::{Checker, Typed};
use crate::decimal::{Dec, EXPONENT_MAX};
use crate::diagnostic::codes;
use crate::interval::{Bound, Interval};
use crate::ir::{Num, Ty};
use crate::syntax::ast::Expr;

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
