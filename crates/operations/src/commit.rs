//! The one way to change state: begin (or replay), decide, keep; a lost race begins again.
//!
//! A request with an `Idempotency-Key` first looks at the caller's claim on that key. The claim
//! names the body's hash and the partition of the first
//! attempt, so a key that comes back with another body is refused even where that body would lead
//! to another partition. The record with the answer is
//! written in the same commit as the state: either both exist or neither.

use crate::{
    answer::{Answer, Asked},
    desk::Desk,
    failure::Failure,
    ports::store::{Claim, Commit, CommitFault, Etag, HEAD, Item, ItemKind, Stored},
};
use poa_protocol::{
    caller::Person,
    event::{Event, NewEvent},
    limits,
    partition::Partition,
    request::RequestRefusal,
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Kind of the head of every partition.
pub const HEAD_KIND: ItemKind = ItemKind("head");
const CLAIM_KIND: ItemKind = ItemKind("key");
/// Kind of the records that idempotent requests leave behind.
pub const RECORD_KIND: ItemKind = ItemKind("record");

/// The head of a partition: how many events it has, and the state that every decision in it needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Head {
    sequence: u64,
    state: Value,
}

/// A partition as it was when the decision began.
#[derive(Debug, Clone)]
pub struct Opened {
    /// Where.
    pub partition: Partition,
    /// When the decision began.
    pub now: Timestamp,
    /// Number of the last event; 0 where the partition is new.
    pub sequence: u64,
    state: Option<Value>,
    etag: Option<Etag>,
}

impl Opened {
    /// The state of the head; `None` where the partition is new.
    pub fn state<T: DeserializeOwned>(&self) -> Result<Option<T>, Failure> {
        self.state
            .clone()
            .map(|state| serde_json::from_value(state).map_err(Failure::broken))
            .transpose()
    }

    /// The revision that resources changed by this commit get: the number of its first event.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.sequence.saturating_add(1)
    }
}

/// What a decision wants to keep.
#[derive(Debug, Clone)]
pub struct Change {
    /// The new state of the head.
    pub state: Value,
    /// Items to create or replace.
    pub items: Vec<Item>,
    /// What happened; nothing where only that changes by which lists find an item.
    pub events: Vec<NewEvent>,
    /// The answer to the caller.
    pub answer: Answer,
}

/// What a decision comes to.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Keep this.
    Keep(Box<Change>),
    /// Nothing changes; answer this.
    Nothing(Answer),
}

/// Opens the partition, decides, keeps. Decides again when the race was lost, at most
/// `limits::RACES_MAX` times.
pub async fn commit<T, D, F>(
    desk: &Desk,
    asked: &Asked<T>,
    partition: &Partition,
    decide: D,
) -> Result<Answer, Failure>
where
    T: Sync,
    D: Fn(Opened) -> F + Send,
    F: Future<Output = Result<Decision, Failure>> + Send,
{
    for _ in 0..limits::RACES_MAX {
        let key = Key::of(asked);
        if let Some(key) = &key
            && let Some(answer) = key.replay(desk).await?
        {
            return Ok(answer);
        }
        let opened = open(desk, partition).await?;
        let change = match decide(opened.clone()).await {
            Ok(Decision::Keep(change)) => *change,
            Ok(Decision::Nothing(answer)) => return Ok(answer),
            Err(failure) => {
                // What the decision read after the head may be newer than the head: a refusal
                // counts only where nobody kept anything meanwhile.
                if open(desk, partition).await?.etag != opened.etag {
                    continue;
                }
                return first_answer_or(desk, key.as_ref(), failure).await;
            }
        };
        if let Some(key) = &key
            && !key.claim(desk, partition, opened.now).await?
        {
            continue;
        }
        let person = asked.caller.as_ref().map(|caller| &caller.person);
        if let Some(answer) = keep(desk, opened, change, (person, key.as_ref())).await? {
            return Ok(answer);
        }
    }
    Err(RequestRefusal::Raced.into())
}

/// Keeps a change and gives its answer; nothing where the race was lost.
async fn keep(
    desk: &Desk,
    opened: Opened,
    change: Change,
    (person, key): (Option<&Person>, Option<&Key>),
) -> Result<Option<Answer>, Failure> {
    let answer = change.answer.clone();
    let wakes = change.events.iter().any(|event| event.wake.is_some());
    let commit = build(opened, change, person, key)?;
    match desk.store.commit(commit).await {
        Ok(_) => {
            if wakes {
                desk.relay.notify_one();
            }
            Ok(Some(answer))
        }
        Err(CommitFault::Raced) => Ok(None),
        Err(CommitFault::TooLarge(cause)) => Err(Failure::broken(cause)),
        Err(CommitFault::Unavailable(fault)) => Err(fault.into()),
    }
}

/// A refusal may be the shadow of our own earlier success (the name is taken, because we took it):
/// then the first answer counts.
async fn first_answer_or(
    desk: &Desk,
    key: Option<&Key>,
    failure: Failure,
) -> Result<Answer, Failure> {
    match key {
        Some(key) => key.replay(desk).await?.ok_or(failure),
        None => Err(failure),
    }
}

/// Reads the head of a partition.
pub async fn open(desk: &Desk, partition: &Partition) -> Result<Opened, Failure> {
    let now = desk.clock.now();
    let head = desk.store.read(partition, &[HEAD]).await?.into_iter().next().flatten();
    let partition = partition.clone();
    match head {
        None => Ok(Opened { partition, now, sequence: 0, state: None, etag: None }),
        Some(stored) => {
            let head: Head = read_body(stored.clone())?;
            Ok(Opened {
                partition,
                now,
                sequence: head.sequence,
                state: Some(head.state),
                etag: Some(stored.etag),
            })
        }
    }
}

/// Reads one item of a partition.
pub async fn item<T: DeserializeOwned>(
    desk: &Desk,
    partition: &Partition,
    id: &str,
) -> Result<Option<T>, Failure> {
    let stored = desk.store.read(partition, &[id]).await?.into_iter().next().flatten();
    stored.map(read_body).transpose()
}

/// The typed body of a stored item.
pub fn read_body<T: DeserializeOwned>(stored: Stored) -> Result<T, Failure> {
    serde_json::from_value(stored.body).map_err(|fault| {
        Failure::broken(format!("item `{}` of `{}`: {fault}", stored.id, stored.partition))
    })
}

fn build(
    opened: Opened,
    change: Change,
    person: Option<&Person>,
    key: Option<&Key>,
) -> Result<Commit, Failure> {
    let mut sequence = opened.sequence;
    let mut events = Vec::with_capacity(change.events.len());
    for new in change.events {
        // INVARIANT: sequence numbers of a partition have no gaps.
        sequence = sequence.saturating_add(1);
        events.push(Event::number(new, &opened.partition, sequence, opened.now, person.cloned()));
    }
    let head = Head { sequence, state: change.state };
    let head = serde_json::to_value(head).map_err(Failure::broken)?;
    let record = key.map(|key| key.record(&change.answer, opened.now)).transpose()?;
    Ok(Commit {
        partition: opened.partition,
        expected: opened.etag,
        head: Item::plain(HEAD, HEAD_KIND, head),
        items: change.items,
        events,
        record,
    })
}

/// One idempotency key of one caller.
#[derive(Debug)]
struct Key {
    home: Partition,
    id: String,
    record_id: String,
    body_hash: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeyClaim {
    body_hash: String,
    partition: String,
}

impl Key {
    fn of<T>(asked: &Asked<T>) -> Option<Self> {
        let person = &asked.caller.as_ref()?.person;
        let key = asked.key.as_ref()?;
        let digest = hex(&Sha256::digest(key.as_bytes()));
        let caller = hex(&Sha256::digest(format!("{}/{}", person.tenant, person.object)));
        Some(Self {
            home: Partition::caller(person),
            id: format!("key:{digest}"),
            // Two callers may choose the same key for the same partition.
            record_id: format!("idem:{}:{digest}", caller.get(..32).unwrap_or_default()),
            body_hash: asked.body_hash.clone(),
        })
    }

    /// The first answer, where there is one.
    async fn replay(&self, desk: &Desk) -> Result<Option<Answer>, Failure> {
        let Some(claim) = item::<KeyClaim>(desk, &self.home, &self.id).await? else {
            return Ok(None);
        };
        self.check(&claim)?;
        let partition = Partition::kept(claim.partition);
        let answer = item::<Answer>(desk, &partition, &self.record_id).await?;
        Ok(answer.map(|answer| Answer { replayed: true, ..answer }))
    }

    /// Claims the key for this body. `false` where an equal request claimed it meanwhile: begin
    /// again, its answer may be there.
    async fn claim(
        &self,
        desk: &Desk,
        partition: &Partition,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        let claim = KeyClaim {
            body_hash: self.body_hash.clone(),
            partition: partition.as_str().to_owned(),
        };
        let body = serde_json::to_value(&claim).map_err(Failure::broken)?;
        let mut item = Item::plain(self.id.clone(), CLAIM_KIND, body);
        item.forget_after = Some(now.plus_days(limits::IDEMPOTENCY_DAYS.into()));
        match desk.store.claim(&self.home, item).await {
            Ok(Claim::Made) => Ok(true),
            Ok(Claim::Held(stored)) => {
                let held: KeyClaim = read_body(stored)?;
                self.check(&held)?;
                // An earlier attempt claimed the key and did not come to its commit: go on in its
                // place.
                let kept = Partition::kept(held.partition);
                let done = desk.store.read(&kept, &[&self.record_id]).await?;
                Ok(done.into_iter().flatten().next().is_none() && kept == *partition)
            }
            Err(CommitFault::Raced) => Ok(false),
            Err(CommitFault::TooLarge(cause)) => Err(Failure::broken(cause)),
            Err(CommitFault::Unavailable(fault)) => Err(fault.into()),
        }
    }

    fn check(&self, claim: &KeyClaim) -> Result<(), Failure> {
        if claim.body_hash == self.body_hash {
            Ok(())
        } else {
            Err(RequestRefusal::KeyReused.into())
        }
    }

    fn record(&self, answer: &Answer, now: Timestamp) -> Result<Item, Failure> {
        let body = serde_json::to_value(answer).map_err(Failure::broken)?;
        let mut item = Item::plain(self.record_id.clone(), RECORD_KIND, body);
        item.forget_after = Some(now.plus_days(limits::IDEMPOTENCY_DAYS.into()));
        Ok(item)
    }
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
