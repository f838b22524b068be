//! What goes over the wire: shape, sizes, sessions, order, cost.

use crate::{bus, message, stream};
use poa_azure::service_bus::{ServiceBus, ServiceBusSettings};
use poa_operations::{
    cost::Meter,
    ports::bus::{Bus, Message},
};
use poa_protocol::{event::Wing, limits};
use poa_test_cloud::{
    broker::{Broker, Fault},
    seam::{NumberedTokens, Seam},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// The ids of each request.
fn batches(seam: &Seam) -> Vec<Vec<String>> {
    let ids = |body: &[u8]| {
        let batch: Vec<Value> = serde_json::from_slice(body).unwrap();
        let id = |one: &Value| {
            one.pointer("/BrokerProperties/MessageId").unwrap().as_str().unwrap().to_owned()
        };
        batch.iter().map(id).collect()
    };
    seam.asked().iter().map(|asked| ids(&asked.body)).collect()
}

#[tokio::test]
async fn a_request_is_a_batch_with_ids_session_and_wing() {
    let (_, seam) = Broker::new();
    let bus = bus(&seam.client());
    bus.publish(&[message("p/1", "p", Wing::NonBank), message("p/2", "p", Wing::Bank)])
        .await
        .unwrap();
    let asked = seam.asked();
    let [asked] = &asked[..] else { panic!("one request") };
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.url.as_str(), "https://poa.servicebus.windows.net/tokenization/messages");
    assert_eq!(asked.header("content-type"), "application/vnd.microsoft.servicebus.json");
    assert_eq!(asked.header("authorization"), "Bearer https://servicebus.azure.net/.default#0");
    assert!(asked.header("user-agent").starts_with("proof-of-asset "));
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    let one = |id: &str, wing: &str| {
        json!({
            "Body": format!(r#"{{"tokenization":"{id}"}}"#),
            "BrokerProperties": { "MessageId": id, "SessionId": "p" },
            "UserProperties": { "wing": wing },
        })
    };
    assert_eq!(body, json!([one("p/1", "non-bank"), one("p/2", "bank")]));
}

#[tokio::test]
async fn a_repetition_sends_the_same_bytes() {
    let (broker, seam) = Broker::new();
    let bus = bus(&seam.client());
    for _ in 0..2 {
        bus.publish(&stream("p", 3)).await.unwrap();
    }
    let [one, two] = &seam.asked()[..] else { panic!("two requests") };
    assert_eq!(one.body, two.body);
    assert_eq!((broker.take("bank").len(), broker.suppressed()), (3, 3));
}

#[tokio::test]
async fn a_batch_holds_one_session() {
    let (broker, seam) = Broker::new();
    let mixed: Vec<Message> = (0..12)
        .map(|at| message(&format!("{at:02}"), ["a", "b", "c"][at % 3], Wing::Bank))
        .collect();
    bus(&seam.client()).publish(&mixed).await.unwrap();
    let mut sent = batches(&seam);
    sent.sort();
    assert_eq!(
        sent,
        [["00", "03", "06", "09"], ["01", "04", "07", "10"], ["02", "05", "08", "11"]]
    );
    assert_eq!(broker.take("bank").len(), 12);
}

/// A message of the session `s` that takes so many bytes alone in a request.
fn sized(id: &str, bytes: usize) -> Message {
    let mut message = message(id, "s", Wing::Bank);
    message.body = String::new();
    let empty = json!([{
        "Body": "",
        "BrokerProperties": { "MessageId": id, "SessionId": "s" },
        "UserProperties": { "wing": "bank" },
    }]);
    message.body = "x".repeat(bytes.saturating_sub(empty.to_string().len()));
    message
}

#[tokio::test]
async fn a_batch_is_split_where_the_next_message_would_pass_the_limit() {
    // Two messages in one request share the brackets and have a comma between them.
    let fitting = limits::BUS_BATCH_BYTES_MAX + 1 - 1000;
    for (second, expected) in [(fitting, vec![2]), (fitting + 1, vec![1, 1])] {
        let (broker, seam) = Broker::new();
        let two = [sized("1", 1000), sized("2", second)];
        bus(&seam.client()).publish(&two).await.unwrap();
        let sizes: Vec<usize> = batches(&seam).iter().map(Vec::len).collect();
        assert_eq!(sizes, expected, "{second}");
        let longest = seam.asked().iter().map(|asked| asked.body.len()).max().unwrap();
        assert!(longest <= limits::BUS_BATCH_BYTES_MAX);
        if expected == [2] {
            assert_eq!(longest, limits::BUS_BATCH_BYTES_MAX, "the limit is used to its end");
        }
        assert_eq!(broker.take("bank"), two);
    }
}

#[tokio::test]
async fn a_message_over_the_limit_is_named_and_nothing_is_sent() {
    let (broker, seam) = Broker::new();
    let bus = bus(&seam.client());
    bus.publish(&[sized("fits", limits::BUS_BATCH_BYTES_MAX)]).await.unwrap();
    assert_eq!(broker.take("bank").len(), 1);
    let too_large = [sized("small", 1000), sized("large", limits::BUS_BATCH_BYTES_MAX + 1)];
    let fault = bus.publish(&too_large).await.unwrap_err();
    assert_eq!(fault.0, "message `large` takes 240001 bytes, more than 240000");
    assert_eq!(seam.asked().len(), 1);
    // What counts are the bytes on the wire: a quotation mark takes two.
    let quotes = Message { body: "\"".repeat(120_000), ..message("quotes", "s", Wing::Bank) };
    assert!(bus.publish(&[quotes]).await.unwrap_err().0.starts_with("message `quotes` takes 2401"));
}

#[tokio::test]
async fn a_long_stream_arrives_whole_and_in_order() {
    let (broker, seam) = Broker::new();
    let long: Vec<Message> = (0..7).map(|at| sized(&at.to_string(), 100_000)).collect();
    bus(&seam.client()).publish(&long).await.unwrap();
    assert_eq!(seam.asked().len(), 4);
    assert_eq!(broker.take("bank"), long);
}

#[tokio::test]
async fn what_matches_no_filter_lands_in_unrouted_and_nothing_of_ours_does() {
    let (broker, seam) = Broker::new();
    bus(&seam.client()).publish(&stream("s", 3)).await.unwrap();
    assert_eq!(broker.take("unrouted"), []);
    let mut strange = seam.asked().pop().unwrap();
    let text = String::from_utf8(strange.body).unwrap();
    let text = text.replace(r#"{"wing":"bank"}"#, r#"{"wing":"Bank"}"#).replace("s/", "t/");
    strange.body = text.into_bytes();
    broker.take_in(&strange);
    assert_eq!(broker.take("unrouted").len(), 3, "it is kept and seen, not gone");
    assert_eq!(broker.take("bank").len(), 3);
}

#[tokio::test]
async fn every_try_is_counted_as_a_round_trip() {
    let (broker, seam) = Broker::new();
    let bus = bus(&seam.client());
    broker.fail(|number| (number == 1).then_some(Fault::LostAnswer));
    let meter = Meter::default();
    meter.around(bus.publish(&stream("a", 2))).await.unwrap();
    assert_eq!(meter.cost().bus_operations, 1);
    meter.around(bus.publish(&stream("b", 2))).await.unwrap();
    assert_eq!(meter.cost().bus_operations, 3);
    meter.around(bus.ready()).await.unwrap();
    assert_eq!(meter.cost().bus_operations, 4);
}

#[test]
fn a_namespace_is_the_name_of_a_host() {
    let (_, seam) = Broker::new();
    for namespace in ["", "sb://poa.servicebus.windows.net", "poa/x", "poa.net:99x", "a@b", "a b"] {
        let settings = ServiceBusSettings { namespace: namespace.to_owned() };
        let credential = Arc::new(NumberedTokens::default());
        let fault = ServiceBus::open(&settings, credential, &seam.client()).unwrap_err();
        assert!(fault.0.contains("is not a host such as"), "{fault}");
    }
}
