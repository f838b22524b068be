//! What every adapter of a port must do, as cases that its tests run with one line per port.
//!
//! Each case wants a fresh, empty adapter. `store_behaviour!(expression)` and its like expand to
//! one test per case; the expression makes the adapter and is evaluated anew for each.
#![expect(missing_docs, reason = "the name of a case is its sentence")]
#![expect(clippy::missing_panics_doc, reason = "a case that does not hold panics")]
#![expect(clippy::unwrap_used, reason = "a case that does not hold panics")]

use crate::ports::store::{Commit, Etag, HEAD, Item, ItemKind, Store};
use poa_protocol::{
    event::{Event, NewEvent},
    partition::Partition,
    timestamp::Timestamp,
};
use serde_json::{Value, json};

pub mod bus;
pub mod clock;
pub mod documents;
pub mod ids;
pub mod signer;
pub mod store;
pub mod store_feed;
pub mod store_limits;
pub mod store_lists;

/// One test per case: the adapter that the expression makes is handed to each.
#[macro_export]
macro_rules! behaviour_tests {
    ($make:expr, $port:ident: $($case:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let under_test = $make;
                $crate::behaviour::$port::$case(&under_test).await;
            }
        )+
    };
}

const HEAD_KIND: ItemKind = ItemKind("head");
const SAMPLE_KIND: ItemKind = ItemKind("sample");
const NOON: i64 = 1_795_348_800_000;

fn noon() -> Timestamp {
    Timestamp::from_millis(NOON)
}

fn place(name: &str) -> Partition {
    Partition::system(name)
}

fn sample(id: &str, body: Value) -> Item {
    Item::plain(id, SAMPLE_KIND, body)
}

fn event(partition: &Partition, sequence: u64) -> Event {
    let new = NewEvent {
        event_type: "poa.sample.changed.v1",
        subject: "sample".to_owned(),
        data: json!({ "number": sequence }),
        wake: None,
    };
    Event::number(new, partition, sequence, noon(), None)
}

/// A commit of a head and one event.
fn change(partition: &Partition, expected: Option<Etag>, sequence: u64) -> Commit {
    Commit {
        partition: partition.clone(),
        expected,
        head: Item::plain(HEAD, HEAD_KIND, json!({ "sequence": sequence })),
        items: Vec::new(),
        events: vec![event(partition, sequence)],
        record: None,
    }
}

/// A commit that creates the head and these items.
fn first(partition: &Partition, items: Vec<Item>) -> Commit {
    Commit { items, ..change(partition, None, 1) }
}

/// The tag of the head and the number that it holds; `(None, 0)` where there is none.
async fn head(store: &dyn Store, partition: &Partition) -> (Option<Etag>, u64) {
    match store.read(partition, &[HEAD]).await.unwrap().pop().unwrap() {
        None => (None, 0),
        Some(head) => {
            let sequence = head.body.get("sequence").and_then(Value::as_u64).unwrap();
            (Some(head.etag), sequence)
        }
    }
}

/// The body of one item.
async fn body(store: &dyn Store, partition: &Partition, id: &str) -> Option<Value> {
    store.read(partition, &[id]).await.unwrap().pop().unwrap().map(|found| found.body)
}

/// The numbers of the events of a partition.
async fn numbers(store: &dyn Store, partition: &Partition) -> Vec<u64> {
    let events = store.events(partition, 0, 10_000).await.unwrap();
    events.iter().map(|event| event.sequence.parse().unwrap()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_is_in_the_list_that_adapters_run() {
        let sources = [
            include_str!("behaviour/store.rs"),
            include_str!("behaviour/store_feed.rs"),
            include_str!("behaviour/store_limits.rs"),
            include_str!("behaviour/store_lists.rs"),
            include_str!("behaviour/bus.rs"),
            include_str!("behaviour/documents.rs"),
            include_str!("behaviour/signer.rs"),
            include_str!("behaviour/clock.rs"),
            include_str!("behaviour/ids.rs"),
        ];
        for source in sources {
            let cases = source.lines().filter_map(|line| line.strip_prefix("pub async fn "));
            let cases: Vec<&str> = cases.filter_map(|case| case.split('(').next()).collect();
            assert!(!cases.is_empty());
            for case in cases {
                let listed = source.lines().any(|line| line.trim() == case);
                assert!(listed, "`{case}` is not in the list of its file");
            }
        }
    }
}
