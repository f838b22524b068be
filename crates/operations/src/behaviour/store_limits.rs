//! What every store refuses, at both edges of every limit.

use super::{body, change, event, first, head, numbers, place, sample, store::Stores};
use crate::ports::{
    measure,
    store::{Claim, Commit, CommitFault, HEAD, Item, Store},
};
use poa_protocol::{limits, partition::Partition};
use serde_json::{Value, json};

/// One test per limit of the store. The expression makes [`Stores`].
#[macro_export]
macro_rules! store_limits_behaviour {
    ($make:expr) => {
        $crate::behaviour_tests! { $make, store_limits:
            an_item_of_the_largest_size_is_kept_and_one_byte_more_is_refused
            a_commit_of_the_largest_size_is_kept_and_one_byte_more_is_refused
            a_commit_of_100_operations_is_kept_and_of_101_is_refused
            ids_are_kept_up_to_their_longest_and_refused_beyond
            ids_that_the_store_cannot_hold_are_refused
            names_of_partitions_are_kept_up_to_their_longest
            an_item_twice_in_one_commit_is_refused
            events_that_do_not_belong_together_are_refused
            a_head_by_another_name_is_refused
        }
    };
}

fn too_large<T: std::fmt::Debug>(result: Result<T, CommitFault>) -> String {
    match result {
        Err(CommitFault::TooLarge(what)) => what,
        other => unexpected(&other),
    }
}

#[expect(clippy::panic, reason = "a case that does not hold panics")]
fn unexpected(what: &dyn std::fmt::Debug) -> ! {
    panic!("a limit was expected to refuse, not {what:?}")
}

/// What a text as the only body of an item counts for besides its letters.
fn frame(id: &str) -> usize {
    let empty = sample(id, json!(""));
    measure::item(&empty, empty.body.to_string().len()).unwrap()
}

fn text(length: usize) -> Value {
    Value::String("x".repeat(length))
}

pub async fn an_item_of_the_largest_size_is_kept_and_one_byte_more_is_refused(stores: &Stores) {
    let at = place("item bytes");
    let largest = limits::ITEM_BYTES_MAX.checked_sub(frame("b")).unwrap();
    let more = largest.checked_add(1).unwrap();
    let refused = too_large(stores.one.claim(&at, sample("a", text(more))).await);
    assert!(refused.contains("`a`"), "{refused}");
    assert_eq!(body(&*stores.one, &at, "a").await, None);
    let claim = stores.one.claim(&at, sample("b", text(largest))).await.unwrap();
    assert_eq!(claim, Claim::Made);
    assert_eq!(body(&*stores.one, &at, "b").await, Some(text(largest)));
}

pub async fn a_commit_of_the_largest_size_is_kept_and_one_byte_more_is_refused(stores: &Stores) {
    let at = place("commit bytes");
    let commit = |length: usize| {
        let half = length.checked_div(2).unwrap();
        let rest = length.checked_sub(half).unwrap();
        first(&at, vec![sample("a", text(half)), sample("b", text(rest))])
    };
    let empty = commit(0);
    let head_counts = measure::item(&empty.head, empty.head.body.to_string().len()).unwrap();
    let event_bytes = serde_json::to_string(&event(&at, 1)).unwrap().len();
    let event_counts = measure::event("e:1", event_bytes).unwrap();
    let counted = [head_counts, event_counts, frame("a"), frame("b")];
    let counted = counted.into_iter().reduce(|sum, count| sum.checked_add(count).unwrap());
    let largest = limits::COMMIT_BYTES_MAX.checked_sub(counted.unwrap()).unwrap();
    too_large(stores.one.commit(commit(largest.checked_add(1).unwrap())).await);
    assert_eq!(head(&*stores.one, &at).await, (None, 0));
    assert_eq!(body(&*stores.one, &at, "a").await, None);
    stores.one.commit(commit(largest)).await.unwrap();
    assert!(body(&*stores.one, &at, "b").await.is_some());
}

pub async fn a_commit_of_100_operations_is_kept_and_of_101_is_refused(stores: &Stores) {
    let at = place("operations");
    // Head, event and record are the other three.
    let commit = |items: usize| Commit {
        record: Some(sample("idem:1", json!(0))),
        ..first(&at, (0..items).map(|number| sample(&number.to_string(), json!(0))).collect())
    };
    let most = limits::COMMIT_OPERATIONS_MAX.checked_sub(3).unwrap();
    too_large(stores.one.commit(commit(most.checked_add(1).unwrap())).await);
    assert_eq!(head(&*stores.one, &at).await, (None, 0));
    assert_eq!(numbers(&*stores.one, &at).await, [0; 0]);
    stores.one.commit(commit(most)).await.unwrap();
}

/// Tries an item id in every role that an item can have; says whether it was taken in each.
async fn takes(store: &dyn Store, at: &Partition, id: &str) -> [bool; 3] {
    let claim = store.claim(at, sample(id, json!(0))).await;
    let item = store.commit(first(&place("ids of items"), vec![sample(id, json!(0))])).await;
    let record = Some(sample(id, json!(0)));
    let commit = Commit { record, ..change(&place("ids of records"), None, 1) };
    let record = store.commit(commit).await;
    [
        !matches!(claim, Err(CommitFault::TooLarge(_))),
        !matches!(item, Err(CommitFault::TooLarge(_))),
        !matches!(record, Err(CommitFault::TooLarge(_))),
    ]
}

pub async fn ids_are_kept_up_to_their_longest_and_refused_beyond(stores: &Stores) {
    let at = place("ids");
    let heart = "♥".len();
    let hearts = measure::ID_BYTES_MAX.checked_div(heart).unwrap();
    for id in ["i", &"i".repeat(measure::ID_BYTES_MAX), &"♥".repeat(hearts)] {
        assert_eq!(takes(&*stores.one, &at, id).await, [true; 3], "{id}");
        assert_eq!(body(&*stores.one, &at, id).await, Some(json!(0)));
    }
    let longer = measure::ID_BYTES_MAX.checked_add(1).unwrap();
    for id in ["", &"i".repeat(longer), &"♥".repeat(hearts.checked_add(1).unwrap())] {
        assert_eq!(takes(&*stores.one, &at, id).await, [false; 3], "{id}");
    }
}

pub async fn ids_that_the_store_cannot_hold_are_refused(stores: &Stores) {
    for id in ["a/b", "a\\b", "a?b", "a#b", "a\nb", "a\u{0}b", "a ", "e:000000000001"] {
        assert_eq!(takes(&*stores.one, &place("shapes"), id).await, [false; 3], "{id:?}");
    }
    for id in ["acc:ast_1:pty_2", "v:1.0.0-rc.1+b", "key:ab", "e", "é'\"; DROP"] {
        assert_eq!(takes(&*stores.one, &place("shapes"), id).await, [true; 3], "{id:?}");
    }
}

pub async fn names_of_partitions_are_kept_up_to_their_longest(stores: &Stores) {
    let named = |length: usize| Partition::kept("p".repeat(length));
    let longest = measure::PARTITION_BYTES_MAX;
    for at in [named(1), named(longest)] {
        stores.one.commit(change(&at, None, 1)).await.unwrap();
        stores.one.claim(&at, sample("a", json!(0))).await.unwrap();
        assert_eq!(head(&*stores.one, &at).await.1, 1);
    }
    for at in [named(0), named(longest.checked_add(1).unwrap())] {
        too_large(stores.one.commit(change(&at, None, 1)).await);
        too_large(stores.one.claim(&at, sample("a", json!(0))).await);
    }
}

pub async fn an_item_twice_in_one_commit_is_refused(stores: &Stores) {
    let at = place("twice");
    let twice = vec![sample("a", json!(1)), sample("a", json!(2))];
    let as_record =
        Commit { record: Some(sample("a", json!(2))), ..first(&at, vec![sample("a", json!(1))]) };
    let as_head = first(&at, vec![sample(HEAD, json!(1))]);
    for commit in [first(&at, twice), as_record, as_head] {
        too_large(stores.one.commit(commit).await);
        assert_eq!(head(&*stores.one, &at).await, (None, 0));
    }
}

pub async fn events_that_do_not_belong_together_are_refused(stores: &Stores) {
    let at = place("together");
    let foreign = vec![event(&place("elsewhere"), 1)];
    let gap = vec![event(&at, 1), event(&at, 3)];
    let backwards = vec![event(&at, 2), event(&at, 1)];
    let zero = vec![event(&at, 0)];
    for events in [foreign, gap, backwards, zero] {
        too_large(stores.one.commit(Commit { events, ..change(&at, None, 1) }).await);
        assert_eq!(numbers(&*stores.one, &at).await, [0; 0]);
    }
}

pub async fn a_head_by_another_name_is_refused(stores: &Stores) {
    let at = place("named");
    let head: Item = sample("body", json!(1));
    too_large(stores.one.commit(Commit { head, ..change(&at, None, 1) }).await);
    assert_eq!(body(&*stores.one, &at, "body").await, None);
}
