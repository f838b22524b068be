//! The relay over Cosmos DB, with a bus that is away for a while.

use async_trait::async_trait;
use poa_embedded::testing::{TestDesk, desk};
use poa_operations::{
    desk::Desk,
    ports::{
        bus::{Bus, BusFault, Message},
        store::{Commit, Etag, HEAD, Item, ItemKind},
    },
    relay_events::relay_events,
};
use poa_protocol::{
    event::{Event, NewEvent, Wake, Wing},
    ids::TokenizationId,
    partition::{Partition, product_home},
    timestamp::Timestamp,
};
use poa_test_cloud::emulator::{Emulator, Flaw, Sort};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

/// A bus that remembers what it took, drops nothing, and may be out of reach or break off after a
/// few messages.
#[derive(Debug, Default)]
struct Remembering {
    taken: Mutex<Vec<Message>>,
    away: AtomicBool,
    answers_lost: AtomicU32,
}

#[async_trait]
impl Bus for Remembering {
    async fn publish(&self, messages: &[Message]) -> Result<(), BusFault> {
        if self.away.load(Ordering::SeqCst) {
            return Err(BusFault("away".into()));
        }
        self.taken.lock().unwrap().extend(messages.to_vec());
        let lost = |left: u32| left.checked_sub(1);
        match self.answers_lost.fetch_update(Ordering::SeqCst, Ordering::SeqCst, lost) {
            Ok(_) => Err(BusFault("the answer is lost".into())),
            Err(_) => Ok(()),
        }
    }

    async fn ready(&self) -> Result<(), BusFault> {
        Ok(())
    }
}

impl Remembering {
    /// The message ids per session, in the order in which they were first taken.
    fn heard(&self) -> BTreeMap<String, Vec<String>> {
        let mut heard: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for message in self.taken.lock().unwrap().iter() {
            let session = heard.entry(message.session_id.clone()).or_default();
            if !session.contains(&message.message_id) {
                session.push(message.message_id.clone());
            }
        }
        heard
    }
}

struct Stage {
    emulator: Emulator,
    test: TestDesk,
    bus: Arc<Remembering>,
}

impl Stage {
    async fn open() -> Self {
        let emulator = Emulator::start().await;
        Self { emulator, test: desk(), bus: Arc::default() }
    }

    /// A desk of another process: its own client of the same account.
    fn desk(&self) -> Desk {
        let bus = Arc::<Remembering>::clone(&self.bus);
        Desk { store: Arc::new(self.emulator.store()), bus, ..self.test.desk.clone() }
    }

    /// Every session has heard the numbers of its stream in order.
    fn whole(&self, streams: usize, count: u64) {
        let heard = self.bus.heard();
        assert_eq!(heard.len(), streams);
        for (session, ids) in heard {
            let all: Vec<String> =
                (1..=count).map(|number| format!("{session}/{number}")).collect();
            assert_eq!(ids, all);
        }
    }
}

/// Commits a waking event to each of so many streams.
async fn wake(desk: &Desk, tags: &mut [Option<Etag>], number: u64) {
    for (stream, tag) in tags.iter_mut().enumerate() {
        let at = Partition::system(&stream.to_string());
        let tokenization = TokenizationId::new(desk.ids.ulid(), &product_home("p"));
        let new = NewEvent {
            event_type: "poa.sample.changed.v1",
            subject: "sample".to_owned(),
            data: json!({}),
            wake: Some(Wake { wing: Wing::Bank, tokenization }),
        };
        let commit = Commit {
            events: vec![Event::number(new, &at, number, Timestamp::from_millis(0), None)],
            partition: at,
            expected: tag.take(),
            head: Item::plain(HEAD, ItemKind("head"), json!(number)),
            items: Vec::new(),
            record: None,
        };
        *tag = Some(desk.store.commit(commit).await.unwrap());
    }
}

#[tokio::test]
async fn a_bus_that_is_away_delays_and_loses_nothing() {
    let stage = Stage::open().await;
    let desk = stage.desk();
    let mut tags = vec![None; 5];
    for number in 1..=6 {
        let away = number % 2 == 1;
        stage.bus.away.store(away, Ordering::SeqCst);
        wake(&desk, &mut tags, number).await;
        assert_eq!(relay_events(&desk).await.is_err(), away);
        assert_eq!(relay_events(&desk).await.is_err(), away, "the next one need not wait");
    }
    stage.whole(5, 6);
    assert_eq!(stage.bus.taken.lock().unwrap().len(), 30, "once each");
    assert_eq!(relay_events(&desk).await.unwrap(), 0, "and nothing is left");
}

#[tokio::test]
async fn what_the_bus_did_not_acknowledge_is_sent_again() {
    let stage = Stage::open().await;
    let desk = stage.desk();
    let mut tags = vec![None; 3];
    wake(&desk, &mut tags, 1).await;
    stage.bus.answers_lost.store(1, Ordering::SeqCst);
    assert!(relay_events(&desk).await.is_err());
    assert_eq!(stage.bus.taken.lock().unwrap().len(), 3, "taken, and not acknowledged");
    assert_eq!(relay_events(&desk).await.unwrap(), 3, "so they come again");
    wake(&desk, &mut tags, 2).await;
    assert_eq!(relay_events(&stage.desk()).await.unwrap(), 3, "only the new ones");
    stage.whole(3, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_relays_keep_the_order_of_every_stream() {
    let stage = Stage::open().await;
    let writer = stage.desk();
    let mut tags = vec![None; 4];
    for number in 1..=6 {
        wake(&writer, &mut tags, number).await;
        let (one, two) = (stage.desk(), stage.desk());
        let (one, two) = tokio::join!(relay_events(&one), relay_events(&two));
        // One of them may find that the other has the lease, or lose the race for it.
        let sent = one.unwrap() + two.unwrap();
        assert!(sent >= 4 || relay_events(&stage.desk()).await.is_ok());
    }
    relay_events(&stage.desk()).await.unwrap();
    stage.whole(4, 6);
}

#[tokio::test]
async fn who_has_nothing_to_do_asks_each_range_once_however_often() {
    let stage = Stage::open().await;
    let desk = stage.desk();
    let mut tags = vec![None; 3];
    wake(&desk, &mut tags, 1).await;
    assert_eq!(relay_events(&desk).await.unwrap(), 3);
    stage.emulator.seen();
    for _ in 0..3 {
        assert_eq!(relay_events(&stage.desk()).await.unwrap(), 0);
        let seen = stage.emulator.seen();
        assert_eq!(seen, [Sort::Read, Sort::Feed, Sort::Feed, Sort::Feed, Sort::Feed]);
    }
    wake(&desk, &mut tags, 2).await;
    assert_eq!(relay_events(&desk).await.unwrap(), 3, "what comes then is not passed over");
    stage.whole(3, 2);
}

#[tokio::test]
async fn lost_answers_about_the_lease_and_the_cursor_cost_nobody_a_message() {
    let stage = Stage::open().await;
    let desk = stage.desk();
    let mut tags = vec![None; 3];
    for number in 1..=3 {
        wake(&desk, &mut tags, number).await;
        // The lease is taken, the cursor moves, the lease is given back: each is sent again.
        stage.emulator.every_other(Sort::Batch, 3, Flaw::AnswerLost);
        stage.emulator.seen();
        assert_eq!(relay_events(&desk).await.unwrap(), 3);
        let batches = stage.emulator.seen().iter().filter(|sort| **sort == Sort::Batch).count();
        assert_eq!(batches, 6);
    }
    stage.whole(3, 3);
    assert_eq!(stage.bus.taken.lock().unwrap().len(), 9, "once each");
}
