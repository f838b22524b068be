//! What people and parties may ask of a tokenization, and what each request comes to.

mod data;
mod request;
mod statements;

pub use data::{data_faults, hash_data};
pub use request::{Actor, NewAttestation, NewSignOff, NewTokenization, Received};

use super::{
    Approval, ApprovalDecision, Commitment, Ended, LinkRecord, Links, Reason, Said, State, Step,
    Tokenization, TokenizationRefusal,
};
use crate::{
    contour::{ContourDecision, NewReview, Review},
    evidence::{Evidence, NewEvidence},
    fields::Fields,
    ids::EvidenceId,
    limits,
    party::Party,
    refusal::{Fault, Refusal},
    request::RequestRefusal,
    timestamp::Timestamp,
};
use poa_formula::Dec;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

impl Tokenization {
    /// Makes the initial link: typed data, its hash, the soft commitment.
    #[must_use]
    pub fn receive(received: Received, party: &Party, actor: &Actor) -> Self {
        let Received { id, instance, product, version, effective_hash, .. } = received;
        let (asked, data_hash, now) = (received.asked, received.data_hash, actor.now);
        let initial = LinkRecord {
            at: now,
            data_hash: data_hash.clone(),
            findings: Vec::new(),
            valid_until: None,
        };
        let longest = u32::try_from(limits::WAIT_DAYS_MAX).unwrap_or(u32::MAX);
        Self {
            id,
            party: party.id.clone(),
            wing: party.wing(),
            reference: asked.reference,
            product,
            version,
            instance,
            effective_hash,
            side: asked.side,
            data: asked.data,
            data_hash,
            end_client_hash: asked.end_client_hash,
            statements: asked.statements,
            if_failed: asked.if_failed,
            wait_for: asked.wait_for,
            wait_days: asked.wait_days.unwrap_or(longest),
            share: asked.share.unwrap_or(Dec::ONE),
            makers: BTreeSet::from([actor.person.clone()]),
            state: State::Received,
            commitment: Commitment::Soft { since: now },
            links: Links { initial: Some(initial), ..Links::default() },
            evidence: received.evidence,
            attestations: Vec::new(),
            sign_offs: Vec::new(),
            approvals: Vec::new(),
            reviews: Vec::new(),
            demands: Vec::new(),
            wait_until: None,
            given_up: BTreeSet::new(),
            issued: None,
            exit: None,
            created_at: now,
            updated_at: now,
            revision: 0,
        }
    }

    /// Puts forward documents. `ids` has one id for each.
    pub fn add_evidence(
        &self,
        new: Vec<NewEvidence>,
        ids: Vec<EvidenceId>,
        names: &BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Step, Refusal> {
        self.must_be_open()?;
        let limit = limits::EVIDENCE_PER_TOKENIZATION_MAX;
        if self.evidence.len().saturating_add(new.len()) > limit {
            return Err(TokenizationRefusal::TooMuchEvidence { limit }.into());
        }
        let mut faults = crate::evidence::faults("/evidence", &new, names, now);
        for (index, one) in new.iter().enumerate() {
            let known = |held: &Evidence| held.name == one.name && held.sha256 == one.sha256;
            if self.evidence.iter().any(known) {
                let message = format!("`{}` is there already", one.sha256);
                let pointer = format!("/evidence/{index}/sha256");
                faults.push(Fault::new(pointer, "evidence.repeated", message));
            }
        }
        if new.is_empty() {
            let message = "at least one document is expected";
            faults.push(Fault::new("/evidence", "evidence.none", message));
        }
        finish(faults)?;
        let pairs = ids.into_iter().zip(new);
        let evidence = pairs.map(|(id, new)| Evidence::new(id, new, now)).collect();
        Ok(Step::Said(Said::EvidenceAdded(evidence)))
    }

    /// Approves or refuses the proposal, as a second person of the party.
    pub fn approve(
        &self,
        decision: ApprovalDecision,
        data_hash: &str,
        actor: &Actor,
    ) -> Result<Step, Refusal> {
        self.must_be_open()?;
        if actor.program {
            return Err(TokenizationRefusal::ProgramApproves.into());
        }
        // INVARIANT: who makes and who checks are never the same person.
        if self.makers.contains(&actor.person) {
            return Err(TokenizationRefusal::MakerApproves.into());
        }
        if self.state != State::AwaitingApproval {
            return Err(TokenizationRefusal::NoProposal { state: self.state.as_str() }.into());
        }
        self.must_be_about(data_hash)?;
        if self.approvals.iter().any(|one| one.person == actor.person) {
            return Err(TokenizationRefusal::ApprovedBefore.into());
        }
        let (person, at) = (actor.person.clone(), actor.now);
        Ok(Step::Said(Said::ApprovalGiven(Approval { person, decision, at })))
    }

    /// Says what a person of compliance thinks of the contour's decision.
    pub fn review(&self, new: NewReview, actor: &Actor) -> Result<Step, Refusal> {
        self.must_be_open()?;
        if actor.program {
            return Err(TokenizationRefusal::ProgramReviews.into());
        }
        // INVARIANT: who makes and who checks are never the same person.
        if self.makers.contains(&actor.person) {
            return Err(TokenizationRefusal::MakerReviews.into());
        }
        let open = self.links.contour.as_ref().and_then(ContourDecision::open);
        let Some((rule_set, codes)) = open.filter(|_| self.state == State::AwaitingReview) else {
            return Err(TokenizationRefusal::NoReview { state: self.state.as_str() }.into());
        };
        self.must_be_about(&new.data_hash)?;
        let mut fields = Fields::default();
        fields.text("/because", &new.because, limits::TEXT_BYTES_MAX);
        fields.finish()?;
        let limit = limits::REVIEWS_PER_TOKENIZATION_MAX;
        if self.reviews.len() >= limit {
            return Err(TokenizationRefusal::TooManyReviews { limit }.into());
        }
        let review = Review {
            person: actor.person.clone(),
            decision: new.decision,
            because: new.because,
            rule_set: rule_set.to_owned(),
            codes,
            data_hash: new.data_hash,
            at: actor.now,
        };
        let again = |one: &Review| {
            one.person == review.person
                && one.rule_set == review.rule_set
                && one.data_hash == review.data_hash
                && review.codes.is_subset(&one.codes)
        };
        if self.reviews.iter().any(again) {
            return Err(TokenizationRefusal::ReviewedBefore.into());
        }
        Ok(Step::Said(Said::Reviewed(Box::new(review))))
    }

    /// Changes the data. `data_hash` is the hash of the new data.
    pub fn change_data(
        &self,
        data: Map<String, Value>,
        data_hash: String,
        actor: &Actor,
    ) -> Result<Step, Refusal> {
        self.must_be_open()?;
        if data_hash == self.data_hash {
            return Err(TokenizationRefusal::SameData.into());
        }
        Ok(Step::Said(Said::DataChanged { data, data_hash, by: actor.person.clone() }))
    }

    /// Takes the tokenization back.
    pub fn cancel(&self, reason: Option<String>) -> Result<Step, Refusal> {
        self.must_be_open()?;
        let text = reason.unwrap_or_else(|| "taken back by the party".to_owned());
        Ok(Step::Ended(Ended::Cancelled(Reason::new("tokenization.cancelled", text))))
    }

    /// Tries a failed tokenization again.
    pub fn retry(&self) -> Result<Step, Refusal> {
        self.must_be_open()?;
        if self.state == State::Failed {
            Ok(Step::Said(Said::Retried))
        } else {
            Err(TokenizationRefusal::NotFailed { state: self.state.as_str() }.into())
        }
    }

    fn must_be_open(&self) -> Result<(), Refusal> {
        if self.state.is_end() {
            Err(TokenizationRefusal::Settled { state: self.state.as_str() }.into())
        } else {
            Ok(())
        }
    }

    fn must_be_about(&self, data_hash: &str) -> Result<(), Refusal> {
        if self.data_hash == data_hash {
            Ok(())
        } else {
            Err(TokenizationRefusal::OtherData { present: self.data_hash.clone() }.into())
        }
    }
}

fn finish(faults: Vec<Fault>) -> Result<(), Refusal> {
    if faults.is_empty() {
        return Ok(());
    }
    let refusal = RequestRefusal::Invalid { count: faults.len() };
    Err(Refusal::from(refusal).with_faults(faults))
}
