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
    use super::{MESSAGE, message, tick};
    use serde_json::{Map, Value, json};

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

    /// What the Functions host sends for each kind of trigger, and what was given to it.
    #[test]
    fn every_envelope_of_one_message_that_the_host_knows_is_read() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/local-host/tests/fixtures");
        let mut read = Vec::new();
        for file in std::fs::read_dir(fixtures).unwrap().map(Result::unwrap) {
            let text = std::fs::read_to_string(file.path()).unwrap();
            let fixture: Value = serde_json::from_str(&text).unwrap();
            let (given, binding) = (&fixture["given"], &fixture["bindings"][0]);
            let sent = match (binding["cardinality"].as_str(), &given["messages"][0]) {
                (Some("many"), _) => continue,
                (_, Value::Null) => given["message"].clone(),
                (_, message) => message.clone(),
            };
            let bytes = match (sent["body_base64"].as_str(), sent["body"].as_str()) {
                (Some(base64), _) => STANDARD.decode(base64).unwrap(),
                // Storage queues hold base64, unless the host is told otherwise.
                (None, Some(body)) if given["queue"].is_string() => {
                    STANDARD.decode(body).unwrap_or_else(|_| body.as_bytes().to_vec())
                }
                (None, Some(body)) => body.as_bytes().to_vec(),
                (None, None) => continue,
            };
            if serde_json::from_slice::<Map<String, Value>>(&bytes).is_err() {
                // The recipe refuses it in its own words.
                continue;
            }
            let name = binding["name"].as_str().unwrap();
            let mut envelope = fixture["expected"].clone();
            let data = envelope["Data"].as_object_mut().unwrap();
            let value = data.remove(name).unwrap();
            data.insert(MESSAGE.to_owned(), value);
            let got = message(envelope.to_string().as_bytes()).unwrap();
            assert_eq!(got, bytes, "{}", file.path().display());
            read.push(file.file_name().into_string().unwrap());
        }
        read.sort();
        let expected = [
            "bus_binary_tokenization.json",
            "bus_json_overwrites_metadata.json",
            "queue_binary_tokenization.json",
            "queue_json_overwrites_metadata.json",
        ];
        assert_eq!(read, expected);
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
