//! Storage queue functions: leases, retries, poison.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poa_local_host::QueuedMessage;
use serde_json::{Value, json};

use crate::memory_queue::MemoryQueues;
use crate::stage::{Stage, until};

struct Queue {
    stage: Stage,
    queues: Arc<MemoryQueues>,
}

impl Queue {
    fn new(settings: &Value, queue: &str, data_type: &str) -> Self {
        let host = json!({ "version": "2.0", "extensions": { "queues": settings } });
        let binding = json!([{ "type": "queueTrigger", "name": "m", "queueName": queue,
            "dataType": data_type }]);
        let mut stage = Stage::with_host(&host).function("Fn", &binding);
        let queues = Arc::new(MemoryQueues::default());
        stage.options.queues = Some(queues.clone());
        Self { stage, queues }
    }

    fn put(&self, queue: &str, id: &str, body: &[u8]) {
        let body = STANDARD.encode(body).into_bytes();
        self.put_raw(queue, id, &body);
    }

    fn put_raw(&self, queue: &str, id: &str, body: &[u8]) {
        let message =
            QueuedMessage { id: id.to_owned(), body: body.to_vec(), ..QueuedMessage::default() };
        self.queues.put(queue, message);
    }

    async fn deleted(&self, count: usize) -> Vec<String> {
        until("deleted messages", || Some(self.queues.deleted()).filter(|all| all.len() >= count))
            .await
    }

    async fn poisoned(&self) -> (String, u32, Vec<u8>, String) {
        until("a poison message", || self.queues.content("work-poison").first().cloned()).await
    }
}

#[tokio::test]
async fn a_message_that_succeeds_is_deleted() {
    let queue = Queue::new(&json!({}), "work", "binary");
    queue.put("work", "q-1", b"x");
    let host = queue.stage.start().await;
    assert_eq!(queue.deleted(1).await, ["q-1"]);
    assert_eq!(queue.stage.requests("/Fn").len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_message_that_always_fails_ends_in_poison_unchanged() {
    for (settings, tries) in [(json!({}), 5), (json!({ "maxDequeueCount": 2 }), 2)] {
        let queue = Queue::new(&settings, "Work", "string");
        queue.stage.plan("Fn", "status:500 Oops:no luck");
        queue.put("work", "q-1", b"x");
        let host = queue.stage.start().await;
        let (id, _, body, reason) = queue.poisoned().await;
        assert_eq!((id.as_str(), body), ("q-1", STANDARD.encode(b"x").into_bytes()));
        assert!(reason.contains("no luck"), "{reason}");
        assert_eq!(queue.stage.requests("/Fn").len(), tries);
        assert!(queue.queues.content("work").is_empty());
        host.stop().await;
    }
}

#[tokio::test]
async fn a_message_that_was_received_too_often_is_poison_without_a_call() {
    let queue = Queue::new(&json!({ "maxDequeueCount": 2 }), "work", "binary");
    let message =
        QueuedMessage { id: "q-1".to_owned(), dequeue_count: 2, ..QueuedMessage::default() };
    queue.queues.put("work", message);
    let host = queue.stage.start().await;
    let (_, _, _, reason) = queue.poisoned().await;
    assert_eq!(reason, "received more than 2 times");
    assert_eq!(queue.stage.requests("/Fn").len(), 0);
    host.stop().await;
}

#[tokio::test]
async fn what_cannot_be_converted_ends_in_poison_without_a_call() {
    for (data_type, body, words) in [
        ("binary", b"not base64!".to_vec(), "is not base64, as `messageEncoding` says"),
        ("string", STANDARD.encode(b"\xff").into_bytes(), "is not UTF-8 text"),
    ] {
        let queue = Queue::new(&json!({ "maxDequeueCount": 1 }), "work", data_type);
        queue.put_raw("work", "q-1", &body);
        let host = queue.stage.start().await;
        let (_, _, _, reason) = queue.poisoned().await;
        assert!(reason.contains(words), "{reason}");
        assert_eq!(queue.stage.requests("/Fn").len(), 0);
        host.stop().await;
    }
}

#[tokio::test]
async fn a_poison_queue_has_no_poison_queue_and_its_failures_stay_hidden() {
    let queue = Queue::new(&json!({ "maxDequeueCount": 1 }), "work-poison", "binary");
    queue.stage.plan("Fn", "status:500 Oops:");
    queue.put("work-poison", "q-1", b"x");
    let host = queue.stage.start().await;
    queue.stage.requests_arrive("/Fn", 1).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(queue.stage.requests("/Fn").len(), 1, "it does not fail in a loop");
    assert!(queue.queues.content("work-poison-poison").is_empty());
    assert_eq!(queue.queues.content("work-poison").len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn the_lease_is_renewed_at_its_half_and_the_new_receipt_is_used() {
    let mut queue = Queue::new(&json!({}), "work", "binary");
    queue.stage.options.timing.queue_lease = Duration::from_millis(400);
    queue.stage.plan("Fn", "sleep:1100");
    queue.put("work", "q-1", b"x");
    let host = queue.stage.start().await;
    assert_eq!(queue.deleted(1).await, ["q-1"]);
    assert!(queue.queues.renewals() >= 4, "{}", queue.queues.renewals());
    assert_eq!(queue.stage.requests("/Fn").len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_failed_message_waits_for_the_visibility_timeout() {
    let settings = json!({ "visibilityTimeout": "00:00:00.6" });
    let queue = Queue::new(&settings, "work", "binary");
    queue.stage.plan("Fn", "once:status:500 Oops:");
    queue.put("work", "q-1", b"x");
    let host = queue.stage.start().await;
    queue.stage.requests_arrive("/Fn", 1).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(queue.stage.requests("/Fn").len(), 1);
    queue.deleted(1).await;
    assert_eq!(queue.stage.requests("/Fn").len(), 2);
    host.stop().await;
}

#[tokio::test]
async fn batches_are_as_large_as_allowed_and_wait_for_the_threshold() {
    let settings = json!({ "batchSize": 2, "newBatchThreshold": 0 });
    let queue = Queue::new(&settings, "work", "binary");
    queue.stage.plan("Fn", "sleep:400");
    (0..4).for_each(|number| queue.put("work", &format!("q-{number}"), b"x"));
    let host = queue.stage.start().await;
    queue.stage.requests_arrive("/Fn", 2).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(queue.stage.requests("/Fn").len(), 2, "two run, none is fetched meanwhile");
    queue.deleted(4).await;
    assert_eq!(queue.queues.received_max(), 2);
    host.stop().await;
}

#[tokio::test]
async fn an_empty_queue_is_asked_less_and_less_often_within_bounds() {
    for (settings, polls) in
        [(json!({}), 4..=10), (json!({ "maxPollingInterval": "00:00:00.01" }), 11..=100)]
    {
        let queue = Queue::new(&settings, "work", "binary");
        let host = queue.stage.start().await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        // 5 + 10 + 20 + 40 + 80 + 160 + 250 ms, or 5 + 10 + 10 + … ms; slower under load.
        let count = queue.queues.receives();
        assert!(polls.contains(&count), "{count}");
        host.stop().await;
    }
}
