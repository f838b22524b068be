//! Decides on a party: its KYC, its licence, its tenants, and whether it may act.

use crate::{
    answer::{Answer, Asked, Outcome},
    asking::not_found,
    commit::{Opened, commit},
    desk::Desk,
    failure::Failure,
    parties,
};
use poa_protocol::{
    ids::PartyId,
    partition::Partition,
    party::{KycDecision, Licence, Party, PartyRefusal, PartyState},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

/// What moves a party to another state.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartyMove {
    /// The state that it gets: `active`, `suspended` or `closed`.
    pub state: PartyState,
}

/// What adds tenants to a party.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoreTenants {
    /// Tenant ids (GUIDs) of the identity provider; a party has at most 16.
    pub tenants: Vec<String>,
}

/// Decides on a party's KYC. Only the operator's people do.
pub async fn decide_kyc(
    desk: &Desk,
    asked: Asked<KycDecision>,
    id: &PartyId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &Partition::party(id), |opened| async move {
        let party = known(&opened, asked, id)?.decide_kyc(asked.body, opened.now)?;
        let data = json!({ "state": party.kyc.state, "valid_until": party.kyc.valid_until });
        let event = ("poa.party.kyc-decided.v1", data);
        parties::keep(&opened, party, event, Outcome::Done)
    })
    .await
}

/// Records a bank's renewed licence. Only the operator's people do.
pub async fn renew_licence(
    desk: &Desk,
    asked: Asked<Licence>,
    id: &PartyId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &Partition::party(id), |opened| async move {
        let party = known(&opened, asked, id)?.renew_licence(asked.body.clone(), opened.now)?;
        let event = ("poa.party.licence-renewed.v1", json!({ "licence": party.licence }));
        parties::keep(&opened, party, event, Outcome::Done)
    })
    .await
}

/// Adds tenants to a party. Only the operator's people do.
pub async fn add_tenants(
    desk: &Desk,
    asked: Asked<MoreTenants>,
    id: &PartyId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &Partition::party(id), |opened| async move {
        let party = known(&opened, asked, id)?.add_tenants(&asked.body.tenants)?;
        // The claims come first: a claim of a party that does not list the tenant counts for
        // nothing, and the same request takes it up again.
        parties::claim_tenants(desk, &party.tenants, &party.id).await?;
        let event = ("poa.party.tenants-added.v1", json!({ "count": party.tenants.len() }));
        parties::keep(&opened, party, event, Outcome::Done)
    })
    .await
}

/// Moves a party to another state. Only the operator's people do.
pub async fn move_party(
    desk: &Desk,
    asked: Asked<PartyMove>,
    id: &PartyId,
) -> Result<Answer, Failure> {
    let asked = &asked;
    commit(desk, asked, &Partition::party(id), |opened| async move {
        let before = known(&opened, asked, id)?;
        let from = before.state;
        let party = before.move_to(asked.body.state, opened.now)?;
        let data = json!({ "from": from, "to": party.state });
        parties::keep(&opened, party, ("poa.party.state-changed.v1", data), Outcome::Done)
    })
    .await
}

fn known<T>(opened: &Opened, asked: &Asked<T>, id: &PartyId) -> Result<Party, Failure> {
    if !asked.by()?.operator {
        return Err(PartyRefusal::OperatorOnly.into());
    }
    let party: Party = opened.state()?.ok_or_else(|| not_found(id))?;
    asked.has_seen(party.revision)?;
    Ok(party)
}
