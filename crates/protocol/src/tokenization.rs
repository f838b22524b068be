//! A tokenization: one request on its way through the five links of the caterpillar.
//!
//! The record holds what every link left behind and what the tokenization waits for. Requests and
//! the pipeline decide [`Step`]s; [`Tokenization::apply`] is the only thing that changes a record.

mod advance;
mod ask;
mod demand;
mod facts;
mod links;
mod refusal;
mod standing;
mod state;
mod statement;
mod step;
#[cfg(test)]
mod tests;

pub use advance::{STEPS_MAX, advance};
pub use ask::{
    Actor, NewAttestation, NewSignOff, NewTokenization, Received, data_faults, hash_data,
};
pub use demand::{By, Demand, DemandKind, attestor_word};
pub use facts::{
    Declared, Evaluated, Facts, InstanceStanding, Reason, RegimeFacts, Terms, Verdict,
};
pub use links::{AuditLink, Finding, Link, LinkRecord, Links, Proposal, Standing};
pub use refusal::TokenizationRefusal;
pub use state::{Commitment, State, WaitFor};
pub use statement::{Approval, ApprovalDecision, Attestation, SignOff};
pub use step::{Ended, Exit, IssuedAsset, Moved, Said, Step};

use crate::{
    caller::Person,
    contour::{IfFailed, Review},
    event::Wing,
    evidence::Evidence,
    ids::{InstanceId, PartyId, TokenizationId},
    product::ProductCode,
    side::Side,
    timestamp::Timestamp,
    version::VersionNumber,
};
use poa_formula::Dec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The record of one tokenization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tokenization {
    /// Its id.
    pub id: TokenizationId,
    /// Whose it is.
    pub party: PartyId,
    /// The road that it takes: the kind of its party.
    pub wing: Wing,
    /// The party's own name for the thing.
    pub reference: String,
    /// Code of the product.
    pub product: ProductCode,
    /// Number of the version.
    pub version: VersionNumber,
    /// The instance that it is pinned to.
    pub instance: InstanceId,
    /// Hash of the effective program that it is pinned to, `sha256:…`.
    pub effective_hash: String,
    /// What the party brings.
    pub side: Side,
    /// The data, as the program's attributes name it.
    pub data: Map<String, Value>,
    /// SHA-256 over the RFC 8785 form of the data, `sha256:…`.
    pub data_hash: String,
    /// Salted hash of the end client that the party acts for, 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_client_hash: Option<String>,
    /// What a bank states for the rule set of the legal regime.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub statements: Map<String, Value>,
    /// What becomes of it where a rule of the regime does not hold.
    #[serde(default)]
    pub if_failed: IfFailed,
    /// Which outside checks it waits for.
    pub wait_for: WaitFor,
    /// How many days each of its waits lasts at most.
    pub wait_days: u32,
    /// The part of the proven value that is to be issued, above 0 to 1.
    pub share: Dec,
    /// Who made the request or changed its data: none of them may approve it.
    pub makers: BTreeSet<Person>,
    /// Where it stands.
    pub state: State,
    /// How far the thing is bound.
    pub commitment: Commitment,
    /// What each link left behind.
    pub links: Links,
    /// The documents put forward.
    pub evidence: Vec<Evidence>,
    /// What outside parties said about its checks.
    pub attestations: Vec<Attestation>,
    /// What legal officers signed off.
    pub sign_offs: Vec<SignOff>,
    /// Who approved the proposal that is on the table, or refused it.
    pub approvals: Vec<Approval>,
    /// What people of compliance said about decisions of the contour.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
    /// What it waits for.
    pub demands: Vec<Demand>,
    /// When the present wait ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_until: Option<Timestamp>,
    /// Optional checks that it no longer waits for.
    pub given_up: BTreeSet<String>,
    /// The smart asset that came out of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<IssuedAsset>,
    /// Why it ended without one, or stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// When it was received.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// Revision of its last change.
    pub revision: u64,
}

impl Tokenization {
    /// The end client whose day it counts on: only a bank's requests for one do.
    #[must_use]
    pub fn counts_for(&self) -> Option<&str> {
        self.end_client_hash.as_deref().filter(|_| self.wing == Wing::Bank)
    }

    /// The same record as outside parties see it: without who the end client is, even as a hash,
    /// without the people of the party, and without what the bank contour knows about it.
    #[must_use]
    pub fn for_outsiders(mut self) -> Self {
        self.end_client_hash = None;
        self.statements = Map::new();
        self.reviews = Vec::new();
        self.links.contour = None;
        self.demands.retain(|demand| demand.kind != DemandKind::Review);
        self.makers = BTreeSet::new();
        self.approvals = Vec::new();
        self
    }
}
