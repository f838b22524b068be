//! Reads one party, and the list of them.

use crate::{
    answer::{Answer, Outcome},
    asking::not_found,
    commit::read_body,
    desk::Desk,
    failure::Failure,
    pages::{PageView, PageWanted},
    parties::{self, PARTY, PartyView},
    ports::store::Search,
};
use poa_protocol::{
    caller::Caller,
    ids::PartyId,
    party::{Party, PartyState},
    role::Role,
    timestamp::Timestamp,
};

/// What a list of parties is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct PartyFilter {
    /// Part of the name or of the LEI.
    pub text: Option<String>,
    /// Only this state.
    pub state: Option<PartyState>,
    /// Only this country.
    pub country: Option<String>,
}

/// Reads a party: all of it for its own people and the operator's, the card for everybody else.
pub async fn read_party(desk: &Desk, caller: &Caller, id: &PartyId) -> Result<Answer, Failure> {
    let party = parties::load(desk, id).await?.ok_or_else(|| not_found(id))?;
    let view = view_for(&party, caller, desk.clock.now());
    let answer = Answer::new(Outcome::Done, &view)?;
    Ok(match view.revision {
        Some(revision) => answer.revised(revision),
        None => answer,
    })
}

/// Lists parties by id.
pub async fn list_parties(
    desk: &Desk,
    caller: &Caller,
    filter: PartyFilter,
    page: PageWanted,
) -> Result<Answer, Failure> {
    let state = filter.state.map(|state| format!("state:{}", state.as_str()));
    let country = filter.country.map(|country| format!("country:{country}"));
    let search = Search {
        kind: PARTY,
        partition: None,
        owner: None,
        tags: state.into_iter().chain(country).collect(),
        text: filter.text.map(|text| text.to_lowercase()),
        after: page.after,
        limit: page.limit,
    };
    let found = desk.store.list(&search).await?;
    let now = desk.clock.now();
    let mut items = Vec::with_capacity(found.items.len());
    for stored in found.items {
        let party: Party = read_body(stored)?;
        items.push(view_for(&party, caller, now));
    }
    Answer::new(Outcome::Done, &PageView::new(items, found.next.as_deref()))
}

fn view_for(party: &Party, caller: &Caller, now: Timestamp) -> PartyView {
    let watches = [Role::Administrator, Role::Compliance, Role::Auditor];
    let watching = caller.operator && watches.iter().any(|role| caller.has(*role));
    if watching || caller.is_of(&party.id) {
        parties::full_view(party, now)
    } else {
        parties::card(party)
    }
}
