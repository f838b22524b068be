//! Lists the entries of a smart asset, as the events that carry them.

use crate::{
    answer::{Answer, Outcome},
    desk::Desk,
    failure::Failure,
    pages::PageView,
    read_smart_asset::visible,
};
use poa_protocol::{
    caller::Caller,
    event::Event,
    ids::AssetId,
    ledger::{Asset, Entry},
    limits,
    partition::Partition,
};

use serde::Deserialize as _;

/// Pages of the thing's events that one request looks through for entries of one smart asset.
const LOOKED_THROUGH_MAX: usize = 10;

/// Lists entries with a number above `after`, in order: all of them for the party that brought the
/// smart asset and for auditors, those of its own account for a holder.
pub async fn list_entries(
    desk: &Desk,
    caller: &Caller,
    id: &AssetId,
    after: u64,
    limit: usize,
) -> Result<Answer, Failure> {
    let asset = visible(desk, caller, id).await?;
    let partition = Partition::thing(&id.home());
    let (mut entries, mut seen) = (Vec::new(), after);
    for _ in 0..LOOKED_THROUGH_MAX {
        let events = desk.store.events(&partition, seen, limits::PAGE_MAX).await?;
        let at_end = events.len() < limits::PAGE_MAX;
        for event in events {
            if entries.len() == limit {
                return page(entries, Some(seen));
            }
            seen = number(&event)?;
            entries.extend(shown(event, &asset, caller)?);
        }
        if at_end {
            return page(entries, None);
        }
    }
    page(entries, Some(seen))
}

fn page(entries: Vec<Event>, next: Option<u64>) -> Result<Answer, Failure> {
    let continuation = next.map(|next| next.to_string());
    Answer::new(Outcome::Done, &PageView { items: entries, continuation })
}

fn number(event: &Event) -> Result<u64, Failure> {
    event.sequence.parse().map_err(Failure::broken)
}

/// The event as this caller may see it: not at all where it is no entry of the asset or of no
/// concern to the caller, and without the names of other tenants' people.
fn shown(event: Event, asset: &Asset, caller: &Caller) -> Result<Option<Event>, Failure> {
    let is_entry = event.event_type.starts_with("poa.smart-asset.");
    if !is_entry || event.subject != asset.id.as_str() {
        return Ok(None);
    }
    if caller.reads_all() {
        return Ok(Some(event));
    }
    let entry = Entry::deserialize(&event.data).map_err(Failure::broken)?;
    let own = caller.party.as_ref().is_some_and(|party| entry.touches(party));
    if !own && !caller.is_of(&asset.party) {
        return Ok(None);
    }
    let actor = event.actor.filter(|actor| actor.tenant == caller.person.tenant);
    Ok(Some(Event { actor, ..event }))
}
