//! What a finished evaluation tells: reasons with their values, outputs, and the trace.

use std::collections::BTreeMap;

use super::{Reason, TraceStep};
use crate::ir::{Ccy, Entry, Exception, Literal, Part, Place, Rule, Ty};
use crate::money::Currency;
use crate::program::Origin;
use crate::run::{EvidenceFault, Fault, Frame, Via};
use crate::value::Value;

/// Tells what a finished evaluation has found.
pub(super) struct Teller<'a, 'b> {
    pub(super) frame: &'a Frame<'b>,
}

impl Teller<'_, '_> {
    pub(super) fn rule(&self, rule: &Rule, held: Result<bool, Fault>) -> Option<Reason> {
        let (code, message) = match held {
            Ok(true) => return None,
            Ok(false) => (rule.code.clone(), self.message(&rule.message)),
            Err(fault) => {
                let words = fault.words();
                let message = format!("the rule `{}` cannot be decided: {words}", rule.code);
                (fault.code().to_owned(), message)
            }
        };
        let attributes = rule.attributes.iter().map(|slot| Entry::Attribute(*slot));
        let inputs = attributes.filter_map(|entry| {
            let (ty, literal) = self.look_up(entry)?;
            Some((self.frame.ir.entry_name(entry).to_owned(), self.value(ty, literal)?))
        });
        let values = rule.values.iter().filter_map(|entry| {
            let (ty, literal) = self.look_up(*entry)?;
            Some((self.frame.ir.entry_name(*entry).to_owned(), self.exact(ty, literal)))
        });
        let exceptions = rule.values.iter().filter_map(|entry| {
            let place = self.exception(self.slot(*entry)?)?.place;
            Some((self.frame.ir.entry_name(*entry).to_owned(), origin(place)))
        });
        let (inputs, values) = (inputs.collect(), values.collect());
        let (origin, exceptions) = (origin(rule.place), exceptions.collect());
        Some(Reason { code, message, origin, inputs, values, exceptions })
    }

    /// The slot in which the value of a name is calculated, if it is.
    fn slot(&self, entry: Entry) -> Option<usize> {
        match entry {
            Entry::Named(slot) => Some(slot),
            Entry::Param(index) => self.frame.ir.params.get(index)?.named,
            Entry::Attribute(_)
            | Entry::Currency(_)
            | Entry::Codes(_)
            | Entry::Evidence(_)
            | Entry::Calendar(_)
            | Entry::Rates(_) => None,
        }
    }

    /// The exception that a calculated value was taken from.
    fn exception(&self, slot: usize) -> Option<&Exception> {
        self.frame.calculated(slot)?;
        match self.frame.via(slot) {
            Via::Exception(index) => self.frame.ir.named.get(slot)?.exceptions.get(index),
            Via::Body | Via::Row(_) => None,
        }
    }

    fn message(&self, parts: &[Part]) -> String {
        let texts = parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Value(entry) => match (self.look_up(*entry), entry) {
                (Some((ty, literal)), _) => self.words(ty, literal),
                (None, Entry::Attribute(_)) => "(not given)".to_owned(),
                (None, _) => format!("{{{}}}", self.frame.ir.entry_name(*entry)),
            },
        });
        texts.collect()
    }

    pub(super) fn evidence(&self, index: usize, fault: EvidenceFault) -> Option<Reason> {
        let evidence = self.frame.ir.evidence.get(index)?;
        let name = &evidence.name;
        let as_of = self.frame.inputs.as_of;
        let (code, message) = match fault {
            EvidenceFault::Missing => {
                ("EVIDENCE_MISSING", format!("the evidence `{name}` is missing"))
            }
            EvidenceFault::TooOld => (
                "EVIDENCE_TOO_OLD",
                format!(
                    "the evidence `{name}` is older than {} days on {as_of}",
                    evidence.max_age_days.unwrap_or_default()
                ),
            ),
            EvidenceFault::NotYetIssued => {
                ("EVIDENCE_NOT_YET_ISSUED", format!("the evidence `{name}` is dated after {as_of}"))
            }
        };
        let issued = self.frame.inputs.evidence.get(index).copied().flatten();
        let inputs = issued.map(|date| (name.clone(), Value::Text(date.to_string())));
        Some(Reason {
            code: code.to_owned(),
            message,
            origin: origin(*self.frame.ir.evidence_places.get(index)?),
            inputs: inputs.into_iter().collect(),
            values: BTreeMap::new(),
            exceptions: BTreeMap::new(),
        })
    }

    pub(super) fn trace(&self) -> Vec<TraceStep> {
        let steps = self.frame.order().iter().filter_map(|slot| {
            let named = self.frame.ir.named.get(*slot)?;
            let value = self.exact(named.ty, self.frame.calculated(*slot)?);
            let via = match self.frame.via(*slot) {
                Via::Body => None,
                Via::Row(row) => Some(format!("row {}", row.saturating_add(1))),
                Via::Exception(_) => {
                    Some(format!("exception on line {}", self.exception(*slot)?.place.1))
                }
            };
            Some(TraceStep { name: named.name.clone(), value, via })
        });
        steps.collect()
    }

    fn look_up(&self, entry: Entry) -> Option<(Ty, Literal)> {
        let (ir, inputs) = (self.frame.ir, self.frame.inputs);
        match entry {
            Entry::Attribute(slot) => {
                let ty = ir.attributes.get(slot)?.ty;
                Some((ty, inputs.literal(slot, ty)?))
            }
            Entry::Param(index) => {
                let param = ir.params.get(index)?;
                let value = match param.named {
                    Some(slot) => self.frame.calculated(slot)?,
                    None => param.value,
                };
                Some((param.ty, value))
            }
            Entry::Named(index) => Some((ir.named.get(index)?.ty, self.frame.calculated(index)?)),
            Entry::Currency(_)
            | Entry::Codes(_)
            | Entry::Evidence(_)
            | Entry::Calendar(_)
            | Entry::Rates(_) => None,
        }
    }

    pub(super) fn bound(&self, currency: Ccy) -> Option<Currency> {
        match currency {
            Ccy::Declared(_) => self.frame.ir.bound(currency),
            Ccy::Attribute(slot) => {
                self.frame.inputs.keys.get(slot).and_then(|key| Currency::from_key(*key))
            }
        }
    }

    pub(super) fn value(&self, ty: Ty, literal: Literal) -> Option<Value> {
        if let (Ty::Set(element), Literal::Set(slot)) = (ty, literal)
            && let Some(members) = self.frame.inputs.sets.get(slot)
        {
            let extra = &self.frame.inputs.texts;
            let texts =
                members.iter().map(|key| self.frame.ir.key_text_with(element.ty(), *key, extra));
            return Some(Value::List(texts.collect()));
        }
        self.frame.ir.wire(ty, literal, &|c| self.bound(c), &self.frame.inputs.texts)
    }

    fn words(&self, ty: Ty, literal: Literal) -> String {
        self.frame.ir.words(ty, literal, &|c| self.bound(c), &self.frame.inputs.texts)
    }

    /// A value with all its digits; amounts carry their currency.
    fn exact(&self, ty: Ty, literal: Literal) -> String {
        match (ty, literal) {
            (Ty::Money { currency, .. }, Literal::Number(amount)) => {
                let places = self.bound(currency).map_or(0, Currency::minor_units);
                let code = self.bound(currency).map(Currency::code).unwrap_or_default();
                format!("{code} {}", crate::money::padded(amount, places))
            }
            (_, Literal::Number(number)) => number.to_string(),
            (_, Literal::Key(_) | Literal::Boolean(_) | Literal::Set(_)) => self.words(ty, literal),
        }
    }
}

const fn origin(place: Place) -> Origin {
    Origin { layer: place.0, line: place.1 }
}

/// The reason that a rule gives, unless it holds.
pub(crate) fn reason(frame: &Frame<'_>, rule: &Rule, held: Result<bool, Fault>) -> Option<Reason> {
    Teller { frame }.rule(rule, held)
}

/// The reason that a fault gives.
pub(crate) fn fault_reason(what: &str, place: Place, fault: Fault) -> Reason {
    broken_reason((fault.code(), &fault.words()), what, place)
}

pub(super) fn broken_reason(fault: (&str, &str), what: &str, place: Place) -> Reason {
    let (code, words) = fault;
    Reason {
        code: code.to_owned(),
        message: format!("{what} cannot be calculated: {words}"),
        origin: origin(place),
        inputs: BTreeMap::new(),
        values: BTreeMap::new(),
        exceptions: BTreeMap::new(),
    }
}
