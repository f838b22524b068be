//! What every store does with events and the feed of changes.

use super::{change, event, numbers, place, store::Stores};
use crate::ports::store::{Commit, Etag, Position, Store};
use poa_protocol::event::Event;
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::JoinSet;

/// One test per case of events and the feed. The expression makes [`Stores`].
#[macro_export]
macro_rules! store_feed_behaviour {
    ($make:expr) => {
        $crate::behaviour_tests! { $make, store_feed:
            events_are_read_in_order_from_above_a_number
            an_empty_store_has_an_empty_feed_to_go_on_from
            the_feed_has_every_event_once_in_the_order_of_its_partition
            the_feed_goes_on_from_any_position
            the_end_of_the_feed_is_a_position_too
            a_position_of_another_kind_is_a_fault
            a_reader_of_the_feed_misses_nothing_while_others_write
            a_commit_that_lost_leaves_nothing_in_the_feed
        }
    };
}

/// Commits so many events to a partition, one by one.
async fn fill(store: &dyn Store, name: &str, count: u64) {
    let at = place(name);
    let mut tag: Option<Etag> = None;
    for sequence in 1..=count {
        tag = Some(store.commit(change(&at, tag, sequence)).await.unwrap());
    }
}

/// Follows the feed to its end in pages of this size.
async fn follow(
    store: &dyn Store,
    mut after: Option<Position>,
    limit: usize,
) -> (Vec<Event>, Position) {
    let mut events = Vec::new();
    loop {
        let page = store.changes(after.as_ref(), limit).await.unwrap();
        assert!(page.events.len() <= limit, "a page has at most as many events as asked for");
        if page.events.is_empty() {
            return (events, page.position);
        }
        events.extend(page.events);
        after = Some(page.position);
    }
}

/// The numbers per partition in the order in which they came.
fn by_partition(events: &[Event]) -> BTreeMap<String, Vec<u64>> {
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for event in events {
        let number = event.sequence.parse().unwrap();
        found.entry(event.partitionkey.clone()).or_default().push(number);
    }
    found
}

pub async fn events_are_read_in_order_from_above_a_number(stores: &Stores) {
    let at = place("events");
    let events = (1..=12).map(|number| event(&at, number)).collect();
    stores.one.commit(Commit { events, ..change(&at, None, 12) }).await.unwrap();
    for (after, limit, expected) in
        [(0, 3, 1..=3), (3, 3, 4..=6), (10, 3, 11..=12), (0, 100, 1..=12)]
    {
        let read = stores.one.events(&at, after, limit).await.unwrap();
        let read: Vec<u64> = read.iter().map(|event| event.sequence.parse().unwrap()).collect();
        assert_eq!(read, expected.collect::<Vec<u64>>(), "after {after}, at most {limit}");
    }
    assert!(stores.one.events(&at, 12, 100).await.unwrap().is_empty());
    assert!(stores.one.events(&at, u64::MAX, 100).await.unwrap().is_empty());
    assert!(stores.one.events(&place("absent"), 0, 100).await.unwrap().is_empty());
}

pub async fn an_empty_store_has_an_empty_feed_to_go_on_from(stores: &Stores) {
    let (events, end) = follow(&*stores.one, None, 10).await;
    assert!(events.is_empty());
    fill(&*stores.one, "later", 2).await;
    let (events, _) = follow(&*stores.one, Some(end), 10).await;
    assert_eq!(by_partition(&events), BTreeMap::from([("system/later".to_owned(), vec![1, 2])]));
}

pub async fn the_feed_has_every_event_once_in_the_order_of_its_partition(stores: &Stores) {
    for name in ["a", "b", "c"] {
        fill(&*stores.one, name, 7).await;
    }
    for limit in [1, 2, 5, 100] {
        let (events, _) = follow(&*stores.other, None, limit).await;
        let found = by_partition(&events);
        assert_eq!(found.len(), 3);
        for numbers in found.values() {
            assert_eq!(numbers, &(1..=7).collect::<Vec<u64>>(), "pages of {limit}");
        }
    }
}

pub async fn the_feed_goes_on_from_any_position(stores: &Stores) {
    fill(&*stores.one, "a", 3).await;
    fill(&*stores.one, "b", 3).await;
    let (all, _) = follow(&*stores.one, None, 100).await;
    let (mut walked, mut positions) = (Vec::new(), vec![None]);
    for _ in 0..all.len() {
        let page = stores.one.changes(positions.last().unwrap().as_ref(), 1).await.unwrap();
        walked.extend(page.events);
        positions.push(Some(page.position));
    }
    for (read, position) in positions.into_iter().enumerate() {
        let (rest, _) = follow(&*stores.other, position, 2).await;
        // Which partition comes first may differ with the size of the pages.
        let seen = walked.get(..read).unwrap();
        let whole: Vec<Event> = seen.iter().cloned().chain(rest).collect();
        assert_eq!(by_partition(&whole), by_partition(&all), "from position {read}");
    }
}

pub async fn the_end_of_the_feed_is_a_position_too(stores: &Stores) {
    fill(&*stores.one, "a", 3).await;
    let (_, end) = follow(&*stores.one, None, 100).await;
    for _ in 0..3 {
        let page = stores.one.changes(Some(&end), 100).await.unwrap();
        assert!(page.events.is_empty());
    }
    fill(&*stores.one, "b", 1).await;
    let (events, _) = follow(&*stores.one, Some(end), 100).await;
    assert_eq!(by_partition(&events), BTreeMap::from([("system/b".to_owned(), vec![1])]));
}

pub async fn a_position_of_another_kind_is_a_fault(stores: &Stores) {
    let nonsense = Position("neither here nor there".to_owned());
    assert!(stores.one.changes(Some(&nonsense), 10).await.is_err());
}

pub async fn a_reader_of_the_feed_misses_nothing_while_others_write(stores: &Stores) {
    const WRITERS: usize = 4;
    const COMMITS: u64 = 30;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(if writer % 2 == 0 { &stores.one } else { &stores.other });
        writers.spawn(async move { fill(&*store, &format!("writer-{writer}"), COMMITS).await });
    }
    let mut seen = Vec::new();
    let mut position = None;
    loop {
        // Looked at before the page is read, so that the last page comes after the last commit.
        while let Some(finished) = writers.try_join_next() {
            finished.unwrap();
        }
        let over = writers.is_empty();
        let (events, end) = follow(&*stores.one, position, 7).await;
        seen.extend(events);
        position = Some(end);
        if over {
            break;
        }
        tokio::task::yield_now().await;
    }
    let found = by_partition(&seen);
    assert_eq!(found.len(), WRITERS);
    for (partition, numbers) in found {
        assert_eq!(numbers, (1..=COMMITS).collect::<Vec<u64>>(), "{partition}");
    }
}

pub async fn a_commit_that_lost_leaves_nothing_in_the_feed(stores: &Stores) {
    let at = place("lost");
    fill(&*stores.one, "lost", 2).await;
    stores.one.commit(change(&at, None, 3)).await.unwrap_err();
    let (events, _) = follow(&*stores.one, None, 100).await;
    assert_eq!(events.len(), 2);
    assert_eq!(numbers(&*stores.one, &at).await, [1, 2]);
}
