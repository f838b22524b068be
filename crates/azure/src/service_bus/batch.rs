//! Messages as the bodies of requests: one session each, within the size that the service takes.

use poa_operations::ports::bus::{BusFault, Message};
use poa_protocol::limits;
use serde::Serialize;
use std::collections::HashMap;

/// One message of a batch (learn.microsoft.com/rest/api/servicebus/send-message-batch).
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    body: &'a str,
    broker_properties: BrokerProperties<'a>,
    user_properties: UserProperties,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BrokerProperties<'a> {
    message_id: &'a str,
    session_id: &'a str,
}

/// By these the subscriptions choose.
#[derive(Serialize)]
struct UserProperties {
    wing: &'static str,
}

/// The bodies of the requests of each session, in order.
pub(super) fn split(messages: &[Message]) -> Result<Vec<Vec<String>>, BusFault> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut sessions: Vec<Vec<String>> = Vec::new();
    for message in messages {
        let entry = entry(message)?;
        let next = sessions.len();
        let place = *places.entry(&message.session_id).or_insert(next);
        if place == next {
            sessions.push(Vec::new());
        }
        if let Some(session) = sessions.get_mut(place) {
            add(session, &entry);
        }
    }
    for body in sessions.iter_mut().flatten() {
        body.push(']');
    }
    Ok(sessions)
}

/// Adds an entry to the last body, which still lacks its closing bracket, or begins another one.
fn add(session: &mut Vec<String>, entry: &str) {
    match session.last_mut() {
        Some(body) if wrapped(body.len(), entry) <= limits::BUS_BATCH_BYTES_MAX => {
            body.push(',');
            body.push_str(entry);
        }
        _ => session.push(format!("[{entry}")),
    }
}

/// Bytes of a body of this length with another entry: a comma before it, a bracket after it.
fn wrapped(body: usize, entry: &str) -> usize {
    body.saturating_add(entry.len()).saturating_add(2)
}

fn entry(message: &Message) -> Result<String, BusFault> {
    let Message { message_id, session_id, wing, body } = message;
    for (what, id) in [("message", message_id), ("session", session_id)] {
        let chars = id.chars().count();
        if !(1..=limits::BUS_ID_CHARS_MAX).contains(&chars) {
            return Err(BusFault(format!(
                "{what} id `{id}` has {chars} characters, not 1 to {}",
                limits::BUS_ID_CHARS_MAX
            )));
        }
    }
    let entry = Entry {
        body,
        broker_properties: BrokerProperties { message_id, session_id },
        user_properties: UserProperties { wing: wing.subscription() },
    };
    let entry = serde_json::to_string(&entry).map_err(|fault| BusFault(fault.to_string()))?;
    // Alone it stands in two brackets.
    let bytes = wrapped(0, &entry);
    if bytes > limits::BUS_BATCH_BYTES_MAX {
        return Err(BusFault(format!(
            "message `{message_id}` takes {bytes} bytes, more than {}",
            limits::BUS_BATCH_BYTES_MAX
        )));
    }
    Ok(entry)
}
