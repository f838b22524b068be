//! How a commit is measured against the limits of the store: every adapter counts the same way.

use crate::ports::store::{Commit, Etag, HEAD, Item};
use poa_protocol::{event::Event, limits, partition::Partition};
use std::collections::BTreeSet;

/// Bytes that every item and event counts for besides its own: the names of the fields, the tag,
/// the frame of a batch operation.
pub const ENVELOPE_BYTES: usize = 1024;
/// Bytes of an item id (Azure Cosmos DB).
pub const ID_BYTES_MAX: usize = 255;
/// Bytes of the name of a partition (Azure Cosmos DB: 2 KB).
pub const PARTITION_BYTES_MAX: usize = 2048;
/// What the id of an event's item starts with; no other item may.
pub const EVENT_ID_PREFIX: &str = "e:";

/// The largest number of an event: its id has twelve digits.
pub const EVENT_NUMBER_MAX: u64 = 999_999_999_999;

/// A commit that keeps every limit.
#[derive(Debug)]
pub struct Measured {
    /// Where.
    pub partition: Partition,
    /// The tag that the head had when it was read.
    pub expected: Option<Etag>,
    /// The new head.
    pub head: Weighed,
    /// Items that are created or replaced.
    pub items: Vec<Weighed>,
    /// New events, numbered without gaps.
    pub events: Vec<Numbered>,
    /// The idempotency record.
    pub record: Option<Weighed>,
}

/// An item that keeps every limit.
#[derive(Debug)]
pub struct Weighed {
    /// The item.
    pub item: Item,
    /// Its body as JSON text.
    pub text: String,
}

/// An event that keeps every limit.
#[derive(Debug)]
pub struct Numbered {
    /// Its number, from 1 on.
    pub number: u64,
    /// The event.
    pub event: Event,
    /// The event as JSON text.
    pub text: String,
}

/// Checks a whole commit. The fault says which limit it breaks.
pub fn commit(commit: Commit) -> Result<Measured, String> {
    let Commit { partition, expected, head, items, events, record } = commit;
    named(&partition)?;
    if head.id != HEAD {
        return Err(format!("the head of a commit has the id `{}`, not `{HEAD}`", head.id));
    }
    let mut seen = BTreeSet::from([HEAD]);
    if let Some(twice) = items.iter().chain(&record).find(|item| !seen.insert(&item.id)) {
        return Err(format!("item `{}` is in the commit twice", twice.id));
    }
    let mut counts = Vec::new();
    let mut weigh = |item| weighed(item, &mut counts);
    let head = weigh(head)?;
    let items = items.into_iter().map(&mut weigh).collect::<Result<Vec<_>, _>>()?;
    let record = record.map(weigh).transpose()?;
    let events = numbered(&partition, events, &mut counts)?;
    whole(&counts)?;
    Ok(Measured { partition, expected, head, items, events, record })
}

/// Checks a claim: one item by itself.
pub fn claim(partition: &Partition, item: Item) -> Result<Weighed, String> {
    named(partition)?;
    weighed(item, &mut Vec::new())
}

/// Checks an item whose body has so many bytes as JSON; returns what it counts for.
pub fn item(item: &Item, body_bytes: usize) -> Result<usize, String> {
    id(&item.id)?;
    let tags = item.tags.iter().map(|tag| tag.len().saturating_add(3)).sum::<usize>();
    let text = item.text.as_ref().map_or(0, String::len);
    let bytes = [body_bytes, item.id.len(), tags, text, ENVELOPE_BYTES]
        .into_iter()
        .fold(0_usize, usize::saturating_add);
    within(&item.id, bytes)
}

/// Checks an event whose body has so many bytes as JSON; returns what it counts for.
pub fn event(item_id: &str, body_bytes: usize) -> Result<usize, String> {
    within(item_id, body_bytes.saturating_add(ENVELOPE_BYTES))
}

fn named(partition: &Partition) -> Result<(), String> {
    match partition.as_str().len() {
        1..=PARTITION_BYTES_MAX => Ok(()),
        bytes => Err(format!(
            "the name of a partition has {bytes} bytes, not 1 to {PARTITION_BYTES_MAX}"
        )),
    }
}

fn weighed(one: Item, counts: &mut Vec<usize>) -> Result<Weighed, String> {
    let text = one.body.to_string();
    counts.push(item(&one, text.len())?);
    Ok(Weighed { item: one, text })
}

fn numbered(
    partition: &Partition,
    events: Vec<Event>,
    counts: &mut Vec<usize>,
) -> Result<Vec<Numbered>, String> {
    let mut found: Vec<Numbered> = Vec::with_capacity(events.len());
    for one in events {
        if one.partitionkey != partition.as_str() {
            return Err(format!("event `{}` is not of partition `{partition}`", one.id));
        }
        let number = one.sequence.parse::<u64>().ok();
        let number = number.filter(|number| (1..=EVENT_NUMBER_MAX).contains(number));
        let number = number.ok_or_else(|| format!("event `{}` has no number", one.id))?;
        if found.last().is_some_and(|last| last.number.checked_add(1) != Some(number)) {
            return Err(format!("event `{}` does not follow the one before it", one.id));
        }
        let text = serde_json::to_string(&one).map_err(|fault| fault.to_string())?;
        counts.push(event(&Event::item_id(number), text.len())?);
        found.push(Numbered { number, event: one, text });
    }
    Ok(found)
}

/// What items and events count for, one by one.
fn whole(counts: &[usize]) -> Result<(), String> {
    if counts.len() > limits::COMMIT_OPERATIONS_MAX {
        return Err(format!(
            "a commit has {} operations, more than {}",
            counts.len(),
            limits::COMMIT_OPERATIONS_MAX
        ));
    }
    let bytes = counts.iter().copied().fold(0_usize, usize::saturating_add);
    if bytes > limits::COMMIT_BYTES_MAX {
        return Err(format!("a commit has {bytes} bytes, more than {}", limits::COMMIT_BYTES_MAX));
    }
    Ok(())
}

fn within(id: &str, bytes: usize) -> Result<usize, String> {
    if bytes > limits::ITEM_BYTES_MAX {
        return Err(format!("item `{id}` has {bytes} bytes, more than {}", limits::ITEM_BYTES_MAX));
    }
    Ok(bytes)
}

fn id(id: &str) -> Result<(), String> {
    if id.is_empty() || id.len() > ID_BYTES_MAX {
        return Err(format!("item id `{id}` has {} bytes, not 1 to {ID_BYTES_MAX}", id.len()));
    }
    if id.contains(['/', '\\', '?', '#']) || id.contains(char::is_control) || id.ends_with(' ') {
        return Err(format!(
            "item id `{}` has a `/`, `\\`, `?`, `#`, a control character or a space at its end",
            id.escape_debug()
        ));
    }
    if id.starts_with(EVENT_ID_PREFIX) {
        return Err(format!("item id `{id}` starts with `{EVENT_ID_PREFIX}`, as only events do"));
    }
    Ok(())
}
