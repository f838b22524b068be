//! What happens when the service is short of units, silent, dead, or its answers get lost.

use poa_operations::ports::store::{
    Claim, Commit, CommitFault, Etag, HEAD, Item, ItemKind, Search, Store,
};
use poa_protocol::{
    event::{Event, NewEvent},
    partition::Partition,
    timestamp::Timestamp,
};
use poa_test_cloud::emulator::{Emulator, Flaw, Sort, open};
use serde_json::json;
use std::{future::Future, time::Duration};
use tokio::net::TcpListener;

const SAMPLE: ItemKind = ItemKind("sample");

fn place() -> Partition {
    Partition::system("place")
}

fn sample(id: &str, value: &str) -> Item {
    Item::plain(id, SAMPLE, json!(value))
}

fn event(number: u64) -> Event {
    let new = NewEvent {
        event_type: "poa.sample.changed.v1",
        subject: "sample".to_owned(),
        data: json!({}),
        wake: None,
    };
    Event::number(new, &place(), number, Timestamp::from_millis(0), None)
}

/// A commit of the head alone.
fn alone(expected: Option<Etag>, number: u64) -> Commit {
    Commit {
        partition: place(),
        expected,
        head: Item::plain(HEAD, ItemKind("head"), json!({ "sequence": number })),
        items: Vec::new(),
        events: Vec::new(),
        record: None,
    }
}

/// A commit of everything that a commit can have.
fn full(expected: Option<Etag>, number: u64) -> Commit {
    Commit {
        items: vec![sample("item", &number.to_string())],
        events: vec![event(number)],
        record: Some(sample(&format!("idem:{number}"), "answer")),
        ..alone(expected, number)
    }
}

async fn tag(store: &dyn Store) -> Option<Etag> {
    store.read(&place(), &[HEAD]).await.unwrap().pop().unwrap().map(|head| head.etag)
}

async fn numbers(store: &dyn Store) -> Vec<u64> {
    let events = store.events(&place(), 0, 100).await.unwrap();
    events.iter().map(|event| event.sequence.parse().unwrap()).collect()
}

fn unavailable<T: std::fmt::Debug>(outcome: Result<T, CommitFault>) -> String {
    match outcome {
        Err(CommitFault::Unavailable(fault)) => fault.0,
        other => panic!("an unknown outcome was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn a_commit_is_one_request_and_a_lost_race_no_more() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    let old = store.commit(full(None, 1)).await.unwrap();
    assert_eq!(emulator.seen(), [Sort::Batch]);
    store.commit(full(Some(old.clone()), 2)).await.unwrap();
    assert_eq!(emulator.seen(), [Sort::Batch]);
    assert!(matches!(store.commit(full(Some(old), 3)).await, Err(CommitFault::Raced)));
    assert!(matches!(store.commit(full(None, 3)).await, Err(CommitFault::Raced)));
    assert_eq!(emulator.seen(), [Sort::Batch, Sort::Batch]);
}

#[tokio::test]
async fn an_own_commit_whose_answer_was_lost_is_known_again() {
    for shape in [alone, full] {
        let emulator = Emulator::start().await;
        let store = emulator.store();
        let mut last = None;
        for number in 1..=2 {
            emulator.once(&[(Sort::Batch, Flaw::AnswerLost)]);
            let etag = store.commit(shape(last, number)).await.unwrap();
            assert_eq!(Some(&etag), tag(&store).await.as_ref(), "the tag is the head's new one");
            let seen = emulator.seen();
            let expected = [Sort::Batch, Sort::Batch, Sort::Query, Sort::Read];
            assert_eq!(seen, expected, "sent again by the client, then looked for");
            last = Some(etag);
        }
        let written = numbers(&store).await.len();
        assert!(written == 0 || written == 2, "nothing is doubled: {written}");
        store.commit(shape(last, 3)).await.unwrap();
    }
}

#[tokio::test]
async fn an_own_commit_is_known_again_when_somebody_has_gone_on_from_it() {
    let emulator = Emulator::start().await;
    let (store, other) = (emulator.store(), emulator.store());
    emulator.once(&[(Sort::Batch, Flaw::AnswerLost), (Sort::Batch, Flaw::Held)]);
    let goes_on = emulator.meanwhile(async {
        let there = tag(&other).await;
        other.commit(full(there, 2)).await.unwrap();
    });
    let (etag, ()) = tokio::join!(store.commit(full(None, 1)), goes_on);
    let etag = etag.unwrap();
    assert_eq!(numbers(&store).await, [1, 2]);
    let outdated = store.commit(full(Some(etag), 2)).await;
    assert!(matches!(outdated, Err(CommitFault::Raced)), "{outdated:?}");
}

#[tokio::test]
async fn of_a_head_alone_that_somebody_wrote_over_nothing_is_claimed() {
    let emulator = Emulator::start().await;
    let (store, other) = (emulator.store(), emulator.store());
    emulator.once(&[(Sort::Batch, Flaw::AnswerLost), (Sort::Batch, Flaw::Held)]);
    let goes_on = emulator.meanwhile(async {
        let there = tag(&other).await;
        other.commit(alone(there, 2)).await.unwrap();
    });
    let (outcome, ()) = tokio::join!(store.commit(alone(None, 1)), goes_on);
    assert!(unavailable(outcome).contains("before or after us"));
}

#[tokio::test]
async fn a_race_that_is_lost_while_a_request_is_sent_again_is_a_race() {
    let emulator = Emulator::start().await;
    let (store, other) = (emulator.store(), emulator.store());
    emulator.once(&[(Sort::Batch, Flaw::Answer(503, 0)), (Sort::Batch, Flaw::Held)]);
    let first = emulator.meanwhile(async { other.commit(full(None, 1)).await.unwrap() });
    let (outcome, first) = tokio::join!(store.commit(full(None, 1)), first);
    assert!(matches!(outcome, Err(CommitFault::Raced)), "{outcome:?}");
    assert_eq!(tag(&store).await, Some(first));
    assert_eq!(numbers(&store).await, [1]);
}

#[tokio::test]
async fn an_own_claim_whose_answer_was_lost_is_made() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    emulator.once(&[(Sort::Create, Flaw::AnswerLost)]);
    let claim = store.claim(&place(), sample("name", "ours")).await.unwrap();
    assert_eq!(claim, Claim::Made);
    assert_eq!(emulator.seen(), [Sort::Create, Sort::Create, Sort::Read]);
    let again = store.claim(&place(), sample("name", "theirs")).await.unwrap();
    assert!(matches!(again, Claim::Held(there) if there.body == json!("ours")));
}

#[tokio::test]
async fn a_claim_that_somebody_makes_meanwhile_is_held() {
    let emulator = Emulator::start().await;
    let (store, other) = (emulator.store(), emulator.store());
    emulator.once(&[(Sort::Create, Flaw::Answer(503, 0)), (Sort::Create, Flaw::Held)]);
    let first = emulator
        .meanwhile(async { other.claim(&place(), sample("name", "theirs")).await.unwrap() });
    let at = place();
    let (claim, first) = tokio::join!(store.claim(&at, sample("name", "ours")), first);
    assert_eq!(first, Claim::Made);
    assert!(matches!(claim.unwrap(), Claim::Held(there) if there.body == json!("theirs")));
}

#[tokio::test]
async fn what_passes_is_waited_for() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    let mut last = None;
    let passing = [(429, 3200), (449, 0), (503, 0), (408, 0), (500, 0)];
    for (number, (status, sub)) in (1..).zip(passing) {
        emulator.once(&[(Sort::Batch, Flaw::Answer(status, sub))]);
        last = Some(store.commit(full(last, number)).await.unwrap());
        let flaws = [Sort::Read, Sort::Query].map(|sort| (sort, Flaw::Answer(status, sub)));
        emulator.once(&flaws);
        assert_eq!(tag(&store).await, last, "{status}");
        assert_eq!(numbers(&store).await, (1..=number).collect::<Vec<u64>>());
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_not_waited_for_long() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    let first = store.commit(full(None, 1)).await.unwrap();
    emulator.once(&[(Sort::Batch, Flaw::Silence)]);
    soon(store.commit(full(Some(first), 2))).await.unwrap();
    assert_eq!(numbers(&store).await, [1, 2]);
}

#[tokio::test]
async fn what_does_not_pass_is_reported_in_time() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    store.commit(full(None, 1)).await.unwrap();
    for (status, sub, says) in [
        (429, 3200, "too few request units"),
        (449, 0, "did not answer in time"),
        (503, 0, "503"),
        (410, 1002, "410"),
        (403, 0, "Cosmos DB Built-in Data Contributor"),
        (401, 0, "token"),
    ] {
        emulator.always(Some(Flaw::Answer(status, sub)));
        let said = unavailable(soon(store.commit(full(None, 2))).await);
        assert!(said.contains(says), "{status}: {said}");
        let said = soon(store.read(&place(), &[HEAD])).await.unwrap_err().0;
        assert!(said.contains(says), "{status}: {said}");
    }
    emulator.always(Some(Flaw::Answer(413, 0)));
    let outcome = store.claim(&place(), sample("a", "a")).await;
    assert!(matches!(outcome, Err(CommitFault::TooLarge(_))), "{outcome:?}");
    emulator.always(None);
    assert_eq!(numbers(&store).await, [1]);
}

/// The outcome of a call, which comes within 15 s.
async fn soon<T>(call: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(15), call).await.unwrap()
}

/// Every call of the port fails, and soon.
async fn every_call_fails_soon(store: &dyn Store) {
    let search = Search {
        kind: SAMPLE,
        partition: None,
        owner: None,
        tags: Vec::new(),
        text: None,
        after: None,
        limit: 10,
    };
    let at = place();
    let now = Timestamp::from_millis(0);
    let (commit, claim, read, list, due, events, changes, ready) = tokio::join!(
        soon(store.commit(full(None, 2))),
        soon(store.claim(&at, sample("a", "a"))),
        soon(store.read(&at, &[HEAD, "a"])),
        soon(store.list(&search)),
        soon(store.due(SAMPLE, now, 10)),
        soon(store.events(&at, 0, 10)),
        soon(store.changes(None, 10)),
        soon(store.ready()),
    );
    unavailable(commit);
    unavailable(claim);
    for failed in
        [read.map(drop), list.map(drop), due.map(drop), events.map(drop), changes.map(drop), ready]
    {
        assert!(failed.unwrap_err().0.contains("Cosmos DB"));
    }
}

#[tokio::test]
async fn an_account_that_is_not_there_is_reported_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    drop(listener);
    every_call_fails_soon(&open(&endpoint)).await;
}

#[tokio::test]
async fn an_account_that_takes_connections_and_is_silent_is_reported_in_time() {
    // Connections wait in the queue of the listener, which nobody empties.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    every_call_fails_soon(&open(&endpoint)).await;
    drop(listener);
}

#[tokio::test]
async fn an_account_that_dies_on_the_way_is_reported_in_time_and_comes_back() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    let first = store.commit(full(None, 1)).await.unwrap();
    emulator.always(Some(Flaw::Silence));
    unavailable(soon(store.commit(full(Some(first), 2))).await);
    let said = soon(store.read(&place(), &[HEAD])).await.unwrap_err().0;
    assert!(said.contains("Cosmos DB"), "{said}");
    emulator.always(None);
    assert_eq!(numbers(&store).await, [1, 2], "it was written, and the caller looks for it");
}

#[tokio::test]
async fn what_is_shown_of_a_store_has_no_token() {
    let emulator = Emulator::start().await;
    let store = emulator.store();
    store.ready().await.unwrap();
    let shown = format!("{store:?}");
    assert!(shown.contains(&emulator.endpoint) && !shown.contains("token"), "{shown}");
}
