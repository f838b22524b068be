//! A store that fails on demand: for tests of what operations do then.

use async_trait::async_trait;
use poa_operations::ports::store::{
    Changes, Claim, Commit, CommitFault, Etag, Item, ItemKind, Page, Position, Search, Store,
    StoreFault, Stored,
};
use poa_protocol::{event::Event, partition::Partition, timestamp::Timestamp};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// What goes wrong with one commit or claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing.
    None,
    /// It is written, and its answer is lost on the way back.
    AnswerLost,
    /// The store is not reached; nothing is written.
    Unavailable,
    /// Somebody else was first; nothing is written.
    Raced,
}

/// A store whose next commits, claims and reads fail as they are told to.
#[derive(Debug)]
pub struct FlakyStore {
    inner: Arc<dyn Store>,
    commits: Mutex<VecDeque<Flaw>>,
    claims: Mutex<VecDeque<Flaw>>,
    reads: Mutex<VecDeque<bool>>,
    pages: Mutex<VecDeque<usize>>,
    waits: Mutex<VecDeque<Duration>>,
    silent: AtomicBool,
}

impl FlakyStore {
    /// A store that works until it is told otherwise.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>) -> Self {
        let (commits, claims, reads, pages, waits, silent) = Default::default();
        Self { inner, commits, claims, reads, pages, waits, silent }
    }

    /// What the next commits meet, one after the other.
    pub fn on_commit(&self, flaws: &[Flaw]) {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner).extend(flaws);
    }

    /// What the next claims meet, one after the other.
    pub fn on_claim(&self, flaws: &[Flaw]) {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner).extend(flaws);
    }

    /// Whether the next reads (of any kind) fail, one after the other.
    pub fn on_read(&self, fails: &[bool]) {
        self.reads.lock().unwrap_or_else(PoisonError::into_inner).extend(fails);
    }

    /// How many events the next pages of the feed have at most, one after the other: with none it
    /// is behind, as if at its end.
    pub fn on_feed(&self, pages: &[usize]) {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).extend(pages);
    }

    /// Whether it never answers from now on.
    pub fn be_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }

    /// How long the next calls (of any kind) take, one after the other.
    pub fn be_slow(&self, waits: &[Duration]) {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).extend(waits);
    }

    async fn may_be_silent(&self) {
        if let Some(wait) = next(&self.waits) {
            tokio::time::sleep(wait).await;
        }
        if self.silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
    }

    fn read_flaw(&self) -> Result<(), StoreFault> {
        if next(&self.reads).unwrap_or(false) { Err(out_of_reach()) } else { Ok(()) }
    }
}

fn next<T>(flaws: &Mutex<VecDeque<T>>) -> Option<T> {
    flaws.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

fn out_of_reach() -> StoreFault {
    StoreFault("the store was told to be out of reach".to_owned())
}

/// Lets `write` happen as the flaw allows.
async fn meet<T>(
    flaw: Option<Flaw>,
    write: impl Future<Output = Result<T, CommitFault>> + Send,
) -> Result<T, CommitFault> {
    match flaw.unwrap_or(Flaw::None) {
        Flaw::None => write.await,
        Flaw::AnswerLost => {
            write.await?;
            Err(CommitFault::Unavailable(StoreFault("the answer was told to be lost".to_owned())))
        }
        Flaw::Unavailable => Err(CommitFault::Unavailable(out_of_reach())),
        Flaw::Raced => Err(CommitFault::Raced),
    }
}

#[async_trait]
impl Store for FlakyStore {
    async fn read(
        &self,
        partition: &Partition,
        ids: &[&str],
    ) -> Result<Vec<Option<Stored>>, StoreFault> {
        self.may_be_silent().await;
        self.read_flaw()?;
        self.inner.read(partition, ids).await
    }

    async fn commit(&self, commit: Commit) -> Result<Etag, CommitFault> {
        self.may_be_silent().await;
        meet(next(&self.commits), self.inner.commit(commit)).await
    }

    async fn claim(&self, partition: &Partition, item: Item) -> Result<Claim, CommitFault> {
        self.may_be_silent().await;
        meet(next(&self.claims), self.inner.claim(partition, item)).await
    }

    async fn list(&self, search: &Search) -> Result<Page, StoreFault> {
        self.may_be_silent().await;
        self.read_flaw()?;
        self.inner.list(search).await
    }

    async fn due(
        &self,
        kind: ItemKind,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreFault> {
        self.may_be_silent().await;
        self.read_flaw()?;
        self.inner.due(kind, now, limit).await
    }

    async fn events(
        &self,
        partition: &Partition,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, StoreFault> {
        self.may_be_silent().await;
        self.read_flaw()?;
        self.inner.events(partition, after, limit).await
    }

    async fn changes(&self, after: Option<&Position>, limit: usize) -> Result<Changes, StoreFault> {
        self.may_be_silent().await;
        self.read_flaw()?;
        match (next(&self.pages), after) {
            (Some(0), Some(after)) => Ok(Changes { events: Vec::new(), position: after.clone() }),
            (most, after) => self.inner.changes(after, most.unwrap_or(limit).min(limit)).await,
        }
    }

    async fn forget(&self, now: Timestamp) -> Result<u64, StoreFault> {
        self.may_be_silent().await;
        self.inner.forget(now).await
    }

    async fn ready(&self) -> Result<(), StoreFault> {
        self.may_be_silent().await;
        self.read_flaw()?;
        self.inner.ready().await
    }
}
