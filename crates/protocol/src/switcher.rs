//! The Instance Switcher: which of the instances of a product takes a request, in which order, and
//! why the others do not.

use crate::{
    ids::InstanceId, instance::Instance, product::ProductCode, question::Question, refusal::Fault,
    version::VersionNumber,
};
use poa_formula::{Dec, Evaluation, InputFault, Money, Outcome, Program, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

#[cfg(test)]
mod tests;

/// What one instance says about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alternative {
    /// The instance.
    pub instance: InstanceId,
    /// The product.
    pub product: ProductCode,
    /// The version that it adapts.
    pub version: VersionNumber,
    /// Title for people.
    pub title: String,
    /// ISO 3166-1 alpha-2 or ISO 3166-2.
    pub jurisdiction: String,
    /// The legal regime.
    pub regime: String,
    /// Whether it takes the request. `incomplete` where data or evidence are missing.
    pub outcome: Outcome,
    /// Its own `rank`: higher comes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<Dec>,
    /// Its `valuation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// Every rule that does not hold, and every document that is missing or too old.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// What is missing or wrong in the data, per member.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// Members of the data that this instance does not ask the side for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<String>,
}

impl Alternative {
    /// Asks one instance.
    #[must_use]
    pub fn ask(instance: &Instance, program: &Program, question: &Question<'_>) -> Self {
        let put = question.put(program);
        let blank = Self {
            instance: instance.id.clone(),
            product: instance.product.clone(),
            version: instance.version,
            title: instance.title.clone(),
            jurisdiction: instance.jurisdiction.clone(),
            regime: instance.regime.clone(),
            outcome: Outcome::Incomplete,
            rank: None,
            value: None,
            reasons: Vec::new(),
            faults: Vec::new(),
            unused: put.unused,
        };
        match put.inputs {
            Ok(inputs) => blank.with_evaluation(program.evaluate(&inputs)),
            Err(faults) => Self { faults: faults.into_iter().map(fault).collect(), ..blank },
        }
    }

    fn with_evaluation(self, evaluation: Evaluation) -> Self {
        Self {
            outcome: evaluation.outcome,
            rank: evaluation.decimal("rank"),
            value: evaluation.money("valuation"),
            reasons: evaluation.reasons,
            ..self
        }
    }

    /// Eligible first; then by rank, the higher first; then by value, the higher first. Values in
    /// different currencies are not compared: they stand together by currency. Equal ones stand by
    /// id, so that the order is total.
    fn compare(&self, other: &Self) -> Ordering {
        let currency = |side: &Self| side.value.map(|value| value.currency.code());
        let amount = |side: &Self| side.value.map(|value| value.amount);
        place(self.outcome)
            .cmp(&place(other.outcome))
            .then_with(|| other.rank.cmp(&self.rank))
            .then_with(|| none_last(currency(self), currency(other)))
            .then_with(|| amount(other).cmp(&amount(self)))
            .then_with(|| self.instance.cmp(&other.instance))
    }
}

/// The alternatives in the order in which they are offered.
#[must_use]
pub fn ranked(mut alternatives: Vec<Alternative>) -> Vec<Alternative> {
    // INVARIANT: an instance that takes the request stands before every one that does not.
    alternatives.sort_by(Alternative::compare);
    alternatives
}

fn place(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Eligible => 0,
        Outcome::Incomplete => 1,
        Outcome::Rejected => 2,
        Outcome::Error => 3,
    }
}

fn none_last(left: Option<&str>, right: Option<&str>) -> Ordering {
    left.is_none().cmp(&right.is_none()).then_with(|| left.cmp(&right))
}

fn fault(fault: InputFault) -> Fault {
    Fault { pointer: format!("/data{}", fault.pointer), code: fault.code, message: fault.message }
}
