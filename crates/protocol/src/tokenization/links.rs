//! What each link of the caterpillar leaves behind.

use crate::{contour::ContourDecision, ids::PartyId, ledger::Units, timestamp::Timestamp};
use poa_formula::{Attestor, Date, Dec, Money};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The five links.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// Typed data, its hash, the soft commitment.
    Initial,
    /// Evidence, internal checks, attestations of verifiers.
    Validation,
    /// The right program, attestations of auditors.
    Audit,
    /// Legal documents signed off.
    Legal,
    /// Valuation, rate, units, approval, the hard commitment.
    Proposal,
}

/// What each link left behind; absent where it has not been made, or is broken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Links {
    /// What the bank contour decided; only in the bank wing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contour: Option<ContourDecision>,
    /// The initial link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<LinkRecord>,
    /// The validation link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<LinkRecord>,
    /// The audit link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditLink>,
    /// The legal link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal: Option<LinkRecord>,
    /// The proposal link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
}

impl Links {
    /// The links without this one and all later ones.
    #[must_use]
    pub fn without(mut self, link: Link) -> Self {
        // The arms fall through: each link carries the ones after it.
        if link <= Link::Initial {
            self.initial = None;
        }
        if link <= Link::Validation {
            self.validation = None;
        }
        if link <= Link::Audit {
            self.audit = None;
        }
        if link <= Link::Legal {
            self.legal = None;
        }
        self.proposal = None;
        self
    }
}

/// What a link leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkRecord {
    /// When it was made.
    pub at: Timestamp,
    /// Hash of the data that it was made on.
    pub data_hash: String,
    /// What it found, check by check.
    pub findings: Vec<Finding>,
    /// The first moment at which something that it rests on holds no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// What the audit link leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditLink {
    /// Hash of the program that ran.
    pub program_hash: String,
    /// Hash of the version's content that the certifier signed.
    pub certified_hash: String,
    /// The rest.
    #[serde(flatten)]
    pub record: LinkRecord,
}

/// What was found about one check or document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Code of the check, name of the evidence, or code of the legal document.
    pub code: String,
    /// How it stands.
    pub standing: Standing,
    /// Who says so; absent where it is the program itself, or nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<PartyId>,
    /// In what capacity; absent for evidence and legal documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Attestor>,
    /// Whether the whole value is lost where it is not satisfied.
    pub mandatory: bool,
    /// What the value loses where it is optional and not satisfied, 0 to 1.
    pub weight: Dec,
    /// The first moment at which it holds no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Satisfied, by something that counts now.
    Satisfied,
    /// Somebody who may say so says that it is not satisfied.
    NotSatisfied,
    /// Nobody has said anything that counts now.
    Missing,
}

/// What the proposal link leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Proposal {
    /// When it was made.
    pub at: Timestamp,
    /// Hash of the data that it was made on.
    pub data_hash: String,
    /// The day that the program calculated for.
    pub as_of: Date,
    /// What the program says that the thing is worth.
    pub valuation: Money,
    /// How much of that the chain proves, 0 to 1.
    pub authenticity_rate: Dec,
    /// Valuation × rate, rounded down to the minor unit.
    pub proven: Money,
    /// Proven value × share, rounded down to the minor unit: what is issued.
    pub value: Money,
    /// Units to issue.
    pub units: Units,
    /// Decimals of a unit count.
    pub decimals: u8,
    /// Every output of the program: fees, limits and more.
    pub outputs: Value,
    /// Every check and legal document, as it counted.
    pub findings: Vec<Finding>,
}
