//! What a storage queue is as a bus: limits, duplicates, receiving, poison.

use crate::behaviour::{HTTP_TURN, empty_bus, or_absent};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use poa_azure::storage_queue::StorageQueueBus;
use poa_operations::{
    cost::{Cost, Meter},
    ports::bus::{Bus, Message, queue_of},
};
use poa_protocol::{event::Wing, limits};
use poa_test_cloud::azurite::{self, fresh};
use std::time::Duration;

const HIDDEN: Duration = Duration::from_mins(1);

fn message(id: &str, body: String) -> Message {
    Message { message_id: id.to_owned(), session_id: "s".to_owned(), wing: Wing::Bank, body }
}

#[tokio::test]
async fn the_longest_body_is_sent_and_one_byte_more_is_not() {
    let azurite = or_absent!(azurite::http());
    let (bus, _turn) = empty_bus(azurite, &HTTP_TURN).await;
    let longest = "é".repeat(limits::QUEUE_MESSAGE_BYTES_MAX / 2);
    let longer = message("longer", format!("{longest}x"));
    let sent = bus.publish(&[message("short", "{}".to_owned()), longer]).await;
    assert!(sent.unwrap_err().0.contains("message `longer` has 49153 bytes"));
    let queues = azurite.queues();
    let name = queue_of(Wing::Bank);
    assert!(queues.receive(&name, 1, HIDDEN).await.unwrap().is_empty(), "nor the one before it");
    bus.publish(&[message("longest", longest.clone())]).await.unwrap();
    let received = queues.receive(&name, 1, HIDDEN).await.unwrap().pop().unwrap();
    assert_eq!(received.text.len(), 64 * 1024, "what Azure allows");
    assert_eq!(STANDARD.decode(&received.text).unwrap(), longest.as_bytes());
    queues.delete(&name, &received.id, &received.pop_receipt).await.unwrap();
}

#[tokio::test]
async fn what_is_published_again_comes_again() {
    let azurite = or_absent!(azurite::http());
    let (bus, _turn) = empty_bus(azurite, &HTTP_TURN).await;
    let (meter, twice) = (Meter::default(), message("m", r#"{"id":"é"}"#.to_owned()));
    meter.around(bus.publish(&[twice.clone(), twice.clone()])).await.unwrap();
    assert_eq!(meter.cost(), Cost { bus_operations: 2, ..Cost::default() });
    let received = azurite.queues().receive(&queue_of(Wing::Bank), 32, HIDDEN).await.unwrap();
    let bodies: Vec<_> = received.iter().map(|one| STANDARD.decode(&one.text).unwrap()).collect();
    assert_eq!(bodies, [twice.body.as_bytes(), twice.body.as_bytes()]);
}

#[tokio::test]
async fn a_message_that_is_received_is_hidden_until_it_is_deleted() {
    let azurite = or_absent!(azurite::http());
    let (queues, queue) = (azurite.queues(), fresh("hidden"));
    assert!(queues.receive(&queue, 1, HIDDEN).await.unwrap().is_empty(), "nor is the queue there");
    queues.send_text(&queue, "<text> & \"more\"").await.unwrap();
    let first = queues.receive(&queue, 99, HIDDEN).await.unwrap().pop().unwrap();
    assert_eq!((first.text.as_str(), first.dequeue_count), ("<text> & \"more\"", 1));
    assert!(first.inserted_at.ends_with('Z') && first.next_visible_at > first.inserted_at);
    assert!(first.expires_at.as_str() > "9999", "it is for ever: {}", first.expires_at);
    assert!(queues.receive(&queue, 1, HIDDEN).await.unwrap().is_empty());
    let receipt = (first.id.as_str(), first.pop_receipt.as_str());
    let renewed = queues.update_visibility(&queue, receipt, Duration::ZERO).await.unwrap();
    let again = queues.receive(&queue, 1, HIDDEN).await.unwrap().pop().unwrap();
    assert_eq!((again.id.as_str(), again.dequeue_count), (first.id.as_str(), 2));
    for old in [&first.pop_receipt, &renewed] {
        assert!(queues.delete(&queue, &first.id, old).await.is_err(), "it has another owner");
        let update = queues.update_visibility(&queue, (&first.id, old), HIDDEN).await;
        assert!(update.is_err(), "it has another owner");
    }
    queues.delete(&queue, &again.id, &again.pop_receipt).await.unwrap();
    assert!(queues.receive(&queue, 1, HIDDEN).await.unwrap().is_empty());
}

#[tokio::test]
async fn poison_moves_to_its_own_queue_with_the_text_as_it_was() {
    let azurite = or_absent!(azurite::http());
    let (queues, queue) = (azurite.queues(), fresh("batches"));
    let poison = format!("{queue}-poison");
    queues.send_text(&queue, "no base64: é").await.unwrap();
    let received = queues.receive(&queue, 1, HIDDEN).await.unwrap().pop().unwrap();
    let receipt = (received.id.as_str(), received.pop_receipt.as_str());
    queues.move_to_poison((&queue, &poison), receipt, &received.text).await.unwrap();
    let buried = queues.receive(&poison, 1, HIDDEN).await.unwrap().pop().unwrap();
    assert_eq!((buried.text.as_str(), buried.dequeue_count), ("no base64: é", 1));
    assert!(queues.delete(&queue, &received.id, &received.pop_receipt).await.is_err());
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_told_in_plain_words() {
    let azurite = or_absent!(azurite::https());
    let (queues, queue) = (azurite.queues(), fresh("missing"));
    let told = queues.ready(&queue).await.unwrap_err().0;
    assert_eq!(told, format!("queue `{queue}`: it is not there (QueueNotFound)"));
    assert_eq!(queues.send_text(&queue, "x").await.unwrap_err().0, told);
}

#[tokio::test]
async fn in_development_the_queues_of_the_wings_are_made_on_the_way() {
    let azurite = or_absent!(azurite::http());
    let (_, _turn) = empty_bus(azurite, &HTTP_TURN).await;
    let queues = azurite.queues();
    let queue = fresh("made");
    queues.ready(&queue).await.unwrap();
    StorageQueueBus::new(queues).ready().await.unwrap();
}
