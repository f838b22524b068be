//! The declarations of an instance laid over those of its product: one list.

use std::collections::BTreeMap;

use crate::check;
use crate::diagnostic::codes;
use crate::diagnostic::sink::{Layer, Sink, nearest};
use crate::syntax::ast::{Declaration, Except, Kind, Name, Setting};
use crate::syntax::print;

/// Lays the declarations of an instance over those of its product.
pub(super) struct Overlay<'a> {
    pub(super) sink: &'a mut Sink,
}

impl Overlay<'_> {
    /// One list of declarations: those of the product, changed and followed by the instance's.
    pub(super) fn flatten(
        mut self,
        base: Vec<Declaration>,
        over: Vec<Declaration>,
    ) -> Vec<Declaration> {
        let mut merged: Vec<Declaration> =
            base.into_iter().filter(|d| !matches!(d.kind, Kind::Example(_))).collect();
        let mut settings: BTreeMap<String, (Name, Setting)> = BTreeMap::new();
        let mut exceptions = Vec::new();
        for declaration in over {
            let span = declaration.span;
            if let Kind::Except { name, except } = declaration.kind {
                exceptions.push((name, except));
            } else if let Kind::Waive { code, because } = &declaration.kind {
                if self.waive(&mut merged, code, because) {
                    merged.push(declaration);
                }
            } else if let Kind::Set { name, value } = declaration.kind {
                let text = name.text.clone();
                if let Some((first, _)) = settings.insert(text, (name, value)) {
                    let message = format!("`{}` is set twice", first.text);
                    self.sink.error(span, codes::DUPLICATE_NAME, message);
                }
            } else if let (Kind::Currency { name, code }, false) =
                (&declaration.kind, declaration.added)
            {
                self.rebind(&mut merged, name, code.clone());
            } else if self.may_stand(&declaration) {
                merged.push(declaration);
            }
        }
        self.unrestated(&merged, &settings);
        self.apply(&mut merged, settings);
        for (name, except) in exceptions {
            self.except(&mut merged, &name, except);
        }
        merged
    }

    /// `except max_ltv when (…) = 45%`: laid over what the product declares.
    fn except(&mut self, merged: &mut [Declaration], name: &Name, except: Except) {
        let Some(target) = find(merged, &name.text) else {
            let names = merged.iter().filter(|known| has_value(known));
            let names = names.filter_map(|known| check::declared_name(&known.kind));
            let candidate = nearest(&name.text, names.map(|name| name.text.as_str()));
            let message = format!("nothing is called `{}`", name.text);
            self.sink.suggest(name.span, codes::UNKNOWN_NAME, message, candidate);
            return;
        };
        if !has_value(target) || target.added {
            let message = format!("`{}` cannot have exceptions", name.text);
            let help = "an exception is made to a parameter, or to what the product calculates";
            self.sink.advise(name.span, codes::EXCEPT_TARGET, message, help);
        } else if target.locked {
            let message = format!("the product has locked `{}`", name.text);
            self.sink.error(name.span, codes::LOCKED, message);
        } else {
            target.exceptions.push(except);
        }
    }

    /// `waive LTV_01 because "…"`: takes a rule of the product away. True if it did.
    fn waive(&mut self, merged: &mut Vec<Declaration>, code: &Name, because: &Name) -> bool {
        if because.text.trim().is_empty() {
            let message = "a waiver needs a reason".to_owned();
            self.sink.error(because.span, codes::WAIVE_TARGET, message);
            return false;
        }
        let of_rule = |known: &Declaration| {
            let (Kind::Rule(rule) | Kind::TransferRule(rule)) = &known.kind else { return None };
            (!known.added).then(|| rule.code.text.clone())
        };
        let at = merged.iter().position(|known| of_rule(known).as_ref() == Some(&code.text));
        let Some(at) = at else {
            let rules: Vec<String> = merged.iter().filter_map(of_rule).collect();
            let candidate = nearest(&code.text, rules.iter().map(String::as_str));
            let message = format!("the product has no rule `{}`", code.text);
            self.sink.suggest(code.span, codes::WAIVE_TARGET, message, candidate);
            return false;
        };
        if merged.get(at).is_some_and(|known| known.locked) {
            let message = format!("the product has locked the rule `{}`", code.text);
            self.sink.error(code.span, codes::LOCKED, message);
            return false;
        }
        merged.remove(at);
        true
    }

    fn may_stand(&mut self, declaration: &Declaration) -> bool {
        let addable = matches!(
            declaration.kind,
            Kind::Attribute { .. }
                | Kind::Rule(_)
                | Kind::TransferRule(_)
                | Kind::Calendar { .. }
                | Kind::Rates { .. }
                | Kind::Schedule(_)
                | Kind::Evidence { .. }
                | Kind::Check(_)
                | Kind::Legal { .. }
                | Kind::Param { .. }
                | Kind::Let { .. }
                | Kind::Output {
                    kind: crate::program::OutputKind::Limit | crate::program::OutputKind::Fee,
                    ..
                }
        );
        let bare = matches!(declaration.kind, Kind::Legal { .. } | Kind::Example(_));
        if bare || (addable && declaration.added) {
            return true;
        }
        let (message, help) = if addable {
            ("a new declaration in an instance begins with `add`", "put `add` before it")
        } else {
            (
                "an instance cannot declare this",
                "an instance can `set` parameters, make exceptions (`except`), `waive` rules and \
                 `add` attribute, evidence, param, let, rule, transfer rule, check, legal, \
                 calendar, rates, schedule, fee and limit",
            )
        };
        self.sink.advise(declaration.span, codes::NEEDS_ADD, message.to_owned(), help);
        if addable {
            let word = print::declaration(declaration);
            let word = word.split_whitespace().next().unwrap_or_default();
            self.sink.replacement(&format!("add {word}"));
        }
        false
    }

    /// `currency home = EUR` in an instance.
    fn rebind(&mut self, merged: &mut [Declaration], name: &Name, code: Name) {
        for declaration in merged.iter_mut() {
            if let Kind::Currency { name: known, code: bound } = &mut declaration.kind
                && known.text == name.text
            {
                *bound = code;
                return;
            }
        }
        let names = merged.iter().filter_map(|declaration| {
            let Kind::Currency { name, .. } = &declaration.kind else { return None };
            Some(name.text.as_str())
        });
        let candidate = nearest(&name.text, names);
        let message = format!("the product declares no currency `{}`", name.text);
        self.sink.suggest(name.span, codes::UNKNOWN_CURRENCY, message, candidate);
    }

    /// Every amount in a currency that is bound anew must be stated anew.
    fn unrestated(&mut self, merged: &[Declaration], settings: &BTreeMap<String, (Name, Setting)>) {
        for (currency, code) in merged.iter().filter_map(rebound) {
            for declaration in merged {
                let Kind::Param { name, ty, .. } = &declaration.kind else { continue };
                let crate::syntax::ast::TypeKind::Money(of) = &ty.kind else { continue };
                let stale = name.span.layer == Layer::Product
                    && of.text == currency.text
                    && !settings.contains_key(&name.text);
                if stale {
                    let message = format!(
                        "`{}` is now {}, but the amount `{}` still stands as it was",
                        currency.text, code.text, name.text
                    );
                    let help = format!("add `set {} = …`", name.text);
                    self.sink.advise(code.span, codes::NOT_RESTATED, message, &help);
                }
            }
        }
    }

    fn apply(&mut self, merged: &mut [Declaration], settings: BTreeMap<String, (Name, Setting)>) {
        for (_, (name, value)) in settings {
            match find(merged, &name.text) {
                Some(found) if found.locked && is_settable(&found.kind) => {
                    let message = format!("the product has locked `{}`", name.text);
                    self.sink.error(name.span, codes::LOCKED, message);
                }
                Some(found) => self.state_anew(found, &name, value),
                None => {
                    let names = merged.iter().filter(|known| is_settable(&known.kind));
                    let names = names.filter(|known| !known.locked);
                    let names = names.filter_map(|known| check::declared_name(&known.kind));
                    let candidate = nearest(&name.text, names.map(|name| name.text.as_str()));
                    let message = format!("no parameter is called `{}`", name.text);
                    self.sink.suggest(name.span, codes::UNKNOWN_NAME, message, candidate);
                }
            }
        }
    }

    fn state_anew(&mut self, found: &mut Declaration, name: &Name, value: Setting) {
        match (&mut found.kind, value) {
            (Kind::Param { value: old, .. }, Setting::Plain(value)) => *old = value,
            (Kind::Calendar { days, .. }, Setting::Calendar(value)) => *days = value,
            (Kind::Rates { entries, .. }, Setting::Rates(value)) => *entries = value,
            (kind, _) => {
                let help = if matches!(kind, Kind::Param { .. }) {
                    "a parameter is set to a plain value, such as `set x = 5`"
                } else if matches!(kind, Kind::Calendar { .. }) {
                    "a calendar is set as in `set x = weekend [saturday, sunday]`"
                } else if matches!(kind, Kind::Rates { .. }) {
                    "rates are set as in `set x = | 2027-01-01 -> 3.5%`"
                } else {
                    "only parameters, calendars and rates can be set"
                };
                let message = format!("`{}` cannot be set to this", name.text);
                self.sink.advise(name.span, codes::SET_TARGET, message, help);
            }
        }
    }
}

/// The currency and its new code, if an instance has bound it anew to another one.
fn rebound(declaration: &Declaration) -> Option<(&Name, &Name)> {
    let Kind::Currency { name, code } = &declaration.kind else { return None };
    (code.span.layer == Layer::Instance).then_some((name, code))
}

/// Whether an instance can state it anew.
const fn is_settable(kind: &Kind) -> bool {
    matches!(kind, Kind::Param { .. } | Kind::Calendar { .. } | Kind::Rates { .. })
}

/// Whether it is a parameter or calculated.
const fn has_value(declaration: &Declaration) -> bool {
    matches!(
        declaration.kind,
        Kind::Param { .. }
            | Kind::Let { .. }
            | Kind::Table(_)
            | Kind::Output { .. }
            | Kind::Rank { .. }
    )
}

/// The declaration of a name, tables and code lists included.
fn find<'a>(merged: &'a mut [Declaration], wanted: &str) -> Option<&'a mut Declaration> {
    merged.iter_mut().find(|declaration| {
        check::declared_name(&declaration.kind).is_some_and(|name| name.text == wanted)
    })
}
