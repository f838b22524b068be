//! The outbox drains over Service Bus: while it is away nothing is lost, afterwards each stream
//! arrives in order and each event has one effect.

use crate::bus;
use poa_azure::client::Patience;
use poa_embedded::testing::{self, TestDesk};
use poa_operations::{
    commit::HEAD_KIND,
    desk::Desk,
    ports::{
        bus::Message,
        store::{Commit, Etag, HEAD, Item},
    },
    relay_events::relay_events,
};
use poa_protocol::{
    event::{Event, NewEvent, Wake, Wing},
    ids::{Home, TokenizationId},
    partition::Partition,
};
use poa_test_cloud::{
    broker::{Broker, Fault},
    seam::Answer,
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

const STREAMS: usize = 5;
const EVENTS: u64 = 30;

/// A commit with one event that wakes a tokenization.
async fn happen(desk: &Desk, stream: usize, sequence: u64, expected: Option<Etag>) -> Etag {
    let partition = Partition::system(&format!("stream-{stream}"));
    let tokenization = TokenizationId::new(desk.ids.ulid(), &Home::of(&["stream"]));
    let wing = if stream.is_multiple_of(2) { Wing::Bank } else { Wing::NonBank };
    let new = NewEvent {
        event_type: "poa.sample.changed.v1",
        subject: tokenization.as_str().to_owned(),
        data: json!({}),
        wake: Some(Wake { wing, tokenization }),
    };
    let event = Event::number(new, &partition, sequence, desk.clock.now(), None);
    let commit = Commit {
        partition,
        expected,
        head: Item::plain(HEAD, HEAD_KIND, json!({ "sequence": sequence })),
        items: Vec::new(),
        events: vec![event],
        record: None,
    };
    desk.store.commit(commit).await.unwrap()
}

/// Events of all streams, one after the other.
async fn history(desk: &Desk) {
    let mut heads: Vec<Option<Etag>> = vec![None; STREAMS];
    for sequence in 1..=EVENTS {
        for (stream, head) in heads.iter_mut().enumerate() {
            *head = Some(happen(desk, stream, sequence, head.take()).await);
        }
    }
}

fn desk_over_the_broker() -> (TestDesk, Desk, Arc<Broker>) {
    let (broker, seam) = Broker::new();
    let client = seam.client();
    let bus = bus(&client.with_patience(Patience { retries: 0, ..client.patience() }));
    let test = testing::desk();
    let desk = Desk { bus: Arc::new(bus), ..test.desk.clone() };
    (test, desk, broker)
}

/// The numbers of the events that arrived, by stream.
fn arrived(broker: &Broker) -> BTreeMap<String, Vec<u64>> {
    let mut streams: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for Message { message_id, session_id, .. } in
        [broker.take("bank"), broker.take("non-bank")].concat()
    {
        let (stream, number) = message_id.rsplit_once('/').unwrap();
        assert_eq!(stream, session_id);
        streams.entry(session_id).or_default().push(number.parse().unwrap());
    }
    streams
}

fn all_in_order(broker: &Broker) {
    let streams = arrived(broker);
    assert_eq!(streams.len(), STREAMS);
    for numbers in streams.values() {
        assert!(numbers.iter().copied().eq(1..=EVENTS), "{numbers:?}");
    }
    assert_eq!(broker.take("unrouted"), []);
}

#[tokio::test]
async fn a_bus_that_was_away_for_minutes_gets_everything_in_order_and_once() {
    let (test, desk, broker) = desk_over_the_broker();
    history(&desk).await;
    broker.fail(|_| Some(Fault::Instead(Answer::Broken)));
    for _ in 0..10 {
        relay_events(&desk).await.unwrap_err();
        test.clock.advance_secs(60);
    }
    assert_eq!(arrived(&broker), BTreeMap::new());
    broker.heal();
    assert_eq!(relay_events(&desk).await.unwrap(), 150);
    assert_eq!(relay_events(&desk).await.unwrap(), 0);
    all_in_order(&broker);
}

#[tokio::test]
async fn a_bus_that_fails_now_and_then_with_and_without_storing_has_everything_once_at_the_end() {
    let (test, desk, broker) = desk_over_the_broker();
    history(&desk).await;
    broker.fail(|number| match number % 8 {
        0 => Some(Fault::LostAnswer),
        2 | 3 => Some(Fault::Instead(Answer::of(503, &""))),
        5 => Some(Fault::Instead(Answer::Broken)),
        _ => None,
    });
    let mut failed = 0;
    while relay_events(&desk).await.is_err() {
        failed += 1;
        assert!(failed < 200, "it gets through in the end");
        test.clock.advance_secs(10);
        if failed == 20 {
            broker.heal();
        }
    }
    assert!(failed > 0);
    assert!(broker.suppressed() > 0, "some were sent again");
    all_in_order(&broker);
}
