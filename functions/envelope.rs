//! The envelope in which the Functions host hands over messages and ticks.
//!
//! Only `Data` is read. `Metadata` is never trusted: the body of a message can overwrite it.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use poa_operations::failure::Failure;
use poa_protocol::request::RequestRefusal;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Name of the binding of a message.
pub const MESSAGE: &str = "message";
/// Name of the binding of a tick.
pub const TICK: &str = "tick";

#[derive(Debug, Deserialize)]
struct Envelope {
    #[serde(rename = "Data")]
    data: Map<String, Value>,
}

/// The bytes of the message in an envelope.
///
/// With `dataType` `binary` they come in base64. A host that was set up otherwise sends the text,
/// or the text once more as JSON, or a JSON object: the first reading that is an object counts.
pub fn message(envelope: &[u8]) -> Result<Vec<u8>, Failure> {
    let value = binding(envelope, MESSAGE)?;
    let Value::String(text) = value else {
        return serde_json::to_vec(&value).map_err(Failure::broken);
    };
    let base64 = STANDARD.decode(&text).ok();
    let twice = serde_json::from_str::<String>(&text).ok().map(String::into_bytes);
    let readings = [base64, twice, Some(text.clone().into_bytes())];
    let mut readings = readings.into_iter().flatten();
    let object = |bytes: &Vec<u8>| serde_json::from_slice::<Map<String, Value>>(bytes).is_ok();
    // What is no object in any reading is refused by the recipe, in its own words.
    Ok(readings.find(object).unwrap_or_else(|| text.into_bytes()))
}

/// Checks that an envelope holds a tick. What is in it is only for people.
pub fn tick(envelope: &[u8]) -> Result<(), Failure> {
    binding(envelope, TICK).map(|_| ())
}

fn binding(envelope: &[u8], name: &str) -> Result<Value, Failure> {
    let malformed = |what: String| Failure::from(RequestRefusal::Malformed { what });
    let mut envelope: Envelope = serde_json::from_slice(envelope)
        .map_err(|fault| malformed(format!("the envelope is not readable: {fault}")))?;
    match envelope.data.remove(name) {
        None | Some(Value::Null) => Err(malformed(format!("the envelope has no `{name}`"))),
        Some(Value::String(text)) if text == "null" => {
            Err(malformed(format!("the envelope has an empty `{name}`")))
        }
        Some(value) => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::{message, tick};
    use serde_json::{Value, json};

    const RAW: &str = r#"{"tokenization":"tok_1","text":"é"}"#;

    fn enveloped(data: &Value) -> Vec<u8> {
        json!({"Data": {"message": data}, "Metadata": {"MessageId": "\"x\""}})
            .to_string()
            .into_bytes()
    }

    #[test]
    fn a_message_reads_back_whatever_way_the_host_wraps_it() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        for wrapped in [
            json!(STANDARD.encode(RAW)),
            json!(serde_json::to_string(RAW).unwrap()),
            json!(RAW),
            serde_json::from_str(RAW).unwrap(),
        ] {
            let read: Value =
                serde_json::from_slice(&message(&enveloped(&wrapped)).unwrap()).unwrap();
            assert_eq!(read, serde_json::from_str::<Value>(RAW).unwrap(), "{wrapped}");
        }
    }

    #[test]
    fn binary_messages_keep_their_exact_bytes() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let spaced = b"{ \"a\" : 1.0 }\n";
        let read = message(&enveloped(&json!(STANDARD.encode(spaced)))).unwrap();
        assert_eq!(read, spaced);
    }

    #[test]
    fn garbage_is_refused_and_never_silently_taken() {
        for garbage in [
            &b""[..],
            b"null",
            b"[]",
            b"{}",
            b"{\"Data\":{}}",
            b"{\"Data\":null}",
            b"{\"Data\":{\"message\":null}}",
            b"{\"Data\":{\"message\":\"null\"}}",
            b"{\"Metadata\":{\"message\":{}}}",
            b"\xff\xfe",
        ] {
            assert_eq!(message(garbage).unwrap_err().refusal().code, "request.malformed");
            assert!(tick(garbage).is_err());
        }
        assert_eq!(message(&enveloped(&json!("hello"))).unwrap(), b"hello");
    }

    #[test]
    fn a_tick_may_say_whatever_it_wants() {
        // Times of the host may come without a zone; they are not read at all.
        let past = json!({"Data": {"tick": {
            "Schedule": {"AdjustForDST": true},
            "ScheduleStatus": {"Last": "2026-11-22T09:32:00", "Next": "2026-11-22T09:33:00"},
            "IsPastDue": false
        }}, "Metadata": {}});
        assert!(tick(past.to_string().as_bytes()).is_ok());
    }
}
