//! From a commit to rows, before the writer hears of it.

use poa_operations::ports::{
    measure::{self, Measured, Numbered, Weighed},
    store::{Commit, Item},
};
use poa_protocol::{partition::Partition, timestamp::Timestamp};
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
    let Measured { partition, expected, head, items, events, record } = measure::commit(commit)?;
    let when = When::Head {
        expected: expected.map(|etag| etag.0),
        record: record.as_ref().map(|record| record.item.id.clone()),
    };
    let rows = [head].into_iter().chain(items).chain(record).map(row).collect::<Result<_, _>>()?;
    let events = events.into_iter().map(event_row).collect::<Result<_, _>>()?;
    Ok(Prepared { partition, when, rows, events })
}

/// Measures a claim and makes its row.
pub(super) fn claim(partition: &Partition, item: Item) -> Result<Prepared, String> {
    let rows = vec![row(measure::claim(partition, item)?)?];
    let partition = partition.clone();
    Ok(Prepared { partition, when: When::Absent, rows, events: Vec::new() })
}

fn row(Weighed { item, text }: Weighed) -> Result<Row, String> {
    let tags: BTreeSet<&String> = item.tags.iter().collect();
    let tags = serde_json::to_string(&tags).map_err(|fault| fault.to_string())?;
    Ok(Row {
        id: item.id,
        body: text,
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

fn event_row(Numbered { number, text, .. }: Numbered) -> Result<EventRow, String> {
    let sequence = i64::try_from(number).map_err(|fault| fault.to_string())?;
    Ok(EventRow { sequence, body: text })
}
