//! Rule sets of legal regimes: what each rule says about a request, and the verdict.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evaluation::{Reason, reason};
use crate::inputs::Inputs;
use crate::program::Program;
use crate::run::{Frame, Scratch};

/// What one rule says, or all of them together.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Its condition (`when`) does not hold.
    NotApplicable,
    /// It holds.
    Pass,
    /// It does not hold, and a person decides.
    Review,
    /// It does not hold, or it cannot be decided.
    Fail,
}

/// What one rule says about a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The code of the rule.
    pub code: String,
    /// What it says.
    pub verdict: Verdict,
    /// Why, where it neither passes nor is left aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// The decision of a rule set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Examination {
    /// SHA-256 of what the rule set does, as [`Program::formula_hash`].
    pub rule_set: String,
    /// The worst of the findings; documents that are missing or too old fail.
    pub verdict: Verdict,
    /// One finding for each rule, in the order of the rule set.
    pub findings: Vec<Finding>,
    /// What is wrong with documents and limits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}

impl Program {
    /// Lets a rule set decide, rule by rule.
    ///
    /// INVARIANT: what cannot be decided fails.
    #[must_use]
    pub fn examine(&self, inputs: &Inputs) -> Examination {
        let mut scratch = Scratch::default();
        let mut frame = Frame::new(&self.ir, inputs, &mut scratch);
        let mut findings = Vec::new();
        for rule in &self.ir.rules {
            let applies = rule.when.is_none_or(|when| frame.condition(when) != Ok(false));
            let held = frame.rule(rule.when, rule.require);
            let verdict = match held {
                Ok(true) if !applies => Verdict::NotApplicable,
                Ok(true) => Verdict::Pass,
                Ok(false) if rule.review => Verdict::Review,
                Ok(false) | Err(_) => Verdict::Fail,
            };
            let reason = reason(&frame, rule, held);
            findings.push(Finding { code: rule.code.clone(), verdict, reason });
        }
        // Documents and limits as in any other evaluation; the rules are told above.
        let reasons = self.evaluate(inputs).reasons.into_iter();
        let told = |reason: &Reason| {
            let place = (reason.origin.layer, reason.origin.line);
            self.ir.rules.iter().any(|rule| rule.place == place)
        };
        let reasons: Vec<Reason> = reasons.filter(|reason| !told(reason)).collect();
        let worst = findings.iter().map(|finding| finding.verdict).max();
        let verdict =
            if reasons.is_empty() { worst.unwrap_or(Verdict::Pass) } else { Verdict::Fail };
        Examination { rule_set: self.formula_hash().to_owned(), verdict, findings, reasons }
    }
}
