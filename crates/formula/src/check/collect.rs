//! First pass: all names, currencies, code lists, attributes, evidence and parameters.

use super::literal::capitals_of_currency;
use super::{Checker, declared_name};
use crate::diagnostic::codes;
use crate::diagnostic::sink::Span;
use crate::ir::{Attribute, Entry, Param, Ty};
use crate::limits::{ATTRIBUTES_MAX, DECLARATIONS_MAX};
use crate::program::Evidence;
use crate::syntax::ast::{Declaration, Expr, Kind, Name, Type};

/// Functions; their names cannot be names of values.
pub(crate) const FUNCTIONS: [&str; 14] = [
    "round",
    "floor",
    "ceiling",
    "min",
    "max",
    "abs",
    "convert",
    "days",
    "add_months",
    "sum",
    "year_fraction",
    "annuity",
    "present_value",
    "present",
];

impl Checker<'_> {
    pub(super) fn collect(&mut self, declarations: &[Declaration]) {
        if declarations.len() > DECLARATIONS_MAX {
            let message = format!(
                "product and instance together have more than {DECLARATIONS_MAX} declarations"
            );
            self.sink.error(self.start, codes::TOO_MANY, message);
        }
        self.collect_currencies_and_codes(declarations);
        self.collect_attributes(declarations);
        self.ir.asked = self.ir.attributes.len();
        self.collect_evidence(declarations);
        self.collect_dated(declarations);
        let mut index = 0_usize;
        for declaration in declarations {
            let Some(name) = defined_name(declaration) else { continue };
            if matches!(declaration.kind, Kind::Param { .. }) {
                self.excepted.insert(name.text.clone(), index);
            } else {
                self.declare(name, Entry::Named(index));
            }
            index = index.saturating_add(1);
        }
        self.facts = vec![None; index];
        self.named = vec![None; index];
        self.collect_params(declarations);
        self.check_code_names(declarations);
    }

    pub(super) fn declare(&mut self, name: &Name, entry: Entry) {
        if FUNCTIONS.contains(&name.text.as_str()) {
            let message = format!("`{}` is the name of a function", name.text);
            self.sink.error(name.span, codes::RESERVED_NAME, message);
            self.sink.replacement(&format!("{}_", name.text));
        }
        if let Some((_, other)) = self.scope.get(&name.text).copied() {
            // Names are not collected in the order of the source: the later place is the fault.
            let mut places = [other, name.span];
            places.sort_by_key(|span| (span.layer, span.line, span.column));
            let [first, second] = places;
            let message = format!("`{}` is declared twice, first {}", name.text, place(first));
            self.sink.error(second, codes::DUPLICATE_NAME, message);
            if first == other {
                return;
            }
        }
        self.scope.insert(name.text.clone(), (entry, name.span));
    }

    fn collect_currencies_and_codes(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            match &declaration.kind {
                Kind::Currency { name, code } => {
                    let bound = code.text.parse().ok();
                    if bound.is_none() {
                        let message = format!(
                            "`{}` is not a currency of ISO 4217 with a minor unit",
                            code.text
                        );
                        self.sink.error(code.span, codes::UNKNOWN_CURRENCY, message);
                        capitals_of_currency(self.sink, &code.text);
                    }
                    self.declare(name, Entry::Currency(self.ir.currencies.len()));
                    // Any currency will do for the rest of the check: there is an error already.
                    if let Some(currency) = bound.or_else(|| "EUR".parse().ok()) {
                        self.ir.currencies.push((name.text.clone(), currency));
                    }
                }
                Kind::Codes { name, codes } => {
                    self.declare(name, Entry::Codes(self.ir.code_lists.len()));
                    let list = codes.iter().map(|code| code.text.clone()).collect();
                    self.ir.code_lists.push((name.text.clone(), list));
                }
                Kind::Attribute { .. }
                | Kind::Evidence { .. }
                | Kind::Param { .. }
                | Kind::Let { .. }
                | Kind::Rule(_)
                | Kind::TransferRule(_)
                | Kind::Calendar { .. }
                | Kind::Rates { .. }
                | Kind::Schedule(_)
                | Kind::Check(_)
                | Kind::Legal { .. }
                | Kind::Table(_)
                | Kind::Output { .. }
                | Kind::Rank { .. }
                | Kind::Example(_)
                | Kind::Set { .. }
                | Kind::Except { .. }
                | Kind::Waive { .. } => {}
            }
        }
    }

    /// Currency attributes first, for amounts refer to them.
    fn collect_attributes(&mut self, declarations: &[Declaration]) {
        let attributes: Vec<(&Name, &Type)> =
            declarations.iter().filter_map(|declaration| attribute(&declaration.kind)).collect();
        for (index, declaration) in
            declarations.iter().filter(|d| attribute(&d.kind).is_some()).enumerate()
        {
            self.announce_attribute(index, declaration);
        }
        for (index, (name, written)) in attributes.iter().enumerate() {
            let Some((ty, range)) = self.resolve(written) else {
                // Known, but without a type: uses of it are not reported again.
                self.scope.insert(name.text.clone(), (Entry::Attribute(usize::MAX), name.span));
                continue;
            };
            self.check_attribute(index, ty, written);
            if let Some(attribute) = self.ir.attributes.get_mut(index) {
                attribute.ty = ty;
                attribute.range = range;
            }
        }
    }

    fn announce_attribute(&mut self, index: usize, declaration: &Declaration) {
        let Kind::Attribute { name, ty, optional, side } = &declaration.kind else { return };
        if index == ATTRIBUTES_MAX {
            let message = format!("there are more than {ATTRIBUTES_MAX} attributes");
            self.sink.error(name.span, codes::TOO_MANY, message);
        }
        let holds_currency = matches!(ty.kind, crate::syntax::ast::TypeKind::Currency);
        self.declare(name, Entry::Attribute(index));
        self.ir.attributes.push(Attribute {
            name: name.text.clone(),
            label: declaration.label.clone(),
            ty: if holds_currency { Ty::Currency } else { Ty::Boolean },
            range: None,
            optional: *optional,
            side: *side,
        });
    }

    fn check_attribute(&mut self, index: usize, ty: Ty, written: &Type) {
        let Some(attribute) = self.ir.attributes.get(index) else { return };
        let (is_date, missing) = (attribute.name == "as_of", attribute.may_be_missing());
        if is_date && ty != Ty::Date {
            let message = "`as_of` is the date of the decision and must be a date";
            self.sink.error(written.span, codes::TYPE, message.to_owned());
        } else if is_date {
            self.ir.as_of = Some(index);
        }
        if missing && (is_date || ty == Ty::Currency) {
            let message = "the date of the decision and a currency cannot be missing".to_owned();
            let help = "amounts are in that currency; leave out `optional` and the side";
            self.sink.advise(written.span, codes::OPTIONAL, message, help);
        }
    }

    fn collect_evidence(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            if let Kind::Evidence { name, max_age_days } = &declaration.kind {
                self.declare(name, Entry::Evidence(self.ir.evidence.len()));
                let max_age_days = *max_age_days;
                self.ir.evidence_places.push(name.span.place());
                self.ir.evidence.push(Evidence { name: name.text.clone(), max_age_days });
            }
        }
    }

    fn collect_params(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            if let Kind::Param { name, ty, value } = &declaration.kind {
                let index = self.ir.params.len();
                let param = self.param(name, ty, value);
                if let Some(param) = param {
                    self.declare(name, Entry::Param(index));
                    let (locked, label) = (declaration.locked, declaration.label.clone());
                    self.ir.params.push(Param { label, locked, ..param });
                } else if !self.scope.contains_key(&name.text) {
                    // Known, but without a value: uses of it are not reported again.
                    self.scope.insert(name.text.clone(), (Entry::Param(usize::MAX), name.span));
                }
            }
        }
    }

    fn param(&mut self, name: &Name, written: &Type, value: &Expr) -> Option<Param> {
        let (ty, range) = self.resolve(written)?;
        if let Ty::Money { currency: crate::ir::Ccy::Attribute(_), .. } = ty {
            let message = "a parameter cannot be in a currency that each request brings";
            let help = "use a declared currency and `convert` the attribute";
            self.sink.advise(written.span, codes::TYPE, message.to_owned(), help);
            return None;
        }
        let literal = self.literal(value, ty)?;
        self.in_range(&literal, range, value.span, &name.text);
        let named = self.excepted.get(&name.text).copied();
        let name = name.text.clone();
        Some(Param { name, label: None, ty, range, value: literal, locked: false, named })
    }

    /// A code that is also the name of a value could be read in two ways.
    fn check_code_names(&mut self, declarations: &[Declaration]) {
        for declaration in declarations {
            let Kind::Codes { codes: list, .. } = &declaration.kind else { continue };
            for (index, code) in list.iter().enumerate() {
                let repeated = list.iter().take(index).any(|before| before.text == code.text);
                if repeated {
                    let message = format!("the code `{}` is listed twice", code.text);
                    self.sink.error(code.span, codes::DUPLICATE_NAME, message);
                }
                if let Some((_, first)) = self.scope.get(&code.text) {
                    let message = format!(
                        "the code `{}` is also a name, declared {}",
                        code.text,
                        place(*first)
                    );
                    self.sink.error(code.span, codes::DUPLICATE_NAME, message);
                }
            }
        }
    }
}

/// The name of a `let`, table or output, or of a parameter that has exceptions.
pub(super) fn defined_name(declaration: &Declaration) -> Option<&Name> {
    let kind = &declaration.kind;
    let calculated = match kind {
        Kind::Let { .. } | Kind::Table(_) | Kind::Output { .. } | Kind::Rank { .. } => true,
        Kind::Param { .. } => !declaration.exceptions.is_empty(),
        Kind::Currency { .. }
        | Kind::Codes { .. }
        | Kind::Attribute { .. }
        | Kind::Evidence { .. }
        | Kind::Rule(_)
        | Kind::TransferRule(_)
        | Kind::Calendar { .. }
        | Kind::Rates { .. }
        | Kind::Schedule(_)
        | Kind::Check(_)
        | Kind::Legal { .. }
        | Kind::Example(_)
        | Kind::Set { .. }
        | Kind::Except { .. }
        | Kind::Waive { .. } => false,
    };
    if calculated { declared_name(kind) } else { None }
}

fn attribute(kind: &Kind) -> Option<(&Name, &Type)> {
    if let Kind::Attribute { name, ty, .. } = kind { Some((name, ty)) } else { None }
}

fn place(span: Span) -> String {
    match span.layer {
        crate::diagnostic::sink::Layer::Product => format!("on line {} of the product", span.line),
        crate::diagnostic::sink::Layer::Instance => {
            format!("on line {} of the instance", span.line)
        }
    }
}
