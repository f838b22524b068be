//! The receiving side of the bus: locks, counts, order, dead letters.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use poa_embedded::{
    bus::{BusFile, DELIVERIES_MAX, Received, Settled, SqliteBus},
    clock::SystemClock,
    testing::{self, TestDesk},
};
use poa_operations::ports::bus::{Bus, Message};
use poa_protocol::event::Wing;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::task::JoinSet;

const LOCK: Duration = Duration::from_secs(30);
const LOCK_MILLIS: i64 = 30_000;

fn message(id: &str, session: &str) -> Message {
    Message {
        message_id: id.to_owned(),
        session_id: session.to_owned(),
        wing: Wing::Bank,
        body: format!("\"{id}\""),
    }
}

/// A bus that holds these messages, `id@session`.
async fn holding(messages: &[&str]) -> TestDesk {
    let test = testing::desk();
    let messages: Vec<Message> = messages
        .iter()
        .map(|message| message.split_once('@').unwrap())
        .map(|(id, session)| self::message(id, session))
        .collect();
    test.bus.publish(&messages).await.unwrap();
    test
}

async fn receive(test: &TestDesk) -> Vec<Received> {
    test.bus.receive("bank", 10, LOCK).await.unwrap()
}

/// The ids and counts of what is received now.
async fn received(test: &TestDesk) -> Vec<(String, u32)> {
    let received = receive(test).await;
    received.into_iter().map(|message| (message.message_id, message.delivery_count)).collect()
}

fn pair(id: &str, count: u32) -> (String, u32) {
    (id.to_owned(), count)
}

#[tokio::test]
async fn a_message_carries_what_the_host_hands_on() {
    let test = holding(&["a@s"]).await;
    let at = test.clock.advance_secs(5);
    let message = receive(&test).await.pop().unwrap();
    assert_eq!(message.message_id, "a");
    assert_eq!(message.session_id, "s");
    assert_eq!(message.body, "\"a\"");
    assert_eq!(message.delivery_count, 1);
    assert_eq!(message.enqueued_at.plus_secs(5), at);
    assert_eq!(message.locked_until, at.plus_secs(30));
    assert_eq!(message.properties, BTreeMap::from([("wing".to_owned(), "bank".to_owned())]));
}

#[tokio::test]
async fn a_locked_message_comes_back_when_its_lock_is_over() {
    let test = holding(&["a@s"]).await;
    assert_eq!(received(&test).await, [pair("a", 1)]);
    test.clock.advance_millis(LOCK_MILLIS - 1);
    assert_eq!(received(&test).await, []);
    test.clock.advance_millis(1);
    assert_eq!(received(&test).await, [pair("a", 2)]);
}

#[tokio::test]
async fn a_receiver_that_dies_gives_its_message_back_after_the_lock() {
    let test = holding(&["a@s"]).await;
    let path = test.folder.path().join("bus.db");
    let clock = Arc::clone(&test.embedded.clock);
    let receiver = SqliteBus::new(Arc::new(BusFile::open(&path, clock).unwrap()));
    let taken = receiver.receive("bank", 1, LOCK).await.unwrap();
    drop(receiver);
    assert_eq!(received(&test).await, []);
    test.clock.advance_millis(LOCK_MILLIS);
    assert_eq!(received(&test).await, [pair("a", 2)]);
    let lost = test.bus.complete(&taken.first().unwrap().lock_token).await.unwrap();
    assert_eq!(lost, Settled::LockLost, "the second receiver has it");
}

#[tokio::test]
async fn a_renewed_lock_holds_from_now() {
    let test = holding(&["a@s"]).await;
    let token = receive(&test).await.pop().unwrap().lock_token;
    test.clock.advance_millis(LOCK_MILLIS - 1);
    assert_eq!(test.bus.renew(&token, LOCK).await.unwrap(), Settled::Done);
    test.clock.advance_millis(LOCK_MILLIS - 1);
    assert_eq!(received(&test).await, []);
    assert_eq!(test.bus.complete(&token).await.unwrap(), Settled::Done);
    test.clock.advance_days(1);
    assert_eq!(received(&test).await, []);
}

#[tokio::test]
async fn what_is_said_after_the_lock_is_over_changes_nothing() {
    let test = holding(&["a@s"]).await;
    let token = receive(&test).await.pop().unwrap().lock_token;
    test.clock.advance_millis(LOCK_MILLIS);
    assert_eq!(test.bus.renew(&token, LOCK).await.unwrap(), Settled::LockLost);
    assert_eq!(test.bus.complete(&token).await.unwrap(), Settled::LockLost);
    assert_eq!(test.bus.abandon(&token, "late").await.unwrap(), Settled::LockLost);
    assert_eq!(test.bus.complete("nonsense").await.unwrap(), Settled::LockLost);
    assert_eq!(received(&test).await, [pair("a", 2)]);
}

#[tokio::test]
async fn an_abandoned_message_comes_back_at_once_and_before_the_rest_of_its_session() {
    let test = holding(&["a@s", "b@s", "c@other"]).await;
    let first = receive(&test).await;
    let ids: Vec<&str> = first.iter().map(|message| message.message_id.as_str()).collect();
    assert_eq!(ids, ["a", "c"], "one message of a session is out at a time");
    test.bus.abandon(&first.first().unwrap().lock_token, "failed").await.unwrap();
    let again = receive(&test).await.pop().unwrap();
    assert_eq!((again.message_id.as_str(), again.delivery_count), ("a", 2));
    test.bus.complete(&again.lock_token).await.unwrap();
    assert_eq!(received(&test).await, [pair("b", 1)]);
}

#[tokio::test]
async fn a_message_that_always_fails_becomes_a_dead_letter_with_its_reason() {
    let test = holding(&["a@s", "b@s"]).await;
    for count in 1..=DELIVERIES_MAX {
        assert!(test.bus.dead_letters("bank", 0, 10).await.unwrap().is_empty());
        let message = receive(&test).await.pop().unwrap();
        assert_eq!((message.message_id.as_str(), message.delivery_count), ("a", count));
        let reason = format!("failed {count} times");
        test.bus.abandon(&message.lock_token, &reason).await.unwrap();
    }
    let dead = test.bus.dead_letters("bank", 0, 10).await.unwrap().pop().unwrap();
    assert_eq!((dead.message_id.as_str(), dead.delivery_count), ("a", DELIVERIES_MAX));
    assert_eq!((dead.reason.as_str(), dead.body.as_str()), ("failed 10 times", "\"a\""));
    assert_eq!(received(&test).await, [pair("b", 1)], "its session goes on");
    let above = test.bus.dead_letters("bank", dead.sequence_number, 10).await.unwrap();
    assert!(above.is_empty());
}

#[tokio::test]
async fn a_message_whose_lock_always_runs_out_becomes_a_dead_letter_too() {
    let test = holding(&["a@s"]).await;
    for count in 1..=DELIVERIES_MAX {
        assert_eq!(received(&test).await, [pair("a", count)]);
        test.clock.advance_millis(LOCK_MILLIS);
    }
    assert_eq!(received(&test).await, []);
    let dead = test.bus.dead_letters("bank", 0, 10).await.unwrap().pop().unwrap();
    assert_eq!(dead.reason, "its lock ran out every time it was delivered");
    assert_eq!(dead.dead_at, test.desk.clock.now());
}

#[tokio::test]
async fn a_dead_letter_that_is_sent_again_begins_anew() {
    let test = holding(&["a@s"]).await;
    for _ in 1..=DELIVERIES_MAX {
        let token = receive(&test).await.pop().unwrap().lock_token;
        test.bus.abandon(&token, "failed").await.unwrap();
    }
    let number = test.bus.dead_letters("bank", 0, 1).await.unwrap().pop().unwrap().sequence_number;
    assert!(!test.bus.resubmit("non-bank", number).await.unwrap(), "of another subscription");
    assert!(test.bus.resubmit("bank", number).await.unwrap());
    assert!(!test.bus.resubmit("bank", number).await.unwrap(), "only once");
    assert!(test.bus.dead_letters("bank", 0, 10).await.unwrap().is_empty());
    assert_eq!(received(&test).await, [pair("a", 1)]);
}

#[tokio::test]
async fn a_duplicate_is_known_for_a_day() {
    let test = holding(&["a@s"]).await;
    let again = [message("a", "s")];
    let token = receive(&test).await.pop().unwrap().lock_token;
    test.bus.complete(&token).await.unwrap();
    test.clock.advance_days(1);
    test.bus.publish(&again).await.unwrap();
    assert_eq!(received(&test).await, []);
    test.clock.advance_millis(1);
    test.bus.publish(&again).await.unwrap();
    assert_eq!(received(&test).await, [pair("a", 1)]);
}

#[tokio::test]
async fn a_subscription_that_is_not_there_is_named() {
    let test = testing::desk();
    let fault = test.bus.receive("insurance", 1, LOCK).await.unwrap_err();
    assert!(fault.0.contains("`insurance`"), "{fault}");
}

#[tokio::test]
async fn no_more_messages_are_given_than_asked_for() {
    let test = holding(&["a@1", "b@2", "c@3"]).await;
    assert_eq!(test.bus.receive("bank", 0, LOCK).await.unwrap().len(), 0);
    assert_eq!(test.bus.receive("bank", 2, LOCK).await.unwrap().len(), 2);
    assert_eq!(test.bus.receive("bank", 2, LOCK).await.unwrap().len(), 1);
}

fn another_process(path: &Path) -> SqliteBus {
    SqliteBus::new(Arc::new(BusFile::open(path, Arc::new(SystemClock)).unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_receivers_of_several_processes_get_every_message_once() {
    const MESSAGES: usize = 60;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bus.db");
    let sender = another_process(&path);
    let received = Arc::new(Mutex::new(Vec::new()));
    let mut receivers = JoinSet::new();
    for _ in 0..4 {
        let (bus, received) = (another_process(&path), Arc::clone(&received));
        receivers.spawn(async move {
            while received.lock().unwrap().len() < MESSAGES {
                for message in bus.receive("bank", 3, LOCK).await.unwrap() {
                    assert_eq!(bus.complete(&message.lock_token).await.unwrap(), Settled::Done);
                    received.lock().unwrap().push(message.message_id);
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
    }
    for number in 0..MESSAGES {
        let session = format!("session {}", number % 7);
        sender.publish(&[message(&number.to_string(), &session)]).await.unwrap();
    }
    while let Some(done) = receivers.join_next().await {
        done.unwrap();
    }
    let received = std::mem::take(&mut *received.lock().unwrap());
    assert_eq!(received.len(), MESSAGES);
    assert_eq!(received.iter().collect::<BTreeSet<_>>().len(), MESSAGES);
    assert_eq!(sender.receive("bank", 10, LOCK).await.unwrap(), []);
}
