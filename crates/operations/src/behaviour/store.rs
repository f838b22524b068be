//! What every store does with commits and claims.

use super::{body, change, event, first, head, numbers, place, sample};
use crate::ports::store::{Claim, Commit, CommitFault, Etag, HEAD, Store, Stored};
use serde_json::{Value, json};
use std::{any::Any, collections::BTreeSet, sync::Arc};
use tokio::task::JoinSet;

/// Two handles on one empty store, as two processes would hold them, and what has to live as long.
#[derive(Debug)]
pub struct Stores {
    /// One handle.
    pub one: Arc<dyn Store>,
    /// The other.
    pub other: Arc<dyn Store>,
    /// A folder or a server, for example.
    pub keep: Box<dyn Any + Send + Sync>,
}

/// One test per case of the store. The expression makes [`Stores`].
#[macro_export]
macro_rules! store_behaviour {
    ($make:expr) => {
        $crate::store_commits_behaviour!($make);
        $crate::store_feed_behaviour!($make);
        $crate::store_lists_behaviour!($make);
        $crate::store_limits_behaviour!($make);
    };
}

/// One test per case of commits, claims and reads. The expression makes [`Stores`].
#[macro_export]
macro_rules! store_commits_behaviour {
    ($make:expr) => {
        $crate::behaviour_tests! { $make, store:
            a_commit_is_read_back_whole
            of_64_racing_creations_one_wins
            a_stale_tag_loses_and_leaves_nothing
            a_head_that_is_there_is_not_created_again
            a_head_that_is_not_there_is_not_replaced
            an_event_number_that_is_taken_is_a_race
            a_record_that_is_there_is_a_race
            racing_writers_leave_a_sequence_without_gaps
            every_write_of_an_item_has_a_new_tag
            items_are_created_and_replaced
            one_id_in_two_partitions_is_two_items
            of_racing_claims_one_is_made_and_the_others_see_it
            a_claim_leaves_the_head_alone
            two_handles_see_what_the_other_has_acknowledged
            two_handles_race_as_one_does
            items_come_in_the_order_asked
            bodies_come_back_as_they_were
            a_store_that_works_is_ready
        }
    };
}

fn raced(result: &Result<Etag, CommitFault>) -> bool {
    matches!(result, Err(CommitFault::Raced))
}

pub async fn a_commit_is_read_back_whole(stores: &Stores) {
    let at = place("whole");
    let commit = Commit {
        items: vec![sample("a", json!(1)), sample("b", json!({ "deep": [1, "two"] }))],
        events: vec![event(&at, 1), event(&at, 2)],
        record: Some(sample("idem:1", json!("answer"))),
        ..change(&at, None, 2)
    };
    let etag = stores.one.commit(commit).await.unwrap();
    let read = stores.one.read(&at, &[HEAD, "a", "b", "idem:1"]).await.unwrap();
    let read: Vec<Stored> = read.into_iter().map(Option::unwrap).collect();
    let bodies: Vec<&Value> = read.iter().map(|stored| &stored.body).collect();
    let expected =
        [&json!({ "sequence": 2 }), &json!(1), &json!({ "deep": [1, "two"] }), &json!("answer")];
    assert_eq!(bodies, expected);
    assert_eq!(read.first().unwrap().etag, etag);
    assert!(read.iter().all(|stored| stored.partition == at));
    assert_eq!(
        stores.one.events(&at, 0, 10).await.unwrap(),
        [event(&at, 1), event(&at, 2)],
        "events come back field by field"
    );
}

pub async fn of_64_racing_creations_one_wins(stores: &Stores) {
    let at = place("creations");
    let mut tries = JoinSet::new();
    for number in 0..64 {
        let store = Arc::clone(if number % 2 == 0 { &stores.one } else { &stores.other });
        let commit = first(&at, vec![sample("winner", json!(number))]);
        tries.spawn(async move { (number, store.commit(commit).await) });
    }
    let mut winners = Vec::new();
    for (number, result) in tries.join_all().await {
        match result {
            Ok(_) => winners.push(number),
            Err(fault) => assert!(matches!(fault, CommitFault::Raced), "{fault:?}"),
        }
    }
    assert_eq!(winners.len(), 1);
    let winner = winners.pop().unwrap();
    assert_eq!(body(&*stores.one, &at, "winner").await, Some(json!(winner)));
    assert_eq!(numbers(&*stores.one, &at).await, [1]);
}

pub async fn a_stale_tag_loses_and_leaves_nothing(stores: &Stores) {
    let at = place("stale");
    let old = stores.one.commit(change(&at, None, 1)).await.unwrap();
    stores.one.commit(change(&at, Some(old.clone()), 2)).await.unwrap();
    let commit = Commit {
        items: vec![sample("trace", json!(1))],
        record: Some(sample("idem:trace", json!(1))),
        ..change(&at, Some(old), 3)
    };
    assert!(raced(&stores.one.commit(commit).await));
    assert_eq!(head(&*stores.one, &at).await.1, 2);
    assert_eq!(numbers(&*stores.one, &at).await, [1, 2]);
    assert_eq!(stores.one.read(&at, &["trace", "idem:trace"]).await.unwrap(), [None, None]);
}

pub async fn a_head_that_is_there_is_not_created_again(stores: &Stores) {
    let at = place("again");
    stores.one.commit(change(&at, None, 1)).await.unwrap();
    assert!(raced(&stores.one.commit(change(&at, None, 2)).await));
    assert_eq!(head(&*stores.one, &at).await.1, 1);
}

pub async fn a_head_that_is_not_there_is_not_replaced(stores: &Stores) {
    let tag = stores.one.commit(change(&place("elsewhere"), None, 1)).await.unwrap();
    let at = place("nowhere");
    assert!(raced(&stores.one.commit(change(&at, Some(tag), 1)).await));
    assert_eq!(head(&*stores.one, &at).await, (None, 0));
    assert_eq!(numbers(&*stores.one, &at).await, [0; 0]);
}

pub async fn an_event_number_that_is_taken_is_a_race(stores: &Stores) {
    let at = place("number");
    let tag = stores.one.commit(change(&at, None, 1)).await.unwrap();
    let tag = stores.one.commit(change(&at, Some(tag), 2)).await.unwrap();
    let items = vec![sample("trace", json!(1))];
    let commit = Commit { items, ..change(&at, Some(tag.clone()), 2) };
    assert!(raced(&stores.one.commit(commit).await));
    assert_eq!(head(&*stores.one, &at).await, (Some(tag), 2));
    assert_eq!(body(&*stores.one, &at, "trace").await, None);
}

pub async fn a_record_that_is_there_is_a_race(stores: &Stores) {
    let at = place("record");
    let record = Some(sample("idem:1", json!("first")));
    let commit = Commit { record: record.clone(), ..change(&at, None, 1) };
    let tag = stores.one.commit(commit).await.unwrap();
    let commit = Commit {
        items: vec![sample("trace", json!(1))],
        record: Some(sample("idem:1", json!("second"))),
        ..change(&at, Some(tag.clone()), 2)
    };
    assert!(raced(&stores.one.commit(commit).await));
    assert_eq!(head(&*stores.one, &at).await, (Some(tag), 1));
    assert_eq!(numbers(&*stores.one, &at).await, [1]);
    assert_eq!(body(&*stores.one, &at, "idem:1").await, Some(json!("first")));
    assert_eq!(body(&*stores.one, &at, "trace").await, None);
}

pub async fn racing_writers_leave_a_sequence_without_gaps(stores: &Stores) {
    const WRITERS: u64 = 8;
    const COMMITS: u64 = 12;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(if writer % 2 == 0 { &stores.one } else { &stores.other });
        writers.spawn(async move {
            let at = place("gapless");
            let mut won = Vec::new();
            while u64::try_from(won.len()).unwrap() < COMMITS {
                let (tag, sequence) = head(&*store, &at).await;
                let next = sequence.checked_add(1).unwrap();
                match store.commit(change(&at, tag, next)).await {
                    Ok(_) => won.push(next),
                    Err(fault) => assert!(matches!(fault, CommitFault::Raced), "{fault:?}"),
                }
            }
            won
        });
    }
    let won: BTreeSet<u64> = writers.join_all().await.into_iter().flatten().collect();
    let all: Vec<u64> = (1..=WRITERS.checked_mul(COMMITS).unwrap()).collect();
    assert_eq!(won.into_iter().collect::<Vec<_>>(), all, "every number was won once");
    assert_eq!(numbers(&*stores.one, &place("gapless")).await, all);
}

pub async fn every_write_of_an_item_has_a_new_tag(stores: &Stores) {
    let at = place("tags");
    let mut tags = BTreeSet::new();
    let mut expected = None;
    for sequence in 1..=5 {
        let items = vec![sample("same", json!("always the same"))];
        let commit = Commit { items, ..change(&at, expected, sequence) };
        expected = Some(stores.one.commit(commit).await.unwrap());
        let item = stores.one.read(&at, &["same"]).await.unwrap().pop().unwrap().unwrap();
        tags.insert(item.etag.0);
    }
    assert_eq!(tags.len(), 5);
}

pub async fn items_are_created_and_replaced(stores: &Stores) {
    let at = place("replaced");
    let items = vec![sample("kept", json!(1)), sample("changed", json!(1))];
    let tag = stores.one.commit(first(&at, items)).await.unwrap();
    let items = vec![sample("changed", json!(2)), sample("new", json!(2))];
    stores.one.commit(Commit { items, ..change(&at, Some(tag), 2) }).await.unwrap();
    for (id, value) in [("kept", 1), ("changed", 2), ("new", 2)] {
        assert_eq!(body(&*stores.one, &at, id).await, Some(json!(value)), "{id}");
    }
}

pub async fn one_id_in_two_partitions_is_two_items(stores: &Stores) {
    for name in ["left", "right"] {
        let items = vec![sample("same", json!(name))];
        stores.one.commit(first(&place(name), items)).await.unwrap();
    }
    for name in ["left", "right"] {
        assert_eq!(body(&*stores.one, &place(name), "same").await, Some(json!(name)));
    }
}

pub async fn of_racing_claims_one_is_made_and_the_others_see_it(stores: &Stores) {
    let mut tries = JoinSet::new();
    for number in 0..32 {
        let store = Arc::clone(if number % 2 == 0 { &stores.one } else { &stores.other });
        tries.spawn(async move {
            let claim = store.claim(&place("claims"), sample("name", json!(number))).await;
            (number, claim.unwrap())
        });
    }
    let mut made = Vec::new();
    let mut held = BTreeSet::new();
    for (number, claim) in tries.join_all().await {
        match claim {
            Claim::Made => made.push(number),
            Claim::Held(there) => {
                held.insert(there.body.to_string());
            }
        }
    }
    assert_eq!(made.len(), 1);
    assert_eq!(held, BTreeSet::from([made.pop().unwrap().to_string()]));
}

pub async fn a_claim_leaves_the_head_alone(stores: &Stores) {
    let at = place("alone");
    assert_eq!(stores.one.claim(&at, sample("a", json!(1))).await.unwrap(), Claim::Made);
    assert_eq!(head(&*stores.one, &at).await, (None, 0));
    let tag = stores.one.commit(change(&at, None, 1)).await.unwrap();
    assert_eq!(stores.one.claim(&at, sample("b", json!(1))).await.unwrap(), Claim::Made);
    stores.one.commit(change(&at, Some(tag), 2)).await.unwrap();
}

pub async fn two_handles_see_what_the_other_has_acknowledged(stores: &Stores) {
    let at = place("handles");
    let mut tag = None;
    for sequence in 1..=20 {
        let (writer, reader) = match sequence % 2 {
            0 => (&stores.one, &stores.other),
            _ => (&stores.other, &stores.one),
        };
        tag = Some(writer.commit(change(&at, tag, sequence)).await.unwrap());
        assert_eq!(head(&**reader, &at).await, (tag.clone(), sequence));
        assert_eq!(numbers(&**reader, &at).await.last(), Some(&sequence));
    }
}

pub async fn two_handles_race_as_one_does(stores: &Stores) {
    let at = place("two");
    let tag = stores.one.commit(change(&at, None, 1)).await.unwrap();
    stores.other.commit(change(&at, Some(tag.clone()), 2)).await.unwrap();
    assert!(raced(&stores.one.commit(change(&at, Some(tag), 2)).await));
    let claim = stores.one.claim(&at, sample("name", json!("one"))).await.unwrap();
    assert_eq!(claim, Claim::Made);
    let claim = stores.other.claim(&at, sample("name", json!("other"))).await.unwrap();
    assert!(matches!(claim, Claim::Held(there) if there.body == json!("one")));
}

pub async fn items_come_in_the_order_asked(stores: &Stores) {
    let at = place("order");
    let items = vec![sample("a", json!("a")), sample("b", json!("b"))];
    stores.one.commit(first(&at, items)).await.unwrap();
    let read = stores.one.read(&at, &["b", "absent", "a", "b"]).await.unwrap();
    let read: Vec<_> = read.into_iter().map(|found| found.map(|found| found.id)).collect();
    let (a, b) = (Some("a".to_owned()), Some("b".to_owned()));
    assert_eq!(read, [b.clone(), None, a, b]);
    assert_eq!(stores.one.read(&place("absent"), &["a"]).await.unwrap(), [None]);
    assert_eq!(stores.one.read(&at, &[]).await.unwrap(), []);
}

pub async fn bodies_come_back_as_they_were(stores: &Stores) {
    let at = place("bodies");
    let bodies = [
        json!({ "text": "quote \" backslash \\ nul \u{0} line \n heart ♥ clef 𝄞" }),
        json!({ "whole": 9_007_199_254_740_991_i64, "low": -9_007_199_254_740_991_i64 }),
        json!({ "units": "170141183460469231731687303715884105727", "amount": "0.10" }),
        json!({ "": [], "null": null, "flag": false, "deep": { "deep": { "deep": [[[]]] } } }),
        json!([]),
        json!("text alone"),
    ];
    let mut tag = None;
    for (sequence, expected) in (1..).zip(bodies) {
        let items = vec![sample("body", expected.clone())];
        tag =
            Some(stores.one.commit(Commit { items, ..change(&at, tag, sequence) }).await.unwrap());
        assert_eq!(body(&*stores.one, &at, "body").await, Some(expected));
    }
}

pub async fn a_store_that_works_is_ready(stores: &Stores) {
    stores.one.ready().await.unwrap();
    stores.other.ready().await.unwrap();
}
