//! The test desk as other tests use it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use poa_embedded::testing::{self, Flaw};
use poa_operations::{
    answer::{Answer, Asked, Outcome},
    commit::{Change, Decision, commit},
    desk::Desk,
    failure::Failure,
    ports::store::{Item, ItemKind, Search},
};
use poa_protocol::{
    caller::{Caller, Person},
    event::NewEvent,
    partition::Partition,
    request::RequestRefusal,
};
use serde_json::json;
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

const KIND: ItemKind = ItemKind("thing");

fn asked(key: &str) -> Asked<()> {
    let person = Person { tenant: "t".to_owned(), object: "o".to_owned() };
    let roles = BTreeSet::new();
    Asked {
        caller: Some(Caller { person, program: false, roles, party: None, operator: true }),
        body: (),
        key: Some(key.to_owned()),
        body_hash: "h".to_owned(),
        if_match: None,
    }
}

/// Makes one item and one event.
async fn make(desk: &Desk, key: &str) -> Result<Answer, Failure> {
    let partition = Partition::system("sample");
    commit(desk, &asked(key), &partition, |opened| async move {
        let id = format!("thing-{}", opened.revision());
        let item = Item::plain(id, KIND, json!(opened.revision()));
        let event = NewEvent {
            event_type: "poa.thing.made.v1",
            subject: "thing".to_owned(),
            data: json!({}),
            wake: None,
        };
        Ok(Decision::Keep(Box::new(Change {
            state: json!({}),
            items: vec![Item { tags: vec!["state:new".to_owned()], ..item }],
            events: vec![event],
            answer: Answer::new(Outcome::Created, &opened.revision())?,
        })))
    })
    .await
}

async fn things(desk: &Desk) -> usize {
    let search = Search {
        kind: KIND,
        partition: None,
        owner: None,
        tags: vec!["state:new".to_owned()],
        text: None,
        after: None,
        limit: 10,
    };
    desk.store.list(&search).await.unwrap().items.len()
}

#[tokio::test]
async fn a_repeated_request_gets_its_first_answer_and_leaves_one_event() {
    let test = testing::desk();
    for replayed in [false, true] {
        let answer = make(&test.desk, "k").await.unwrap();
        assert_eq!((answer.body.as_str(), answer.replayed), ("1", replayed));
    }
    let changes = test.desk.store.changes(None, 10).await.unwrap();
    assert_eq!(changes.events.len(), 1);
    assert_eq!(things(&test.desk).await, 1);
}

#[tokio::test]
async fn a_lost_answer_is_found_by_the_repeated_request() {
    let test = testing::desk();
    let (desk, flaky) = test.flaky();
    flaky.on_commit(&[Flaw::AnswerLost]);
    assert!(matches!(make(&desk, "k").await, Err(Failure::Unavailable { .. })));
    let answer = make(&desk, "k").await.unwrap();
    assert!(answer.replayed);
    assert_eq!(things(&desk).await, 1);
}

#[tokio::test]
async fn a_refusal_counts_only_where_nobody_kept_anything_meanwhile() {
    let test = testing::desk();
    let (desk, tries) = (&test.desk, &AtomicUsize::new(0));
    let partition = Partition::system("sample");
    let request = asked("refused");
    let refused = commit(desk, &request, &partition, |opened| async move {
        // Whoever else writes between the head and what is read after it makes the two disagree.
        if tries.fetch_add(1, Ordering::SeqCst) < 2 {
            make(desk, &opened.revision().to_string()).await?;
        }
        Err(Failure::from(RequestRefusal::Stale))
    });
    assert_eq!(refused.await.unwrap_err().refusal().code, "request.stale");
    assert_eq!(tries.load(Ordering::SeqCst), 3, "two torn looks and a whole one");
}

#[tokio::test]
async fn every_flaw_is_met_once_and_in_order() {
    let test = testing::desk();
    let (desk, flaky) = test.flaky();
    flaky.on_claim(&[Flaw::Unavailable]);
    assert!(matches!(make(&desk, "a").await, Err(Failure::Unavailable { .. })));
    flaky.on_commit(&[Flaw::Raced, Flaw::Raced, Flaw::None, Flaw::Unavailable]);
    assert!(!make(&desk, "a").await.unwrap().replayed);
    assert!(matches!(make(&desk, "b").await, Err(Failure::Unavailable { .. })));
    assert_eq!(things(&desk).await, 1);
    flaky.on_read(&[true]);
    assert!(matches!(make(&desk, "b").await, Err(Failure::Unavailable { .. })));
    assert!(!make(&desk, "b").await.unwrap().replayed);
    assert_eq!(things(&test.desk).await, 2, "the desk without flaws sees the same store");
}

#[test]
fn two_test_desks_make_the_same_ids() {
    let (one, other) = (testing::desk(), testing::desk());
    assert_eq!(one.desk.ids.ulid(), other.desk.ids.ulid());
    assert_eq!(one.desk.ids.salt(), other.desk.ids.salt());
    assert_eq!(one.desk.clock.now().to_string(), "2026-11-22T09:00:00.000Z");
    one.clock.advance_days(1);
    assert_eq!(one.desk.clock.now().to_string(), "2026-11-23T09:00:00.000Z");
}
