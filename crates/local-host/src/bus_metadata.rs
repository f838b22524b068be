//! What the host tells about Service Bus messages.

use serde_json::{Map, Value, json};

use crate::envelope::{Metadata, Wire};
use crate::{LockedMessage, time_source};

/// A message without a time to live expires at the end of .NET's calendar.
const NEVER: &str = "9999-12-31T23:59:59.9999999+00:00";
const NEVER_BARE: &str = "9999-12-31T23:59:59";

/// Binding data of one message.
pub(crate) fn of_one(message: &LockedMessage) -> Metadata {
    let mut metadata = Metadata::default();
    let mut json = |name: &str, value: Value| metadata.set(name, Wire::of(value));
    json("DeliveryCount", json!(message.delivery_count));
    json("SequenceNumber", json!(message.sequence_number));
    for name in ["ApplicationProperties", "UserProperties"] {
        json(name, json!(message.application_properties));
    }
    for name in CLIENT_OBJECTS {
        json(name, Value::Object(Map::new()));
    }
    metadata.set("LockToken", Wire::text(message.lock_token.as_str()));
    metadata.set("MessageId", Wire::text(message.message_id.as_str()));
    metadata.set_some("SessionId", message.session_id.as_ref());
    metadata.set_some("CorrelationId", message.correlation_id.as_ref());
    metadata.set_some("ContentType", message.content_type.as_ref());
    metadata.set("ExpiresAt", Wire::Time(NEVER.to_owned()));
    metadata.set("ExpiresAtUtc", Wire::Time(NEVER_BARE.to_owned()));
    let (enqueued, bare) = times(&message.enqueued_at);
    metadata.set("EnqueuedTime", Wire::Time(enqueued));
    metadata.set("EnqueuedTimeUtc", Wire::Time(bare));
    metadata
}

/// Objects of the client library that leak into binding data and mean nothing outside of it.
const CLIENT_OBJECTS: [&str; 6] = [
    "MessageReceiver",
    "MessageSession",
    "MessageActions",
    "SessionActions",
    "ReceiveActions",
    "Client",
];

/// Binding data of a batch: a list per name.
pub(crate) fn of_many(messages: &[LockedMessage]) -> Metadata {
    let mut metadata = Metadata::default();
    let mut list = |name: &str, value: &dyn Fn(&LockedMessage) -> Value| {
        let values: Vec<Value> = messages.iter().map(value).collect();
        metadata.set(&format!("{name}Array"), Wire::Json(Value::Array(values)));
    };
    list("DeliveryCount", &|one| json!(one.delivery_count));
    list("SequenceNumber", &|one| json!(one.sequence_number));
    list("ApplicationProperties", &|one| json!(one.application_properties));
    list("UserProperties", &|one| json!(one.application_properties));
    list("LockToken", &|one| json!(one.lock_token));
    list("MessageId", &|one| json!(one.message_id));
    list("SessionId", &|one| json!(one.session_id));
    list("CorrelationId", &|one| json!(one.correlation_id));
    list("ContentType", &|one| json!(one.content_type));
    list("ExpiresAt", &|_| json!(NEVER));
    list("ExpiresAtUtc", &|_| json!(format!("{NEVER_BARE}.9999999Z")));
    list("EnqueuedTime", &|one| json!(times(&one.enqueued_at).0));
    list("EnqueuedTimeUtc", &|one| {
        let time = time_source::parse(&one.enqueued_at).map(time_source::text);
        json!(time.unwrap_or_else(|| one.enqueued_at.clone()))
    });
    metadata
}

/// A time with its offset, and as the zone-less text of single messages.
fn times(text: &str) -> (String, String) {
    match time_source::parse(text) {
        Some(time) => (time_source::offset_text(time), time_source::bare_text(time)),
        None => (text.to_owned(), text.to_owned()),
    }
}
