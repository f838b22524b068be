//! Plain values: what parameters, table cells and examples are given.

use super::Checker;
use super::types::country_key;
use crate::decimal::Dec;
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Sink, Span, nearest};
use crate::interval::Interval;
use crate::ir::{Ccy, Ir, Literal, Ty};
use crate::money::{Currency, padded};
use crate::syntax::ast::{Expr, ExprKind};

impl Checker<'_> {
    pub(super) fn literal(&mut self, expr: &Expr, ty: Ty) -> Option<Literal> {
        read(&mut self.ir, self.sink, expr, ty)
    }

    /// Reports a value outside its range.
    pub(super) fn in_range(
        &mut self,
        value: &Literal,
        range: Option<Interval>,
        span: Span,
        name: &str,
    ) {
        let (Literal::Number(value), Some(range)) = (value, range) else { return };
        if !range.contains(*value) {
            let message = format!("{value} is outside the range of `{name}`, which is {range}");
            self.sink.error(span, codes::RANGE, message);
        }
    }
}

/// Reads a plain value of a type.
pub(super) fn read(ir: &mut Ir, sink: &mut Sink, expr: &Expr, ty: Ty) -> Option<Literal> {
    match ty {
        Ty::Integer | Ty::Decimal | Ty::Percent | Ty::Money { .. } | Ty::Fx(..) => {
            number(ir, sink, expr, ty).map(Literal::Number)
        }
        Ty::Boolean => {
            if let ExprKind::Boolean(value) = expr.kind {
                return Some(Literal::Boolean(value));
            }
            mismatch(ir, sink, expr, ty)
        }
        Ty::Set(element) => {
            let ExprKind::Set(members) = &expr.kind else { return mismatch(ir, sink, expr, ty) };
            let keys: Vec<Option<i64>> =
                members.iter().map(|member| key(ir, sink, member, element.ty())).collect();
            let mut keys = keys.into_iter().collect::<Option<Vec<i64>>>()?;
            keys.sort_unstable();
            keys.dedup();
            ir.sets.push((element, keys));
            Some(Literal::Set(ir.sets.len().saturating_sub(1)))
        }
        Ty::Text | Ty::Date | Ty::Country | Ty::Currency | Ty::Codes(_) => {
            key(ir, sink, expr, ty).map(Literal::Key)
        }
    }
}

fn number(ir: &Ir, sink: &mut Sink, expr: &Expr, ty: Ty) -> Option<Dec> {
    let Some((value, percent)) = expr.written_number() else {
        return mismatch(ir, sink, expr, ty);
    };
    if ty == Ty::Integer && (percent || !value.is_integer()) {
        let message = format!("{value} is not an integer");
        sink.error(expr.span, codes::TYPE, message);
        return None;
    }
    let Ty::Money { currency, .. } = ty else { return Some(value) };
    if percent {
        let message = "an amount of money is not a percentage".to_owned();
        sink.error(expr.span, codes::TYPE, message);
        return None;
    }
    on_grid(ir, sink, expr.span, (currency, value))
}

fn on_grid(ir: &Ir, sink: &mut Sink, span: Span, money: (Ccy, Dec)) -> Option<Dec> {
    let (currency, value) = money;
    if let Some(bound) = ir.bound(currency)
        && value.scale() > bound.minor_units()
    {
        let places = bound.minor_units();
        let message = format!("{bound} has {places} decimal places, {} has more", padded(value, 0));
        sink.error(span, codes::OFF_GRID, message);
        return None;
    }
    Some(value)
}

fn key(ir: &mut Ir, sink: &mut Sink, expr: &Expr, ty: Ty) -> Option<i64> {
    match (ty, &expr.kind) {
        (Ty::Text, ExprKind::Text(text)) => Some(intern(ir, text)),
        (Ty::Date, ExprKind::Date(date)) => Some(date.days()),
        (Ty::Country | Ty::Currency | Ty::Codes(_), ExprKind::Name(name)) => constant(ir, name, ty)
            .or_else(|| {
                unknown_constant(ir, sink, expr.span, (name, ty));
                None
            }),
        (_, _) => mismatch(ir, sink, expr, ty),
    }
}

/// The position of a text in the pool of texts.
pub(super) fn intern(ir: &mut Ir, text: &str) -> i64 {
    let position = ir.texts.iter().position(|known| known == text).unwrap_or_else(|| {
        ir.texts.push(text.to_owned());
        ir.texts.len().saturating_sub(1)
    });
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// A code, country or currency by its word.
pub(crate) fn constant(ir: &Ir, word: &str, ty: Ty) -> Option<i64> {
    match ty {
        Ty::Codes(list) => {
            let position = ir.list(list)?.1.iter().position(|code| code == word)?;
            i64::try_from(position).ok()
        }
        Ty::Country => country_key(word),
        Ty::Currency => word.parse::<Currency>().ok().map(Currency::key),
        Ty::Integer
        | Ty::Decimal
        | Ty::Percent
        | Ty::Boolean
        | Ty::Text
        | Ty::Date
        | Ty::Set(_)
        | Ty::Money { .. }
        | Ty::Fx(..) => None,
    }
}

/// Reports a word that is no code, country or currency.
pub(super) fn unknown_constant(ir: &Ir, sink: &mut Sink, span: Span, what: (&str, Ty)) {
    let (word, ty) = what;
    match ty {
        Ty::Country => {
            let message = format!("`{word}` is not a country of ISO 3166-1");
            let help = "write two capital letters, such as SG";
            sink.advise(span, codes::UNKNOWN_COUNTRY, message, help);
            let capitals = word.to_ascii_uppercase();
            if super::is_country(&capitals) {
                sink.replacement(&capitals);
            }
        }
        Ty::Currency => {
            let message = format!("`{word}` is not a currency of ISO 4217 with a minor unit");
            sink.error(span, codes::UNKNOWN_CURRENCY, message);
            capitals_of_currency(sink, word);
        }
        Ty::Codes(list) => {
            let Some((name, members)) = ir.list(list) else { return };
            let candidate = nearest(word, members.iter().map(String::as_str));
            let message = format!("`{word}` is not in the code list `{name}`");
            sink.suggest(span, codes::UNKNOWN_NAME, message, candidate);
        }
        Ty::Integer
        | Ty::Decimal
        | Ty::Percent
        | Ty::Boolean
        | Ty::Text
        | Ty::Date
        | Ty::Set(_)
        | Ty::Money { .. }
        | Ty::Fx(..) => {}
    }
}

/// A currency that was not written in capitals.
pub(super) fn capitals_of_currency(sink: &mut Sink, word: &str) {
    let capitals = word.to_ascii_uppercase();
    if capitals.parse::<Currency>().is_ok() {
        sink.replacement(&capitals);
    }
}

fn mismatch<T>(ir: &Ir, sink: &mut Sink, expr: &Expr, ty: Ty) -> Option<T> {
    let wanted = ir.type_text(ty);
    let plain = matches!(
        expr.kind,
        ExprKind::Number { .. }
            | ExprKind::Text(_)
            | ExprKind::Date(_)
            | ExprKind::Boolean(_)
            | ExprKind::Set(_)
    );
    if plain {
        sink.error(expr.span, codes::TYPE, format!("expected a plain value of type {wanted}"));
    } else {
        let message = format!("expected a plain value of type {wanted}, not a calculation");
        let help = "calculate with `let`; parameters, cells and examples hold plain values";
        sink.advise(expr.span, codes::NOT_CONSTANT, message, help);
    }
    None
}
