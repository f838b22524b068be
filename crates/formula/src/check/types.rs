//! From types as written to types as meant.

use super::Checker;
use crate::diagnostic::codes;
use crate::diagnostic::sink::nearest;
use crate::interval::Interval;
use crate::ir::{Ccy, Entry, Ty};
use crate::syntax::ast::{Name, Type, TypeKind};

/// A country of ISO 3166-1 alpha-2, in capital letters.
pub(crate) fn is_country(code: &str) -> bool {
    code.len() == 2
        && code.bytes().all(|byte| byte.is_ascii_uppercase())
        && celes::Country::from_alpha2(code).is_ok()
}

/// Two capital letters as a number.
pub(crate) fn country_key(code: &str) -> Option<i64> {
    let known = is_country(code);
    known.then(|| code.bytes().fold(0, |key, byte| (key << 8) | i64::from(byte)))
}

impl Checker<'_> {
    /// The type and its range, if both make sense.
    pub(super) fn resolve(&mut self, ty: &Type) -> Option<(Ty, Option<Interval>)> {
        let kind = self.resolve_kind(&ty.kind, ty)?;
        let Some((interval, span)) = ty.range else { return Some((kind, None)) };
        let numeric = kind.is_number() || matches!(kind, Ty::Money { .. } | Ty::Fx(..));
        if !numeric {
            let message = format!("a {} has no range", self.ir.type_text(kind));
            self.sink.error(span, codes::RANGE, message);
            return None;
        }
        Some((kind, Some(interval)))
    }

    /// The type of a calculated value, which cannot have a range of its own.
    pub(super) fn resolve_plain(&mut self, ty: &Type) -> Option<Ty> {
        let (kind, range) = self.resolve(ty)?;
        if let (Some(_), Some((_, span))) = (range, ty.range) {
            let message = "only attributes and parameters have a range".to_owned();
            let help = "demand the range with a rule";
            self.sink.advise(span, codes::RANGE, message, help);
            return None;
        }
        if matches!(kind, Ty::Set(_)) {
            let message = "a calculated value cannot be a set".to_owned();
            self.sink.error(ty.span, codes::TYPE, message);
            return None;
        }
        Some(kind)
    }

    fn resolve_kind(&mut self, kind: &TypeKind, whole: &Type) -> Option<Ty> {
        Some(match kind {
            TypeKind::Integer => Ty::Integer,
            TypeKind::Decimal => Ty::Decimal,
            TypeKind::Percent => Ty::Percent,
            TypeKind::Boolean => Ty::Boolean,
            TypeKind::Text => Ty::Text,
            TypeKind::Date => Ty::Date,
            TypeKind::Country => Ty::Country,
            TypeKind::Currency => Ty::Currency,
            TypeKind::Named(name) => return self.code_list(name),
            TypeKind::SetOf(inner) => {
                let inner = self.resolve_kind(inner, whole)?;
                let Some(element) = inner.element() else {
                    let message = format!("there are no sets of {}", self.ir.type_text(inner));
                    self.sink.error(whole.span, codes::UNKNOWN_TYPE, message);
                    return None;
                };
                Ty::Set(element)
            }
            TypeKind::Money(name) => {
                Ty::Money { currency: self.named_currency(name)?, rounded: true }
            }
            TypeKind::Fx(from, to) => {
                let (from, to) = (self.named_currency(from), self.named_currency(to));
                Ty::Fx(from?, to?)
            }
        })
    }

    fn code_list(&mut self, name: &Name) -> Option<Ty> {
        if let Some((Entry::Codes(list), _)) = self.scope.get(&name.text) {
            return Some(Ty::Codes(*list));
        }
        let built_in = [
            "integer", "decimal", "percent", "boolean", "text", "date", "country", "currency",
            "set", "money", "fx",
        ];
        let lists = self.ir.code_lists.iter().map(|(name, _)| name.as_str());
        let candidate = nearest(&name.text, built_in.into_iter().chain(lists));
        let message = format!("there is no type `{}`", name.text);
        self.sink.suggest(name.span, codes::UNKNOWN_TYPE, message, candidate);
        None
    }

    /// A currency by its name: declared, or held by an attribute of type currency.
    pub(super) fn named_currency(&mut self, name: &Name) -> Option<Ccy> {
        match self.scope.get(&name.text) {
            Some((Entry::Currency(index), _)) => return Some(Ccy::Declared(*index)),
            Some((Entry::Attribute(index), _)) => {
                let held = self.ir.attributes.get(*index).map(|attribute| attribute.ty);
                if held == Some(Ty::Currency) {
                    return Some(Ccy::Attribute(*index));
                }
            }
            Some((
                Entry::Codes(_)
                | Entry::Evidence(_)
                | Entry::Calendar(_)
                | Entry::Rates(_)
                | Entry::Param(_)
                | Entry::Named(_),
                _,
            ))
            | None => {}
        }
        let declared = self.ir.currencies.iter().map(|(name, _)| name.as_str());
        let attributes = self.ir.attributes.iter().filter(|known| known.ty == Ty::Currency);
        let names: Vec<&str> = declared.chain(attributes.map(|a| a.name.as_str())).collect();
        let candidate = nearest(&name.text, names.into_iter());
        let message = format!("no currency is called `{}`", name.text);
        self.sink.suggest(name.span, codes::UNKNOWN_CURRENCY, message, candidate);
        if name.text.parse::<crate::money::Currency>().is_ok() {
            let help = format!("declare it: `currency {} = {}`", "home", name.text);
            self.sink.help(&help);
        }
        None
    }
}
