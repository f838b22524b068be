//! What a request brings: who asks, and the fields that they send.

use crate::{
    caller::Person,
    contour::IfFailed,
    evidence::{Evidence, NewEvidence, is_sha256},
    ids::{InstanceId, PartyId, TokenizationId},
    limits,
    product::ProductCode,
    refusal::Fault,
    side::Side,
    timestamp::Timestamp,
    tokenization::WaitFor,
    version::VersionNumber,
};
use poa_formula::Dec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Who asks, for whom, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub person: Person,
    /// For which party.
    pub party: PartyId,
    /// Country of that party, ISO 3166-1 alpha-2.
    pub country: String,
    /// Whether it is a program.
    pub program: bool,
    /// When.
    pub now: Timestamp,
}

/// A tokenization as it is received, past every check at the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its id.
    pub id: TokenizationId,
    /// The instance that it is pinned to.
    pub instance: InstanceId,
    /// Code of the product.
    pub product: ProductCode,
    /// Number of the version.
    pub version: VersionNumber,
    /// Hash of the effective program.
    pub effective_hash: String,
    /// What was asked.
    pub asked: NewTokenization,
    /// The documents, with their ids.
    pub evidence: Vec<Evidence>,
    /// Hash of the data.
    pub data_hash: String,
}

/// What asks for a tokenization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTokenization {
    /// The instance to tokenize under.
    pub instance: InstanceId,
    /// What the party brings.
    pub side: Side,
    /// The party's own name for the thing, 1 to 256 bytes. Tokenizations of one thing share it.
    pub reference: String,
    /// The data, as the program's attributes name it. Decimals are strings; `as_of` is not sent.
    pub data: Map<String, Value>,
    /// Documents, at most 64; their bytes go to PUT /api/documents/{sha256}, before or after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<NewEvidence>,
    /// Salted hash of the end client that the party acts for, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_client_hash: Option<String>,
    /// What a bank states for the rule set of the instance's legal regime, as its attributes name
    /// it; at most 64. It never leaves the bank wing's own records.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub statements: Map<String, Value>,
    /// What becomes of a bank's request where a rule of the regime does not hold: `reject` (the
    /// default), or `wait` for two people of compliance who override it.
    #[serde(default)]
    pub if_failed: IfFailed,
    /// Which outside checks to wait for: `all` (the default) or `mandatory`.
    #[serde(default)]
    pub wait_for: WaitFor,
    /// How many days each wait lasts at most, 1 to 90 (the default).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_days: Option<u32>,
    /// The part of the proven value to issue: above 0 to 1 (the default), at most 18 places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Dec>,
}

/// What an outside party says about a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttestation {
    /// Code of the check.
    pub check: String,
    /// Whether it is satisfied.
    pub satisfied: bool,
    /// In your own words, at most 4,096 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// SHA-256 of a report that you keep, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_sha256: Option<String>,
    /// The first moment at which it holds no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// `data_hash` of the tokenization, as you read it.
    pub data_hash: String,
}

/// That a legal officer signs off a legal document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSignOff {
    /// Code of the legal document.
    pub document: String,
    /// SHA-256 of the document that you sign off, 64 hexadecimal digits.
    pub sha256: String,
    /// The first moment at which it holds no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// `data_hash` of the tokenization, as you read it.
    pub data_hash: String,
}

impl NewTokenization {
    /// What is wrong with it, apart from its data and its evidence.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let reference = &self.reference;
        let plain = !reference.chars().any(char::is_control) && reference.trim() == reference;
        if reference.is_empty() || reference.len() > limits::NAME_BYTES_MAX || !plain {
            let message = format!(
                "a reference has 1 to {} bytes, no control characters and no space around it",
                limits::NAME_BYTES_MAX
            );
            faults.push(Fault::new("/reference", "tokenization.reference", message));
        }
        if !self.end_client_hash.as_deref().is_none_or(is_sha256) {
            let message = "a salted hash of 64 hexadecimal digits in lower case is expected";
            faults.push(Fault::new("/end_client_hash", "tokenization.end-client", message));
        }
        faults.extend(self.statement_faults());
        let days = i64::from(self.wait_days.unwrap_or(1));
        if !(1..=limits::WAIT_DAYS_MAX).contains(&days) {
            let message = format!("a wait lasts 1 to {} days", limits::WAIT_DAYS_MAX);
            faults.push(Fault::new("/wait_days", "tokenization.wait-days", message));
        }
        let share = self.share.unwrap_or(Dec::ONE);
        let places = crate::caterpillar::RATE_PLACES;
        if share <= Dec::ZERO || share > Dec::ONE || share.scale() > places {
            let message = format!("a share is above 0, at most 1, with at most {places} places");
            faults.push(Fault::new("/share", "tokenization.share", message));
        }
        faults
    }

    fn statement_faults(&self) -> Vec<Fault> {
        let at = |pointer: &str| pointer.replacen("/data", "/statements", 1);
        let found = super::data_faults(&self.statements).into_iter();
        let mut faults: Vec<Fault> =
            found.map(|fault| Fault { pointer: at(&fault.pointer), ..fault }).collect();
        let bytes = serde_json::to_vec(&self.statements).map_or(usize::MAX, |bytes| bytes.len());
        if self.statements.len() > limits::STATEMENTS_MAX || bytes > limits::STATEMENTS_BYTES_MAX {
            let message = format!(
                "at most {} statements and {} bytes are allowed",
                limits::STATEMENTS_MAX,
                limits::STATEMENTS_BYTES_MAX
            );
            faults.push(Fault::new("/statements", "tokenization.statements", message));
        }
        faults
    }
}
