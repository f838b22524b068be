//! What a party asks about its own tokenization: evidence, data, approval, cancellation, retry.

use crate::{
    answer::{Answer, Asked, Outcome},
    commit::{Opened, commit},
    create_tokenization::checked_data,
    desk::Desk,
    failure::Failure,
    nothing::Nothing,
    parties,
    tokenization_facts::{evidence_names, program},
    tokenizations::{Kept, Sight, actor, own, partition, tokenizes},
};
use poa_protocol::{
    evidence::NewEvidence,
    ids::{EvidenceId, TokenizationId},
    limits,
    refusal::{Fault, Refusal},
    request::RequestRefusal,
    tokenization::{Actor, ApprovalDecision, Step, Tokenization, TokenizationRefusal},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Documents that a party puts forward.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoreEvidence {
    /// The documents, at least one.
    pub evidence: Vec<NewEvidence>,
}

/// What a second person says about a proposal.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRequest {
    /// `approve` or `reject`.
    pub decision: ApprovalDecision,
    /// `data_hash` of the tokenization, as you read it.
    pub data_hash: String,
}

/// New data.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataRequest {
    /// All of the data, as the program's attributes name it; it takes the place of the old data.
    pub data: Map<String, Value>,
}

/// Takes a tokenization back.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CancellationRequest {
    /// Why, in your own words, at most 4,096 bytes.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Puts forward documents. Their bytes go to document storage, before or after.
pub async fn add_evidence(
    desk: &Desk,
    asked: Asked<MoreEvidence>,
    id: &TokenizationId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &partition(id), |opened| async move {
        let (found, actor) = mine(desk, asked, id, &opened).await?;
        let new = asked.body.evidence.clone();
        let ids = new.iter().take(limits::EVIDENCE_PER_TOKENIZATION_MAX);
        let ids = ids.map(|_| EvidenceId::new(desk.ids.ulid(), &id.home())).collect();
        let names = evidence_names(desk, &found).await?;
        let step = found.add_evidence(new, ids, &names, actor.now)?;
        keep(&opened, found, step, Outcome::Accepted)
    })
    .await
}

/// Changes the data: every later link is reset.
pub async fn change_data(
    desk: &Desk,
    asked: Asked<DataRequest>,
    id: &TokenizationId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &partition(id), |opened| async move {
        let (found, actor) = mine(desk, asked, id, &opened).await?;
        let data = asked.body.data.clone();
        let program = program(desk, &found).await?;
        let data_hash = checked_data(&data, (&program, found.side), opened.now)?;
        let step = found.change_data(data, data_hash, &actor)?;
        keep(&opened, found, step, Outcome::Accepted)
    })
    .await
}

/// Approves or refuses the proposal.
pub async fn approve_proposal(
    desk: &Desk,
    asked: Asked<ApprovalRequest>,
    id: &TokenizationId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &partition(id), |opened| async move {
        let (found, actor) = mine(desk, asked, id, &opened).await?;
        let step = found.approve(asked.body.decision, &asked.body.data_hash, &actor)?;
        keep(&opened, found, step, Outcome::Accepted)
    })
    .await
}

/// Takes the tokenization back.
pub async fn cancel_tokenization(
    desk: &Desk,
    asked: Asked<CancellationRequest>,
    id: &TokenizationId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &partition(id), |opened| async move {
        let (found, _) = mine(desk, asked, id, &opened).await?;
        let reason = asked.body.reason.clone();
        if reason.as_ref().is_some_and(|text| text.len() > limits::TEXT_BYTES_MAX) {
            let message = format!("at most {} bytes are allowed", limits::TEXT_BYTES_MAX);
            let fault = Fault::new("/reason", "text.too-long", message);
            let refusal = Refusal::from(RequestRefusal::Invalid { count: 1 });
            return Err(refusal.with_faults(vec![fault]).into());
        }
        let step = found.cancel(reason)?;
        keep(&opened, found, step, Outcome::Done)
    })
    .await
}

/// Tries a failed tokenization again.
pub async fn retry_tokenization(
    desk: &Desk,
    asked: Asked<Nothing>,
    id: &TokenizationId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &partition(id), |opened| async move {
        let (found, _) = mine(desk, asked, id, &opened).await?;
        let step = found.retry()?;
        keep(&opened, found, step, Outcome::Accepted)
    })
    .await
}

/// The tokenization of the caller's party, which may act now, and the caller as its actor.
async fn mine<T: Sync>(
    desk: &Desk,
    asked: &Asked<T>,
    id: &TokenizationId,
    opened: &Opened,
) -> Result<(Tokenization, Actor), Failure> {
    let caller = asked.by()?;
    let found = own(desk, caller, id).await?;
    asked.has_seen(found.revision)?;
    if !tokenizes(caller, found.side) {
        return Err(TokenizationRefusal::SideNotYours { side: found.side.as_str() }.into());
    }
    let party = parties::acting(desk, caller).await?;
    let actor = actor(caller, &party, opened.now);
    Ok((found, actor))
}

fn keep(
    opened: &Opened,
    found: Tokenization,
    step: Step,
    outcome: Outcome,
) -> Result<crate::commit::Decision, Failure> {
    Kept::steps(opened, found, vec![step])?.decide(opened, Sight::Whole, outcome)
}
