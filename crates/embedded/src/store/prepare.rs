//! From a commit to rows: text is made and every limit is checked before the writer hears of it.

use poa_operations::ports::{
    measure,
    store::{Commit, HEAD, Item},
};
use poa_protocol::{event::Event, partition::Partition, timestamp::Timestamp};
use std::collections::BTreeSet;

/// What the writer is to write, whole or not at all.
#[derive(Debug)]
pub(super) struct Prepared {
    /// Where.
    pub(super) partition: Partition,
    /// What has to hold first.
    pub(super) when: When,
    /// Items that are created or replaced.
    pub(super) rows: Vec<Row>,
    /// Numbered without gaps.
    pub(super) events: Vec<EventRow>,
}

/// What has to hold before anything is written.
#[derive(Debug)]
pub(super) enum When {
    /// The head has this tag, or is not there; the item that keeps the record is not there.
    Head { expected: Option<String>, record: Option<String> },
    /// The only row is not there.
    Absent,
}

/// One row of `items`.
#[derive(Debug)]
pub(super) struct Row {
    /// Unique within the partition.
    pub(super) id: String,
    /// JSON text.
    pub(super) body: String,
    /// What lists find it by.
    pub(super) found_by: FoundBy,
}

/// What lists find an item by.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FoundBy {
    /// What it is.
    pub(super) kind: String,
    /// The party that it belongs to.
    pub(super) owner: Option<String>,
    /// JSON text of the array of tags.
    pub(super) tags: String,
    /// What a text search reads.
    pub(super) text: Option<String>,
    /// Milliseconds.
    pub(super) due: Option<i64>,
    /// Milliseconds.
    pub(super) forget_after: Option<i64>,
}

/// One row of `events`.
#[derive(Debug)]
pub(super) struct EventRow {
    /// Its number.
    pub(super) sequence: i64,
    /// JSON text.
    pub(super) body: String,
}

/// Measures a commit and makes its rows. The fault says which limit it breaks.
pub(super) fn commit(commit: Commit) -> Result<Prepared, String> {
    let Commit { partition, expected, head, items, events, record } = commit;
    measure::partition(&partition)?;
    if head.id != HEAD {
        return Err(format!("the head of a commit has the id `{}`, not `{HEAD}`", head.id));
    }
    let mut counts = Vec::new();
    let mut seen = BTreeSet::new();
    let record_id = record.as_ref().map(|record| record.id.clone());
    let mut rows = Vec::new();
    for item in [head].into_iter().chain(items).chain(record) {
        if !seen.insert(item.id.clone()) {
            return Err(format!("item `{}` is in the commit twice", item.id));
        }
        rows.push(row(item, &mut counts)?);
    }
    let events = event_rows(&partition, &events, &mut counts)?;
    measure::commit(&counts)?;
    let expected = expected.map(|etag| etag.0);
    let when = When::Head { expected, record: record_id };
    Ok(Prepared { partition, when, rows, events })
}

/// Measures a claim and makes its row.
pub(super) fn claim(partition: &Partition, item: Item) -> Result<Prepared, String> {
    measure::partition(partition)?;
    let mut counts = Vec::new();
    let rows = vec![row(item, &mut counts)?];
    let partition = partition.clone();
    Ok(Prepared { partition, when: When::Absent, rows, events: Vec::new() })
}

fn row(item: Item, counts: &mut Vec<usize>) -> Result<Row, String> {
    let body = item.body.to_string();
    counts.push(measure::item(&item, body.len())?);
    let tags: BTreeSet<&String> = item.tags.iter().collect();
    let tags = serde_json::to_string(&tags).map_err(|fault| fault.to_string())?;
    Ok(Row {
        id: item.id,
        body,
        found_by: FoundBy {
            kind: item.kind.0.to_owned(),
            owner: item.owner.map(|owner| owner.to_string()),
            tags,
            text: item.text,
            due: item.due.map(Timestamp::millis),
            forget_after: item.forget_after.map(Timestamp::millis),
        },
    })
}

fn event_rows(
    partition: &Partition,
    events: &[Event],
    counts: &mut Vec<usize>,
) -> Result<Vec<EventRow>, String> {
    let mut rows: Vec<EventRow> = Vec::with_capacity(events.len());
    for event in events {
        if event.partitionkey != partition.as_str() {
            return Err(format!("event `{}` is not of partition `{partition}`", event.id));
        }
        let sequence = event.sequence.parse::<i64>().ok().filter(|sequence| *sequence > 0);
        let sequence = sequence.ok_or_else(|| format!("event `{}` has no number", event.id))?;
        if rows.last().is_some_and(|last| last.sequence.checked_add(1) != Some(sequence)) {
            return Err(format!("event `{}` does not follow the one before it", event.id));
        }
        let body = serde_json::to_string(event).map_err(|fault| fault.to_string())?;
        let id = Event::item_id(sequence.unsigned_abs());
        counts.push(measure::event(&id, body.len())?);
        rows.push(EventRow { sequence, body });
    }
    Ok(rows)
}
