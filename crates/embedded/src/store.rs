//! The store on SQLite: one writer that commits in groups, a few readers, one file that several
//! processes may open.

use crate::{
    sqlite::{self, Fault, Readers, Sync, closed},
    store::{prepare::Prepared, writer::Writer},
};
use async_trait::async_trait;
use poa_operations::{
    cost::{Cost, spend},
    ports::store::{
        Changes, Claim, Commit, CommitFault, Etag, Item, ItemKind, Page, Position, Search, Store,
        StoreFault, Stored,
    },
};
use poa_protocol::{event::Event, limits, partition::Partition, timestamp::Timestamp};
use std::path::Path;
use writer::{Job, Outcome};

mod apply;
mod list;
mod prepare;
mod read;
mod schema;
mod writer;

/// The store of state in one SQLite file (write-ahead log, every commit waits for the disk).
#[derive(Debug)]
pub struct SqliteStore {
    readers: Readers,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the file, and makes it where it is not there yet.
    pub fn open(path: &Path) -> Result<Self, StoreFault> {
        let connection = sqlite::open(path, schema::LAYOUT, Sync::Full)?;
        let writer = Writer::start(connection)?;
        Ok(Self { readers: Readers::new(path), writer })
    }

    async fn write(&self, prepared: Prepared) -> Result<Outcome, CommitFault> {
        let outcome = self.writer.ask(|answer| Job::Write { prepared, answer }).await;
        outcome.map_err(|fault| CommitFault::Unavailable(fault.into()))
    }
}

impl From<Fault> for StoreFault {
    fn from(fault: Fault) -> Self {
        Self(fault.0)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn read(
        &self,
        partition: &Partition,
        ids: &[&str],
    ) -> Result<Vec<Option<Stored>>, StoreFault> {
        let partition = partition.clone();
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        spend(Cost::store());
        Ok(self.readers.run_short(move |file| read::items(file, &partition, &ids)).await?)
    }

    async fn commit(&self, commit: Commit) -> Result<Etag, CommitFault> {
        spend(Cost::store());
        let prepared = prepare::commit(commit).map_err(CommitFault::TooLarge)?;
        match self.write(prepared).await? {
            Outcome::Written(etag) => Ok(Etag(etag)),
            Outcome::Raced | Outcome::Held(_) => Err(CommitFault::Raced),
        }
    }

    async fn claim(&self, partition: &Partition, item: Item) -> Result<Claim, CommitFault> {
        spend(Cost::store());
        let prepared = prepare::claim(partition, item).map_err(CommitFault::TooLarge)?;
        match self.write(prepared).await? {
            Outcome::Written(_) => Ok(Claim::Made),
            Outcome::Held(stored) => Ok(Claim::Held(stored)),
            Outcome::Raced => Err(CommitFault::Raced),
        }
    }

    async fn list(&self, search: &Search) -> Result<Page, StoreFault> {
        spend(Cost::store());
        let search = search.clone();
        Ok(self.readers.run(move |file| list::page(file, &search)).await?)
    }

    async fn due(
        &self,
        kind: ItemKind,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreFault> {
        spend(Cost::store());
        Ok(self.readers.run(move |file| list::due(file, kind, now, limit)).await?)
    }

    async fn events(
        &self,
        partition: &Partition,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, StoreFault> {
        spend(Cost::store());
        let partition = partition.clone();
        Ok(self.readers.run(move |file| read::events(file, &partition, after, limit)).await?)
    }

    async fn changes(&self, after: Option<&Position>, limit: usize) -> Result<Changes, StoreFault> {
        spend(Cost::store());
        let after = after.cloned();
        Ok(self.readers.run(move |file| read::changes(file, after.as_ref(), limit)).await?)
    }

    async fn forget(&self, now: Timestamp) -> Result<u64, StoreFault> {
        let mut forgotten: u64 = 0;
        loop {
            // A few at a time, so that commits get their turn.
            spend(Cost::store());
            let some = self.writer.ask(|answer| Job::Forget { now, answer }).await?;
            forgotten = forgotten.saturating_add(some);
            if some < writer::FORGOTTEN_AT_ONCE_MAX {
                return Ok(forgotten);
            }
        }
    }

    async fn ready(&self) -> Result<(), StoreFault> {
        self.readers.present()?;
        if self.writer.stopped() {
            return Err(closed().into());
        }
        Ok(self.readers.run(read::probe).await?)
    }
}

/// A page is never larger than the limit and never empty because of it.
fn page_limit(limit: usize) -> usize {
    limit.clamp(1, limits::PAGE_MAX)
}
