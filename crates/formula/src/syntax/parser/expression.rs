//! Expressions, by precedence.

use super::super::ast::{Ends, Expr, ExprKind, Operator, Sum};
use super::super::lexer::TokenKind;
use super::{Parsed, Parser, Stop};
use crate::diagnostic::codes;
use crate::diagnostic::sink::Span;
use crate::limits::{DEPTH_MAX, SET_MEMBERS_MAX};

/// How tightly an operator binds; comparisons stand between `and` and `+`.
const OR: u8 = 1;
const AND: u8 = 2;
const COMPARISON: u8 = 3;
const ADDITION: u8 = 4;
const MULTIPLICATION: u8 = 5;

impl Parser<'_> {
    /// An expression of any kind.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.enter()?;
        let expression = if self.at_word("if") { self.choice() } else { self.binary(OR) };
        self.leave();
        expression
    }

    /// A plain value, with an optional minus: what parameters and examples are given.
    pub(super) fn literal(&mut self) -> Parsed<Expr> {
        self.binary(ADDITION)
    }

    fn choice(&mut self) -> Parsed<Expr> {
        let start = self.span();
        self.expect_word("if")?;
        let around = std::mem::replace(&mut self.else_is_taken, false);
        let condition = self.expression()?;
        self.expect_word("then")?;
        self.else_is_taken = true;
        let then = self.expression()?;
        self.else_is_taken = around;
        self.expect_word("else")?;
        let otherwise = self.expression()?;
        let depth = condition.depth.max(then.depth).max(otherwise.depth);
        let kind = ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise));
        self.node(kind, start, depth)
    }

    fn binary(&mut self, weakest: u8) -> Parsed<Expr> {
        let mut left = self.prefix()?;
        while let Some((level, operator)) = self.operator().filter(|(level, _)| *level >= weakest) {
            self.advance();
            left = match operator {
                None => self.membership(left)?,
                Some(operator) => {
                    let right = self.binary(level.saturating_add(1))?;
                    self.join(operator, left, right)?
                }
            };
            if level == COMPARISON && self.operator().is_some_and(|(next, _)| next == COMPARISON) {
                let message = "comparisons cannot be chained".to_owned();
                let help = "join two comparisons with `and`, or put one in parentheses";
                self.sink.advise(self.span(), codes::SYNTAX, message, help);
                return Err(Stop);
            }
        }
        Ok(left)
    }

    /// The operator that stands here and how tightly it binds; `in` has no operator of its own.
    fn operator(&self) -> Option<(u8, Option<Operator>)> {
        let found = match self.kind() {
            TokenKind::Word(word) => match word.as_str() {
                "or" => (OR, Some(Operator::Or)),
                "and" => (AND, Some(Operator::And)),
                "in" => (COMPARISON, None),
                _ => return None,
            },
            TokenKind::Sign(sign) => match *sign {
                "=" => (COMPARISON, Some(Operator::Equal)),
                "!=" => (COMPARISON, Some(Operator::NotEqual)),
                "<" => (COMPARISON, Some(Operator::Less)),
                "<=" => (COMPARISON, Some(Operator::LessEqual)),
                ">" => (COMPARISON, Some(Operator::Greater)),
                ">=" => (COMPARISON, Some(Operator::GreaterEqual)),
                "+" => (ADDITION, Some(Operator::Add)),
                "-" => (ADDITION, Some(Operator::Subtract)),
                "*" => (MULTIPLICATION, Some(Operator::Multiply)),
                "/" => (MULTIPLICATION, Some(Operator::Divide)),
                _ => return None,
            },
            TokenKind::Number { .. }
            | TokenKind::Date(_)
            | TokenKind::Version(_)
            | TokenKind::Text(_)
            | TokenKind::End => return None,
        };
        Some(found)
    }

    fn prefix(&mut self) -> Parsed<Expr> {
        let start = self.span();
        if self.take_word("not") {
            self.enter()?;
            let operand = self.binary(COMPARISON)?;
            self.leave();
            let depth = operand.depth;
            return self.node(ExprKind::Not(Box::new(operand)), start, depth);
        }
        if self.take_sign("-") {
            self.enter()?;
            let opening = self.at;
            let operand = self.prefix()?;
            self.leave();
            let power = matches!(operand.kind, ExprKind::Binary(Operator::Power, ..));
            if power && self.enclosed != Some((opening, self.at)) {
                let span = start.to(operand.span);
                return Err(self.ambiguous(span, "write `(-x) ** n` or `-(x ** n)`"));
            }
            let depth = operand.depth;
            return self.node(ExprKind::Negate(Box::new(operand)), start, depth);
        }
        self.power()
    }

    fn power(&mut self) -> Parsed<Expr> {
        let base = self.primary()?;
        if !self.take_sign("**") {
            return Ok(base);
        }
        let start = self.span();
        let exponent = if self.take_sign("-") {
            let operand = self.primary()?;
            let depth = operand.depth;
            self.node(ExprKind::Negate(Box::new(operand)), start, depth)?
        } else {
            self.primary()?
        };
        if self.at_sign("**") {
            let help = "write `(a ** b) ** c` or `a ** (b ** c)`";
            return Err(self.ambiguous(base.span.to(self.span()), help));
        }
        self.join(Operator::Power, base, exponent)
    }

    fn ambiguous(&mut self, span: Span, help: &str) -> Stop {
        let message = "this power can be read in two ways".to_owned();
        self.sink.advise(span, codes::AMBIGUOUS_POWER, message, help);
        Stop
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let kind = match self.kind().clone() {
            TokenKind::Number { value, percent } => ExprKind::Number { value, percent },
            TokenKind::Text(text) => ExprKind::Text(text),
            TokenKind::Date(date) => ExprKind::Date(date),
            TokenKind::Sign("(") => return self.parenthesised(),
            TokenKind::Sign("[") => {
                self.advance();
                let members = self.list("]")?;
                return self.set(members, start);
            }
            TokenKind::Word(word) => return self.word(&word),
            TokenKind::Version(_) | TokenKind::Sign(_) | TokenKind::End => {
                return Err(self.unexpected("a value"));
            }
        };
        self.advance();
        self.node(kind, start, 0)
    }

    fn parenthesised(&mut self) -> Parsed<Expr> {
        let (opening, start) = (self.at, self.span());
        self.expect_sign("(")?;
        let inner = self.enclosed()?;
        self.expect_sign(")")?;
        self.enclosed = Some((opening, self.at));
        Ok(Expr { span: start.to(self.last_span()), ..inner })
    }

    /// An expression within signs of its own: an `else` in it belongs to no `if` outside.
    fn enclosed(&mut self) -> Parsed<Expr> {
        let around = std::mem::replace(&mut self.else_is_taken, false);
        let inner = self.expression();
        self.else_is_taken = around;
        inner
    }

    /// `name else default`: what stands in for a value that may be missing.
    fn or_default(&mut self, name: Expr) -> Parsed<Expr> {
        if self.else_is_taken || !self.take_word("else") {
            return Ok(name);
        }
        let start = self.span();
        let default = if self.take_sign("-") {
            let operand = self.primary()?;
            let depth = operand.depth;
            self.node(ExprKind::Negate(Box::new(operand)), start, depth)?
        } else {
            self.primary()?
        };
        let (start, depth) = (name.span, name.depth.max(default.depth));
        self.node(ExprKind::Otherwise(Box::new(name), Box::new(default)), start, depth)
    }

    fn word(&mut self, word: &str) -> Parsed<Expr> {
        let start = self.span();
        match word {
            "true" | "false" => {
                self.advance();
                self.node(ExprKind::Boolean(word == "true"), start, 0)
            }
            "sum" => self.sum(),
            "if" => {
                let message = "`if` as a part of a calculation needs parentheses".to_owned();
                let help = "write `(if … then … else …)`, or give it a name with `let`";
                self.sink.advise(start, codes::SYNTAX, message, help);
                Err(Stop)
            }
            _ => {
                let name = self.name("a value")?;
                if !self.take_sign("(") {
                    let name = self.node(ExprKind::Name(name.text), start, 0)?;
                    return self.or_default(name);
                }
                let arguments = self.list(")")?;
                let depth = arguments.iter().map(|argument| argument.depth).max().unwrap_or(0);
                self.node(ExprKind::Call(name, arguments), start, depth)
            }
        }
    }

    /// `sum(k in 1 .. n : expression)`
    fn sum(&mut self) -> Parsed<Expr> {
        let start = self.span();
        self.expect_word("sum")?;
        self.expect_sign("(")?;
        let variable = self.name("the name of the counter")?;
        self.expect_word("in")?;
        let low = self.binary(ADDITION)?;
        self.expect_sign("..")?;
        let high = self.binary(ADDITION)?;
        self.expect_sign(":")?;
        let body = self.enclosed()?;
        self.expect_sign(")")?;
        let depth = low.depth.max(high.depth).max(body.depth);
        self.node(ExprKind::Sum(Box::new(Sum { variable, low, high, body })), start, depth)
    }

    /// What follows `in`: a range, a list, or an expression that is a set.
    fn membership(&mut self, value: Expr) -> Parsed<Expr> {
        let start = self.span();
        if self.at_sign("[") || self.at_sign("(") {
            let closed = self.at_sign("[");
            self.advance();
            let first = self.enclosed()?;
            if self.take_sign("..") {
                return self.range(value, first, Some(closed));
            }
            if !closed {
                self.expect_sign(")")?;
                return self.within(value, first);
            }
            let mut members = vec![first];
            if self.take_sign(",") {
                members.extend(self.list("]")?);
            } else {
                self.expect_sign("]")?;
            }
            let set = self.set(members, start)?;
            return self.within(value, set);
        }
        let first = self.binary(ADDITION)?;
        if self.take_sign("..") {
            self.range(value, first, None)
        } else {
            self.within(value, first)
        }
    }

    /// The rest of a range; `bracket` tells whether it began with `[` or `(`, if with either.
    fn range(&mut self, value: Expr, low: Expr, bracket: Option<bool>) -> Parsed<Expr> {
        let high = self.binary(ADDITION)?;
        let high_closed = match bracket {
            None => true,
            Some(_) if self.take_sign("]") => true,
            Some(_) => {
                self.expect_sign(")")?;
                false
            }
        };
        let start = value.span;
        let depth = value.depth.max(low.depth).max(high.depth);
        let ends = Ends { low, low_closed: bracket.unwrap_or(true), high, high_closed };
        self.node(ExprKind::Between(Box::new(value), Box::new(ends)), start, depth)
    }

    fn within(&mut self, value: Expr, set: Expr) -> Parsed<Expr> {
        let (start, depth) = (value.span, value.depth.max(set.depth));
        self.node(ExprKind::Within(Box::new(value), Box::new(set)), start, depth)
    }

    fn set(&mut self, members: Vec<Expr>, start: Span) -> Parsed<Expr> {
        if members.len() > SET_MEMBERS_MAX {
            let message = format!("a set has more than {SET_MEMBERS_MAX} members");
            self.sink.error(start, codes::TOO_MANY, message);
            return Err(Stop);
        }
        let depth = members.iter().map(|member| member.depth).max().unwrap_or(0);
        self.node(ExprKind::Set(members), start, depth)
    }

    /// Expressions with commas between them, up to the closing sign.
    fn list(&mut self, close: &str) -> Parsed<Vec<Expr>> {
        let mut members = Vec::new();
        if self.take_sign(close) {
            return Ok(members);
        }
        loop {
            members.push(self.enclosed()?);
            if !self.take_sign(",") {
                self.expect_sign(close)?;
                return Ok(members);
            }
        }
    }

    fn join(&mut self, operator: Operator, left: Expr, right: Expr) -> Parsed<Expr> {
        let (start, depth) = (left.span, left.depth.max(right.depth));
        self.node(ExprKind::Binary(operator, Box::new(left), Box::new(right)), start, depth)
    }

    fn node(&mut self, kind: ExprKind, start: Span, below: usize) -> Parsed<Expr> {
        let span = start.to(self.last_span());
        if below >= DEPTH_MAX {
            return Err(self.too_deep(span));
        }
        Ok(Expr { kind, span, depth: below.saturating_add(1) })
    }

    fn enter(&mut self) -> Parsed<()> {
        if self.depth >= DEPTH_MAX {
            return Err(self.too_deep(self.span()));
        }
        self.depth = self.depth.saturating_add(1);
        Ok(())
    }

    const fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    fn too_deep(&mut self, span: Span) -> Stop {
        let message = format!("the expression nests more than {DEPTH_MAX} levels deep");
        let help = "give a part of it a name with `let`";
        self.sink.advise(span, codes::TOO_DEEP, message, help);
        Stop
    }
}
