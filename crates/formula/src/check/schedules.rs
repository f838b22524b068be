//! Payment schedules: which terms a contract has, and what they are calculated from.

use std::collections::BTreeMap;

use super::{Checker, Typed};
use crate::decimal::Dec;
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Span, nearest};
use crate::interval::{Bound, Interval};
use crate::ir::{Calculated, Ccy, Given, Schedule, Term, Ty};
use crate::syntax::ast::{self, Declaration, Expr, Kind, Name};

/// The terms as written, by what they are.
pub(super) type Written<'a> = BTreeMap<Term, (&'a Name, &'a Expr)>;

/// What is known about the calculated terms.
#[derive(Default)]
pub(super) struct Known {
    pub(super) typed: BTreeMap<Term, Typed>,
    currency: Option<Ccy>,
}

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
                self.sink.advise(name.span, codes::DUPLICATE_NAME, message, "give it another name");
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
            let candidate =
                nearest(&schedule.contract.text, kinds.into_iter().map(|(name, _)| name));
            self.sink.suggest(schedule.contract.span, codes::SCHEDULE_FORM, message, candidate);
            self.sink.help("a schedule is PAM, LAM, NAM or ANN, as ACTUS calls them");
            return None;
        };
        let written = self.written(schedule)?;
        let before = self.sink.error_count();
        self.complete(contract, &written, schedule.name.span);
        if self.sink.error_count() > before {
            return None;
        }
        let known = self.calculated(&written);
        let constants = self.constants(contract, &written);
        let (known, constants) = (known?, constants?);
        self.possible(&known, &written);
        self.schedule_cost(&known, &constants);
        let calculated =
            Calculated(known.typed.iter().map(|(term, typed)| (*term, typed.code)).collect());
        Some(Schedule {
            name: schedule.name.text.clone(),
            label: None,
            contract,
            currency: known.currency?,
            calculated,
            constants,
            place: schedule.name.span.place(),
        })
    }

    fn written<'a>(&mut self, schedule: &'a ast::Schedule) -> Option<Written<'a>> {
        let before = self.sink.error_count();
        let mut written = Written::new();
        for (name, expr) in &schedule.terms {
            let names = Term::ALL.map(|(_, name, ..)| name);
            let Some((term, _)) = Term::named(&name.text) else {
                let candidate = nearest(&name.text, names.into_iter());
                let message = format!("a schedule has no term `{}`", name.text);
                self.sink.suggest(name.span, codes::SCHEDULE_FORM, message, candidate);
                if candidate.is_none() {
                    self.sink.help(&format!("its terms are {}", names.join(", ")));
                }
                continue;
            };
            if written.insert(term, (name, expr)).is_some() {
                let message = format!("the term `{}` is given twice", name.text);
                self.sink.advise(name.span, codes::SCHEDULE_FORM, message, "keep one of the two");
            }
        }
        (self.sink.error_count() == before).then_some(written)
    }

    /// Every calculated term, of the type that it needs; all faults are reported.
    fn calculated(&mut self, written: &Written<'_>) -> Option<Known> {
        let (mut known, mut sound) = (Known::default(), true);
        for (term, _, _, given) in Term::ALL {
            let Some((name, expr)) = written.get(&term) else { continue };
            let typed = match given {
                Given::Constant => continue,
                Given::Number => self.numeric(expr),
                Given::Count => self.of_type(expr, Ty::Integer),
                Given::Date => self.of_type(expr, Ty::Date),
                Given::Amount => self.amount(name, expr, &mut known),
            };
            sound &= typed.is_some();
            known.typed.extend(typed.map(|typed| (term, typed)));
        }
        sound.then_some(known)
    }

    fn of_type(&mut self, expr: &Expr, ty: Ty) -> Option<Typed> {
        let typed = self.expr(expr, Some(ty))?;
        self.assign(&typed, ty, expr)?;
        Some(typed)
    }

    /// An amount; all amounts of a schedule are in the currency of the first, the principal.
    fn amount(&mut self, name: &Name, expr: &Expr, known: &mut Known) -> Option<Typed> {
        let typed = self.expr(expr, None)?;
        let Ty::Money { currency, .. } = typed.ty else {
            let found = self.ir.type_text(typed.ty);
            let message = format!("`{}` is an amount of money, not {found}", name.text);
            let help = "name an attribute or parameter of type `money`";
            self.sink.advise(expr.span, codes::TYPE, message, help);
            return None;
        };
        self.assign(&typed, Ty::Money { currency, rounded: true }, expr)?;
        let own = *known.currency.get_or_insert(currency);
        if own != currency {
            self.currency_mix(own, currency, expr.span);
            return None;
        }
        Some(typed)
    }

    /// Terms that can never be what they have to be.
    fn possible(&mut self, known: &Known, written: &Written<'_>) {
        let span = |term| written.get(&term).map(|(_, expr)| expr.span);
        let zero = Bound { value: Dec::ZERO, closed: true };
        let not_negative = Interval { low: Some(zero), high: None };
        for term in [Term::Principal, Term::Payment, Term::PeriodCap, Term::PeriodFloor] {
            let (Some(typed), Some(span)) = (known.typed.get(&term), span(term)) else { continue };
            if typed.interval.and(not_negative).is_empty() {
                let message = format!("`{}` is never negative", term.name());
                let help = "write it as a positive number";
                self.sink.advise(span, codes::RANGE, message, help);
            }
        }
        let bound = |term| known.typed.get(&term).and_then(|typed| typed.interval.single());
        if let (Some(floor), Some(cap)) = (bound(Term::LifeFloor), bound(Term::LifeCap))
            && let (true, Some(span)) = (floor > cap, span(Term::LifeFloor))
        {
            let message = "`life_floor` lies above `life_cap`".to_owned();
            self.sink.advise(span, codes::RANGE, message, "the floor is the lower of the two");
        }
    }
}
