//! The terms of a schedule that are part of the program, which terms go together, and how many
//! events follow from them.

use super::Checker;
use super::schedules::{Known, Written};
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Span, nearest};
use crate::ir::{Constants, Entry, Term};
use crate::limits::SCHEDULE_EVENTS_MAX;
use crate::schedule::{BusinessDay, ContractType, Cycle, DayCount, EndOfMonth, InterestBase};
use crate::syntax::ast::{Expr, ExprKind};

/// How often is paid where nothing is said.
const MONTHLY: &str = "P1ML0";

/// Terms that say something only beside another one.
const BESIDE: [(Term, Term); 12] = [
    (Term::InterestAnchor, Term::InterestCycle),
    (Term::Calendar, Term::BusinessDay),
    (Term::ResetCycle, Term::Rates),
    (Term::Rates, Term::ResetCycle),
    (Term::ResetAnchor, Term::ResetCycle),
    (Term::NextResetRate, Term::ResetCycle),
    (Term::Multiplier, Term::ResetCycle),
    (Term::Spread, Term::ResetCycle),
    (Term::LifeCap, Term::ResetCycle),
    (Term::LifeFloor, Term::ResetCycle),
    (Term::PeriodCap, Term::ResetCycle),
    (Term::PeriodFloor, Term::ResetCycle),
];

impl Checker<'_> {
    /// Every contract needs principal, rate, beginning and end; NAM needs the payment.
    pub(super) fn complete(&mut self, kind: ContractType, written: &Written<'_>, span: Span) {
        let has = |term| written.contains_key(&term);
        let mut needed = vec![Term::Principal, Term::Rate, Term::From];
        if kind == ContractType::NegativeAmortizer {
            needed.push(Term::Payment);
        }
        let missing: Vec<&str> =
            needed.into_iter().filter(|term| !has(*term)).map(Term::name).collect();
        if let Some(first) = missing.first() {
            let message = format!("the schedule misses the term `{first}`");
            let help = format!("add `{}`", missing.join("`, `"));
            self.sink.advise(span, codes::SCHEDULE_FORM, message, &help);
        }
        if has(Term::Periods) && has(Term::To) {
            let message = "a schedule ends after so many `periods` or on a day (`to`), not both";
            let help = "leave out `periods` or `to`";
            self.sink.advise(span, codes::SCHEDULE_FORM, message.to_owned(), help);
        }
        if !has(Term::Periods) && !has(Term::To) && !has(Term::Payment) {
            let message = "the schedule has no end".to_owned();
            self.sink.advise(span, codes::SCHEDULE_FORM, message, "give `periods` or `to`");
        }
        self.fitting(kind, written);
        self.beside(written);
    }

    /// Terms that a contract of this type does not have.
    fn fitting(&mut self, kind: ContractType, written: &Written<'_>) {
        use ContractType::{Annuity, LinearAmortizer, NegativeAmortizer, PrincipalAtMaturity};
        let amortizes = kind != PrincipalAtMaturity;
        let linear = matches!(kind, LinearAmortizer | NegativeAmortizer);
        let rows = [
            (Term::Payment, amortizes, "PAM redeems everything at the end"),
            (Term::InterestCycle, amortizes, "the `cycle` of PAM is that of its interest"),
            (Term::InterestAnchor, amortizes, "the `anchor` of PAM is that of its interest"),
            (Term::InterestBase, linear, "only LAM and NAM can calculate on another amount"),
            (
                Term::AmortizationEnd,
                kind == Annuity,
                "only an annuity is spread over a longer time",
            ),
        ];
        for (term, fits, why) in rows {
            if let (Some((name, _)), false) = (written.get(&term), fits) {
                let message = format!("this contract has no term `{}`", name.text);
                self.sink.advise(name.span, codes::SCHEDULE_FORM, message, why);
            }
        }
    }

    fn beside(&mut self, written: &Written<'_>) {
        for (term, other) in BESIDE {
            if let (Some((name, _)), false) = (written.get(&term), written.contains_key(&other)) {
                let message = format!("`{}` says nothing without `{}`", name.text, other.name());
                let help = format!("add `{}`, or leave `{}` out", other.name(), name.text);
                self.sink.advise(name.span, codes::SCHEDULE_FORM, message, &help);
            }
        }
        let convention = written.get(&Term::BusinessDay);
        let shifts = convention.filter(|(_, expr)| text_of(expr) != "NOS");
        if let (Some((name, _)), false) = (shifts, written.contains_key(&Term::Calendar)) {
            let message = "`business_day` says nothing without `calendar`".to_owned();
            let help = "declare a calendar and name it: `calendar: target`";
            self.sink.advise(name.span, codes::SCHEDULE_FORM, message, help);
        }
    }

    pub(super) fn constants(
        &mut self,
        contract: ContractType,
        written: &Written<'_>,
    ) -> Option<Constants> {
        let before = self.sink.error_count();
        let given = |term| written.get(&term).map(|(_, expr)| *expr);
        let counted = given(Term::Periods).is_some();
        let monthly = counted || contract != ContractType::PrincipalAtMaturity;
        let monthly = monthly.then(|| MONTHLY.parse().ok()).flatten();
        let cycle = given(Term::Cycle).map_or(monthly, |expr| self.cycle(expr));
        let interest_cycle = given(Term::InterestCycle).and_then(|expr| self.cycle(expr));
        let day_count = given(Term::DayCount).and_then(|expr| self.day_count(expr));
        let end_of_month = given(Term::EndOfMonth).and_then(|expr| self.end_of_month(expr));
        let base = given(Term::InterestBase).and_then(|expr| self.interest_base(expr));
        let business_day = given(Term::BusinessDay).and_then(|expr| self.business_day(expr));
        let calendar = given(Term::Calendar).and_then(|expr| self.named_calendar(expr));
        let reset = given(Term::ResetCycle).and_then(|expr| self.cycle(expr));
        let rates = given(Term::Rates).and_then(|expr| self.named_rates(expr));
        (self.sink.error_count() == before).then(|| Constants {
            cycle,
            interest_cycle,
            interest_base: base.unwrap_or_default(),
            day_count: day_count.unwrap_or(DayCount::Thirty360E),
            end_of_month: end_of_month.unwrap_or_default(),
            business_day: business_day.unwrap_or_default(),
            calendar,
            reset: reset.zip(rates),
        })
    }

    fn cycle(&mut self, expr: &Expr) -> Option<Cycle> {
        let cycle = text_of(expr).parse().ok();
        if cycle.is_none() {
            let message = "expected a cycle in quotes, as ACTUS writes it".to_owned();
            let help = "monthly is \"P1ML0\", quarterly \"P3ML0\", yearly \"P1YL0\"";
            self.sink.advise(expr.span, codes::SCHEDULE_FORM, message, help);
        }
        cycle
    }

    fn end_of_month(&mut self, expr: &Expr) -> Option<EndOfMonth> {
        let found = if let ExprKind::Boolean(last) = expr.kind {
            Some(if last { EndOfMonth::EndOfMonth } else { EndOfMonth::SameDay })
        } else {
            text_of(expr).parse().ok()
        };
        if found.is_none() {
            let message = "`end_of_month` is true or false".to_owned();
            let help = "true where payments fall on the last day of a month (\"EOM\")";
            self.sink.advise(expr.span, codes::SCHEDULE_FORM, message, help);
        }
        found
    }

    fn interest_base(&mut self, expr: &Expr) -> Option<InterestBase> {
        let found = match text_of(expr) {
            "NT" => Some(InterestBase::Outstanding),
            "NTIED" => Some(InterestBase::Initial),
            _ => None,
        };
        if found.is_none() {
            let message = "expected what interest is calculated on, in quotes".to_owned();
            let help = "\"NT\" is what is outstanding, \"NTIED\" the principal at the beginning";
            self.sink.advise(expr.span, codes::SCHEDULE_FORM, message, help);
        }
        found
    }

    fn business_day(&mut self, expr: &Expr) -> Option<BusinessDay> {
        let text = text_of(expr);
        let found = text.parse().ok().filter(|_| BusinessDay::ALL.contains(&text));
        if found.is_none() {
            let candidate = nearest(text, BusinessDay::ALL.into_iter());
            let candidate = candidate.map(|name| format!("\"{name}\""));
            let message = "expected a business day convention in quotes".to_owned();
            self.sink.suggest(expr.span, codes::SCHEDULE_FORM, message, candidate.as_deref());
            if candidate.is_none() {
                self.sink.help(&format!("one of {}", BusinessDay::ALL.join(", ")));
            }
        }
        found
    }

    fn named_calendar(&mut self, expr: &Expr) -> Option<usize> {
        let found = self.entry_of(expr);
        if let Some(Entry::Calendar(index)) = found {
            return Some(index);
        }
        let known: Vec<_> = self.ir.calendars.iter().map(|known| known.name.clone()).collect();
        self.no_such(expr, ("calendar", "calendar target = weekend [saturday, sunday]"), &known);
        None
    }

    fn named_rates(&mut self, expr: &Expr) -> Option<usize> {
        let found = self.entry_of(expr);
        if let Some(Entry::Rates(index)) = found {
            return Some(index);
        }
        let known: Vec<_> = self.ir.rates.iter().map(|known| known.name.clone()).collect();
        self.no_such(expr, ("list of rates", "rates euribor | 2027-01-01 -> 3.5%"), &known);
        None
    }

    fn entry_of(&self, expr: &Expr) -> Option<Entry> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        self.scope.get(name).map(|(entry, _)| *entry)
    }

    fn no_such(&mut self, expr: &Expr, (what, example): (&str, &str), known: &[String]) {
        let name = if let ExprKind::Name(name) = &expr.kind { name.as_str() } else { "" };
        let candidate = nearest(name, known.iter().map(String::as_str));
        let message = format!("expected the name of a {what}");
        self.sink.suggest(expr.span, codes::UNKNOWN_NAME, message, candidate);
        if candidate.is_none() {
            self.sink.help(&format!("declare one: `{example}`"));
        }
    }

    /// One step for each event, as far as their number is known, and those of the terms.
    pub(super) fn schedule_cost(&mut self, known: &Known, constants: &Constants) {
        let most = u64::try_from(SCHEDULE_EVENTS_MAX).unwrap_or(u64::MAX);
        let periods = known.typed.get(&Term::Periods).and_then(|typed| typed.interval.high);
        let periods = periods.and_then(|bound| bound.value.to_i128().ok());
        let periods = periods.and_then(|count| u64::try_from(count.max(0)).ok());
        let events = periods.zip(constants.cycle).map_or(most, |(periods, cycle)| {
            let days = periods.saturating_mul(cycle.days_at_most());
            // In each period interest and redemption; then the two ends, the end of
            // capitalization, and the amount of an annuity fixed at the beginning.
            let fixed = periods.saturating_mul(2).saturating_add(4);
            let recurring = |cycle: Cycle| days.checked_div(cycle.days_at_least()).unwrap_or(most);
            let interest = constants.interest_cycle.map_or(0, recurring);
            // A reset also fixes the payments of an annuity anew.
            let resets = constants
                .reset
                .map_or(0, |(cycle, _)| recurring(cycle).saturating_add(1).saturating_mul(2));
            fixed.saturating_add(interest).saturating_add(resets)
        });
        let rates = constants.reset.and_then(|(_, index)| self.ir.rates.get(index));
        let rates = rates.map_or(0, |rates| rates.cost);
        let terms = known.typed.values().fold(1_u64, |sum, typed| sum.saturating_add(typed.cost));
        let all = terms.saturating_add(rates).saturating_add(events.min(most));
        self.steps = self.steps.saturating_add(all);
    }
}

/// The text in quotes; nothing for anything else.
fn text_of(expr: &Expr) -> &str {
    if let ExprKind::Text(text) = &expr.kind { text } else { "" }
}
