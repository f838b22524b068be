//! Worked examples: their data in the form that requests have, and what they expect.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::Checker;
use crate::date::Date;
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Span, nearest};
use crate::ir::{Ccy, Entry, Example, ExpectedOutcome, Literal, Ty};
use crate::money::Currency;
use crate::program::Side;
use crate::syntax::ast::{self, Declaration, Expect, Expr, Kind, Name};

/// The values that an example gives to attributes, by slot.
type Given = BTreeMap<usize, Literal>;

impl Checker<'_> {
    pub(super) fn check_examples(&mut self, declarations: &[Declaration]) {
        let mut any = false;
        for declaration in declarations {
            if let Kind::Example(example) = &declaration.kind {
                any = true;
                if let Some(example) = self.example(example, declaration.span) {
                    self.ir.examples.push(example);
                }
            }
        }
        if !any {
            let message = "there is no example; nothing shows what the formulas give".to_owned();
            self.sink.warning(self.start, codes::NO_EXAMPLE, message);
            self.sink.help("add `example \"…\" given … expect …`");
        }
    }

    fn example(&mut self, example: &ast::Example, span: Span) -> Option<Example> {
        let before = self.sink.error_count();
        let (given, evidence) = self.given(example);
        self.missing(example, &given);
        self.one_side(example, &given);
        let mut outcome = None;
        let mut values = Vec::new();
        for expect in &example.expect {
            match expect {
                Expect::Value(name, value) => values.extend(self.expected_value(name, value)),
                Expect::Outcome(word) => {
                    self.once(outcome.is_some(), word.span);
                    outcome = Some(match word.text.as_str() {
                        "eligible" => ExpectedOutcome::Eligible,
                        "incomplete" => ExpectedOutcome::Incomplete,
                        _ => ExpectedOutcome::Error,
                    });
                }
                Expect::Reject(word, list) => {
                    self.once(outcome.is_some(), word.span);
                    outcome = Some(self.rejection(list));
                }
            }
        }
        if self.sink.error_count() != before {
            return None;
        }
        let as_of = self.ir.as_of.and_then(|slot| match given.get(&slot) {
            Some(Literal::Key(days)) => Date::from_days(*days).ok(),
            Some(Literal::Number(_) | Literal::Boolean(_) | Literal::Set(_)) | None => None,
        });
        let data = self.data(&given);
        let (text, line) = (example.text.text.clone(), span.line);
        Some(Example { text, line, data, as_of, evidence, outcome, values })
    }

    fn once(&mut self, twice: bool, span: Span) {
        if twice {
            let message = "the example expects two outcomes".to_owned();
            self.sink.error(span, codes::EXAMPLE_FORM, message);
        }
    }

    fn given(&mut self, example: &ast::Example) -> (Given, BTreeMap<String, Date>) {
        let mut given = Given::new();
        let mut evidence = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (name, value) in &example.given {
            if !seen.insert(name.text.as_str()) {
                let message = format!("`{}` is given twice", name.text);
                self.sink.error(name.span, codes::EXAMPLE_FORM, message);
            }
            match self.scope.get(&name.text).map(|(entry, _)| *entry) {
                Some(Entry::Attribute(slot)) => {
                    let Some(attribute) = self.ir.attributes.get(slot) else { continue };
                    let (ty, range) = (attribute.ty, attribute.range);
                    if let Some(literal) = self.literal(value, ty) {
                        self.in_range(&literal, range, value.span, &name.text);
                        given.insert(slot, literal);
                    }
                }
                Some(Entry::Evidence(_)) => {
                    if let Some(Literal::Key(days)) = self.literal(value, Ty::Date) {
                        evidence.extend(Date::from_days(days).map(|d| (name.text.clone(), d)));
                    }
                }
                Some(
                    Entry::Currency(_)
                    | Entry::Codes(_)
                    | Entry::Param(_)
                    | Entry::Named(_)
                    | Entry::Calendar(_)
                    | Entry::Rates(_),
                )
                | None => self.not_given(name),
            }
        }
        (given, evidence)
    }

    fn not_given(&mut self, name: &Name) {
        let attributes = self.ir.asked().iter().map(|attribute| attribute.name.as_str());
        let evidence = self.ir.evidence.iter().map(|evidence| evidence.name.as_str());
        let candidate = nearest(&name.text, attributes.chain(evidence)).map(str::to_owned);
        let message = format!("`{}` is neither an attribute nor evidence", name.text);
        self.sink.suggest(name.span, codes::EXAMPLE_FORM, message, candidate.as_deref());
    }

    fn missing(&mut self, example: &ast::Example, given: &Given) {
        let written: BTreeSet<&str> =
            example.given.iter().map(|(name, _)| name.text.as_str()).collect();
        let missing: Vec<String> = self
            .ir
            .asked()
            .iter()
            .enumerate()
            .filter(|(slot, attribute)| {
                !attribute.may_be_missing()
                    && !given.contains_key(slot)
                    && !written.contains(attribute.name.as_str())
            })
            .map(|(_, attribute)| format!("`{}`", attribute.name))
            .collect();
        if !missing.is_empty() {
            let message = format!("the example does not give {}", missing.join(", "));
            self.sink.error(example.text.span, codes::EXAMPLE_FORM, message);
        }
    }

    /// A request stands on one side, so an example does too.
    fn one_side(&mut self, example: &ast::Example, given: &Given) {
        let sides = given.keys().filter_map(|slot| self.ir.attributes.get(*slot)?.side);
        let sides: BTreeSet<Side> = sides.collect();
        if sides.len() > 1 {
            let message = "the example gives what only the originator and what only the supplier \
                           brings";
            let help = "write one example for each side";
            self.sink.advise(example.text.span, codes::EXAMPLE_FORM, message.to_owned(), help);
        }
    }

    fn expected_value(&mut self, name: &Name, value: &Expr) -> Option<(usize, Literal)> {
        let Some((Entry::Named(index), _)) = self.scope.get(&name.text).copied() else {
            let named = self.scope.iter().filter(|(_, (e, _))| matches!(e, Entry::Named(_)));
            let candidate = nearest(&name.text, named.map(|(name, _)| name.as_str()));
            let candidate = candidate.map(str::to_owned);
            let message = format!("`{}` is not a calculated value", name.text);
            self.sink.suggest(name.span, codes::EXAMPLE_FORM, message, candidate.as_deref());
            return None;
        };
        let fact = self.facts.get(index).copied().flatten()?;
        Some((index, self.literal(value, fact.ty)?))
    }

    fn rejection(&mut self, list: &[Name]) -> ExpectedOutcome {
        let rules: BTreeSet<String> = self.ir.rules.iter().map(|rule| rule.code.clone()).collect();
        for code in list {
            if !rules.contains(&code.text) && !self.rule_codes.contains_key(&code.text) {
                let candidate = nearest(&code.text, rules.iter().map(String::as_str));
                let message = format!("no rule has the code `{}`", code.text);
                self.sink.suggest(code.span, codes::UNKNOWN_CODE, message, candidate);
            } else if !rules.contains(&code.text) && !self.sink.has_errors() {
                let message = format!("`{}` is not the code of a rule", code.text);
                self.sink.error(code.span, codes::UNKNOWN_CODE, message);
            }
        }
        ExpectedOutcome::Rejected(list.iter().map(|code| code.text.clone()).collect())
    }

    /// The data object of a request, without the date of the decision.
    fn data(&self, given: &Given) -> serde_json::Map<String, Json> {
        let held = |slot: usize| match given.get(&slot) {
            Some(Literal::Key(key)) => Currency::from_key(*key),
            Some(Literal::Number(_) | Literal::Boolean(_) | Literal::Set(_)) | None => None,
        };
        let bound = |currency: Ccy| match currency {
            Ccy::Attribute(slot) => held(slot),
            Ccy::Declared(_) => self.ir.bound(currency),
        };
        let mut data = serde_json::Map::new();
        for (slot, literal) in given {
            let Some(attribute) = self.ir.attributes.get(*slot) else { continue };
            if Some(*slot) == self.ir.as_of {
                continue;
            }
            let value = self.ir.wire(attribute.ty, *literal, &bound, &[]);
            let json = value.and_then(|value| serde_json::to_value(value).ok());
            data.extend(json.map(|json| (attribute.name.clone(), json)));
        }
        data
    }
}
