//! Running the examples that a source brings along.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::date::Date;
use crate::evaluation::{Evaluation, Outcome};
use crate::ir::{Example, ExpectedOutcome};
use crate::program::Program;
use crate::run::{Frame, Scratch};

/// How one example went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ExampleResult {
    /// What the example shows.
    pub text: String,
    /// Its line in the source.
    pub line: u32,
    /// Whether everything came out as expected.
    pub passed: bool,
    /// What came out otherwise.
    pub differences: Vec<String>,
}

impl Program {
    /// Runs the examples of the product, or of the instance if the program has one.
    #[must_use]
    pub fn run_examples(&self) -> Vec<ExampleResult> {
        let results = self.ir.examples.iter().map(|example| {
            let differences = self.differences(example);
            ExampleResult {
                text: example.text.clone(),
                line: example.line,
                passed: differences.is_empty(),
                differences,
            }
        });
        results.collect()
    }

    fn differences(&self, example: &Example) -> Vec<String> {
        let latest = example.evidence.values().max().copied();
        let as_of = example.as_of.or(latest).unwrap_or(Date::MIN);
        let inputs = match self.read_inputs(&example.data, as_of, &example.evidence) {
            Ok(inputs) => inputs,
            Err(faults) => {
                let texts = faults.iter().map(|f| format!("{}: {}", f.pointer, f.message));
                return texts.collect();
            }
        };
        let evaluation = self.evaluate(&inputs);
        let mut differences = Vec::new();
        if let Some(expected) = &example.outcome {
            differences.extend(outcome_difference(expected, &evaluation));
        }
        let mut scratch = Scratch::default();
        let mut frame = Frame::new(&self.ir, &inputs, &mut scratch);
        let bound = |currency| self.ir.bound(currency);
        for (index, expected) in &example.values {
            let Some(named) = self.ir.named.get(*index) else { continue };
            match frame.named(*index) {
                Ok(value) if value == *expected => {}
                Ok(value) => {
                    let text = |literal| {
                        if let crate::ir::Literal::Number(number) = literal {
                            return number.to_string();
                        }
                        self.ir.words(named.ty, literal, &bound, &inputs.texts)
                    };
                    let (wanted, found) = (text(*expected), text(value));
                    differences.push(format!("`{}` is {found}, expected {wanted}", named.name));
                }
                Err(fault) => {
                    let words = fault.words();
                    differences.push(format!("`{}` has no value: {words}", named.name));
                }
            }
        }
        differences
    }
}

fn outcome_difference(expected: &ExpectedOutcome, evaluation: &Evaluation) -> Option<String> {
    let codes: BTreeSet<&str> = evaluation.reasons.iter().map(|r| r.code.as_str()).collect();
    let (wanted, wanted_codes) = match expected {
        ExpectedOutcome::Eligible => (Outcome::Eligible, None),
        ExpectedOutcome::Incomplete => (Outcome::Incomplete, None),
        ExpectedOutcome::Error => (Outcome::Error, None),
        ExpectedOutcome::Rejected(list) => {
            let list: BTreeSet<&str> = list.iter().map(String::as_str).collect();
            (Outcome::Rejected, Some(list))
        }
    };
    let rejected: BTreeSet<&str> =
        codes.iter().copied().filter(|code| !code.starts_with("EVIDENCE_")).collect();
    if evaluation.outcome == wanted && wanted_codes.as_ref().is_none_or(|list| *list == rejected) {
        return None;
    }
    let list = |codes: &BTreeSet<&str>| codes.iter().copied().collect::<Vec<_>>().join(", ");
    let wanted_text = wanted_codes.map(|codes| format!(" {}", list(&codes))).unwrap_or_default();
    Some(format!(
        "the outcome is {} [{}], expected {}{wanted_text}",
        word(evaluation.outcome),
        list(&codes),
        word(wanted)
    ))
}

const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Eligible => "eligible",
        Outcome::Rejected => "rejected",
        Outcome::Incomplete => "incomplete",
        Outcome::Error => "error",
    }
}
