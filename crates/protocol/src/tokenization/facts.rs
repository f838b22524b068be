//! What the pipeline has to know besides the record, as values.

use crate::{
    contour::RegimeDecision,
    evidence::is_valid_at,
    ids::{AssetId, PartyId},
    party::Party,
    thing::Thing,
    timestamp::Timestamp,
};
use poa_formula::{Attestor, Check, Evidence, Legal, Money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that one run of the pipeline looks at.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Now.
    pub now: Timestamp,
    /// The party, as it is now.
    pub party: Party,
    /// The instance, as it is now.
    pub terms: Terms,
    /// What the program declares.
    pub declared: Declared,
    /// What the program says about the data today.
    pub evaluated: Evaluated,
    /// What the rule set of the legal regime says about a request of the bank wing; absent where
    /// the instance names none.
    pub regime: Option<RegimeFacts>,
    /// SHA-256 of those documents of the record whose bytes are in document storage.
    pub documents: BTreeSet<String>,
    /// The thing, with what is live on it.
    pub thing: Thing,
    /// The id that a smart asset would get.
    pub asset: AssetId,
}

/// What the rule set of a legal regime says about a request now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegimeFacts {
    /// The documents that it asks for.
    pub evidence: Vec<Evidence>,
    /// What it says, once they are there.
    pub decision: RegimeDecision,
}

/// What an instance says about tokenizations under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Where the instance stands.
    pub standing: InstanceStanding,
    /// From when it applies.
    pub effective_from: Option<Timestamp>,
    /// The first moment at which it applies no longer.
    pub effective_until: Option<Timestamp>,
    /// ISO 3166-1 alpha-2 of its jurisdiction.
    pub country: String,
    /// How many second persons must approve.
    pub approvals_required: u8,
    /// Who may attest as a verifier.
    pub verifiers: Vec<PartyId>,
    /// Who may attest as an auditor.
    pub auditors: Vec<PartyId>,
    /// Hash of the version's content that a certifier signed; absent where none did.
    pub certified_hash: Option<String>,
}

/// Where an instance stands, as far as tokenizations are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InstanceStanding {
    /// Takes new tokenizations.
    Active,
    /// Takes no new ones; those that are pinned to it go on.
    Superseded,
    /// Takes none at all: the state that it is in.
    Closed(&'static str),
}

impl Terms {
    /// Whether a tokenization that is pinned to the instance goes on. Once pinned, the end of the
    /// effective period does not matter to an instance that was superseded.
    pub fn go_on(&self, now: Timestamp) -> Result<(), Reason> {
        let closed = |message: String| Reason::new("instance.closed", message);
        match self.standing {
            InstanceStanding::Closed(state) => Err(closed(format!("the instance is {state}"))),
            InstanceStanding::Superseded => Ok(()),
            InstanceStanding::Active if self.effective(now) => Ok(()),
            InstanceStanding::Active => Err(closed("the instance does not apply now".to_owned())),
        }
    }

    /// Whether a moment lies within the effective period: from inclusive, until exclusive.
    #[must_use]
    pub fn effective(&self, now: Timestamp) -> bool {
        self.effective_from.is_none_or(|from| from <= now) && is_valid_at(self.effective_until, now)
    }

    /// Who may attest in a capacity.
    #[must_use]
    pub fn attestors(&self, attestor: Attestor) -> &[PartyId] {
        match attestor {
            Attestor::Internal => &[],
            Attestor::Verifier => &self.verifiers,
            Attestor::Auditor => &self.auditors,
        }
    }
}

/// What a program declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// Hash of the program.
    pub formula_hash: String,
    /// Evidence.
    pub evidence: Vec<Evidence>,
    /// Checks.
    pub checks: Vec<Check>,
    /// Legal documents.
    pub legal: Vec<Legal>,
}

impl Declared {
    /// The names of the evidence.
    #[must_use]
    pub fn evidence_names(&self) -> BTreeSet<String> {
        self.evidence.iter().map(|one| one.name.clone()).collect()
    }
}

/// What a program says about data on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// What comes out.
    pub verdict: Verdict,
    /// Why not, or what is missing.
    pub reasons: Vec<Reason>,
    /// Its internal checks, by code.
    pub checks: BTreeMap<String, bool>,
    /// What the thing is worth.
    pub valuation: Option<Money>,
    /// Units of the token.
    pub units: Option<i128>,
    /// Decimals of the token.
    pub decimals: Option<i128>,
    /// Every output.
    pub outputs: Value,
}

/// What can come out of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every rule holds.
    Eligible,
    /// A rule does not hold.
    Rejected,
    /// Something is missing.
    Incomplete,
    /// A calculation has no result.
    Error,
}

/// One reason, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// Stable code: of the rule, the check, the document, or of the pipeline.
    pub code: String,
    /// In words.
    pub message: String,
    /// What it rests on: inputs, values, place in the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
}

impl Reason {
    /// A reason without further facts.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), details: None }
    }
}
