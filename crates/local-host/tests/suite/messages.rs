//! Service Bus functions: locks, renewal, completion, abandonment, dead letters.

use std::sync::Arc;
use std::time::Duration;

use poa_local_host::{LockedMessage, RunningHost};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::memory_bus::MemoryBus;
use crate::stage::{Stage, kill, until};

struct Bus {
    stage: Stage,
    bus: Arc<MemoryBus>,
}

impl Bus {
    fn new(settings: &Value, more: &Value, lock: Duration) -> Self {
        let host = json!({ "version": "2.0", "extensions": { "serviceBus": settings } });
        let mut binding = json!({ "type": "serviceBusTrigger", "name": "message", "topicName": "t",
            "subscriptionName": "s", "dataType": "binary" });
        let fields = binding.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let mut stage = Stage::with_host(&host).function("Fn", &json!([binding]));
        let bus = Arc::new(MemoryBus::new(3, lock));
        stage.options.bus = Some(bus.clone());
        Self { stage, bus }
    }

    fn plain() -> Self {
        Self::new(&json!({}), &json!({}), Duration::from_secs(30))
    }

    fn put(&self, id: &str) {
        let body = format!("body of {id}").into_bytes();
        let message = LockedMessage { message_id: id.to_owned(), body, ..LockedMessage::default() };
        self.bus.put("t", "s", message);
    }

    async fn done(&self, count: usize) -> Vec<String> {
        until("completed messages", || Some(self.bus.done()).filter(|all| all.len() >= count)).await
    }

    async fn dead(&self) -> (String, String) {
        until("a dead letter", || self.bus.dead().first().cloned()).await
    }

    async fn start(&self) -> RunningHost {
        self.stage.start().await
    }
}

#[tokio::test]
async fn a_message_that_succeeds_is_completed_within_milliseconds() {
    let bus = Bus::plain();
    let host = bus.start().await;
    bus.put("warm");
    bus.done(1).await;
    let start = Instant::now();
    bus.put("m-1");
    assert_eq!(bus.done(2).await, ["warm", "m-1"]);
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    host.stop().await;
}

#[tokio::test]
async fn a_message_that_fails_is_abandoned_until_the_source_gives_up() {
    let bus = Bus::plain();
    bus.stage.plan("Fn", "status:500 Oops:no luck");
    bus.put("m-1");
    let host = bus.start().await;
    let (id, reason) = bus.dead().await;
    assert_eq!(id, "m-1");
    assert!(reason.contains("500") && reason.contains("no luck"), "{reason}");
    assert_eq!(bus.stage.requests("/Fn").len(), 3, "the source allows three deliveries");
    host.stop().await;
}

#[tokio::test]
async fn a_message_that_fails_once_succeeds_later() {
    let bus = Bus::plain();
    bus.stage.plan("Fn", "once:status:500 Oops:");
    bus.put("m-1");
    let host = bus.start().await;
    bus.done(1).await;
    assert_eq!(bus.bus.abandoned(), 1);
    let requests = bus.stage.requests("/Fn");
    assert_eq!(requests.len(), 2);
    assert!(requests[1]["body"].as_str().unwrap().contains("\"DeliveryCount\":\"2\""));
    host.stop().await;
}

#[tokio::test]
async fn a_lock_is_renewed_while_its_function_runs() {
    let mut bus = Bus::new(&json!({}), &json!({}), Duration::from_millis(400));
    bus.stage.options.timing.lock_renewal = Duration::from_millis(100);
    bus.stage.plan("Fn", "sleep:1000");
    bus.put("m-1");
    let host = bus.start().await;
    assert_eq!(bus.done(1).await, ["m-1"]);
    assert!(bus.bus.renewals("m-1") >= 5, "{}", bus.bus.renewals("m-1"));
    assert_eq!(bus.stage.requests("/Fn").len(), 1);
    host.stop().await;
}

#[tokio::test]
async fn renewal_ends_when_the_settings_say_so() {
    let settings = json!({ "maxAutoLockRenewalDuration": "00:00:00.25" });
    let mut bus = Bus::new(&settings, &json!({}), Duration::from_secs(30));
    bus.stage.options.timing.lock_renewal = Duration::from_millis(100);
    bus.stage.plan("Fn", "sleep:800");
    bus.put("m-1");
    let host = bus.start().await;
    bus.done(1).await;
    assert_eq!(bus.bus.renewals("m-1"), 2);
    host.stop().await;
}

#[tokio::test]
async fn no_more_messages_run_at_once_than_allowed() {
    for cap in [1_u32, 3] {
        let settings = json!({ "maxConcurrentCalls": cap });
        let bus = Bus::new(&settings, &json!({}), Duration::from_secs(30));
        bus.stage.plan("Fn", "sleep:50");
        (0..9).for_each(|number| bus.put(&format!("m-{number}")));
        let host = bus.start().await;
        bus.done(9).await;
        assert_eq!(bus.bus.running_max(), usize::try_from(cap).unwrap());
        host.stop().await;
    }
}

#[tokio::test]
async fn a_batch_is_settled_as_a_whole() {
    let more = json!({ "cardinality": "many", "dataType": "string" });
    let bus = Bus::new(&json!({ "maxMessageBatchSize": 3 }), &more, Duration::from_secs(30));
    bus.stage.plan("Fn", "once:status:500 Oops:");
    (0..4).for_each(|number| bus.put(&format!("m-{number}")));
    let host = bus.start().await;
    let mut done = bus.done(4).await;
    done.sort();
    assert_eq!(done, ["m-0", "m-1", "m-2", "m-3"]);
    assert_eq!(bus.bus.renewals("m-0"), 0, "batches are not renewed");
    assert_eq!(bus.stage.requests("/Fn").len(), 3, "three at most: fail, again, the rest");
    host.stop().await;
}

#[tokio::test]
async fn one_body_that_is_no_json_fails_a_batch_of_documents() {
    let mut bus = Bus::new(&json!({}), &json!({ "cardinality": "many" }), Duration::from_secs(30));
    bus.stage = {
        let binding = json!([{ "type": "serviceBusTrigger", "name": "m", "topicName": "t",
            "subscriptionName": "s", "cardinality": "many" }]);
        bus.stage.function("Fn", &binding)
    };
    bus.put("m-1");
    let host = bus.start().await;
    let (_, reason) = bus.dead().await;
    assert!(reason.starts_with("one body of the batch is not JSON"), "{reason}");
    assert_eq!(bus.stage.requests("/Fn").len(), 0);
    host.stop().await;
}

#[tokio::test]
async fn a_handler_killed_in_the_middle_gets_the_message_again() {
    let bus = Bus::plain();
    bus.stage.plan("Fn", "once:hang");
    bus.put("m-1");
    let host = bus.start().await;
    bus.stage.requests_arrive("/Fn", 1).await;
    kill(host.handler_pid().unwrap());
    assert_eq!(bus.done(1).await, ["m-1"]);
    bus.stage.error("the handler broke the connection").await;
    host.stop().await;
}

#[tokio::test]
async fn a_disabled_function_is_not_fed() {
    let mut bus = Bus::plain();
    bus.stage.options.env.insert("AzureWebJobs.Fn.Disabled".to_owned(), "1".to_owned());
    bus.put("m-1");
    let host = bus.start().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(bus.stage.requests("/Fn").len(), 0);
    host.stop().await;
}

#[tokio::test]
async fn stopping_settles_nothing() {
    let bus = Bus::plain();
    bus.stage.plan("Fn", "hang");
    bus.put("m-1");
    let host = bus.start().await;
    bus.stage.requests_arrive("/Fn", 1).await;
    host.stop().await;
    assert_eq!((bus.bus.done().len(), bus.bus.dead().len(), bus.bus.abandoned()), (0, 0, 0));
}

#[tokio::test]
async fn a_source_that_fails_is_asked_again() {
    let bus = Bus::plain();
    bus.bus.fail(3);
    bus.put("m-1");
    let host = bus.start().await;
    assert_eq!(bus.done(1).await, ["m-1"]);
    bus.stage.error("cannot receive: the bus is away").await;
    host.stop().await;
}

#[tokio::test]
async fn a_lost_lock_is_reported_and_the_message_comes_again() {
    let bus = Bus::new(&json!({}), &json!({}), Duration::from_millis(200));
    bus.stage.plan("Fn", "once:sleep:500");
    bus.put("m-1");
    let host = bus.start().await;
    assert_eq!(bus.done(1).await, ["m-1"]);
    bus.stage.error("message `m-1` was not settled: the lock is lost").await;
    assert_eq!(bus.stage.requests("/Fn").len(), 2);
    host.stop().await;
}
