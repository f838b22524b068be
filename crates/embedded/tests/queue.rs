//! The queues: visibility, receipts, counts, poison.

use poa_embedded::{
    bus::BusFile,
    queue::{QUEUED_BYTES_MAX, Queued, RECEIVED_MAX, SqliteQueue},
    testing,
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::task::JoinSet;

const QUEUE: &str = "bank-batches";
const POISON: &str = "bank-batches-poison";
const HIDDEN: Duration = Duration::from_mins(10);
const HIDDEN_MILLIS: i64 = 600_000;

fn bodies(messages: &[Queued]) -> Vec<&str> {
    messages.iter().map(|message| message.body.as_str()).collect()
}

#[tokio::test]
async fn what_is_sent_is_received_in_order_and_gone_once_deleted() {
    let test = testing::desk();
    let sent = test.queue.send(QUEUE, "one").await.unwrap();
    test.queue.send(QUEUE, "two").await.unwrap();
    test.queue.send("another-queue", "three").await.unwrap();
    let received = test.queue.receive(QUEUE, 10, HIDDEN).await.unwrap();
    assert_eq!(bodies(&received), ["one", "two"]);
    let first = received.first().unwrap();
    assert_eq!((first.id.clone(), first.dequeue_count, first.reason.clone()), (sent, 1, None));
    assert_eq!(first.inserted_at, test.desk.clock.now());
    assert_eq!(first.visible_at, test.desk.clock.now().plus_secs(600));
    assert!(test.queue.delete(QUEUE, &first.id, &first.pop_receipt).await.unwrap());
    test.clock.advance_days(1);
    let again = test.queue.receive(QUEUE, 10, HIDDEN).await.unwrap();
    assert_eq!(bodies(&again), ["two"]);
}

#[tokio::test]
async fn a_message_is_hidden_until_its_time_and_counts_its_receipts() {
    let test = testing::desk();
    test.queue.send(QUEUE, "one").await.unwrap();
    for count in 1..=3 {
        let received = test.queue.receive(QUEUE, 10, HIDDEN).await.unwrap();
        assert_eq!(received.first().unwrap().dequeue_count, count);
        test.clock.advance_millis(HIDDEN_MILLIS - 1);
        assert!(test.queue.receive(QUEUE, 10, HIDDEN).await.unwrap().is_empty());
        test.clock.advance_millis(1);
    }
}

#[tokio::test]
async fn a_lease_is_prolonged_with_a_new_receipt() {
    let test = testing::desk();
    test.queue.send(QUEUE, "one").await.unwrap();
    let message = test.queue.receive(QUEUE, 1, HIDDEN).await.unwrap().pop().unwrap();
    test.clock.advance_millis(HIDDEN_MILLIS / 2);
    let old = (message.id.as_str(), message.pop_receipt.as_str());
    let new = test.queue.update_visibility(QUEUE, old, HIDDEN).await.unwrap().unwrap();
    test.clock.advance_millis(HIDDEN_MILLIS - 1);
    assert!(test.queue.receive(QUEUE, 1, HIDDEN).await.unwrap().is_empty());
    assert_eq!(test.queue.update_visibility(QUEUE, old, HIDDEN).await.unwrap(), None);
    assert!(!test.queue.delete(QUEUE, &message.id, &message.pop_receipt).await.unwrap());
    assert!(test.queue.delete(QUEUE, &message.id, &new).await.unwrap());
}

#[tokio::test]
async fn a_failed_message_is_released_at_once() {
    let test = testing::desk();
    test.queue.send(QUEUE, "one").await.unwrap();
    let message = test.queue.receive(QUEUE, 1, HIDDEN).await.unwrap().pop().unwrap();
    let held = (message.id.as_str(), message.pop_receipt.as_str());
    test.queue.update_visibility(QUEUE, held, Duration::ZERO).await.unwrap().unwrap();
    let again = test.queue.receive(QUEUE, 1, HIDDEN).await.unwrap().pop().unwrap();
    assert_eq!(again.dequeue_count, 2);
}

#[tokio::test]
async fn an_old_receipt_moves_and_deletes_nothing() {
    let test = testing::desk();
    test.queue.send(QUEUE, "one").await.unwrap();
    let old = test.queue.receive(QUEUE, 1, HIDDEN).await.unwrap().pop().unwrap();
    test.clock.advance_millis(HIDDEN_MILLIS);
    test.queue.receive(QUEUE, 1, HIDDEN).await.unwrap().pop().unwrap();
    let held = (old.id.as_str(), old.pop_receipt.as_str());
    assert!(!test.queue.delete(QUEUE, &old.id, &old.pop_receipt).await.unwrap());
    assert!(!test.queue.move_to_poison(QUEUE, held, "late").await.unwrap());
    assert_eq!(test.queue.peek(QUEUE, 10).await.unwrap().len(), 1);
    assert!(test.queue.peek(POISON, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_poison_message_is_a_message_of_its_own_queue_and_keeps_its_reason() {
    let test = testing::desk();
    test.queue.send(QUEUE, "bad").await.unwrap();
    let message = test.queue.receive(QUEUE, 1, HIDDEN).await.unwrap().pop().unwrap();
    let held = (message.id.as_str(), message.pop_receipt.as_str());
    assert!(test.queue.move_to_poison(QUEUE, held, "row 7 does not read").await.unwrap());
    assert!(test.queue.peek(QUEUE, 10).await.unwrap().is_empty());
    let seen = test.queue.peek(POISON, 10).await.unwrap().pop().unwrap();
    assert_eq!(seen.dequeue_count, 0);
    let poison = test.queue.receive(POISON, 1, HIDDEN).await.unwrap().pop().unwrap();
    assert_eq!((poison.id, poison.body.as_str(), poison.dequeue_count), (message.id, "bad", 1));
    assert_eq!(poison.reason.as_deref(), Some("row 7 does not read"));
}

#[tokio::test]
async fn limits_hold_at_both_edges() {
    let test = testing::desk();
    let most = "x".repeat(QUEUED_BYTES_MAX);
    test.queue.send(QUEUE, &most).await.unwrap();
    let fault = test.queue.send(QUEUE, &format!("{most}x")).await.unwrap_err();
    assert!(fault.0.contains(QUEUE), "{fault}");
    for _ in 0..RECEIVED_MAX {
        test.queue.send(QUEUE, "x").await.unwrap();
    }
    let received = test.queue.receive(QUEUE, usize::MAX, HIDDEN).await.unwrap();
    assert_eq!(received.len(), RECEIVED_MAX);
    assert_eq!(test.queue.receive(QUEUE, 10, HIDDEN).await.unwrap().len(), 1);
}

#[tokio::test]
async fn names_of_queues_hold_to_the_rules_of_azure() {
    let test = testing::desk();
    let longest = "q".repeat(63);
    for name in ["abc", "a-1", &longest] {
        test.queue.send(name, "x").await.unwrap();
    }
    for name in ["", "ab", "Abc", "a_b", "-ab", "ab-", "a--b", "äbc", &format!("{longest}q")] {
        let fault = test.queue.send(name, "x").await.unwrap_err();
        assert!(fault.0.contains("no name of a queue"), "{name}: {fault}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_receivers_of_two_processes_get_every_message_once() {
    const MESSAGES: usize = 80;
    let test = testing::desk();
    for number in 0..MESSAGES {
        test.queue.send(QUEUE, &number.to_string()).await.unwrap();
    }
    let path = test.folder.path().join("bus.db");
    let file = BusFile::open(&path, Arc::clone(&test.embedded.clock)).unwrap();
    let other = Arc::new(SqliteQueue::new(Arc::new(file)));
    let mut receivers = JoinSet::new();
    for number in 0..6 {
        let queue = Arc::clone(if number % 2 == 0 { &test.queue } else { &other });
        receivers.spawn(async move {
            let mut got = Vec::new();
            loop {
                let some = queue.receive(QUEUE, 3, HIDDEN).await.unwrap();
                if some.is_empty() {
                    return got;
                }
                for message in some {
                    assert!(queue.delete(QUEUE, &message.id, &message.pop_receipt).await.unwrap());
                    got.push(message.body);
                }
            }
        });
    }
    let got = receivers.join_all().await.concat();
    assert_eq!(got.len(), MESSAGES);
    assert_eq!(got.iter().collect::<BTreeSet<_>>().len(), MESSAGES);
}
