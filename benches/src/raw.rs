//! Writes noted while operations run, and written again with nothing around them.

use async_trait::async_trait;
use poa_embedded::store::SqliteStore;
use poa_operations::ports::store::{
    Changes, Claim, Commit, CommitFault, Etag, Item, ItemKind, Page, Position, Search, Store,
    StoreFault, Stored,
};
use poa_protocol::{event::Event, partition::Partition, timestamp::Timestamp};
use rusqlite::{Connection, params};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// One write: its partition, its items, its events.
pub(crate) type Write = (Partition, Vec<Item>, Vec<Event>);

/// A store that notes what is written.
#[derive(Debug)]
pub(crate) struct Noted {
    inner: Arc<dyn Store>,
    writes: Mutex<Vec<Write>>,
}

impl Noted {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, writes: Mutex::default() }
    }

    /// What was written since the last call.
    pub(crate) fn take(&self) -> Vec<Write> {
        std::mem::take(&mut *self.writes.lock().unwrap())
    }

    fn note(&self, write: Write) {
        self.writes.lock().unwrap().push(write);
    }
}

/// One write as text, ready for SQLite.
struct Rows<'a> {
    partition: &'a str,
    items: Vec<(&'a Item, String, String)>,
    events: Vec<(i64, String)>,
}

fn rows((partition, items, events): &Write) -> Rows<'_> {
    let items = items
        .iter()
        .map(|item| (item, item.body.to_string(), serde_json::to_string(&item.tags).unwrap()));
    let events = events
        .iter()
        .map(|event| (event.sequence.parse().unwrap(), serde_json::to_string(event).unwrap()));
    Rows { partition: partition.as_str(), items: items.collect(), events: events.collect() }
}

/// Writes all of it into a new file with the tables of the store, so many writes in one
/// transaction, every transaction on the disk before the next one begins.
pub(crate) fn write(writes: &[Write], together: usize) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    drop(SqliteStore::open(&path).unwrap());
    let file = Connection::open(&path).unwrap();
    file.pragma_update(None, "journal_mode", "WAL").unwrap();
    file.pragma_update(None, "synchronous", "FULL").unwrap();
    file.set_prepared_statement_cache_capacity(16);
    let prepared: Vec<Rows<'_>> = writes.iter().map(rows).collect();
    let start = Instant::now();
    for group in prepared.chunks(together) {
        file.execute_batch("BEGIN IMMEDIATE").unwrap();
        for rows in group {
            put(&file, rows);
        }
        file.execute_batch("COMMIT").unwrap();
    }
    start.elapsed()
}

fn put(file: &Connection, rows: &Rows<'_>) {
    for (item, body, tags) in &rows.items {
        let row: i64 = file
            .prepare_cached(
                "INSERT INTO items (partition, id, kind, body, etag, owner, tags, text, due,
                     forget_after)
                 VALUES (?1, ?2, ?3, ?4, 'e', ?5, ?6, ?7, ?8, ?9)
                 ON CONFLICT (partition, id) DO UPDATE SET body = excluded.body,
                     tags = excluded.tags, due = excluded.due
                 RETURNING row",
            )
            .unwrap()
            .query_row(
                params![
                    rows.partition,
                    item.id,
                    item.kind.0,
                    body,
                    item.owner.as_ref().map(poa_protocol::ids::PartyId::as_str),
                    tags,
                    item.text,
                    item.due.map(Timestamp::millis),
                    item.forget_after.map(Timestamp::millis),
                ],
                |found| found.get(0),
            )
            .unwrap();
        for tag in &item.tags {
            file.prepare_cached("INSERT OR IGNORE INTO tags VALUES (?1, ?2, ?3, ?4)")
                .unwrap()
                .execute(params![item.kind.0, tag, item.id, row])
                .unwrap();
        }
    }
    for (sequence, body) in &rows.events {
        file.prepare_cached("INSERT INTO events (partition, sequence, body) VALUES (?1, ?2, ?3)")
            .unwrap()
            .execute(params![rows.partition, sequence, body])
            .unwrap();
    }
}

#[async_trait]
impl Store for Noted {
    async fn read(
        &self,
        partition: &Partition,
        ids: &[&str],
    ) -> Result<Vec<Option<Stored>>, StoreFault> {
        self.inner.read(partition, ids).await
    }

    async fn commit(&self, commit: Commit) -> Result<Etag, CommitFault> {
        let mut items = vec![commit.head.clone()];
        items.extend(commit.items.clone());
        items.extend(commit.record.clone());
        let write = (commit.partition.clone(), items, commit.events.clone());
        let etag = self.inner.commit(commit).await?;
        self.note(write);
        Ok(etag)
    }

    async fn claim(&self, partition: &Partition, item: Item) -> Result<Claim, CommitFault> {
        let write = (partition.clone(), vec![item.clone()], Vec::new());
        let claim = self.inner.claim(partition, item).await?;
        self.note(write);
        Ok(claim)
    }

    async fn list(&self, search: &Search) -> Result<Page, StoreFault> {
        self.inner.list(search).await
    }

    async fn due(
        &self,
        kind: ItemKind,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreFault> {
        self.inner.due(kind, now, limit).await
    }

    async fn events(
        &self,
        partition: &Partition,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, StoreFault> {
        self.inner.events(partition, after, limit).await
    }

    async fn changes(&self, after: Option<&Position>, limit: usize) -> Result<Changes, StoreFault> {
        self.inner.changes(after, limit).await
    }

    async fn forget(&self, now: Timestamp) -> Result<u64, StoreFault> {
        self.inner.forget(now).await
    }

    async fn ready(&self) -> Result<(), StoreFault> {
        self.inner.ready().await
    }
}
