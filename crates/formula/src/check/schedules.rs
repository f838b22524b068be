//! Payment schedules: which terms a contract has and what they are made of.

use std::collections::BTreeMap;

use super::{Checker, Typed};
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Span, nearest};
use crate::ir::{Ccy, Schedule, Ty};
use crate::limits::SCHEDULE_EVENTS_MAX;
use crate::schedule::{ContractType, Cycle, EndOfMonth};
use crate::syntax::ast::{self, Declaration, Expr, ExprKind, Kind};

/// The terms that a schedule can have.
const TERMS: [&str; 9] =
    ["principal", "rate", "from", "to", "periods", "payment", "cycle", "day_count", "end_of_month"];

/// How often is paid where nothing is said.
const MONTHLY: &str = "P1ML0";

/// The fault has been reported.
struct Reported;

/// The terms as written, by name.
type Written<'a> = BTreeMap<&'a str, &'a Expr>;

impl Checker<'_> {
    pub(super) fn check_schedules(&mut self, declarations: &[Declaration]) {
        let mut names: BTreeMap<&str, Span> = BTreeMap::new();
        for declaration in declarations {
            let Kind::Schedule(schedule) = &declaration.kind else { continue };
            let name = &schedule.name;
            let taken = self.scope.get(&name.text).map(|(_, span)| *span);
            if let Some(first) = taken.or(names.insert(&name.text, name.span)) {
                let message =
                    format!("`{}` is declared twice, first on line {}", name.text, first.line);
                self.sink.error(name.span, codes::DUPLICATE_NAME, message);
            }
            if let Some(mut checked) = self.schedule(schedule) {
                checked.label.clone_from(&declaration.label);
                self.ir.schedules.push(checked);
            }
        }
    }

    fn schedule(&mut self, schedule: &ast::Schedule) -> Option<Schedule> {
        let kinds = Schedule::CONTRACTS;
        let found = kinds.into_iter().find(|(name, _)| *name == schedule.contract.text);
        let Some((_, contract)) = found else {
            let message = format!("there is no contract type `{}`", schedule.contract.text);
            let help = "a schedule is PAM, LAM, NAM or ANN, as ACTUS calls them";
            self.sink.advise(schedule.contract.span, codes::SCHEDULE_FORM, message, help);
            return None;
        };
        let written = self.written(schedule)?;
        self.complete(contract, &written, schedule.name.span)?;
        let from = self.dated(&written, "from");
        let to = self.dated(&written, "to");
        let money = self.amount(&written, "principal");
        let payment = self.amount(&written, "payment");
        let rate = written.get("rate").map(|expr| self.numeric(expr));
        let periods = self.count(&written);
        let constants = self.constants(contract, &written);
        let (from, to) = (from.ok()?, to.ok()?);
        let ((money, currency), payment) = (money.ok()??, payment.ok()?);
        let (rate, periods) = (rate??, periods.ok()?);
        if let Some((_, other)) = payment.filter(|(_, other)| *other != currency) {
            self.currency_mix(currency, other, schedule.name.span);
            return None;
        }
        let (cycle, day_count, end_of_month) = constants?;
        let parts = [from, to, Some(money), payment.map(|(typed, _)| typed), Some(rate), periods];
        self.cost(&parts, periods);
        Some(Schedule {
            name: schedule.name.text.clone(),
            label: None,
            contract,
            currency,
            principal: money.num_code()?,
            rate: rate.num_code()?,
            from: from?.key_code()?,
            to: to.and_then(|to| to.key_code()),
            periods: periods.and_then(|periods| periods.num_code()),
            payment: payment.and_then(|(payment, _)| payment.num_code()),
            cycle,
            day_count,
            end_of_month,
            place: schedule.name.span.place(),
        })
    }

    fn written<'a>(&mut self, schedule: &'a ast::Schedule) -> Option<Written<'a>> {
        let before = self.sink.error_count();
        let mut written = Written::new();
        for (name, expr) in &schedule.terms {
            if !TERMS.contains(&name.text.as_str()) {
                let candidate = nearest(&name.text, TERMS.into_iter());
                let message = format!("a schedule has no term `{}`", name.text);
                self.sink.suggest(name.span, codes::SCHEDULE_FORM, message, candidate);
                if candidate.is_none() {
                    self.sink.help(&format!("its terms are {}", TERMS.join(", ")));
                }
            } else if written.insert(name.text.as_str(), expr).is_some() {
                let message = format!("the term `{}` is given twice", name.text);
                self.sink.error(name.span, codes::SCHEDULE_FORM, message);
            }
        }
        (self.sink.error_count() == before).then_some(written)
    }

    /// Every contract needs principal, rate, beginning and end; NAM needs the payment.
    fn complete(&mut self, kind: ContractType, written: &Written<'_>, span: Span) -> Option<()> {
        let has = |name: &str| written.contains_key(name);
        let mut needed = vec!["principal", "rate", "from"];
        if kind == ContractType::NegativeAmortizer {
            needed.push("payment");
        }
        if kind == ContractType::PrincipalAtMaturity && has("payment") {
            let message = "PAM redeems everything at the end; it has no `payment`".to_owned();
            self.sink.error(span, codes::SCHEDULE_FORM, message);
            return None;
        }
        if has("periods") && has("to") {
            let message = "a schedule ends after so many `periods` or on a day (`to`), not both";
            self.sink.error(span, codes::SCHEDULE_FORM, message.to_owned());
            return None;
        }
        let missing: Vec<&str> = needed.into_iter().filter(|name| !has(name)).collect();
        if let Some(first) = missing.first() {
            let message = format!("the schedule misses the term `{first}`");
            self.sink.error(span, codes::SCHEDULE_FORM, message);
            return None;
        }
        let endless = !has("periods") && !has("to") && !has("payment");
        if endless {
            let message = "the schedule has no end".to_owned();
            self.sink.advise(span, codes::SCHEDULE_FORM, message, "give `periods` or `to`");
            return None;
        }
        Some(())
    }

    /// A date, if the term is there; nothing at all where it is faulty.
    fn dated(&mut self, written: &Written<'_>, name: &str) -> Result<Option<Typed>, Reported> {
        let Some(expr) = written.get(name) else { return Ok(None) };
        let typed = self.expr(expr, Some(Ty::Date)).ok_or(Reported)?;
        self.assign(&typed, Ty::Date, expr).ok_or(Reported)?;
        Ok(Some(typed))
    }

    /// An amount and its currency, if the term is there.
    fn amount(
        &mut self,
        written: &Written<'_>,
        name: &str,
    ) -> Result<Option<(Typed, Ccy)>, Reported> {
        let Some(expr) = written.get(name) else { return Ok(None) };
        let typed = self.expr(expr, None).ok_or(Reported)?;
        let Ty::Money { currency, .. } = typed.ty else {
            let found = self.ir.type_text(typed.ty);
            let message = format!("`{name}` is an amount of money, not {found}");
            self.sink.error(expr.span, codes::TYPE, message);
            return Err(Reported);
        };
        let rounded = Ty::Money { currency, rounded: true };
        self.assign(&typed, rounded, expr).ok_or(Reported)?;
        Ok(Some((typed, currency)))
    }

    fn count(&mut self, written: &Written<'_>) -> Result<Option<Typed>, Reported> {
        let Some(expr) = written.get("periods") else { return Ok(None) };
        let typed = self.expr(expr, Some(Ty::Integer)).ok_or(Reported)?;
        self.assign(&typed, Ty::Integer, expr).ok_or(Reported)?;
        Ok(Some(typed))
    }

    fn constants(
        &mut self,
        contract: ContractType,
        written: &Written<'_>,
    ) -> Option<(Option<Cycle>, crate::schedule::DayCount, EndOfMonth)> {
        let counted = written.contains_key("periods");
        let default = (counted || contract != ContractType::PrincipalAtMaturity).then_some(MONTHLY);
        let cycle = match written.get("cycle") {
            None => default.and_then(|cycle| cycle.parse().ok()),
            Some(expr) => Some(self.cycle(expr)?),
        };
        let day_count = match written.get("day_count") {
            None => crate::schedule::DayCount::Thirty360E,
            Some(expr) => self.day_count(expr)?,
        };
        let end_of_month = match written.get("end_of_month").map(|expr| (&expr.kind, expr.span)) {
            None | Some((ExprKind::Boolean(false), _)) => EndOfMonth::SameDay,
            Some((ExprKind::Boolean(true), _)) => EndOfMonth::EndOfMonth,
            Some((_, span)) => {
                let message = "`end_of_month` is true or false".to_owned();
                self.sink.error(span, codes::SCHEDULE_FORM, message);
                return None;
            }
        };
        Some((cycle, day_count, end_of_month))
    }

    fn cycle(&mut self, expr: &Expr) -> Option<Cycle> {
        let text = if let ExprKind::Text(text) = &expr.kind { text.as_str() } else { "" };
        let cycle = text.parse().ok();
        if cycle.is_none() {
            let message = "expected a cycle in quotes, as ACTUS writes it".to_owned();
            let help = "monthly is \"P1ML0\", quarterly \"P3ML0\", yearly \"P1YL0\"";
            self.sink.advise(expr.span, codes::SCHEDULE_FORM, message, help);
        }
        cycle
    }

    /// One step for each event, as far as their number is known, and those of the terms.
    fn cost(&mut self, parts: &[Option<Typed>], periods: Option<Typed>) {
        let most = u64::try_from(SCHEDULE_EVENTS_MAX).unwrap_or(u64::MAX);
        let bound = periods.and_then(|periods| periods.interval.high);
        let count = bound.and_then(|bound| bound.value.to_i128().ok());
        // Interest and redemption in each period, and the two ends.
        let events = count.and_then(|count| u64::try_from(count.max(0)).ok());
        let events = events.map_or(most, |count| count.saturating_mul(2).saturating_add(2));
        let terms = parts.iter().flatten().fold(1_u64, |sum, part| sum.saturating_add(part.cost));
        self.steps = self.steps.saturating_add(terms).saturating_add(events.min(most));
    }
}
