//! What schedules need: calendars, dated rates, and the terms of a contract.

use super::super::ast::{DatedRate, Days, Expr, Kind, Name, Schedule, Setting};
use super::super::lexer::TokenKind;
use super::{Parsed, Parser, Stop};
use crate::date::Date;
use crate::diagnostic::codes;
use crate::diagnostic::sink::Span;
use crate::limits::{HOLIDAYS_MAX, RATES_MAX};

impl Parser<'_> {
    /// `calendar target "TARGET" = weekend [saturday, sunday] holidays [2026-12-25]`
    pub(super) fn calendar(&mut self) -> Parsed<Kind> {
        let name = self.labelled("the name of the calendar")?;
        self.expect_sign("=")?;
        Ok(Kind::Calendar { name, days: self.days()? })
    }

    /// `rates euribor "Euribor" | 2027-01-01 -> 3.5%`
    pub(super) fn rates(&mut self) -> Parsed<Kind> {
        let name = self.labelled("the name of the rates")?;
        self.head_locked = self.take_word("locked");
        Ok(Kind::Rates { name, entries: self.dated_rates()? })
    }

    /// What stands behind `set name =`.
    pub(super) fn setting(&mut self) -> Parsed<Setting> {
        if self.at_sign("|") {
            return Ok(Setting::Rates(self.dated_rates()?));
        }
        if self.at_word("weekend") && *self.kind_at(1) == TokenKind::Sign("[") {
            return Ok(Setting::Calendar(self.days()?));
        }
        Ok(Setting::Plain(self.literal()?))
    }

    fn days(&mut self) -> Parsed<Days> {
        self.expect_word("weekend")?;
        let weekend = self.bracketed(Self::weekday)?;
        let listed = self.take_word("holidays");
        let holidays = if listed { self.bracketed(Self::holiday)? } else { Vec::new() };
        Ok(Days { weekend, holidays })
    }

    fn bracketed<T>(&mut self, member: fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut list = Vec::new();
        self.expect_sign("[")?;
        if self.take_sign("]") {
            return Ok(list);
        }
        loop {
            if list.len() >= HOLIDAYS_MAX {
                let message = format!("the calendar has more than {HOLIDAYS_MAX} holidays");
                self.sink.error(self.span(), codes::TOO_MANY, message);
                return Err(Stop);
            }
            list.push(member(self)?);
            if !self.take_sign(",") {
                self.expect_sign("]")?;
                return Ok(list);
            }
        }
    }

    fn dated_rates(&mut self) -> Parsed<Vec<DatedRate>> {
        let mut entries = Vec::new();
        while self.at_sign("|") {
            if entries.len() >= RATES_MAX {
                let message = format!("there are more than {RATES_MAX} rates");
                self.sink.error(self.span(), codes::TOO_MANY, message);
                return Err(Stop);
            }
            entries.push(self.dated_rate()?);
        }
        if entries.is_empty() {
            return Err(self.unexpected("a date and its rate, such as `| 2027-01-01 -> 3.5%`"));
        }
        Ok(entries)
    }

    fn dated_rate(&mut self) -> Parsed<DatedRate> {
        let start = self.span();
        self.expect_sign("|")?;
        let date = self.expression()?;
        self.expect_sign("->")?;
        let rate = self.expression()?;
        Ok(DatedRate { span: start.to(self.last_span()), date, rate })
    }

    /// `ANN(principal: loan, rate: annual_rate, periods: months, from: as_of)`
    pub(super) fn schedule(&mut self) -> Parsed<Schedule> {
        let name = self.labelled("the name of the schedule")?;
        self.expect_sign("=")?;
        let contract = self.name("`PAM`, `LAM`, `NAM` or `ANN`")?;
        self.expect_sign("(")?;
        let mut terms = Vec::new();
        loop {
            terms.push(self.term()?);
            if !self.take_sign(",") {
                break;
            }
        }
        self.expect_sign(")")?;
        Ok(Schedule { name, contract, terms })
    }

    /// `rate: annual_rate`; two of the terms are words that begin a declaration elsewhere.
    fn term(&mut self) -> Parsed<(Name, Expr)> {
        let span = self.span();
        let word = ["calendar", "rates"].into_iter().find(|word| self.at_word(word));
        let term = if let Some(word) = word {
            self.advance();
            Name { text: word.to_owned(), span }
        } else {
            self.name("a term of the contract")?
        };
        self.expect_sign(":")?;
        Ok((term, self.expression()?))
    }

    fn weekday(&mut self) -> Parsed<Name> {
        self.name("a day of the week")
    }

    fn holiday(&mut self) -> Parsed<(Date, Span)> {
        let span = self.span();
        let TokenKind::Date(date) = *self.kind() else {
            return Err(self.unexpected("a date such as 2026-12-25"));
        };
        self.advance();
        Ok((date, span))
    }
}
