//! The feed of events over the change feed: whole commits, splits, pages without events.

use poa_operations::ports::store::{Commit, Etag, HEAD, Item, ItemKind, Position, Store};
use poa_protocol::{
    event::{Event, NewEvent},
    partition::Partition,
    timestamp::Timestamp,
};
use poa_test_cloud::emulator::{Emulator, Sort};
use proptest::{collection::vec, prelude::*, test_runner::Config};
use serde_json::json;
use std::collections::BTreeMap;

/// A partition with as many events as were committed.
#[derive(Debug, Default)]
struct Stream {
    tag: Option<Etag>,
    count: u64,
}

/// Commits so many events at once.
async fn commit(store: &dyn Store, at: &Partition, stream: &mut Stream, events: u64) {
    let numbers = stream.count + 1..=stream.count + events;
    let events = numbers.map(|number| {
        let new = NewEvent {
            event_type: "poa.sample.changed.v1",
            subject: "sample".to_owned(),
            data: json!({}),
            wake: None,
        };
        Event::number(new, at, number, Timestamp::from_millis(0), None)
    });
    let events: Vec<Event> = events.collect();
    stream.count += u64::try_from(events.len()).unwrap();
    let commit = Commit {
        partition: at.clone(),
        expected: stream.tag.take(),
        head: Item::plain(HEAD, ItemKind("head"), json!({ "sequence": stream.count })),
        items: vec![Item::plain("item", ItemKind("sample"), json!(stream.count))],
        events,
        record: None,
    };
    stream.tag = Some(store.commit(commit).await.unwrap());
}

/// Follows the feed to its end.
async fn follow(
    store: &dyn Store,
    position: &mut Option<Position>,
    limit: usize,
    seen: &mut BTreeMap<String, Vec<u64>>,
) {
    loop {
        let page = store.changes(position.as_ref(), limit).await.unwrap();
        assert!(page.events.len() <= limit);
        *position = Some(page.position);
        if page.events.is_empty() {
            return;
        }
        for event in page.events {
            let number = event.sequence.parse().unwrap();
            seen.entry(event.partitionkey).or_default().push(number);
        }
    }
}

/// Every stream has been seen from 1 to its last number, in order, once.
fn whole(seen: &BTreeMap<String, Vec<u64>>, streams: &BTreeMap<String, Stream>) {
    for (name, stream) in streams {
        let all: Vec<u64> = (1..=stream.count).collect();
        assert_eq!(seen.get(name), Some(&all), "{name}");
    }
    assert_eq!(seen.len(), streams.len());
}

#[test]
fn no_cut_of_the_feed_loses_doubles_or_reorders_an_event() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Which partition commits how many events, and when somebody follows in which pages.
    let steps = vec((0..6_usize, 1..30_u64, prop::option::of(1..40_usize)), 1..12);
    proptest!(Config { failure_persistence: None, ..Config::with_cases(12) }, |(steps in steps)| {
        runtime.block_on(async {
            let emulator = Emulator::start().await;
            let store = emulator.store();
            let mut streams = BTreeMap::new();
            let (mut position, mut seen) = (None, BTreeMap::new());
            for (place, events, limit) in steps {
                let at = Partition::system(&place.to_string());
                let stream = streams.entry(at.to_string()).or_default();
                commit(&store, &at, stream, events).await;
                if let Some(limit) = limit {
                    follow(&store, &mut position, limit, &mut seen).await;
                }
            }
            follow(&store, &mut position, 7, &mut seen).await;
            whole(&seen, &streams);
        });
    });
}

#[tokio::test]
async fn a_physical_partition_that_splits_loses_nothing() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    let mut streams = BTreeMap::new();
    let (mut position, mut seen) = (None, BTreeMap::new());
    for round in 0..3_u32 {
        for place in 0..16 {
            let at = Partition::system(&place.to_string());
            let stream = streams.entry(at.to_string()).or_default();
            commit(&store, &at, stream, 3).await;
        }
        if round < 2 {
            let page = store.changes(position.as_ref(), 5).await.unwrap();
            for event in page.events {
                let number = event.sequence.parse().unwrap();
                seen.entry(event.partitionkey).or_insert_with(Vec::new).push(number);
            }
            position = Some(page.position);
            emulator.split(round);
        }
    }
    follow(&store, &mut position, 5, &mut seen).await;
    whole(&seen, &streams);
}

#[tokio::test]
async fn a_position_moves_on_over_what_is_no_event() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    for place in 0..40 {
        let at = Partition::system(&place.to_string());
        store.claim(&at, Item::plain("name", ItemKind("sample"), json!(0))).await.unwrap();
    }
    emulator.seen();
    let end = store.changes(None, 8).await.unwrap();
    assert!(end.events.is_empty());
    let passed = emulator.seen().len();
    assert!(passed > 8, "it went over all of them: {passed}");
    store.changes(Some(&end.position), 8).await.unwrap();
    assert_eq!(emulator.seen(), [Sort::Feed; 4], "once per physical partition");
}
