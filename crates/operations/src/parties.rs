//! Parties as other operations need them: load one, find the one of a tenant, ask whether the
//! caller's may act.

use crate::{
    answer::{Answer, Outcome},
    commit::{Change, Decision, Opened, item, open},
    desk::Desk,
    failure::Failure,
    ports::store::{Claim, CommitFault, Item, ItemKind},
};
use poa_protocol::{
    caller::Caller,
    event::{NewEvent, Wing},
    ids::PartyId,
    partition::Partition,
    party::{Kyc, KycState, Licence, Party, PartyRefusal, PartyState},
    timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Parties in lists.
pub const PARTY: ItemKind = ItemKind("party");
/// That a tenant belongs to a party.
const TENANT: ItemKind = ItemKind("tenant");
const TENANT_ITEM: &str = "party";

/// A party as its own people and the operator's see it; others see the part that is always there.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PartyView {
    /// Its id.
    pub id: PartyId,
    /// Legal Entity Identifier (ISO 17442).
    pub lei: String,
    /// Legal name.
    pub name: String,
    /// Country of registration (ISO 3166-1 alpha-2).
    pub country: String,
    /// Bank or not.
    pub kind: Wing,
    /// Where it stands.
    pub state: PartyState,
    /// KYC state at the moment of reading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kyc: Option<Kyc>,
    /// The licence of a bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub licence: Option<Licence>,
    /// Tenants of the identity provider whose people act for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenants: Option<Vec<String>>,
    /// Revision of its last change, as in `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TenantClaim {
    party: PartyId,
}

/// The party with this id, if it is registered.
pub async fn load(desk: &Desk, id: &PartyId) -> Result<Option<Party>, Failure> {
    open(desk, &Partition::party(id)).await?.state()
}

/// The party that a tenant belongs to. A claim whose registration did not come to its end counts
/// for nothing.
pub async fn party_of_tenant(desk: &Desk, tenant: &str) -> Result<Option<Party>, Failure> {
    let tenant = tenant.to_ascii_lowercase();
    let claim: Option<TenantClaim> = item(desk, &Partition::tenant(&tenant), TENANT_ITEM).await?;
    let Some(TenantClaim { party }) = claim else { return Ok(None) };
    Ok(load(desk, &party).await?.filter(|party| party.tenants.contains(&tenant)))
}

/// The caller's own party, if it may act now.
pub async fn acting(desk: &Desk, caller: &Caller) -> Result<Party, Failure> {
    let Some(id) = &caller.party else { return Err(PartyRefusal::Unknown.into()) };
    let party = load(desk, id).await?.ok_or(PartyRefusal::Unknown)?;
    party.may_act(desk.clock.now())?;
    Ok(party)
}

/// Claims tenants for a party. Nothing is claimed where one of them is another's already; only who
/// loses a race for one may have claimed others of them.
pub async fn claim_tenants(
    desk: &Desk,
    tenants: &[String],
    party: &PartyId,
) -> Result<(), Failure> {
    for tenant in tenants {
        let held: Option<TenantClaim> = item(desk, &Partition::tenant(tenant), TENANT_ITEM).await?;
        if held.is_some_and(|held| held.party != *party) {
            return Err(PartyRefusal::TenantTaken { tenant: tenant.clone() }.into());
        }
    }
    for tenant in tenants {
        claim_tenant(desk, tenant, party).await?;
    }
    Ok(())
}

/// That a tenant belongs to a party, written down before the party is: the same claim again changes
/// nothing.
pub async fn claim_tenant(desk: &Desk, tenant: &str, party: &PartyId) -> Result<(), Failure> {
    let claim = TenantClaim { party: party.clone() };
    let body = serde_json::to_value(&claim).map_err(Failure::broken)?;
    let claimed =
        desk.store.claim(&Partition::tenant(tenant), Item::plain(TENANT_ITEM, TENANT, body)).await;
    match claimed {
        Ok(Claim::Made) => Ok(()),
        Ok(Claim::Held(stored)) => {
            let held: TenantClaim = crate::commit::read_body(stored)?;
            if held.party == *party {
                Ok(())
            } else {
                Err(PartyRefusal::TenantTaken { tenant: tenant.to_owned() }.into())
            }
        }
        Err(CommitFault::Raced) => Err(poa_protocol::request::RequestRefusal::Raced.into()),
        Err(CommitFault::TooLarge(cause)) => Err(Failure::broken(cause)),
        Err(CommitFault::Unavailable(fault)) => Err(fault.into()),
    }
}

/// Keeps a changed party with one event, and answers with its full view.
pub fn keep(
    opened: &Opened,
    party: Party,
    (event_type, data): (&'static str, Value),
    outcome: Outcome,
) -> Result<Decision, Failure> {
    let party = Party { revision: opened.revision(), ..party };
    let answer = Answer::new(outcome, &full_view(&party, opened.now))?
        .at(format!("parties/{}", party.id))
        .revised(party.revision);
    let state = serde_json::to_value(&party).map_err(Failure::broken)?;
    let event = NewEvent { event_type, subject: party.id.to_string(), data, wake: None };
    let items = vec![listed(&party, state.clone())];
    Ok(Decision::Keep(Box::new(Change { state, items, events: vec![event], answer })))
}

fn listed(party: &Party, body: Value) -> Item {
    let kind = match party.kind {
        Wing::Bank => "bank",
        Wing::NonBank => "non_bank",
    };
    let tags = vec![
        format!("state:{}", party.state.as_str()),
        format!("kind:{kind}"),
        format!("country:{}", party.country),
    ];
    let mut item = Item::plain(party.id.as_str(), PARTY, body);
    item.owner = Some(party.id.clone());
    item.tags = tags;
    item.text = Some(format!("{} {}", party.name, party.lei).to_lowercase());
    item
}

/// Everything but the salt.
#[must_use]
pub fn full_view(party: &Party, now: Timestamp) -> PartyView {
    let state = party.kyc.state_at(now);
    let valid_until =
        party.kyc.valid_until.filter(|_| matches!(state, KycState::Verified | KycState::Expired));
    PartyView {
        kyc: Some(Kyc { state, valid_until }),
        licence: party.licence.clone(),
        tenants: Some(party.tenants.clone()),
        revision: Some(party.revision),
        ..card(party)
    }
}

/// What every signed-in party sees of another.
#[must_use]
pub fn card(party: &Party) -> PartyView {
    PartyView {
        id: party.id.clone(),
        lei: party.lei.clone(),
        name: party.name.clone(),
        country: party.country.clone(),
        kind: party.kind,
        state: party.state,
        kyc: None,
        licence: None,
        tenants: None,
        revision: None,
    }
}
