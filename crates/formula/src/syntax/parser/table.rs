//! Decision tables and worked examples.

use super::super::ast::{Cell, CellKind, Cells, Example, Expect, Name, Row, Table};
use super::super::lexer::TokenKind;
use super::{Parsed, Parser, Stop, is_reserved};
use crate::diagnostic::codes;
use crate::interval::{Bound, Interval};
use crate::limits::{ATTRIBUTES_MAX, TABLE_ROWS_MAX};

impl Parser<'_> {
    pub(super) fn table(&mut self) -> Parsed<Table> {
        let name = self.labelled("the name of the table")?;
        self.expect_sign("(")?;
        let mut columns = vec![self.name("a column")?];
        while self.take_sign(",") {
            columns.push(self.name("a column")?);
        }
        self.expect_sign(")")?;
        self.expect_sign(":")?;
        let ty = self.ty()?;
        self.head_locked = self.take_word("locked");
        let mut rows = Vec::new();
        while self.at_sign("|") {
            if rows.len() >= TABLE_ROWS_MAX {
                let message = format!("the table has more than {TABLE_ROWS_MAX} rows");
                self.sink.error(self.span(), codes::TOO_MANY, message);
                return Err(Stop);
            }
            rows.push(self.row()?);
        }
        if rows.is_empty() {
            return Err(self.unexpected("a row that begins with `|`"));
        }
        Ok(Table { name, columns, ty, rows })
    }

    fn row(&mut self) -> Parsed<Row> {
        let start = self.span();
        self.expect_sign("|")?;
        if self.take_word("otherwise") {
            self.expect_sign("->")?;
            let value = self.expression()?;
            let span = start.to(self.last_span());
            return Ok(Row { span, cells: Cells::Otherwise, value });
        }
        let mut cells = vec![self.cell()?];
        while self.take_sign("|") {
            cells.push(self.cell()?);
        }
        self.expect_sign("->")?;
        let value = self.expression()?;
        Ok(Row { span: start.to(self.last_span()), cells: Cells::Each(cells), value })
    }

    /// `-`, `<= x`, `(a .. b]`, `a .. b`, or values with commas between them.
    fn cell(&mut self) -> Parsed<Cell> {
        let start = self.span();
        let ends_next = matches!(self.kind_at(1), TokenKind::Sign("|" | "->"));
        let kind = if self.at_sign("-") && ends_next {
            self.advance();
            CellKind::Any
        } else if let Some(interval) = self.comparison_interval()? {
            CellKind::Interval(interval)
        } else if self.at_sign("(") || self.at_sign("[") {
            self.bracketed_interval()?
        } else {
            self.values()?
        };
        Ok(Cell { span: start.to(self.last_span()), kind })
    }

    fn bracketed_interval(&mut self) -> Parsed<CellKind> {
        let low_closed = self.at_sign("[");
        self.advance();
        let low = self.signed_number()?;
        self.expect_sign("..")?;
        let high = self.signed_number()?;
        let high_closed = self.take_sign("]");
        if !high_closed {
            self.expect_sign(")")?;
        }
        Ok(CellKind::Interval(Interval {
            low: Some(Bound { value: low, closed: low_closed }),
            high: Some(Bound { value: high, closed: high_closed }),
        }))
    }

    fn values(&mut self) -> Parsed<CellKind> {
        let numeric = self.at_sign("-") || matches!(self.kind(), TokenKind::Number { .. });
        if numeric {
            let before = self.at;
            let low = self.signed_number()?;
            if self.take_sign("..") {
                let high = self.signed_number()?;
                return Ok(CellKind::Interval(Interval::closed(low, high)));
            }
            self.at = before;
        }
        let mut values = vec![self.literal()?];
        while self.take_sign(",") {
            values.push(self.literal()?);
        }
        Ok(CellKind::OneOf(values))
    }

    pub(super) fn example(&mut self) -> Parsed<Example> {
        let text = self.text("what the example shows")?;
        self.expect_word("given")?;
        let mut given = Vec::new();
        loop {
            if given.len() >= ATTRIBUTES_MAX.saturating_mul(2) {
                let message = "the example gives too many values".to_owned();
                self.sink.error(self.span(), codes::TOO_MANY, message);
                return Err(Stop);
            }
            let name = self.name("the name of an attribute or of evidence")?;
            self.expect_sign("=")?;
            given.push((name, self.literal()?));
            if !self.take_sign(",") {
                break;
            }
        }
        self.expect_word("expect")?;
        let mut expect = vec![self.expectation()?];
        while self.take_sign(",") {
            expect.push(self.expectation()?);
        }
        Ok(Example { text, given, expect })
    }

    fn expectation(&mut self) -> Parsed<Expect> {
        let name = self.name("what the example expects")?;
        if self.take_sign("=") {
            return Ok(Expect::Value(name, self.literal()?));
        }
        match name.text.as_str() {
            "eligible" | "incomplete" | "error" => Ok(Expect::Outcome(name)),
            "reject" => {
                let codes = self.codes_of_rejection()?;
                Ok(Expect::Reject(name, codes))
            }
            _ => {
                let message = format!("`{}` is nothing an example can expect", name.text);
                let help =
                    "expect `eligible`, `reject CODE`, `incomplete`, `error` or `name = value`";
                self.sink.advise(name.span, codes::EXAMPLE_FORM, message, help);
                Err(Stop)
            }
        }
    }

    /// One or more codes, with or without commas between them.
    fn codes_of_rejection(&mut self) -> Parsed<Vec<Name>> {
        let mut codes = vec![self.name("the code of a rule")?];
        loop {
            let separated = self.at_sign(",");
            let offset = usize::from(separated);
            let TokenKind::Word(word) = self.kind_at(offset) else { return Ok(codes) };
            let is_value = *self.kind_at(offset.saturating_add(1)) == TokenKind::Sign("=");
            if is_value || is_reserved(word) {
                return Ok(codes);
            }
            if separated {
                self.advance();
            }
            codes.push(self.name("the code of a rule")?);
        }
    }
}
