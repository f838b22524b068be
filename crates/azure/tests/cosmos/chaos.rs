//! Two processes commit in a few partitions while answers get lost: nothing is lost, doubled or
//! torn, whoever is first.

use poa_operations::ports::store::{Claim, Commit, CommitFault, Etag, HEAD, Item, ItemKind, Store};
use poa_protocol::{
    event::{Event, NewEvent},
    partition::Partition,
    timestamp::Timestamp,
};
use poa_test_cloud::emulator::Emulator;
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::JoinSet;

const SAMPLE: ItemKind = ItemKind("sample");
const PLACES: u64 = 3;
const NAMES: u64 = 4;
/// Tasks that write, every other one in the other process.
const WRITERS: u64 = 4;
/// Commits of one task.
const COMMITS: u64 = 8;
/// How often a commit is tried before something is wrong.
const TRIES: u32 = 60;

fn place(number: u64) -> Partition {
    Partition::system(&format!("place-{number}"))
}

/// The tag and the number of a head, as far as there is one.
type Reached = (Option<Etag>, u64);

/// What one task does and what it was told.
struct Writer {
    store: Arc<dyn Store>,
    name: u64,
    dice: u64,
    /// What its own commits left behind.
    known: BTreeMap<u64, Reached>,
    /// Its commits, each with its place and its number of events.
    told: BTreeMap<String, (u64, u64)>,
    /// The names that it has.
    has: Vec<u64>,
}

impl Writer {
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.dice >> 33) % sides
    }

    async fn work(mut self) -> Self {
        for number in 0..COMMITS {
            let id = format!("{}-{number}", self.name);
            let (at, events) = (self.roll(PLACES), self.roll(3) + 1);
            self.commit(&id, at, events).await;
            self.told.insert(id, (at, events));
            let name = self.roll(NAMES);
            self.claim(name).await;
        }
        self
    }

    /// Commits once, however often it has to ask: as an operation does. Now and then it goes on
    /// from the tag that its last commit gave.
    async fn commit(&mut self, id: &str, at: u64, events: u64) {
        let mut known = self.known.remove(&at);
        for _ in 0..TRIES {
            let reached = match known.take() {
                Some(reached) => reached,
                None => match self.look(at, id).await {
                    Some(Some(reached)) => reached,
                    Some(None) => return,
                    None => continue,
                },
            };
            let last = reached.1 + events;
            match self.store.commit(commit(id, at, reached, events)).await {
                Ok(tag) => {
                    self.known.insert(at, (Some(tag), last));
                    return;
                }
                Err(CommitFault::Raced | CommitFault::Unavailable(_)) => {}
                Err(fault @ CommitFault::TooLarge(_)) => panic!("{fault:?}"),
            }
        }
        panic!("{id} was tried {TRIES} times");
    }

    /// The head; nothing within where the record says that the commit is done, nothing at all where
    /// nobody answers.
    async fn look(&self, at: u64, id: &str) -> Option<Option<Reached>> {
        let record = format!("idem:{id}");
        let found = self.store.read(&place(at), &[HEAD, &record]).await.ok()?;
        Some(match found.as_slice() {
            [_, Some(_)] => None,
            [Some(head), None] => Some((Some(head.etag.clone()), head.body.as_u64().unwrap())),
            _ => Some((None, 0)),
        })
    }

    async fn claim(&mut self, name: u64) {
        let id = format!("name-{name}");
        for _ in 0..TRIES {
            let item = Item::plain(&id, SAMPLE, json!(self.name));
            match self.store.claim(&Partition::system("names"), item).await {
                Ok(Claim::Made) => return self.has.push(name),
                Ok(Claim::Held(by)) if by.body == json!(self.name) => return self.has.push(name),
                Ok(Claim::Held(_)) => return,
                Err(_) => {}
            }
        }
        panic!("{id} was tried {TRIES} times");
    }
}

fn commit(id: &str, at: u64, (expected, last): Reached, events: u64) -> Commit {
    let numbered = |number| {
        let new = NewEvent {
            event_type: "poa.sample.changed.v1",
            subject: id.to_owned(),
            data: json!({}),
            wake: None,
        };
        Event::number(new, &place(at), number, Timestamp::from_millis(0), None)
    };
    Commit {
        partition: place(at),
        expected,
        head: Item::plain(HEAD, ItemKind("head"), json!(last + events)),
        items: vec![Item::plain("latest", SAMPLE, json!(id))],
        events: (last + 1..=last + events).map(numbered).collect(),
        record: Some(Item::plain(format!("idem:{id}"), SAMPLE, json!(at))),
    }
}

/// The subjects of a stream, one after the other, each with its number of events.
fn runs(events: &[Event]) -> Vec<(String, u64)> {
    let mut runs: Vec<(String, u64)> = Vec::new();
    for (event, number) in events.iter().zip(1_u64..) {
        assert_eq!(event.sequence, number.to_string(), "without gaps");
        match runs.last_mut() {
            Some((id, count)) if *id == event.subject => *count += 1,
            _ => runs.push((event.subject.clone(), 1)),
        }
    }
    runs
}

/// Everything that anybody was told is there, once and whole, and nothing else.
async fn examine(store: &dyn Store, told: &BTreeMap<String, (u64, u64)>) {
    for at in 0..PLACES {
        let events = store.events(&place(at), 0, 1_000).await.unwrap();
        let found = runs(&events);
        let mut sorted = found.clone();
        sorted.sort();
        let of = told.iter().filter(|(_, (place, _))| *place == at);
        let expected: Vec<_> = of.map(|(id, (_, events))| (id.clone(), *events)).collect();
        assert_eq!(sorted, expected, "each commit once, with all its events");
        let Some((last, _)) = found.last() else { continue };
        let records: Vec<String> = expected.iter().map(|(id, _)| format!("idem:{id}")).collect();
        let mut ids: Vec<&str> = records.iter().map(String::as_str).collect();
        ids.extend([HEAD, "latest"]);
        let kept = store.read(&place(at), &ids).await.unwrap();
        assert!(kept.iter().all(Option::is_some), "{ids:?}");
        let bodies: Vec<_> = kept.into_iter().flatten().map(|one| one.body).collect();
        assert_eq!(bodies[records.len()..], [json!(events.len()), json!(last)]);
    }
}

/// The feed gives every stream whole and in order.
async fn follow(store: &dyn Store, told: &BTreeMap<String, (u64, u64)>) {
    let (mut position, mut streams) = (None, BTreeMap::<String, Vec<Event>>::new());
    loop {
        let page = store.changes(position.as_ref(), 10).await.unwrap();
        if page.events.is_empty() {
            break;
        }
        position = Some(page.position);
        for event in page.events {
            streams.entry(event.partitionkey.clone()).or_default().push(event);
        }
    }
    let commits: usize = streams.values().map(|events| runs(events).len()).sum();
    assert_eq!(commits, told.len());
}

async fn storm(seed: u64) {
    let emulator = Emulator::start().await;
    let (one, other) = (Arc::new(emulator.store()), Arc::new(emulator.store()));
    emulator.sometimes(Some(seed));
    let mut writers = JoinSet::new();
    for name in 0..WRITERS {
        let store = Arc::clone(if name % 2 == 0 { &one } else { &other });
        let dice = seed.wrapping_mul(31).wrapping_add(name);
        let (known, told, has) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        writers.spawn(Writer { store, name, dice, known, told, has }.work());
    }
    let writers = writers.join_all().await;
    emulator.sometimes(None);
    let told: BTreeMap<_, _> = writers.iter().flat_map(|writer| writer.told.clone()).collect();
    assert_eq!(u64::try_from(told.len()).unwrap(), WRITERS * COMMITS);
    let reader = emulator.store();
    examine(&reader, &told).await;
    follow(&reader, &told).await;
    let mut owners = BTreeMap::new();
    for writer in &writers {
        for name in &writer.has {
            let other = owners.insert(name, writer.name);
            assert!(other.is_none_or(|other| other == writer.name), "name {name} twice");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_and_lost_answers_double_and_lose_nothing() {
    let mut storms = JoinSet::new();
    for seed in [1, 2, 3, 4] {
        storms.spawn(storm(seed));
    }
    storms.join_all().await;
}
