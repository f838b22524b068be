//! Exceptions that an instance lays over parameters and calculated values.

use std::collections::BTreeSet;

use super::collect::defined_name;
use super::names::{bodies, mentioned};
use super::{Checker, Fact, Typed};
use crate::diagnostic::codes;
use crate::interval::Interval;
use crate::ir::{Code, Exception, Num, Ty};
use crate::syntax::ast::{self, Declaration, Except, Expr, Kind};

/// What exceptions are held to: the declared type, whether it is a parameter, and its range.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) ty: Ty,
    pub(super) param: bool,
    pub(super) range: Option<Interval>,
}

impl Checker<'_> {
    /// The exceptions of a definition; what is known about its value grows by theirs.
    pub(super) fn exceptions(
        &mut self,
        declaration: &Declaration,
        target: Target,
        fact: &mut Fact,
    ) -> Option<Vec<Exception>> {
        let mut list = Vec::new();
        let mut sound = true;
        for except in &declaration.exceptions {
            let Some((exception, typed, depth)) = self.exception(except, target) else {
                sound = false;
                continue;
            };
            if typed.num_code().is_some() {
                let within = exception.range.map_or(typed.interval, |r| typed.interval.and(r));
                fact.interval = fact.interval.or(within);
            }
            fact.depth = fact.depth.max(depth);
            if let Ty::Money { currency, rounded } = fact.ty {
                let also = matches!(typed.ty, Ty::Money { rounded: true, .. });
                fact.ty = Ty::Money { currency, rounded: rounded && also };
            }
            self.same_condition(&list, &exception, except);
            list.push(exception);
        }
        sound.then_some(list)
    }

    fn exception(&mut self, except: &Except, target: Target) -> Option<(Exception, Typed, usize)> {
        let when = self.condition(&except.when);
        let mark = self.refined.len();
        self.refine(&except.when, true);
        let value = self.exceptional_value(&except.value, target);
        self.refined.truncate(mark);
        let (when, value) = (when?, value?);
        let unproved = self.is_unproved(&value, target, &except.value)?;
        self.steps = self.steps.saturating_add(when.cost).saturating_add(value.cost);
        let exception = Exception {
            label: except.label.clone(),
            when: when.bool_code()?,
            value: value.code,
            range: target.range.filter(|_| unproved),
            place: except.span.place(),
        };
        Some((exception, value, when.depth.max(value.depth)))
    }

    /// An amount may be written out where a parameter is restated.
    fn exceptional_value(&mut self, value: &Expr, target: Target) -> Option<Typed> {
        let amount = target.param
            && matches!(target.ty, Ty::Money { .. })
            && value.written_number().is_some();
        if amount {
            let crate::ir::Literal::Number(number) = self.literal(value, target.ty)? else {
                return None;
            };
            let what = (target.ty, Interval::point(number));
            return Some(self.num(what, Num::Constant(number), &[]));
        }
        let typed = self.expr(value, Some(target.ty))?;
        if matches!(typed.code, Code::Set(_)) {
            let message = "a set cannot have exceptions".to_owned();
            self.sink.advise(value.span, codes::TYPE, message, "`add rule … when` instead");
            return None;
        }
        self.assign(&typed, target.ty, value)?;
        Some(typed)
    }

    /// Whether a value has to be held to the range while running, since the checker cannot prove
    /// that it lies in it. A value that can never lie in it is a fault.
    fn is_unproved(&mut self, value: &Typed, target: Target, expr: &Expr) -> Option<bool> {
        let Some(range) = target.range else { return Some(false) };
        if value.interval.lies_in(range) {
            return Some(false);
        }
        let point = value.interval.single();
        if value.interval.and(range).is_empty() || point.is_some() {
            let found = point.map_or_else(|| value.interval.to_string(), |value| value.to_string());
            let message = format!("{found} is outside the range, which is {range}");
            let help = "the product lets instances move only within its range";
            self.sink.advise(expr.span, codes::RANGE, message, help);
            return None;
        }
        Some(true)
    }

    fn same_condition(&mut self, before: &[Exception], exception: &Exception, except: &Except) {
        let text = |when: usize| self.ir.bool_json(when);
        let condition = text(exception.when);
        let Some(first) = before.iter().find(|known| text(known.when) == condition) else { return };
        let message = format!("the exception on line {} has the same condition", first.place.1);
        self.sink.warning(except.span, codes::SAME_CONDITION, message);
        self.sink.help("where both apply and give different values, nothing is decided");
    }

    /// A rule that is locked must mean what its product says: what it calculates with stays too.
    pub(super) fn locked_stays(&mut self, rule: &ast::Rule, declarations: &[Declaration]) {
        let mut names = BTreeSet::new();
        mentioned(&rule.require, &mut names);
        if let Some(when) = &rule.when {
            mentioned(when, &mut names);
        }
        let bodies = bodies(declarations);
        for entry in self.reached(&self.entries(&names), &bodies) {
            let Some(body) = self.slot(entry).and_then(|slot| bodies.get(slot)) else { continue };
            if let (Some(first), false) =
                (body.exceptions.first(), matches!(body.kind, Kind::Param { .. }))
            {
                let name = defined_name(body).map(|name| name.text.as_str()).unwrap_or_default();
                let message =
                    format!("the locked rule `{}` calculates with `{name}`", rule.code.text);
                let help = "an exception can be made to a parameter, within its range";
                self.sink.advise(first.span, codes::LOCKED, message, help);
            }
        }
    }
}
