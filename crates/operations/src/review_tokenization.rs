//! What outside parties say about a tokenization: attestations, sign-offs, and taking them back.

use crate::{
    answer::{Answer, Asked, Outcome},
    commit::{Decision, Opened, commit},
    desk::Desk,
    failure::Failure,
    parties,
    tokenization_facts::rules,
    tokenizations::{Kept, Sight, actor, partition, seen},
};
use poa_protocol::{
    ids::{AttestationId, TokenizationId},
    refusal::Refusal,
    tokenization::{Actor, Declared, NewAttestation, NewSignOff, Step, Terms, Tokenization},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Takes back an attestation or a sign-off.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationRequest {
    /// Id of the attestation or sign-off that your party made.
    pub statement: AttestationId,
}

/// Says something about a check.
pub async fn attest_check(
    desk: &Desk,
    asked: Asked<NewAttestation>,
    id: &TokenizationId,
) -> Result<Answer, Failure> {
    state(desk, asked, id, Tokenization::attest).await
}

/// Signs off a legal document.
pub async fn sign_off_document(
    desk: &Desk,
    asked: Asked<NewSignOff>,
    id: &TokenizationId,
) -> Result<Answer, Failure> {
    state(desk, asked, id, Tokenization::sign_off).await
}

/// How a tokenization takes a statement of this kind.
type Takes<T> =
    fn(&Tokenization, AttestationId, T, &Actor, (&Terms, &Declared)) -> Result<Step, Refusal>;

/// Makes a statement about a tokenization, held against the rules of its instance.
async fn state<T: Clone + Send + Sync>(
    desk: &Desk,
    asked: Asked<T>,
    id: &TokenizationId,
    takes: Takes<T>,
) -> Result<Answer, Failure> {
    let asked = &asked;
    let statement = &AttestationId::new(desk.ids.ulid(), &id.home());
    commit(desk, asked, &partition(id), |opened| async move {
        let review = Review::begin(desk, asked, id, &opened).await?;
        let (terms, declared) = rules(desk, &review.found).await?;
        let (new, statement) = (asked.body.clone(), statement.clone());
        let step = takes(&review.found, statement, new, &review.actor, (&terms, &declared))?;
        review.keep(&opened, step)
    })
    .await
}

/// Takes back an attestation or a sign-off of the caller's party.
pub async fn revoke_statement(
    desk: &Desk,
    asked: Asked<RevocationRequest>,
    id: &TokenizationId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &partition(id), |opened| async move {
        let review = Review::begin(desk, asked, id, &opened).await?;
        let step = review.found.revoke(&asked.body.statement, &review.actor)?;
        review.keep(&opened, step)
    })
    .await
}

/// A tokenization and who says something about it.
struct Review {
    found: Tokenization,
    sight: Sight,
    actor: Actor,
}

impl Review {
    async fn begin<T: Sync>(
        desk: &Desk,
        asked: &Asked<T>,
        id: &TokenizationId,
        opened: &Opened,
    ) -> Result<Self, Failure> {
        let caller = asked.by()?;
        let (found, sight) = seen(desk, caller, id).await?;
        asked.has_seen(found.revision)?;
        let party = parties::acting(desk, caller).await?;
        let actor = actor(caller, &party, opened.now);
        Ok(Self { found, sight, actor })
    }

    fn keep(self, opened: &Opened, step: Step) -> Result<Decision, Failure> {
        let kept = Kept::steps(opened, self.found, vec![step])?;
        kept.decide(opened, self.sight, Outcome::Accepted)
    }
}
