//! Functions and sums.

use super::collect::FUNCTIONS;
use super::{Checker, Counter, Typed};
use crate::decimal::{DIGITS_MAX, Dec, Rounding};
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Span, nearest};
use crate::interval::{Bound, Interval};
use crate::ir::{Key, Num, Places, Ty};
use crate::limits::STEPS_MAX;
use crate::syntax::ast::{Expr, ExprKind, Name, Sum};

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        name: &Name,
        arguments: &[Expr],
        expected: Option<Ty>,
    ) -> Option<Typed> {
        match (name.text.as_str(), arguments) {
            ("round", [value, places, mode]) => self.round(value, places, mode),
            ("floor", [value]) => self.whole(value, Rounding::Floor),
            ("ceiling", [value]) => self.whole(value, Rounding::Ceiling),
            ("abs", [value]) => self.absolute(value, expected),
            ("min" | "max", [_, _, ..]) => self.extreme(name.text == "min", arguments),
            ("convert", [amount, rate]) => self.convert(amount, rate),
            ("days", [earlier, later]) => self.days(earlier, later),
            ("add_months", [date, months]) => self.add_months(date, months),
            ("present", [argument]) => self.present(argument),
            ("annuity", [principal, rate, periods]) => self.annuity(principal, rate, periods),
            ("present_value", [payment, rate, periods]) => {
                self.present_value(payment, rate, periods)
            }
            ("year_fraction", [from, to, convention]) => self.year_fraction(from, to, convention),
            (known, _) if FUNCTIONS.contains(&known) => {
                self.wrong_arguments(name.span, known);
                None
            }
            (unknown, _) => {
                let candidate = nearest(unknown, FUNCTIONS.into_iter());
                let message = format!("there is no function `{unknown}`");
                self.sink.suggest(name.span, codes::UNKNOWN_FUNCTION, message, candidate);
                None
            }
        }
    }

    pub(super) fn wrong_arguments(&mut self, span: Span, function: &str) {
        let form = match function {
            "round" => "round(amount, home, half_even) or round(number, places, half_even)",
            "floor" => "floor(number)",
            "ceiling" => "ceiling(number)",
            "abs" => "abs(number)",
            "min" => "min(a, b)",
            "max" => "max(a, b)",
            "convert" => "convert(amount, rate)",
            "days" => "days(earlier, later)",
            "add_months" => "add_months(date, months)",
            "present" => "present(attribute)",
            "annuity" => "annuity(principal, rate_per_period, periods)",
            "present_value" => "present_value(payment, rate_per_period, periods)",
            "year_fraction" => "year_fraction(from, to, \"ACT/365F\")",
            _ => "sum(k in 1 .. n : expression)",
        };
        let message = format!("`{function}` is called with the wrong arguments");
        self.sink.advise(span, codes::ARGUMENTS, message, &format!("its form is {form}"));
    }

    fn round(&mut self, value: &Expr, places: &Expr, mode: &Expr) -> Option<Typed> {
        let typed = self.expr(value, None);
        let mode = self.mode(mode);
        let (typed, mode) = (typed?, mode?);
        let code = match typed.num_code() {
            Some(code) if typed.ty.is_number() || matches!(typed.ty, Ty::Money { .. }) => code,
            Some(_) | None => {
                let found = self.ir.type_text(typed.ty);
                let message = format!("`round` needs a number or money, not {found}");
                self.sink.error(value.span, codes::TYPE, message);
                return None;
            }
        };
        let Ty::Money { currency, .. } = typed.ty else {
            return self.round_number(typed, code, (places, mode));
        };
        let Some(named) = self.currency_argument(places) else {
            let name = self.ir.currency_name(currency).to_owned();
            let message = "money is rounded to its currency".to_owned();
            let help = format!("write `round(…, {name}, {mode})`");
            self.sink.advise(places.span, codes::ARGUMENTS, message, &help);
            return None;
        };
        if named != currency {
            self.currency_mix(currency, named, places.span);
            return None;
        }
        let node = Num::Round { value: code, places: Places::Of(currency), mode };
        let interval = loosened(typed.interval);
        Some(self.num((Ty::Money { currency, rounded: true }, interval), node, &[typed]))
    }

    fn round_number(&mut self, typed: Typed, code: usize, how: (&Expr, Rounding)) -> Option<Typed> {
        let (places, mode) = how;
        let count = if let ExprKind::Number { value, percent: false } = places.kind {
            value.to_i128().ok()
        } else {
            None
        };
        let Some(count) = count.and_then(|c| u32::try_from(c).ok()).filter(|c| *c <= DIGITS_MAX)
        else {
            let message = format!("the number of places is a whole number from 0 to {DIGITS_MAX}");
            self.sink.error(places.span, codes::ARGUMENTS, message);
            return None;
        };
        let ty = if count == 0 { Ty::Integer } else { typed.ty };
        let node = Num::Round { value: code, places: Places::Fixed(count), mode };
        let interval = Interval {
            low: rounded(typed.interval.low, count, mode),
            high: rounded(typed.interval.high, count, mode),
        };
        Some(self.num((ty, interval), node, &[typed]))
    }

    fn mode(&mut self, mode: &Expr) -> Option<Rounding> {
        let word = if let ExprKind::Name(word) = &mode.kind { word.as_str() } else { "" };
        let found = word.parse().ok();
        if found.is_none() {
            let names: Vec<&str> = Rounding::ALL.iter().map(|mode| mode.name()).collect();
            let message = "expected a way of rounding".to_owned();
            let candidate = nearest(word, names.iter().copied());
            self.sink.suggest(mode.span, codes::ARGUMENTS, message, candidate);
            if candidate.is_none() {
                self.sink.help(&format!("one of {}", names.join(", ")));
            }
        }
        found
    }

    fn whole(&mut self, value: &Expr, mode: Rounding) -> Option<Typed> {
        let typed = self.numeric(value)?;
        let node = Num::Round { value: typed.num_code()?, places: Places::Fixed(0), mode };
        let interval = Interval {
            low: rounded(typed.interval.low, 0, mode),
            high: rounded(typed.interval.high, 0, mode),
        };
        Some(self.num((Ty::Integer, interval), node, &[typed]))
    }

    /// An argument that must be a plain number.
    pub(super) fn numeric(&mut self, value: &Expr) -> Option<Typed> {
        let typed = self.expr(value, None)?;
        if typed.ty.is_number() {
            return Some(typed);
        }
        let message = format!("expected a number, found {}", self.ir.type_text(typed.ty));
        self.sink.error(value.span, codes::TYPE, message);
        if matches!(typed.ty, Ty::Money { .. }) {
            self.sink.help("divide by an amount of the same currency to get a number");
        }
        None
    }

    fn absolute(&mut self, value: &Expr, expected: Option<Ty>) -> Option<Typed> {
        let typed = self.expr(value, expected)?;
        let (Some(code), false) = (typed.num_code(), matches!(typed.ty, Ty::Fx(..))) else {
            return self.numeric(value);
        };
        let both = typed.interval.or(typed.interval.negated());
        let zero = Bound { value: Dec::ZERO, closed: true };
        let low = if typed.interval.is_not_negative() { typed.interval.low } else { Some(zero) };
        let interval = Interval { low, high: both.high };
        Some(self.num((typed.ty, interval), Num::Abs(code), &[typed]))
    }

    fn extreme(&mut self, least: bool, arguments: &[Expr]) -> Option<Typed> {
        let (first, rest) = arguments.split_first()?;
        let second = rest.first()?;
        let (mut so_far, next) = self.pair(first, second)?;
        so_far = self.extreme_of_two(least, (so_far, first), (next, second))?;
        for argument in rest.iter().skip(1) {
            let next = self.expr(argument, Some(so_far.ty))?;
            so_far = self.extreme_of_two(least, (so_far, first), (next, argument))?;
        }
        Some(so_far)
    }

    fn extreme_of_two(
        &mut self,
        least: bool,
        left: (Typed, &Expr),
        right: (Typed, &Expr),
    ) -> Option<Typed> {
        let ((a, left), (b, right)) = (left, right);
        let span = left.span.to(right.span);
        let ty = self.common(a.ty, b.ty, span)?;
        let (Some(x), Some(y), true) =
            (a.num_code(), b.num_code(), ty.is_number() || matches!(ty, Ty::Money { .. }))
        else {
            let message = format!("`min` and `max` do not work with {}", self.ir.type_text(ty));
            self.sink.error(span, codes::TYPE, message);
            return None;
        };
        let (node, interval) = if least {
            (Num::Min(x, y), least_of(a.interval, b.interval))
        } else {
            let mirrored = least_of(a.interval.negated(), b.interval.negated());
            (Num::Max(x, y), mirrored.negated())
        };
        Some(self.num((ty, interval), node, &[a, b]))
    }

    fn convert(&mut self, amount: &Expr, rate: &Expr) -> Option<Typed> {
        let (a, b) = (self.expr(amount, None), self.expr(rate, None));
        let (a, b) = (a?, b?);
        let (Ty::Money { currency, .. }, Ty::Fx(from, to)) = (a.ty, b.ty) else {
            self.wrong_arguments(amount.span.to(rate.span), "convert");
            return None;
        };
        if currency != from {
            self.currency_mix(currency, from, amount.span.to(rate.span));
            return None;
        }
        let ty = Ty::Money { currency: to, rounded: false };
        let node = Num::Multiply(a.num_code()?, b.num_code()?);
        Some(self.num((ty, a.interval.times(b.interval)), node, &[a, b]))
    }

    fn days(&mut self, earlier: &Expr, later: &Expr) -> Option<Typed> {
        let (a, b) = (self.expr(earlier, None), self.expr(later, None));
        let (a, b) = (a?, b?);
        if (a.ty, b.ty) != (Ty::Date, Ty::Date) {
            self.wrong_arguments(earlier.span.to(later.span), "days");
            return None;
        }
        let node = Num::DaysBetween { later: b.key_code()?, earlier: a.key_code()? };
        Some(self.num((Ty::Integer, Interval::ALL), node, &[a, b]))
    }

    fn add_months(&mut self, date: &Expr, months: &Expr) -> Option<Typed> {
        let (a, b) = (self.expr(date, None), self.expr(months, None));
        let (a, b) = (a?, b?);
        if (a.ty, b.ty) != (Ty::Date, Ty::Integer) {
            self.wrong_arguments(date.span.to(months.span), "add_months");
            return None;
        }
        let node = Key::PlusMonths { date: a.key_code()?, months: b.num_code()? };
        Some(self.key(Ty::Date, node, &[a, b]))
    }

    pub(super) fn sum(&mut self, sum: &Sum, span: Span) -> Option<Typed> {
        let taken = self.scope.contains_key(&sum.variable.text)
            || self.counters.iter().any(|counter| counter.name == sum.variable.text);
        if taken {
            let message = format!("`{}` already has a meaning", sum.variable.text);
            self.sink.error(sum.variable.span, codes::DUPLICATE_NAME, message);
            return None;
        }
        let low = self.bound(&sum.low);
        let high = self.bound(&sum.high);
        let (low, high) = (low?, high?);
        let rounds = self.rounds(low.interval, high.interval, sum.high.span);
        let local = self.counters.len();
        self.ir.locals = self.ir.locals.max(local.saturating_add(1));
        let interval = Interval { low: low.interval.low, high: high.interval.high };
        self.counters.push(Counter { name: sum.variable.text.clone(), local, interval });
        let body = self.expr(&sum.body, None);
        self.counters.pop();
        let (body, rounds) = (body?, rounds?);
        let Some(code) = body.num_code().filter(|_| !matches!(body.ty, Ty::Fx(..))) else {
            let found = self.ir.type_text(body.ty);
            let message = format!("a sum is made of numbers or money, not {found}");
            self.sink.error(sum.body.span, codes::TYPE, message);
            return None;
        };
        let zero = Bound { value: Dec::ZERO, closed: true };
        let floor = body.interval.is_not_negative().then_some(zero);
        let node = Num::Sum { local, low: low.num_code()?, high: high.num_code()?, body: code };
        let interval = Interval { low: floor, high: None };
        let ty = if body.ty == Ty::Percent { Ty::Decimal } else { body.ty };
        let mut typed = self.num((ty, interval), node, &[low, high, body]);
        let each = body.cost.saturating_add(1);
        typed.cost = rounds
            .saturating_mul(each)
            .saturating_add(low.cost)
            .saturating_add(high.cost)
            .saturating_add(1);
        if typed.cost > STEPS_MAX && body.cost <= STEPS_MAX {
            let message = format!("this sum alone can take {} steps", typed.cost);
            self.sink.error(span, codes::TOO_COSTLY, message);
        }
        Some(typed)
    }

    fn bound(&mut self, expr: &Expr) -> Option<Typed> {
        let typed = self.expr(expr, Some(Ty::Integer))?;
        if typed.ty == Ty::Integer {
            return Some(typed);
        }
        let message =
            format!("the limit of a sum is an integer, not {}", self.ir.type_text(typed.ty));
        self.sink.error(expr.span, codes::TYPE, message);
        None
    }

    /// The most rounds that a sum can take.
    fn rounds(&mut self, low: Interval, high: Interval, span: Span) -> Option<u64> {
        let (Some(first), Some(last)) = (low.low, high.high) else {
            let message = "the sum has no upper limit that is known beforehand".to_owned();
            let help = "give the attribute in its limits a range such as `in 1 .. 480`";
            self.sink.advise(span, codes::LOOP_UNBOUNDED, message, help);
            return None;
        };
        let count = last.value.checked_sub(first.value).and_then(Dec::to_i128).unwrap_or(i128::MAX);
        Some(u64::try_from(count.saturating_add(1).max(0)).unwrap_or(u64::MAX))
    }
}

fn rounded(bound: Option<Bound>, places: u32, mode: Rounding) -> Option<Bound> {
    let value = bound?.value.round(places, mode).ok()?;
    Some(Bound { value, closed: true })
}

/// After rounding to a currency of unknown grid only the sign is certain.
fn loosened(interval: Interval) -> Interval {
    let zero = Bound { value: Dec::ZERO, closed: true };
    Interval { low: interval.is_not_negative().then_some(zero), high: None }
}

/// What the smaller of two values can become.
fn least_of(a: Interval, b: Interval) -> Interval {
    let low = a.or(b).low;
    let high = match (a.high, b.high) {
        (Some(x), Some(y)) if x.value == y.value => {
            Some(Bound { value: x.value, closed: x.closed && y.closed })
        }
        (Some(x), Some(y)) => Some(if x.value < y.value { x } else { y }),
        (one, other) => one.or(other),
    };
    Interval { low, high }
}
