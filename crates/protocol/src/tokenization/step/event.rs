//! The events of tokenizations: what a step tells the world. They carry ids, hashes, codes and
//! decisions; never data, and never the kind of the party outside the contour's own events.

use super::{Ended, Moved, Said, Step};
use crate::{
    contour::{ContourDecision, RuleResult, Verdict},
    event::{NewEvent, Wake},
    tokenization::{Demand, Finding, LinkRecord, Proposal, Reason, State, Tokenization},
};
use serde_json::{Value, json};

impl Tokenization {
    /// The event of having been received: the pipeline starts with it.
    #[must_use]
    pub fn received_event(&self) -> NewEvent {
        let data = json!({
            "instance": self.instance,
            "effective_hash": self.effective_hash,
            "side": self.side,
            "data_hash": self.data_hash,
            "evidence": self.evidence.iter().map(|one| &one.sha256).collect::<Vec<_>>(),
        });
        self.event("poa.tokenization.received.v1", data).waking(self)
    }

    /// What came to its end wakes once more where it counts on the day of an end client: its
    /// reservation there is resolved.
    fn resolving(&self, event: NewEvent) -> NewEvent {
        let counts = self.state.is_end() && self.counts_for().is_some();
        if counts { event.waking(self) } else { event }
    }

    fn event(&self, event_type: &'static str, data: Value) -> NewEvent {
        NewEvent { event_type, subject: self.id.to_string(), data, wake: None }
    }
}

impl NewEvent {
    fn waking(self, tokenization: &Tokenization) -> Self {
        let wake = Wake { wing: tokenization.wing, tokenization: tokenization.id.clone() };
        Self { wake: Some(wake), ..self }
    }
}

impl Step {
    /// The event of this step. `after` is the record with the step applied.
    #[must_use]
    pub fn event(&self, after: &Tokenization) -> NewEvent {
        match self {
            // The pipeline has to look at what others say. Its own steps need no wake: one run goes
            // as far as it can.
            Self::Said(said) => after.event(said.event_type(), said.data()).waking(after),
            Self::Moved(moved) => {
                after.resolving(after.event(moved.event_type(), moved.data(after)))
            }
            Self::Ended(ended) => after.resolving(after.event(ended.event_type(), ended.data())),
        }
    }
}

impl Said {
    fn event_type(&self) -> &'static str {
        match self {
            Self::EvidenceAdded(_) => "poa.tokenization.evidence-added.v1",
            Self::EvidenceArrived(_) => "poa.tokenization.evidence-arrived.v1",
            Self::Attested(_) => "poa.tokenization.attested.v1",
            Self::SignedOff(_) => "poa.tokenization.signed-off.v1",
            Self::Revoked(_) => "poa.tokenization.revoked.v1",
            Self::ApprovalGiven(_) => "poa.tokenization.approval-given.v1",
            Self::Reviewed(_) => "poa.tokenization.contour-reviewed.v1",
            Self::DataChanged { .. } => "poa.tokenization.data-changed.v1",
            Self::Retried => "poa.tokenization.retried.v1",
        }
    }

    fn data(&self) -> Value {
        match self {
            Self::EvidenceAdded(evidence) => {
                json!({ "sha256": evidence.iter().map(|one| &one.sha256).collect::<Vec<_>>() })
            }
            Self::EvidenceArrived(sha256) => json!({ "sha256": sha256 }),
            Self::Attested(one) => json!({
                "attestation": one.id,
                "check": one.check,
                "by": one.by,
                "party": one.party,
                "satisfied": one.satisfied,
                "data_hash": one.data_hash,
            }),
            Self::SignedOff(one) => json!({
                "sign_off": one.id,
                "document": one.document,
                "sha256": one.sha256,
                "party": one.party,
                "data_hash": one.data_hash,
            }),
            Self::Revoked(id) => json!({ "statement": id }),
            Self::ApprovalGiven(approval) => json!({ "decision": approval.decision }),
            Self::Reviewed(review) => json!({
                "decision": review.decision,
                "rule_set": review.rule_set,
                "codes": review.codes,
                "data_hash": review.data_hash,
            }),
            Self::DataChanged { data_hash, .. } => json!({ "data_hash": data_hash }),
            Self::Retried => json!({}),
        }
    }
}

impl Moved {
    fn event_type(&self) -> &'static str {
        match self {
            Self::ContourDecided(decision) if decision.outcome == Verdict::Pass => {
                "poa.tokenization.contour-passed.v1"
            }
            Self::ContourDecided(decision) if decision.outcome == Verdict::Review => {
                "poa.tokenization.contour-reviewing.v1"
            }
            Self::ContourDecided(_) => "poa.tokenization.contour-failed.v1",
            Self::Waits { state: State::AwaitingReview, .. } => {
                "poa.tokenization.contour-waiting.v1"
            }
            Self::Waits { .. } => "poa.tokenization.waiting.v1",
            Self::GivenUp(_) => "poa.tokenization.given-up.v1",
            Self::LinkBroken { .. } => "poa.tokenization.link-broken.v1",
            Self::Validated(_) => "poa.tokenization.validated.v1",
            Self::Audited(_) => "poa.tokenization.audited.v1",
            Self::Cleared(_) => "poa.tokenization.cleared.v1",
            Self::Proposed(_) => "poa.tokenization.proposed.v1",
            Self::Approved { .. } => "poa.tokenization.approved.v1",
            Self::Issued(_) => "poa.tokenization.issued.v1",
        }
    }

    fn data(&self, after: &Tokenization) -> Value {
        match self {
            Self::ContourDecided(decision) => contour(decision),
            Self::Waits { state, demands, until } => json!({
                "state": state,
                "demands": demands.iter().map(demanded).collect::<Vec<_>>(),
                "until": until,
            }),
            Self::GivenUp(codes) => json!({ "checks": codes }),
            Self::LinkBroken { link, codes } => json!({ "link": link, "codes": codes }),
            Self::Validated(record) | Self::Cleared(record) => link(record),
            Self::Audited(audit) => {
                let mut data = link(&audit.record);
                if let Some(object) = data.as_object_mut() {
                    object.insert("program_hash".to_owned(), json!(audit.program_hash));
                    object.insert("certified_hash".to_owned(), json!(audit.certified_hash));
                }
                data
            }
            Self::Proposed(proposal) => proposed(proposal),
            Self::Approved { required } => {
                json!({ "required": required, "data_hash": after.data_hash })
            }
            Self::Issued(issued) => json!({
                "asset": issued.asset,
                "units": issued.units,
                "decimals": issued.decimals,
                "value": issued.value,
                "proven": issued.proven,
                "data_hash": after.data_hash,
                "effective_hash": after.effective_hash,
            }),
        }
    }
}

impl Ended {
    fn event_type(&self) -> &'static str {
        match self {
            Self::Rejected { .. } => "poa.tokenization.rejected.v1",
            Self::Cancelled(_) => "poa.tokenization.cancelled.v1",
            Self::Expired => "poa.tokenization.expired.v1",
            Self::Failed(_) => "poa.tokenization.failed.v1",
        }
    }

    fn data(&self) -> Value {
        match self {
            Self::Rejected { reasons, .. } | Self::Failed(reasons) => {
                json!({ "codes": codes(reasons) })
            }
            Self::Cancelled(reason) => json!({ "codes": [reason.code] }),
            Self::Expired => json!({}),
        }
    }
}

fn contour(decision: &ContourDecision) -> Value {
    let said = |one: &RuleResult| json!({ "code": one.code, "result": one.result });
    // Without messages and facts: they can tell what the bank knows about its end client.
    let regime = decision.regime.as_ref().map(|regime| {
        json!({
            "regime": regime.regime,
            "rule_set": regime.rule_set,
            "outcome": regime.outcome,
            "results": regime.results.iter().map(said).collect::<Vec<_>>(),
            "keep_until": regime.keep_until,
        })
    });
    json!({
        "rule_set": decision.rule_set,
        "outcome": decision.outcome,
        "results": decision.results.iter().map(said).collect::<Vec<_>>(),
        "regime": regime,
        "valid_until": decision.valid_until,
    })
}

fn proposed(proposal: &Proposal) -> Value {
    json!({
        "data_hash": proposal.data_hash,
        "as_of": proposal.as_of,
        "valuation": proposal.valuation,
        "authenticity_rate": proposal.authenticity_rate,
        "proven": proposal.proven,
        "value": proposal.value,
        "units": proposal.units,
        "decimals": proposal.decimals,
    })
}

fn link(record: &LinkRecord) -> Value {
    let found = |one: &Finding| json!({ "code": one.code, "standing": one.standing });
    let findings: Vec<Value> = record.findings.iter().map(found).collect();
    let mut data = json!({ "data_hash": record.data_hash, "findings": findings });
    if let (Some(until), Some(object)) = (record.valid_until, data.as_object_mut()) {
        object.insert("valid_until".to_owned(), json!(until));
    }
    data
}

fn demanded(demand: &Demand) -> Value {
    json!({ "kind": demand.kind, "code": demand.code, "mandatory": demand.mandatory })
}

fn codes(reasons: &[Reason]) -> Vec<&str> {
    reasons.iter().map(|reason| reason.code.as_str()).collect()
}
