//! The result of an evaluation, with its reasons.

mod teller;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::decimal::Dec;
use crate::inputs::Inputs;
use crate::ir::Literal;
use crate::money::{Currency, Money};
use crate::program::{Origin, OutputKind, Program};
use crate::run::{EvidenceFault, Fault, Frame, Observer, Scratch, Unmade};
use crate::schedule::{Event, EventType};
use crate::value::Value;

use teller::{Teller, broken_reason};
pub(crate) use teller::{fault_reason, reason};

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
    /// The payment schedules, as far as they could be made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<PaymentSchedule>,
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

/// What is paid when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentSchedule {
    /// The name.
    pub name: String,
    /// The events in the order in which they happen.
    pub payments: Vec<Payment>,
}

/// One event of a schedule. Signs are those of the lender: it pays out at the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payment {
    /// When it happens.
    pub date: Date,
    /// What happens, as ACTUS calls it: `IED`, `PR`, `IP`, `MD` and others.
    pub event: String,
    /// What is paid: received where positive, paid out where negative.
    pub amount: Money,
    /// The principal outstanding after it.
    pub outstanding: Money,
    /// The interest rate from then on, where the event resets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Dec>,
}

impl Payment {
    fn of(event: &Event, currency: Currency) -> Self {
        let resets = matches!(event.kind, EventType::RateReset | EventType::RateResetFixed);
        Self {
            date: event.date,
            event: event.kind.acronym().to_owned(),
            amount: Money { amount: event.payoff, currency },
            outstanding: Money { amount: event.notional_principal, currency },
            rate: resets.then_some(event.nominal_interest_rate),
        }
    }
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
        let rules = notes.rules.iter();
        let mut reasons: Vec<Reason> = rules
            .filter_map(|(index, held)| teller.rule(self.ir.rules.get(*index)?, *held))
            .collect();
        reasons.extend(notes.checks.iter().filter_map(|(index, held)| {
            let code = &self.ir.checks.get(*index)?.code;
            let place = *self.ir.check_places.get(*index)?;
            Some(fault_reason(&format!("the check `{code}`"), place, held.err()?))
        }));
        reasons.extend(notes.outputs.iter().filter_map(|(index, value)| {
            let named = self.ir.named.get(*index)?;
            Some(fault_reason(&format!("`{}`", named.name), named.place, value.err()?))
        }));
        let (schedules, unmade) = notes.schedules(&teller);
        reasons.extend(unmade);
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
            schedules,
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
    schedules: Vec<(usize, Result<Vec<Event>, Unmade>)>,
    evidence: Vec<(usize, EvidenceFault)>,
}

impl Notes {
    /// The schedules that could be made, and why the others could not.
    fn schedules(&self, teller: &Teller<'_, '_>) -> (Vec<PaymentSchedule>, Vec<Reason>) {
        let (mut schedules, mut reasons) = (Vec::new(), Vec::new());
        for (index, made) in &self.schedules {
            let Some(schedule) = teller.frame.ir.schedules.get(*index) else { continue };
            let name = schedule.name.clone();
            let what = format!("the schedule `{name}`");
            match (made, teller.bound(schedule.currency)) {
                (Ok(events), Some(currency)) => {
                    let events = events.iter();
                    let payments = events.map(|event| Payment::of(event, currency)).collect();
                    schedules.push(PaymentSchedule { name, payments });
                }
                (Ok(_), None) => {}
                (Err(Unmade::Value(fault)), _) => {
                    reasons.push(fault_reason(&what, schedule.place, *fault));
                }
                (Err(Unmade::Terms(fault)), _) => {
                    let words = fault.to_string();
                    reasons.push(broken_reason((fault.code(), &words), &what, schedule.place));
                }
            }
        }
        (schedules, reasons)
    }
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

    fn schedule(&mut self, index: usize, made: Result<Vec<Event>, Unmade>) {
        self.schedules.push((index, made));
    }

    fn evidence(&mut self, index: usize, fault: EvidenceFault) {
        self.evidence.push((index, fault));
    }
}
