//! The result of an evaluation, with its reasons.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decimal::Dec;
use crate::inputs::Inputs;
use crate::ir::{Ccy, Entry, Exception, Literal, Part, Place, Ty};
use crate::money::{Currency, Money};
use crate::program::{Origin, OutputKind, Program};
use crate::run::{EvidenceFault, Fault, Frame, Observer, Scratch, Via};
use crate::value::Value;

/// What the program says about the data of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Every rule holds and all evidence is there and fresh.
    Eligible,
    /// At least one rule does not hold.
    Rejected,
    /// Every rule holds, but evidence is missing or too old.
    Incomplete,
    /// Something could not be calculated. This never counts as eligible.
    Error,
}

/// A decision with everything that explains it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evaluation {
    /// The decision.
    pub outcome: Outcome,
    /// Why it is not `eligible`: one reason per rule that does not hold, per fault, per evidence.
    pub reasons: Vec<Reason>,
    /// The results, as far as they could be calculated, in the order of their declaration.
    pub outputs: Vec<Output>,
    /// The internal checks and whether each is satisfied.
    pub checks: Vec<(String, bool)>,
    /// All named values in the order of their calculation, when asked for.
    pub trace: Option<Vec<TraceStep>>,
    /// How many steps the evaluation took.
    pub steps: u64,
}

/// One reason why a decision is not `eligible`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// The code of the rule, or one of `EVIDENCE_MISSING`, `EVIDENCE_TOO_OLD`,
    /// `EVIDENCE_NOT_YET_ISSUED`, `OVERFLOW`, `UNDERFLOW`, `DIV_ZERO`, `UNDEFINED`, `DATE_RANGE`,
    /// `EXCEPTION_CONFLICT`, `EXCEPTION_RANGE`.
    pub code: String,
    /// The message with values filled in.
    pub message: String,
    /// Where the rule stands.
    pub origin: Origin,
    /// The attributes that led to it.
    pub inputs: BTreeMap<String, Value>,
    /// The parameters and calculated values that the rule mentions.
    pub values: BTreeMap<String, String>,
    /// The exceptions that those values were taken from.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exceptions: BTreeMap<String, Origin>,
}

/// One result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Output {
    /// The name.
    pub name: String,
    /// What it is for.
    pub kind: OutputKind,
    /// The value.
    pub value: Value,
}

/// One calculated value on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TraceStep {
    /// The name.
    pub name: String,
    /// The value, with all its digits.
    pub value: String,
    /// The row of a table that applied, such as `row 4`, or the exception, such as
    /// `exception on line 7`.
    pub via: Option<String>,
}

impl Program {
    /// Decides and explains.
    #[must_use]
    pub fn evaluate(&self, inputs: &Inputs) -> Evaluation {
        self.explain(inputs, false)
    }

    /// Decides and explains, with all calculated values in order.
    #[must_use]
    pub fn evaluate_traced(&self, inputs: &Inputs) -> Evaluation {
        self.explain(inputs, true)
    }

    fn explain(&self, inputs: &Inputs, traced: bool) -> Evaluation {
        let mut scratch = Scratch::default();
        let mut frame = Frame::new(&self.ir, inputs, &mut scratch);
        let mut notes = Notes::default();
        let outcome = frame.run(&mut notes);
        let steps = frame.steps;
        let teller = Teller { frame: &frame };
        let mut reasons: Vec<Reason> =
            notes.rules.iter().filter_map(|(index, held)| teller.rule(*index, *held)).collect();
        reasons.extend(notes.checks.iter().filter_map(|(index, held)| {
            let code = &self.ir.checks.get(*index)?.code;
            let place = *self.ir.check_places.get(*index)?;
            Some(Teller::fault(&format!("the check `{code}`"), place, held.err()?))
        }));
        reasons.extend(notes.outputs.iter().filter_map(|(index, value)| {
            let named = self.ir.named.get(*index)?;
            Some(Teller::fault(&format!("`{}`", named.name), named.place, value.err()?))
        }));
        reasons.extend(notes.evidence.iter().filter_map(|(i, fault)| teller.evidence(*i, *fault)));
        let outputs = notes.outputs.iter().filter_map(|(index, value)| {
            let named = self.ir.named.get(*index)?;
            let value = teller.value(named.ty, (*value).ok()?)?;
            Some(Output { name: named.name.clone(), kind: named.output?, value })
        });
        let checks = notes.checks.iter().filter_map(|(index, held)| {
            Some((self.ir.checks.get(*index)?.code.clone(), *held == Ok(true)))
        });
        Evaluation {
            outcome,
            reasons,
            outputs: outputs.collect(),
            checks: checks.collect(),
            trace: traced.then(|| teller.trace()),
            steps,
        }
    }
}

impl Evaluation {
    /// An output that is an amount of money.
    #[must_use]
    pub fn money(&self, name: &str) -> Option<Money> {
        match self.output(name)? {
            Value::Money(money) => Some(*money),
            Value::Boolean(_) | Value::Fx(_) | Value::List(_) | Value::Text(_) => None,
        }
    }

    /// An output that is a number.
    #[must_use]
    pub fn decimal(&self, name: &str) -> Option<Dec> {
        match self.output(name)? {
            Value::Text(text) => text.parse().ok(),
            Value::Boolean(_) | Value::Fx(_) | Value::List(_) | Value::Money(_) => None,
        }
    }

    /// An output that is a whole number.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i128> {
        self.decimal(name)?.to_i128().ok()
    }

    fn output(&self, name: &str) -> Option<&Value> {
        self.outputs.iter().find(|output| output.name == name).map(|output| &output.value)
    }
}

#[derive(Default)]
struct Notes {
    rules: Vec<(usize, Result<bool, Fault>)>,
    checks: Vec<(usize, Result<bool, Fault>)>,
    outputs: Vec<(usize, Result<Literal, Fault>)>,
    evidence: Vec<(usize, EvidenceFault)>,
}

impl Observer for Notes {
    fn rule(&mut self, index: usize, held: Result<bool, Fault>) {
        self.rules.push((index, held));
    }

    fn check(&mut self, index: usize, held: Result<bool, Fault>) {
        self.checks.push((index, held));
    }

    fn output(&mut self, index: usize, value: Result<Literal, Fault>) {
        self.outputs.push((index, value));
    }

    fn evidence(&mut self, index: usize, fault: EvidenceFault) {
        self.evidence.push((index, fault));
    }
}

/// Tells what a finished evaluation has found.
struct Teller<'a, 'b> {
    frame: &'a Frame<'b>,
}

impl Teller<'_, '_> {
    fn rule(&self, index: usize, held: Result<bool, Fault>) -> Option<Reason> {
        let rule = self.frame.ir.rules.get(index)?;
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
            Entry::Attribute(_) | Entry::Currency(_) | Entry::Codes(_) | Entry::Evidence(_) => None,
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

    fn fault(what: &str, place: Place, fault: Fault) -> Reason {
        Reason {
            code: fault.code().to_owned(),
            message: format!("{what} cannot be calculated: {}", fault.words()),
            origin: origin(place),
            inputs: BTreeMap::new(),
            values: BTreeMap::new(),
            exceptions: BTreeMap::new(),
        }
    }

    fn evidence(&self, index: usize, fault: EvidenceFault) -> Option<Reason> {
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

    fn trace(&self) -> Vec<TraceStep> {
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
            Entry::Currency(_) | Entry::Codes(_) | Entry::Evidence(_) => None,
        }
    }

    fn bound(&self, currency: Ccy) -> Option<Currency> {
        match currency {
            Ccy::Declared(_) => self.frame.ir.bound(currency),
            Ccy::Attribute(slot) => {
                self.frame.inputs.keys.get(slot).and_then(|key| Currency::from_key(*key))
            }
        }
    }

    fn value(&self, ty: Ty, literal: Literal) -> Option<Value> {
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
