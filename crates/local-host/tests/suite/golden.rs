//! Every row of the encoding table, as files: what is given, and the exact body on the wire.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poa_local_host::{LockedMessage, QueuedMessage};
use serde_json::{Value, json};

use crate::client;
use crate::memory_bus::MemoryBus;
use crate::memory_queue::MemoryQueues;
use crate::stage::Stage;

#[tokio::test]
async fn envelopes_are_those_of_the_functions_host() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 24, "fixtures are missing");
    let mut wrong = Vec::new();
    for file in files {
        let fixture: Value =
            serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let (actual, expected) = (replay(&fixture).await, &fixture["expected"]);
        if actual != *expected {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("{name}\n  expected {expected}\n  actual   {actual}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Plays one fixture; returns what the handler got.
async fn replay(fixture: &Value) -> Value {
    let mut host =
        json!({ "version": "2.0", "customHandler": { "enableProxyingHttpRequest": true } });
    merge(&mut host, &fixture["host"]);
    let mut stage = Stage::with_host(&host).function("Golden", &fixture["bindings"]);
    stage.options.env.insert("Topic".to_owned(), "tokenization".to_owned());
    let bus = Arc::new(MemoryBus::new(10, Duration::from_secs(30)));
    let queues = Arc::new(MemoryQueues::default());
    stage.options.bus = Some(bus.clone());
    stage.options.queues = Some(queues.clone());
    let given = &fixture["given"];
    for message in given["messages"].as_array().into_iter().flatten() {
        bus.put(text(given, "topic"), text(given, "subscription"), bus_message(message));
    }
    if let Some(queue) = given["queue"].as_str() {
        queues.put(queue, queue_message(&given["message"]));
    }
    let running = stage.start().await;
    if let Some(input) = given["hand"].as_str() {
        running.invoke("Golden", Some(input)).await.unwrap();
    }
    if given["request"].is_object() {
        let reply = client::raw(running.address(), request(&given["request"]).as_bytes()).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let record = stage.requests_arrive("/Golden", 1).await.remove(0);
    running.stop().await;
    check_wire(&record);
    envelope(&record)
}

/// What holds for every invocation, whatever its trigger.
fn check_wire(record: &Value) {
    let header = |name: &str| {
        let mut headers = record["headers"].as_array().unwrap().iter();
        let found = headers.find(|pair| pair[0] == name);
        found.map(|pair| pair[1].as_str().unwrap().to_owned())
    };
    assert_eq!(record["method"], "POST");
    assert_eq!(record["chunked"], true, "the real host sends no length");
    assert_eq!(header("content-length"), None);
    assert_eq!(header("content-type").unwrap(), "application/json; charset=utf-8");
    assert!(header("x-azure-functions-hostversion").unwrap().starts_with("4."));
    assert!(header("user-agent").unwrap().starts_with("Azure-Functions-Host/4."));
    assert_eq!(header("x-azure-functions-invocationid").unwrap().len(), 36);
}

/// The body, with what differs from run to run replaced.
fn envelope(record: &Value) -> Value {
    let mut envelope: Value = serde_json::from_str(record["body"].as_str().unwrap()).unwrap();
    let sys = &mut envelope["Metadata"]["sys"];
    assert!(sys["UtcNow"].as_str().unwrap().ends_with('Z'));
    assert_eq!(sys["RandGuid"].as_str().unwrap().len(), 36);
    sys["UtcNow"] = json!("<time>");
    sys["RandGuid"] = json!("<guid>");
    envelope
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

fn bus_message(given: &Value) -> LockedMessage {
    let optional = |name: &str| given[name].as_str().map(str::to_owned);
    let body = match given["body_base64"].as_str() {
        Some(base64) => STANDARD.decode(base64).unwrap(),
        None => text(given, "body").as_bytes().to_vec(),
    };
    LockedMessage {
        message_id: text(given, "message_id").to_owned(),
        body,
        sequence_number: given["sequence_number"].as_i64().unwrap(),
        enqueued_at: text(given, "enqueued_at").to_owned(),
        application_properties: serde_json::from_value(given["application_properties"].clone())
            .unwrap(),
        session_id: optional("session_id"),
        correlation_id: optional("correlation_id"),
        content_type: optional("content_type"),
        ..LockedMessage::default()
    }
}

fn queue_message(given: &Value) -> QueuedMessage {
    QueuedMessage {
        id: text(given, "id").to_owned(),
        body: text(given, "body").as_bytes().to_vec(),
        inserted_at: text(given, "inserted_at").to_owned(),
        expires_at: text(given, "expires_at").to_owned(),
        next_visible_at: text(given, "next_visible_at").to_owned(),
        ..QueuedMessage::default()
    }
}

fn request(given: &Value) -> String {
    let headers = given["headers"].as_object().unwrap().iter();
    let line = |(name, value): (&String, &Value)| format!("{name}: {}", value.as_str().unwrap());
    let headers = headers.map(line).chain([String::new()]).collect::<Vec<_>>().join("\r\n");
    let (method, target, body) =
        (text(given, "method"), text(given, "target"), text(given, "body"));
    // No `Connection` header: it would be part of what is compared.
    format!("{method} {target} HTTP/1.1\r\nHost: local.test\r\n{headers}\r\n{body}")
}

fn merge(into: &mut Value, more: &Value) {
    match (into.as_object_mut(), more.as_object()) {
        (Some(object), Some(more)) => {
            for (key, value) in more {
                merge(object.entry(key).or_insert(Value::Null), value);
            }
        }
        (_, None) if more.is_null() => {}
        (_, _) => *into = more.clone(),
    }
}
