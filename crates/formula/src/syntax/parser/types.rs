//! Types and their ranges.

use super::super::ast::{Name, Type, TypeKind};
use super::super::lexer::TokenKind;
use super::{Parsed, Parser, Stop};
use crate::diagnostic::codes;
use crate::diagnostic::sink::Span;
use crate::interval::{Bound, Interval};

impl Parser<'_> {
    /// A type with its optional range: `money home > 0`, `integer in 1 .. 480`.
    pub(super) fn ty(&mut self) -> Parsed<Type> {
        let start = self.span();
        let kind = self.type_kind()?;
        let span = start.to(self.last_span());
        let range = self.type_range()?;
        Ok(Type { kind, span, range })
    }

    fn type_kind(&mut self) -> Parsed<TypeKind> {
        let span = self.span();
        let TokenKind::Word(word) = self.kind().clone() else {
            return Err(self.unexpected("a type"));
        };
        let simple = match word.as_str() {
            "integer" => TypeKind::Integer,
            "decimal" => TypeKind::Decimal,
            "percent" => TypeKind::Percent,
            "boolean" => TypeKind::Boolean,
            "text" => TypeKind::Text,
            "date" => TypeKind::Date,
            "country" => TypeKind::Country,
            "currency" => TypeKind::Currency,
            "set" => return self.set_type(),
            "money" => {
                self.advance();
                return Ok(TypeKind::Money(self.currency_name()?));
            }
            "fx" => {
                self.advance();
                let from = self.currency_name()?;
                self.expect_sign("->")?;
                return Ok(TypeKind::Fx(from, self.currency_name()?));
            }
            _ => return Ok(TypeKind::Named(self.name("a type")?)),
        };
        debug_assert_eq!(span, self.span(), "no word was consumed");
        self.advance();
        Ok(simple)
    }

    fn set_type(&mut self) -> Parsed<TypeKind> {
        self.advance();
        self.expect_word("of")?;
        let span = self.span();
        if self.at_word("set") {
            let message = "a set of sets does not exist".to_owned();
            self.sink.error(span, codes::UNKNOWN_TYPE, message);
            return Err(Stop);
        }
        Ok(TypeKind::SetOf(Box::new(self.type_kind()?)))
    }

    fn currency_name(&mut self) -> Parsed<Name> {
        self.name("the name of a declared currency")
    }

    fn type_range(&mut self) -> Parsed<Option<(Interval, Span)>> {
        let start = self.span();
        if self.take_word("in") {
            let low = self.signed_number()?;
            self.expect_sign("..")?;
            let high = self.signed_number()?;
            let span = start.to(self.last_span());
            if low > high {
                let message = format!("the range from {low} to {high} is empty");
                self.sink.error(span, codes::RANGE, message);
            }
            return Ok(Some((Interval::closed(low, high), span)));
        }
        let Some(interval) = self.comparison_interval()? else { return Ok(None) };
        Ok(Some((interval, start.to(self.last_span()))))
    }

    /// `> x`, `>= x`, `< x` or `<= x`, if one stands here.
    pub(super) fn comparison_interval(&mut self) -> Parsed<Option<Interval>> {
        let TokenKind::Sign(sign) = *self.kind() else { return Ok(None) };
        if !matches!(sign, "<" | "<=" | ">" | ">=") {
            return Ok(None);
        }
        self.advance();
        let bound = Some(Bound { value: self.signed_number()?, closed: sign.len() == 2 });
        Ok(Some(if sign.starts_with('<') {
            Interval { low: None, high: bound }
        } else {
            Interval { low: bound, high: None }
        }))
    }
}
