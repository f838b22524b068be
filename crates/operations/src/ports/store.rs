//! The store: heads, items, events and idempotency records, one partition per commit.

use async_trait::async_trait;
use poa_protocol::{event::Event, ids::PartyId, partition::Partition, timestamp::Timestamp};
use serde_json::Value;

/// What an item is: lists and queries are by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKind(pub &'static str);

/// One item as it is written. `body` is the whole truth; the other fields are what lists can find
/// it by.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Unique within its partition: 1 to 255 bytes, without `/`, `\`, `?` and `#` (as Azure Cosmos
    /// DB demands).
    pub id: String,
    /// What it is.
    pub kind: ItemKind,
    /// The JSON document.
    pub body: Value,
    /// The party that it belongs to, for lists.
    pub owner: Option<PartyId>,
    /// Words that lists filter by, as `name:value`.
    pub tags: Vec<String>,
    /// What a text search reads, in lower case.
    pub text: Option<String>,
    /// When something is due, for [`Store::due`].
    pub due: Option<Timestamp>,
    /// When it may be forgotten; `None` is never.
    pub forget_after: Option<Timestamp>,
}

impl Item {
    /// An item that no list looks for.
    #[must_use]
    pub fn plain(id: impl Into<String>, kind: ItemKind, body: Value) -> Self {
        Self {
            id: id.into(),
            kind,
            body,
            owner: None,
            tags: Vec::new(),
            text: None,
            due: None,
            forget_after: None,
        }
    }
}

/// The tag of one write of one item: it changes with every write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Etag(pub String);

/// One item as it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Where it lies.
    pub partition: Partition,
    /// Unique within its partition.
    pub id: String,
    /// The JSON document.
    pub body: Value,
    /// The tag of its last write.
    pub etag: Etag,
}

/// The id of the head item of every partition that has one.
pub const HEAD: &str = "head";

/// One commit: all of it or nothing, in one partition.
///
/// `head` is replaced if its tag is `expected` (created if `expected` is `None` and there is none).
/// `items` are written over whatever is there:
/// they are safe because every writer of the partition goes through the head. `events` and `record`
/// are created and must not exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// Where.
    pub partition: Partition,
    /// The tag that the head had when it was read; `None` where there was none.
    pub expected: Option<Etag>,
    /// The new head; its id is [`HEAD`].
    pub head: Item,
    /// Items that are created or replaced.
    pub items: Vec<Item>,
    /// New events, in order.
    pub events: Vec<Event>,
    /// The idempotency record of the request.
    pub record: Option<Item>,
}

/// Why a commit did not happen.
#[derive(Debug)]
pub enum CommitFault {
    /// Somebody was first: head, event number or record are not as expected. Nothing was written.
    /// Load and decide again.
    Raced,
    /// The commit breaks a limit of the store (bytes of an item or of the batch, number of
    /// operations, shape of an id). Nothing was written.
    TooLarge(String),
    /// The store did not answer or failed. Whether it was written is not known: load, and look for
    /// the record.
    Unavailable(StoreFault),
}

/// The store did not answer or failed. The text is for the log, never for a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFault(pub String);

impl std::fmt::Display for StoreFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StoreFault {}

/// The outcome of a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// It is ours from now on.
    Made,
    /// Somebody has it: this is what they wrote.
    Held(Stored),
}

/// What a list looks for. All conditions hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// What the items are.
    pub kind: ItemKind,
    /// Only of this partition.
    pub partition: Option<Partition>,
    /// Only of this party.
    pub owner: Option<PartyId>,
    /// Only items that have every one of these tags.
    pub tags: Vec<String>,
    /// Only items whose text contains this (compared in lower case).
    pub text: Option<String>,
    /// Go on after this id: the `next` of the page before. Any text is a position, so a token that
    /// was tampered with shows the same list from another place, never more than the list.
    pub after: Option<String>,
    /// At most so many, 1 to `limits::PAGE_MAX`.
    pub limit: usize,
}

/// One page, ordered by item id; ids are unique across partitions for every kind that is listed
/// without a partition.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The items.
    pub items: Vec<Stored>,
    /// The id of the last item of this page, where there are more; `None` at the end.
    pub next: Option<String>,
}

/// A place in the feed of all events; opaque outside the adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position(pub String);

/// Where those who follow the feed keep their positions. A commit to it is no news: they need not
/// be told of what they wrote themselves.
#[must_use]
pub fn followers() -> Partition {
    Partition::system("relay")
}

/// Events after a position, in commit order within each partition.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// The events.
    pub events: Vec<Event>,
    /// Where to go on.
    pub position: Position,
}

/// The store of state. Several processes may use one store.
///
/// `read`, `list` and `events` see every commit that any process was told of before they were
/// called. `due` and `changes` may be a moment behind what other processes wrote.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Reads items of one partition by id, in the order asked; `None` for what is not there. Sees
    /// every commit that was acknowledged before: a claim, a record or a head decides.
    /// The items of one call belong to one moment or the reader notices by the head: read the head
    /// in the same call.
    async fn read(
        &self,
        partition: &Partition,
        ids: &[&str],
    ) -> Result<Vec<Option<Stored>>, StoreFault>;

    /// Commits. Durable when it returns `Ok`; the tag is the head's new one.
    async fn commit(&self, commit: Commit) -> Result<Etag, CommitFault>;

    /// Creates one item if it is not there, without a head. Durable when it returns.
    async fn claim(&self, partition: &Partition, item: Item) -> Result<Claim, CommitFault>;

    /// One page of a list. Sees every commit that was acknowledged before: what waits for something
    /// is looked for with a list once it is there, and who was not found would wait for ever.
    async fn list(&self, search: &Search) -> Result<Page, StoreFault>;

    /// Items of a kind whose `due` is at or before `now`, earliest first. May miss what another
    /// process has just written, and give what it has just settled: the next tick asks again, and
    /// who acts on an item reads it first.
    async fn due(
        &self,
        kind: ItemKind,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreFault>;

    /// The events of one partition with a number above `after`, in order. Sees every commit that
    /// was acknowledged before: an audit compares them with the head.
    async fn events(
        &self,
        partition: &Partition,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, StoreFault>;

    /// The events of all partitions after a position (`None`: from the beginning); none where the
    /// feed is at its end. May be behind what another process has just written, and leaves nothing
    /// out: it comes with a later page, when the follower asks again.
    async fn changes(&self, after: Option<&Position>, limit: usize) -> Result<Changes, StoreFault>;

    /// Forgets items whose `forget_after` is before `now`; returns how many. A store that forgets
    /// by itself returns 0.
    async fn forget(&self, now: Timestamp) -> Result<u64, StoreFault>;

    /// Whether the store answers.
    async fn ready(&self) -> Result<(), StoreFault>;
}
