//! Steps: everything that can happen to a tokenization, how it changes the record, and the event.

mod event;

use super::{
    Approval, Attestation, AuditLink, Commitment, Demand, Link, LinkRecord, Proposal, Reason,
    SignOff, State, Tokenization,
};
use crate::{
    caller::Person,
    contour::{ContourDecision, Review},
    evidence::Evidence,
    ids::{AssetId, AttestationId},
    ledger::Units,
    switcher::Alternative,
    timestamp::Timestamp,
};
use poa_formula::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One thing that happens to a tokenization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Somebody said something about it.
    Said(Said),
    /// The pipeline went on, or found that it cannot.
    Moved(Moved),
    /// It came to an end, or stopped.
    Ended(Ended),
}

impl Step {
    /// The smart asset that this step issues.
    #[must_use]
    pub fn issued(&self) -> Option<&IssuedAsset> {
        match self {
            Self::Moved(Moved::Issued(issued)) => Some(issued),
            Self::Said(_) | Self::Moved(_) | Self::Ended(_) => None,
        }
    }
}

/// What people and parties say about a tokenization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The party put forward documents.
    EvidenceAdded(Vec<Evidence>),
    /// Bytes of documents came to document storage: their hashes.
    EvidenceArrived(Vec<String>),
    /// An outside party said something about a check.
    Attested(Box<Attestation>),
    /// A legal officer signed off a document.
    SignedOff(Box<SignOff>),
    /// An attestation or a sign-off was taken back.
    Revoked(AttestationId),
    /// A second person said something about the proposal.
    ApprovalGiven(Approval),
    /// A person of compliance said something about the contour's decision.
    Reviewed(Box<Review>),
    /// The party changed the data: every later link is reset.
    DataChanged {
        /// The new data.
        data: Map<String, Value>,
        /// Its hash.
        data_hash: String,
        /// Who changed it.
        by: Person,
    },
    /// A failed tokenization is tried again.
    Retried,
}

/// What the pipeline does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// The bank contour decided.
    ContourDecided(Box<ContourDecision>),
    /// It waits.
    Waits {
        /// In which state.
        state: State,
        /// For what.
        demands: Vec<Demand>,
        /// Until when.
        until: Timestamp,
    },
    /// It waits no longer for these optional checks.
    GivenUp(Vec<String>),
    /// Something that a link rested on holds no longer: the link and all later ones are reset.
    LinkBroken {
        /// Which.
        link: Link,
        /// What holds no longer.
        codes: Vec<String>,
    },
    /// The validation link is made.
    Validated(LinkRecord),
    /// The audit link is made.
    Audited(AuditLink),
    /// The legal link is made.
    Cleared(LinkRecord),
    /// The proposal link is made.
    Proposed(Box<Proposal>),
    /// So many second persons as the instance demands have approved the proposal.
    Approved {
        /// How many were demanded.
        required: u8,
    },
    /// The smart asset is issued.
    Issued(IssuedAsset),
}

/// How a tokenization ends without a smart asset, or stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// A rule said no.
    Rejected {
        /// Why.
        reasons: Vec<Reason>,
        /// Whether the program's own rules said no: another instance may say yes.
        by_rules: bool,
        /// What other instances of the product say, best first.
        alternatives: Vec<Alternative>,
    },
    /// The party took it back.
    Cancelled(Reason),
    /// What it waited for did not come in time.
    Expired,
    /// Something stopped it that may pass.
    Failed(Vec<Reason>),
}

/// The smart asset that came out of a tokenization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssuedAsset {
    /// Its id.
    pub asset: AssetId,
    /// How many units were issued.
    pub units: Units,
    /// Decimals of a unit count.
    pub decimals: u8,
    /// The value that they were issued on.
    pub value: Money,
    /// What the thing is proven to be worth.
    pub proven: Money,
    /// When.
    pub at: Timestamp,
}

/// How a tokenization ended without a smart asset, or why it stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exit {
    /// Where it stood.
    pub from: State,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What other instances of the product say about the same data, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
    /// When.
    pub at: Timestamp,
}

impl Tokenization {
    /// The record after a step: the only thing that changes a record.
    #[must_use]
    pub fn apply(mut self, step: Step, now: Timestamp) -> Self {
        self.updated_at = now;
        match step {
            Step::Said(said) => self.after_said(said, now),
            Step::Moved(moved) => self.after_moved(moved, now),
            Step::Ended(ended) => self.after_ended(ended, now),
        }
    }

    fn after_said(mut self, said: Said, now: Timestamp) -> Self {
        match said {
            Said::EvidenceAdded(evidence) => self.evidence.extend(evidence),
            Said::EvidenceArrived(hashes) => {
                for one in self.evidence.iter_mut().filter(|one| hashes.contains(&one.sha256)) {
                    one.present = true;
                }
            }
            Said::Attested(attestation) => self.attestations.push(*attestation),
            Said::SignedOff(sign_off) => self.sign_offs.push(*sign_off),
            Said::Revoked(id) => self.take_back(&id, now),
            Said::ApprovalGiven(approval) => self.approvals.push(approval),
            Said::Reviewed(review) => self.reviews.push(*review),
            Said::DataChanged { data, data_hash, by } => {
                return self.with_data(data, data_hash, by, now);
            }
            Said::Retried => return Self { exit: None, ..self.at(State::Received) },
        }
        self
    }

    fn after_moved(mut self, moved: Moved, now: Timestamp) -> Self {
        match moved {
            Moved::ContourDecided(decision) => {
                self.links.contour = Some(*decision);
                if self.state == State::Received { self.at(State::Validating) } else { self }
            }
            Moved::GivenUp(codes) => {
                self.given_up.extend(codes);
                self
            }
            Moved::Waits { state, demands, until } => {
                Self { demands, wait_until: Some(until), ..self.at(state) }
            }
            Moved::LinkBroken { link, .. } => self.broken(link),
            Moved::Validated(record) => {
                self.links.validation = Some(record);
                self.at(State::Auditing)
            }
            Moved::Audited(record) => {
                self.links.audit = Some(record);
                self.at(State::Legal)
            }
            Moved::Cleared(record) => {
                self.links.legal = Some(record);
                self.at(State::Proposing)
            }
            Moved::Proposed(proposal) => {
                self.links.proposal = Some(*proposal);
                self.at(State::Proposing)
            }
            Moved::Approved { .. } => self.at(State::Issuing),
            Moved::Issued(issued) => {
                self.commitment = Commitment::Hard { since: now };
                self.issued = Some(issued);
                self.at(State::Issued)
            }
        }
    }

    fn after_ended(self, ended: Ended, now: Timestamp) -> Self {
        let (state, reasons, alternatives) = match ended {
            Ended::Rejected { reasons, alternatives, .. } => {
                (State::Rejected, reasons, alternatives)
            }
            Ended::Cancelled(reason) => (State::Cancelled, vec![reason], Vec::new()),
            Ended::Failed(reasons) => (State::Failed, reasons, Vec::new()),
            Ended::Expired => {
                let overdue = self.demands.iter().filter(|demand| demand.mandatory);
                let reasons = overdue
                    .map(|demand| Reason::new(&demand.code, "this did not come in time"))
                    .collect();
                (State::Expired, reasons, Vec::new())
            }
        };
        let exit = Exit { from: self.state, reasons, alternatives, at: now };
        let mut after = self.at(state);
        after.exit = Some(exit);
        if state.is_end() {
            after.commitment = Commitment::Released { since: now };
        }
        after
    }

    /// In a state, waiting for nothing.
    fn at(self, state: State) -> Self {
        Self { state, demands: Vec::new(), wait_until: None, ..self }
    }

    /// INVARIANT: a broken link takes all later links and every approval with it.
    fn broken(mut self, link: Link) -> Self {
        self.links = self.links.without(link);
        self.approvals.clear();
        self.at(match link {
            Link::Initial | Link::Validation => State::Validating,
            Link::Audit => State::Auditing,
            Link::Legal => State::Legal,
            Link::Proposal => State::Proposing,
        })
    }

    /// INVARIANT: changed data resets the initial link and breaks every later one; nothing that was
    /// said about the old data counts again, even if the data changes back.
    fn with_data(
        mut self,
        data: Map<String, Value>,
        data_hash: String,
        by: Person,
        now: Timestamp,
    ) -> Self {
        for one in &mut self.attestations {
            one.outdated = true;
        }
        for one in &mut self.sign_offs {
            one.outdated = true;
        }
        self.makers.insert(by);
        self.given_up.clear();
        self.data = data;
        self.data_hash.clone_from(&data_hash);
        self.commitment = Commitment::Soft { since: now };
        self.links = self.links.without(Link::Initial);
        self.links.contour = None;
        self.links.initial =
            Some(LinkRecord { at: now, data_hash, findings: Vec::new(), valid_until: None });
        self.approvals.clear();
        Self { exit: None, ..self.at(State::Received) }
    }

    fn take_back(&mut self, id: &AttestationId, now: Timestamp) {
        for one in self.attestations.iter_mut().filter(|one| one.id == *id) {
            one.revoked_at = Some(now);
        }
        for one in self.sign_offs.iter_mut().filter(|one| one.id == *id) {
            one.revoked_at = Some(now);
        }
    }
}
