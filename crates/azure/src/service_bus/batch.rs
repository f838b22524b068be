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

#[cfg(test)]
mod tests {
    use super::{Message, limits, split};
    use poa_protocol::event::Wing;
    use proptest::{collection::vec, prelude::*};
    use serde_json::Value;
    use std::collections::{BTreeMap, BTreeSet};

    /// Session, bytes of the body and what it is made of, for each message.
    fn messages() -> impl Strategy<Value = Vec<Message>> {
        let one = (0..4_u8, prop_oneof![0..200_usize, 30_000..110_000_usize], "[x\"é\n]");
        vec(one, 0..24).prop_map(|drawn| {
            let message = |(at, (session, bytes, of)): (usize, (u8, usize, String))| Message {
                message_id: format!("{session}/{at}"),
                session_id: format!("s{session}"),
                wing: if session == 0 { Wing::Bank } else { Wing::NonBank },
                body: of.repeat(bytes),
            };
            drawn.into_iter().enumerate().map(message).collect()
        })
    }

    fn text(entry: &Value, pointer: &str) -> String {
        entry.pointer(pointer).unwrap().as_str().unwrap().to_owned()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn nothing_is_lost_doubled_reordered_mixed_or_too_large(messages in messages()) {
            let mut expected: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
            for Message { message_id, session_id, body, .. } in &messages {
                let of_session = expected.entry(session_id.clone()).or_default();
                of_session.push((message_id.clone(), body.clone()));
            }
            let sessions = split(&messages).unwrap();
            prop_assert_eq!(sessions.len(), expected.len());
            for batches in sessions {
                let mut names = BTreeSet::new();
                let mut sent = Vec::new();
                for batch in &batches {
                    prop_assert!(batch.len() <= limits::BUS_BATCH_BYTES_MAX);
                    let entries: Vec<Value> = serde_json::from_str(batch).unwrap();
                    prop_assert!(!entries.is_empty());
                    for entry in entries {
                        names.insert(text(&entry, "/BrokerProperties/SessionId"));
                        let id = text(&entry, "/BrokerProperties/MessageId");
                        sent.push((id, text(&entry, "/Body")));
                    }
                }
                prop_assert_eq!(names.len(), 1);
                let name = names.pop_first().unwrap();
                prop_assert_eq!(Some(&sent), expected.get(&name));
                // No two neighbours would have fitted into one request.
                for pair in batches.windows(2) {
                    let [one, next] = pair else { continue };
                    let first: Vec<Value> = serde_json::from_str(next).unwrap();
                    let entry = serde_json::to_string(first.first().unwrap()).unwrap();
                    let together = one.len().saturating_add(entry.len());
                    prop_assert!(together.saturating_add(1) > limits::BUS_BATCH_BYTES_MAX);
                }
            }
        }
    }
}
