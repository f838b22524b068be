//! Reads tokenizations: one, a list, its events, its evidence.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    commit::read_body,
    desk::Desk,
    documents,
    failure::Failure,
    pages::{PageView, PageWanted},
    parties,
    ports::{
        documents::{Content, Found},
        store::Search,
    },
    tokenizations::{self, Sight, TOKENIZATION, answer, partition, seen},
};
use poa_protocol::{
    caller::Caller,
    event::{Event, Wing},
    ids::{EvidenceId, InstanceId, PartyId, TokenizationId},
    party::PartyRefusal,
    product::ProductCode,
    request::RequestRefusal,
    role::Role,
    side::Side,
    timestamp::Timestamp,
    tokenization::{Demand, IssuedAsset, State, Tokenization, TokenizationRefusal},
    version::VersionNumber,
};
use schemars::JsonSchema;
use serde::Serialize;

/// A tokenization as it stands in lists.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TokenizationSummary {
    /// Its id.
    pub id: TokenizationId,
    /// Whose it is.
    pub party: PartyId,
    /// The road that it takes.
    pub wing: Wing,
    /// The party's own name for the thing.
    pub reference: String,
    /// Code of the product.
    pub product: ProductCode,
    /// Number of the version.
    pub version: VersionNumber,
    /// The instance that it is pinned to.
    pub instance: InstanceId,
    /// What the party brings.
    pub side: Side,
    /// Hash of its data.
    pub data_hash: String,
    /// Where it stands.
    pub state: State,
    /// What it waits for.
    pub demands: Vec<Demand>,
    /// The smart asset that came out of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued: Option<IssuedAsset>,
    /// Codes of why it ended without one, or stopped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// When it was received.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// Revision of its last change, as in `ETag`.
    pub revision: u64,
}

/// Events of one tokenization.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EventsView {
    /// The events, in order.
    pub items: Vec<Event>,
    /// Send it as `after` to read on; absent where no further event is there yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
}

/// Which tokenizations a list shows.
#[derive(Debug, Clone, Default)]
pub struct TokenizationsWanted {
    /// Only in this state.
    pub state: Option<State>,
    /// Only of this wing.
    pub wing: Option<Wing>,
    /// Only of this instance.
    pub instance: Option<InstanceId>,
    /// Only of this thing.
    pub reference: Option<String>,
    /// Only those that demand something: `evidence` and `approval` of the caller's party as their
    /// owner, `verifier`, `auditor` and `legal` of the caller's party as an outside party.
    pub demand: Option<DemandWanted>,
}

/// What is demanded of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemandWanted {
    /// Documents of its own party.
    Evidence,
    /// Approvals by second persons of its own party.
    Approval,
    /// Reviews by people of compliance of its own party.
    Review,
    /// Attestations by verifiers.
    Verifier,
    /// Attestations by auditors.
    Auditor,
    /// Sign-offs by legal officers.
    Legal,
}

impl std::str::FromStr for DemandWanted {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "evidence" => Ok(Self::Evidence),
            "approval" => Ok(Self::Approval),
            "review" => Ok(Self::Review),
            "verifier" => Ok(Self::Verifier),
            "auditor" => Ok(Self::Auditor),
            "legal" => Ok(Self::Legal),
            _ => Err(()),
        }
    }
}

/// Reads one tokenization.
pub async fn read_tokenization(
    desk: &Desk,
    caller: &Caller,
    id: &TokenizationId,
) -> Result<Answer, Failure> {
    let (found, sight) = seen(desk, caller, id).await?;
    answer(&found, sight, Outcome::Done)
}

/// Lists the tokenizations of the caller's party, or those that demand something of it.
pub async fn list_tokenizations(
    desk: &Desk,
    caller: &Caller,
    wanted: TokenizationsWanted,
    page: PageWanted,
) -> Result<Answer, Failure> {
    let mut search = Search {
        kind: TOKENIZATION,
        partition: None,
        owner: None,
        tags: filters(&wanted),
        text: None,
        after: page.after,
        limit: page.limit,
    };
    match outside_tag(desk, caller, wanted.demand).await? {
        Some(tag) => search.tags.push(tag),
        None if caller.reads_all() => {}
        None => search.owner = Some(caller.party.clone().ok_or(PartyRefusal::Unknown)?),
    }
    let found = desk.store.list(&search).await?;
    let items: Result<Vec<_>, Failure> = found
        .items
        .into_iter()
        .map(|stored| read_body::<Tokenization>(stored).map(summary))
        .collect();
    Answer::new(Outcome::Done, &PageView::new(items?, found.next.as_deref()))
}

/// Reads the events of one tokenization, after a number in its stream.
pub async fn read_events(
    desk: &Desk,
    caller: &Caller,
    id: &TokenizationId,
    (after, limit): (u64, usize),
) -> Result<Answer, Failure> {
    let (found, sight) = seen(desk, caller, id).await?;
    if sight == Sight::Outside {
        return Err(not_found(id));
    }
    let scanned = desk.store.events(&partition(id), after, limit).await?;
    let full = scanned.len() >= limit;
    let last = scanned.last().and_then(|event| event.sequence.parse().ok());
    let items = scanned.into_iter().filter(|event| event.subject == found.id.as_str()).collect();
    Answer::new(Outcome::Done, &EventsView { items, after: last.filter(|_| full) })
}

/// Reads the bytes of a document that a tokenization names as evidence.
pub async fn read_evidence(
    desk: &Desk,
    caller: &Caller,
    id: &TokenizationId,
    evidence: &EvidenceId,
) -> Result<Content, Failure> {
    let (found, _) = seen(desk, caller, id).await?;
    let one = found.evidence.iter().find(|one| one.id == *evidence);
    let one = one.ok_or_else(|| not_found(evidence))?;
    match desk.documents.get(&found.party, &one.sha256).await? {
        Found::Nothing => {
            Err(TokenizationRefusal::NoBytes { evidence: evidence.to_string() }.into())
        }
        bytes @ (Found::Here(_) | Found::Malicious | Found::Unscanned) => {
            documents::delivered(bytes, &one.sha256)
        }
    }
}

fn filters(wanted: &TokenizationsWanted) -> Vec<String> {
    let state = wanted.state.map(|state| format!("state:{state}"));
    let wing = wanted.wing.map(|wing| format!("wing:{}", wing.subscription()));
    let instance = wanted.instance.as_ref().map(|instance| format!("instance:{instance}"));
    let reference = wanted.reference.as_ref().map(|reference| format!("reference:{reference}"));
    [state, wing, instance, reference].into_iter().flatten().collect()
}

/// The tag of what is demanded of the caller.
async fn outside_tag(
    desk: &Desk,
    caller: &Caller,
    demand: Option<DemandWanted>,
) -> Result<Option<String>, Failure> {
    let Some(demand) = demand else { return Ok(None) };
    let party = caller.party.as_ref().ok_or(PartyRefusal::Unknown)?;
    let may = |role: Role| {
        let what = "this list needs another role".to_owned();
        if caller.has(role) { Ok(()) } else { Err(RequestRefusal::NotFound { what }) }
    };
    let tag = match demand {
        DemandWanted::Evidence => format!("demand:evidence:{party}"),
        DemandWanted::Approval => format!("demand:approval:{party}"),
        DemandWanted::Review => format!("demand:review:{party}"),
        DemandWanted::Verifier | DemandWanted::Auditor => {
            may(Role::Verifier)?;
            let kind = if demand == DemandWanted::Verifier { "verifier" } else { "auditor" };
            format!("demand:{kind}:{party}")
        }
        DemandWanted::Legal => {
            may(Role::LegalOfficer)?;
            let own = parties::load(desk, party).await?.ok_or(PartyRefusal::Unknown)?;
            format!("demand:legal:{}", own.country)
        }
    };
    Ok(Some(tag))
}

fn summary(one: Tokenization) -> TokenizationSummary {
    let reasons = one.exit.iter().flat_map(|exit| &exit.reasons);
    let reasons = reasons.map(|reason| reason.code.clone()).collect();
    let one = tokenizations::view(one, Sight::Outside);
    TokenizationSummary {
        reasons,
        id: one.id,
        party: one.party,
        wing: one.wing,
        reference: one.reference,
        product: one.product,
        version: one.version,
        instance: one.instance,
        side: one.side,
        data_hash: one.data_hash,
        state: one.state,
        demands: one.demands,
        issued: one.issued,
        created_at: one.created_at,
        updated_at: one.updated_at,
        revision: one.revision,
    }
}
