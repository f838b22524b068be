//! What people of compliance say where a rule of a regime leaves it to them, or does not hold.

use super::{ContourDecision, Verdict, regime::is_unasked, worst};
use crate::{caller::Person, timestamp::Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many people decide where a rule asks for a person.
const REVIEWERS: u8 = 1;
/// How many different people override a rule that does not hold.
const OVERRIDERS: u8 = 2;

/// What becomes of a request of the bank wing when a rule of the regime does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IfFailed {
    /// It is rejected.
    #[default]
    Reject,
    /// It waits for two people of compliance who override the rule, or for one who refuses.
    Wait,
}

/// What a person of compliance says about a decision of the contour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// `pass` or `refuse`.
    pub decision: ReviewDecision,
    /// Why, 1 to 4,096 bytes.
    pub because: String,
    /// `data_hash` of the tokenization, as you read it.
    pub data_hash: String,
}

/// What can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDecision {
    /// The request goes on in spite of the rules.
    Pass,
    /// It is rejected.
    Refuse,
}

/// What was said, and about what. It counts for every decision that is about the same: the same
/// rule set, the same data, no further rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Review {
    /// Who.
    pub person: Person,
    /// What.
    pub decision: ReviewDecision,
    /// Why.
    pub because: String,
    /// Hash of the rule set.
    pub rule_set: String,
    /// Codes of the rules.
    pub codes: BTreeSet<String>,
    /// Hash of the data.
    pub data_hash: String,
    /// When.
    pub at: Timestamp,
}

/// Where a decision stands, with what people said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reviewed {
    /// The request goes on.
    Passes,
    /// So many more people have to agree.
    Waits(u8),
    /// It is rejected.
    Refused,
}

impl ContourDecision {
    /// Codes of the rules that people decide on, and the hash of their rule set; nothing where no
    /// rule of the regime stands in the way, where the ring itself does, or where the rules could
    /// not be asked: nobody overrides that.
    #[must_use]
    pub fn open(&self) -> Option<(&str, BTreeSet<String>)> {
        let regime = self.regime.as_ref().filter(|regime| regime.outcome > Verdict::Pass)?;
        if worst(&self.results) > Verdict::Pass || regime.results.iter().any(is_unasked) {
            return None;
        }
        let open = regime.results.iter().filter(|one| one.result > Verdict::Pass);
        Some((&regime.rule_set.hash, open.map(|one| one.code.clone()).collect()))
    }

    /// Where it stands with what was said about this data.
    #[must_use]
    pub fn reviewed(&self, said: &[Review], data_hash: &str, if_failed: IfFailed) -> Reviewed {
        if self.outcome == Verdict::Pass {
            return Reviewed::Passes;
        }
        let Some((rule_set, codes)) = self.open() else { return Reviewed::Refused };
        let about = |one: &&Review| {
            one.rule_set == rule_set && one.data_hash == data_hash && codes.is_subset(&one.codes)
        };
        let said: Vec<&Review> = said.iter().filter(about).collect();
        if said.iter().any(|one| one.decision == ReviewDecision::Refuse) {
            return Reviewed::Refused;
        }
        let needed = match (self.outcome, if_failed) {
            (Verdict::Fail, IfFailed::Reject) => return Reviewed::Refused,
            (Verdict::Fail, IfFailed::Wait) => OVERRIDERS,
            (Verdict::Review | Verdict::Pass | Verdict::NotApplicable, _) => REVIEWERS,
        };
        // INVARIANT: an override is of different people (tenant, object id).
        let people: BTreeSet<&Person> = said.iter().map(|one| &one.person).collect();
        match needed.saturating_sub(u8::try_from(people.len()).unwrap_or(u8::MAX)) {
            0 => Reviewed::Passes,
            more => Reviewed::Waits(more),
        }
    }
}
