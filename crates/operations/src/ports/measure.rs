//! How a commit is measured against the limits of the store: every adapter counts the same way.

use crate::ports::store::Item;
use poa_protocol::{limits, partition::Partition};

/// Bytes that every item and event counts for besides its own: the names of the fields, the tag,
/// the frame of a batch operation.
pub const ENVELOPE_BYTES: usize = 1024;
/// Bytes of an item id (Azure Cosmos DB).
pub const ID_BYTES_MAX: usize = 255;
/// Bytes of the name of a partition (Azure Cosmos DB: 2 KB).
pub const PARTITION_BYTES_MAX: usize = 2048;
/// What the id of an event's item starts with; no other item may.
pub const EVENT_ID_PREFIX: &str = "e:";

/// Checks the name of a partition.
pub fn partition(partition: &Partition) -> Result<(), String> {
    match partition.as_str().len() {
        1..=PARTITION_BYTES_MAX => Ok(()),
        bytes => Err(format!(
            "the name of a partition has {bytes} bytes, not 1 to {PARTITION_BYTES_MAX}"
        )),
    }
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

/// Checks a whole commit: what its items and events count for, one by one.
pub fn commit(counts: &[usize]) -> Result<(), String> {
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
