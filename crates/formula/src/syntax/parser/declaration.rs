//! Declarations other than tables and examples.

use super::super::ast::{Check, Declaration, Except, Expr, ExprKind, Kind, Name, Rule};
use super::super::lexer::TokenKind;
use super::{Parsed, Parser, Stop};
use crate::diagnostic::codes;
use crate::diagnostic::sink::Span;
use crate::limits::{AGE_DAYS_MAX, SET_MEMBERS_MAX};
use crate::program::{Attestor, OutputKind, Side};

impl Parser<'_> {
    pub(super) fn declaration(&mut self) -> Parsed<Declaration> {
        let span = self.span();
        let added = self.take_word("add");
        let TokenKind::Word(word) = self.kind().clone() else {
            return Err(self.unexpected("a declaration"));
        };
        if !self.at_starter() || (added && word == "add") {
            return Err(self.unexpected("a declaration"));
        }
        let start = self.span();
        self.advance();
        self.label = None;
        self.head_locked = false;
        let kind = self.declared(&word, start)?;
        let lockable = matches!(
            kind,
            Kind::Param { .. }
                | Kind::Let { .. }
                | Kind::Calendar { .. }
                | Kind::Rule(_)
                | Kind::TransferRule(_)
                | Kind::Output { .. }
                | Kind::Rank { .. }
        );
        let locked =
            std::mem::take(&mut self.head_locked) || (lockable && self.take_word("locked"));
        let label = self.label.take();
        Ok(Declaration { kind, span, added, locked, label, exceptions: Vec::new() })
    }

    /// What follows the first word of a declaration.
    fn declared(&mut self, word: &str, start: Span) -> Parsed<Kind> {
        Ok(match word {
            "currency" => self.currency()?,
            "codes" => self.codes()?,
            "attribute" => self.attribute()?,
            "evidence" => self.evidence()?,
            "param" => self.param()?,
            "let" => self.named_value()?,
            "rule" => Kind::Rule(self.rule()?),
            "check" => Kind::Check(self.check()?),
            "legal" => self.legal()?,
            "table" => Kind::Table(self.table()?),
            "value" => self.output(OutputKind::Value)?,
            "token" => self.output(OutputKind::Token)?,
            "fee" => self.output(OutputKind::Fee)?,
            "limit" => self.output(OutputKind::Limit)?,
            "rank" => {
                self.expect_sign("=")?;
                let name = Name { text: "rank".to_owned(), span: start };
                Kind::Rank { name, value: self.expression()? }
            }
            "example" => Kind::Example(self.example()?),
            "set" => {
                let name = self.name("the name of a parameter")?;
                self.expect_sign("=")?;
                Kind::Set { name, value: self.setting()? }
            }
            "except" => self.exception(start)?,
            "waive" => self.waiver()?,
            "calendar" => self.calendar()?,
            "rates" => self.rates()?,
            "schedule" => Kind::Schedule(self.schedule()?),
            "transfer" => {
                self.expect_word("rule")?;
                Kind::TransferRule(self.rule()?)
            }
            _ => return Err(self.unexpected("a declaration")),
        })
    }

    fn evidence(&mut self) -> Parsed<Kind> {
        let name = self.name("the name of the evidence")?;
        Ok(Kind::Evidence { name, max_age_days: self.max_age()? })
    }

    fn legal(&mut self) -> Parsed<Kind> {
        let code = self.name("the code of the document")?;
        let text = self.text("what the document is")?.text;
        Ok(Kind::Legal { code, text, max_age_days: self.max_age()? })
    }

    fn currency(&mut self) -> Parsed<Kind> {
        let name = self.name("the name of the currency")?;
        self.expect_sign("=")?;
        Ok(Kind::Currency { name, code: self.name("a currency code of ISO 4217")? })
    }

    fn codes(&mut self) -> Parsed<Kind> {
        let name = self.name("the name of the code list")?;
        self.expect_sign("=")?;
        self.expect_sign("[")?;
        let mut codes = vec![self.name("a code")?];
        while self.take_sign(",") {
            if codes.len() >= SET_MEMBERS_MAX {
                let message = format!("the list has more than {SET_MEMBERS_MAX} codes");
                self.sink.error(self.span(), codes::TOO_MANY, message);
                return Err(Stop);
            }
            codes.push(self.name("a code")?);
        }
        self.expect_sign("]")?;
        Ok(Kind::Codes { name, codes })
    }

    fn attribute(&mut self) -> Parsed<Kind> {
        let name = self.labelled("the name of the attribute")?;
        self.expect_sign(":")?;
        let ty = self.ty()?;
        let optional = self.take_word("optional");
        let side = if self.take_word("for") { self.side()? } else { None };
        Ok(Kind::Attribute { name, ty, optional, side })
    }

    fn param(&mut self) -> Parsed<Kind> {
        let name = self.labelled("the name of the parameter")?;
        self.expect_sign(":")?;
        let ty = self.ty()?;
        self.expect_sign("=")?;
        Ok(Kind::Param { name, ty, value: self.literal()? })
    }

    fn named_value(&mut self) -> Parsed<Kind> {
        let name = self.labelled("the name of the value")?;
        let ty = if self.take_sign(":") { Some(self.ty()?) } else { None };
        self.expect_sign("=")?;
        Ok(Kind::Let { name, ty, value: self.expression()? })
    }

    fn output(&mut self, kind: OutputKind) -> Parsed<Kind> {
        let name = self.labelled("the name of the output")?;
        self.expect_sign(":")?;
        let ty = self.ty()?;
        self.expect_sign("=")?;
        Ok(Kind::Output { kind, name, ty, value: self.expression()? })
    }

    fn rule(&mut self) -> Parsed<Rule> {
        let code = self.name("the code of the rule")?;
        let text = self.text("the message of the rule")?;
        self.expect_word("require")?;
        let require = self.expression()?;
        let when = if self.take_word("when") { Some(self.expression()?) } else { None };
        let span = self.span();
        let review = self.take_word("review").then_some(span);
        Ok(Rule { code, text, require, when, review })
    }

    /// `except max_ltv "let property" when (occupancy != owner) = 45%`
    fn exception(&mut self, span: Span) -> Parsed<Kind> {
        let name = self.labelled("the name of a value")?;
        self.expect_word("when")?;
        self.expect_sign("(")?;
        let when = self.expression()?;
        self.expect_sign(")")?;
        self.expect_sign("=")?;
        let value = self.expression()?;
        let label = self.label.take();
        Ok(Kind::Except { name, except: Except { label, when, value, span } })
    }

    fn waiver(&mut self) -> Parsed<Kind> {
        let code = self.name("the code of a rule")?;
        self.expect_word("because")?;
        Ok(Kind::Waive { code, because: self.text("the reason")? })
    }

    /// A name, and what it is called for people if that stands behind it.
    pub(super) fn labelled(&mut self, what: &str) -> Parsed<Name> {
        let name = self.name(what)?;
        if matches!(self.kind(), TokenKind::Text(_)) {
            self.label = Some(self.text("the label")?.text);
        }
        Ok(name)
    }

    /// `originator`, `supplier`, or `both`, which says nothing.
    fn side(&mut self) -> Parsed<Option<Side>> {
        if self.take_word("both") {
            return Ok(None);
        }
        let side = Side::ALL.into_iter().find(|side| self.at_word(side.name()));
        let side = side.ok_or_else(|| self.unexpected("`originator`, `supplier` or `both`"))?;
        self.advance();
        Ok(Some(side))
    }

    fn check(&mut self) -> Parsed<Check> {
        let code = self.name("the code of the check")?;
        let text = self.text("what is checked")?.text;
        self.expect_word("by")?;
        let by = self.attestor()?;
        self.expect_word("weight")?;
        let weight = self.weight()?;
        let mandatory = self.take_word("mandatory");
        let max_age_days = self.max_age()?;
        let require = if self.take_word("require") { Some(self.expression()?) } else { None };
        Ok(Check { code, text, by, weight, mandatory, max_age_days, require })
    }

    fn attestor(&mut self) -> Parsed<Attestor> {
        let found = match self.kind() {
            TokenKind::Word(word) => Attestor::from_name(word),
            TokenKind::Number { .. }
            | TokenKind::Date(_)
            | TokenKind::Version(_)
            | TokenKind::Text(_)
            | TokenKind::Sign(_)
            | TokenKind::End => None,
        };
        let attestor =
            found.ok_or_else(|| self.unexpected("`internal`, `verifier` or `auditor`"))?;
        self.advance();
        Ok(attestor)
    }

    fn weight(&mut self) -> Parsed<Expr> {
        let span = self.span();
        let value = self.signed_number()?;
        let kind = ExprKind::Number { value, percent: true };
        Ok(Expr { kind, span: span.to(self.last_span()), depth: 1 })
    }

    /// `max age 90 days`, if it stands here.
    fn max_age(&mut self) -> Parsed<Option<u32>> {
        if !self.take_word("max") {
            return Ok(None);
        }
        self.expect_word("age")?;
        let span = self.span();
        let days = self.signed_number()?.to_i128().ok().and_then(|days| u32::try_from(days).ok());
        if !self.take_word("day") {
            self.expect_word("days")?;
        }
        let valid = days.filter(|days| (1..=AGE_DAYS_MAX).contains(days));
        if valid.is_none() {
            let message = format!("an age is a whole number of days from 1 to {AGE_DAYS_MAX}");
            self.sink.error(span, codes::RANGE, message);
        }
        Ok(valid)
    }
}
