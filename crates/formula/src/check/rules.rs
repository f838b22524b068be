//! Rules, checks and legal documents.

use std::collections::BTreeSet;

use super::Checker;
use super::names::{bodies, mentioned};
use crate::decimal::Dec;
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Layer, Span, nearest};
use crate::ir::{Entry, Part, Rule};
use crate::program::{Attestor, Check, Legal, Waiver};
use crate::syntax::ast::{self, Declaration, ExprKind, Kind, Name};

impl Checker<'_> {
    pub(super) fn check_rules(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            match &declaration.kind {
                Kind::Rule(rule) => {
                    let rule = self.rule(rule, declaration.locked, declarations);
                    self.ir.rules.extend(rule);
                }
                Kind::Check(check) => self.check_declared(check),
                Kind::Legal { code, text, max_age_days } => {
                    self.declare_code(code);
                    let (code, text) = (code.text.clone(), text.clone());
                    self.ir.legal.push(Legal { code, text, max_age_days: *max_age_days });
                }
                Kind::Currency { .. }
                | Kind::Codes { .. }
                | Kind::Attribute { .. }
                | Kind::Evidence { .. }
                | Kind::Param { .. }
                | Kind::Let { .. }
                | Kind::Table(_)
                | Kind::Output { .. }
                | Kind::Rank { .. }
                | Kind::Example(_)
                | Kind::Set { .. }
                | Kind::TransferRule(_)
                | Kind::Calendar { .. }
                | Kind::Rates { .. }
                | Kind::Schedule(_)
                | Kind::Except { .. } => {}
                // In a product, a waiver has been refused already.
                Kind::Waive { code, .. } if code.span.layer == Layer::Product => {}
                Kind::Waive { code, because } => {
                    self.declare_code(code);
                    let (code, because) = (code.text.clone(), because.text.clone());
                    self.ir.waivers.push(Waiver { code, because });
                }
            }
        }
        let outputs = declarations.iter().any(|d| matches!(d.kind, Kind::Output { .. }));
        if self.ir.rules.is_empty() && !outputs && !self.sink.has_errors() {
            let message = "the product declares neither a rule nor an output".to_owned();
            self.sink.error(self.start, codes::NO_OUTPUT, message);
        }
    }

    /// Codes of rules, checks and documents share one space, for refusals name them.
    fn declare_code(&mut self, code: &Name) {
        if let Some(first) = self.rule_codes.get(&code.text) {
            let message =
                format!("the code `{}` is used twice, first on line {}", code.text, first.line);
            self.sink.error(code.span, codes::DUPLICATE_NAME, message);
            return;
        }
        self.rule_codes.insert(code.text.clone(), code.span);
    }

    pub(super) fn rule(
        &mut self,
        rule: &ast::Rule,
        locked: bool,
        declarations: &[Declaration],
    ) -> Option<Rule> {
        self.declare_code(&rule.code);
        if let (Some(span), false) = (rule.review, self.ir.regime) {
            let message = "only a rule of a regime can be left to a `review`".to_owned();
            self.sink.advise(span, codes::REGIME_FORM, message, "leave `review` out");
            self.sink.replacement("");
        }
        if locked && rule.code.span.layer == Layer::Product {
            self.locked_stays(rule, declarations);
        }
        let when = rule.when.as_ref().map(|when| self.condition(when));
        // The demand is looked at only where the `when` holds.
        let mark = self.refined.len();
        if let Some(when) = &rule.when {
            self.refine(when, true);
        }
        let require = self.condition(&rule.require);
        self.refined.truncate(mark);
        let message = self.template(&rule.text);
        let mut names = BTreeSet::new();
        mentioned(&rule.require, &mut names);
        if let Some(when) = &rule.when {
            mentioned(when, &mut names);
        }
        let direct = self.entries(&names);
        let attributes = attributes(self.reached(&direct, &bodies(declarations)));
        let values = direct.iter().filter(|e| matches!(e, Entry::Param(_) | Entry::Named(_)));
        let cost = require.map_or(0, |r| r.cost);
        let when_cost = when.flatten().map_or(0, |when| when.cost);
        self.steps = self.steps.saturating_add(cost).saturating_add(when_cost);
        let condition = require.and_then(|require| require.bool_code());
        let when = when.map(|when| when.and_then(|when| when.bool_code()));
        let (Some(require), None | Some(Some(_))) = (condition, when) else { return None };
        Some(Rule {
            code: rule.code.text.clone(),
            message,
            require,
            when: when.flatten(),
            locked,
            review: rule.review.is_some(),
            place: rule.code.span.place(),
            attributes,
            values: values.copied().collect(),
        })
    }

    fn check_declared(&mut self, check: &ast::Check) {
        self.declare_code(&check.code);
        let ExprKind::Number { value: weight, .. } = check.weight.kind else { return };
        if weight.is_negative() || weight > Dec::ONE {
            let message = "a weight lies between 0 % and 100 %".to_owned();
            self.sink.error(check.weight.span, codes::CHECK_FORM, message);
        }
        let condition = match (&check.require, check.by) {
            (Some(require), Attestor::Internal) => {
                let typed = self.condition(require);
                self.steps = self.steps.saturating_add(typed.map_or(0, |typed| typed.cost));
                typed.and_then(|typed| typed.bool_code())
            }
            (None, Attestor::Internal) => {
                let message = "an internal check needs a condition".to_owned();
                let help = "end it with `require …`";
                self.sink.advise(check.code.span, codes::CHECK_FORM, message, help);
                None
            }
            (Some(require), Attestor::Verifier | Attestor::Auditor) => {
                let message = "a check by an outside party has no condition".to_owned();
                self.sink.error(require.span, codes::CHECK_FORM, message);
                None
            }
            (None, Attestor::Verifier | Attestor::Auditor) => None,
        };
        self.ir.conditions.push(condition);
        self.ir.check_places.push(check.code.span.place());
        self.ir.checks.push(Check {
            code: check.code.text.clone(),
            text: check.text.clone(),
            by: check.by,
            weight,
            mandatory: check.mandatory,
            max_age_days: check.max_age_days,
        });
    }

    /// A message with `{name}` in it; `{{` and `}}` stand for the braces themselves.
    fn template(&mut self, text: &Name) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text.text.chars().enumerate().peekable();
        while let Some((at, character)) = rest.next() {
            let doubled = rest.peek().is_some_and(|(_, next)| *next == character);
            match character {
                '{' | '}' if doubled => {
                    rest.next();
                    plain.push(character);
                }
                '{' => {
                    let mut name = String::new();
                    let mut closed = false;
                    for (_, next) in rest.by_ref() {
                        if next == '}' {
                            closed = true;
                            break;
                        }
                        name.push(next);
                    }
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                    let span = placeholder(text.span, at, name.chars().count());
                    parts.extend(self.placeholder(&name, closed, span).map(Part::Value));
                }
                other => plain.push(other),
            }
        }
        parts.push(Part::Text(plain));
        parts
    }

    fn placeholder(&mut self, name: &str, closed: bool, span: Span) -> Option<Entry> {
        if !closed {
            let message = "the placeholder has no closing brace".to_owned();
            let help = "write `{{` for a brace that is just a brace";
            self.sink.advise(span, codes::UNKNOWN_PLACEHOLDER, message, help);
            return None;
        }
        let entry = self.scope.get(name).map(|(entry, _)| *entry);
        if let Some(Entry::Attribute(_) | Entry::Param(_) | Entry::Named(_)) = entry {
            return entry;
        }
        let values = self.scope.iter().filter(|(_, (entry, _))| {
            matches!(entry, Entry::Attribute(_) | Entry::Param(_) | Entry::Named(_))
        });
        let candidate = nearest(name, values.map(|(name, _)| name.as_str())).map(str::to_owned);
        let shown: String = name.chars().take(40).collect();
        let message = format!("the placeholder `{{{shown}}}` names no value");
        self.sink.suggest(span, codes::UNKNOWN_PLACEHOLDER, message, candidate.as_deref());
        None
    }
}

fn attributes(entries: BTreeSet<Entry>) -> Vec<usize> {
    let slots = entries.into_iter().filter_map(|entry| match entry {
        Entry::Attribute(slot) => Some(slot),
        Entry::Currency(_)
        | Entry::Codes(_)
        | Entry::Evidence(_)
        | Entry::Calendar(_)
        | Entry::Rates(_)
        | Entry::Param(_)
        | Entry::Named(_) => None,
    });
    slots.collect()
}

/// Where a name in a message stands: after the opening quote and the brace.
fn placeholder(text: Span, at: usize, length: usize) -> Span {
    let offset = u32::try_from(at.saturating_add(2)).unwrap_or(u32::MAX);
    let length = u32::try_from(length).unwrap_or(u32::MAX).max(1);
    Span { column: text.column.saturating_add(offset), length, ..text }
}
