//! What people and outside parties say about a tokenization.

use crate::{
    caller::Person,
    evidence::{is_fresh, is_valid_at, too_old_at},
    ids::{AttestationId, PartyId},
    timestamp::Timestamp,
};
use poa_formula::Attestor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an outside party says about one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attestation {
    /// Its id.
    pub id: AttestationId,
    /// Code of the check.
    pub check: String,
    /// In what capacity it was said.
    pub by: Attestor,
    /// Which party says it.
    pub party: PartyId,
    /// Who says it for that party.
    pub person: Person,
    /// Whether the check is satisfied.
    pub satisfied: bool,
    /// In the party's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// SHA-256 of a report that the party keeps, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_sha256: Option<String>,
    /// Hash of the data that it is about.
    pub data_hash: String,
    /// When it was said.
    pub made_at: Timestamp,
    /// The first moment at which it holds no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Whether the data changed after it was made: it never counts again, not even for old data.
    pub outdated: bool,
}

/// That a legal officer signed off one legal document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SignOff {
    /// Its id.
    pub id: AttestationId,
    /// Code of the legal document.
    pub document: String,
    /// SHA-256 of the document that was signed off, 64 hexadecimal digits.
    pub sha256: String,
    /// The party of the legal officer.
    pub party: PartyId,
    /// The legal officer.
    pub person: Person,
    /// The officer's country, ISO 3166-1 alpha-2.
    pub country: String,
    /// Hash of the data that it is about.
    pub data_hash: String,
    /// When it was signed off.
    pub made_at: Timestamp,
    /// The first moment at which it holds no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Whether the data changed after it was made: it never counts again, not even for old data.
    pub outdated: bool,
}

/// What a second person of the party says about the proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// Who.
    pub person: Person,
    /// What.
    pub decision: ApprovalDecision,
    /// When.
    pub at: Timestamp,
}

/// What can be said about a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalDecision {
    /// Go on.
    Approve,
    /// Stop: the tokenization is rejected.
    Reject,
}

/// What decides whether a statement counts.
pub(super) struct Validity<'a> {
    pub(super) data_hash: &'a str,
    pub(super) made_at: Timestamp,
    pub(super) valid_until: Option<Timestamp>,
    pub(super) revoked_at: Option<Timestamp>,
    pub(super) outdated: bool,
}

impl Validity<'_> {
    /// Whether a statement counts now: about the present data, not taken back, not expired.
    pub(super) fn counts(&self, data_hash: &str, max_age: Option<u32>, now: Timestamp) -> bool {
        self.data_hash == data_hash
            && !self.outdated
            && self.revoked_at.is_none()
            && is_valid_at(self.valid_until, now)
            && is_fresh(self.made_at, max_age, now)
    }

    /// The first moment at which it will count no longer by itself.
    pub(super) fn end(&self, max_age: Option<u32>) -> Option<Timestamp> {
        let aged = max_age.map(|days| too_old_at(self.made_at, days));
        [self.valid_until, aged].into_iter().flatten().min()
    }
}

impl Attestation {
    pub(super) fn validity(&self) -> Validity<'_> {
        Validity {
            data_hash: &self.data_hash,
            made_at: self.made_at,
            valid_until: self.valid_until,
            revoked_at: self.revoked_at,
            outdated: self.outdated,
        }
    }
}

impl SignOff {
    pub(super) fn validity(&self) -> Validity<'_> {
        Validity {
            data_hash: &self.data_hash,
            made_at: self.made_at,
            valid_until: self.valid_until,
            revoked_at: self.revoked_at,
            outdated: self.outdated,
        }
    }
}
