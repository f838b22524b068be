//! The JSON in which the host wraps an invocation, its double encoding included.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::function::Function;
use crate::time_source;

/// One invocation: the values of the bindings and what the host knows about the trigger.
#[derive(Debug, Clone)]
pub(crate) struct Envelope {
    data: Vec<(String, Wire)>,
    metadata: Metadata,
}

/// A value by the way the host writes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wire {
    /// Base64, one level.
    Bytes(Vec<u8>),
    /// A time as text, one level.
    Time(String),
    /// A plain JSON object.
    Object(Map<String, Value>),
    /// Everything else: a string that holds JSON text.
    Json(Value),
}

impl Wire {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Json(Value::String(text.into()))
    }

    /// Objects go plain, everything else as a string of JSON text.
    pub(crate) fn of(value: Value) -> Self {
        match value {
            Value::Object(object) => Self::Object(object),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Self::Json(value),
        }
    }

    fn encode(self) -> Value {
        match self {
            Self::Bytes(bytes) => Value::String(STANDARD.encode(bytes)),
            Self::Time(text) => Value::String(text),
            Self::Object(object) => Value::Object(object),
            Self::Json(value) => Value::String(value.to_string()),
        }
    }
}

/// Binding data; names are not case-sensitive, and the first spelling of a name stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metadata(BTreeMap<String, (String, Wire)>);

impl Metadata {
    pub(crate) fn set(&mut self, name: &str, value: Wire) {
        let entry = self.0.entry(name.to_lowercase());
        entry.and_modify(|old| old.1 = value.clone()).or_insert_with(|| (name.to_owned(), value));
    }

    pub(crate) fn set_some(&mut self, name: &str, value: Option<&String>) {
        if let Some(text) = value {
            self.set(name, Wire::text(text.as_str()));
        }
    }

    /// Copies the properties of a JSON object body over the binding data, as the host does for
    /// string triggers: a body can overwrite what the host itself says.
    fn poison(&mut self, body: &str) {
        let Ok(Value::Object(properties)) = serde_json::from_str(body) else { return };
        for (name, value) in properties {
            if !value.is_array() {
                self.set(&name, Wire::of(value));
            }
        }
    }

    fn encode(self) -> Map<String, Value> {
        let shown = |name: &str, value: &Wire| {
            !name.ends_with("trigger") && *value != Wire::Json(Value::Null)
        };
        self.0
            .into_iter()
            .filter(|(folded, (_, value))| shown(folded, value))
            .map(|(_, (name, value))| (name, value.encode()))
            .collect()
    }
}

impl Envelope {
    /// An invocation whose trigger hands over `value`.
    pub(crate) fn new(function: &Function, value: Wire, mut metadata: Metadata) -> Self {
        metadata.set("sys", sys(function, time_source::now(), Uuid::new_v4()));
        let missing = function.inputs.iter().map(|name| (name.clone(), Wire::Json(Value::Null)));
        let trigger = std::iter::once((function.trigger_name.clone(), value));
        Self { data: trigger.chain(missing).collect(), metadata }
    }

    /// An invocation whose trigger hands over text; a JSON body leaks into the metadata.
    pub(crate) fn of_text(function: &Function, text: &str, metadata: Metadata) -> Self {
        let mut envelope = Self::new(function, Wire::text(text), metadata);
        envelope.metadata.poison(text);
        envelope
    }

    /// The bytes on the wire.
    pub(crate) fn encode(self) -> String {
        let data: Map<String, Value> =
            self.data.into_iter().map(|(name, value)| (name, value.encode())).collect();
        json!({ "Data": data, "Metadata": self.metadata.encode() }).to_string()
    }
}

fn sys(function: &Function, now: DateTime<Utc>, guid: Uuid) -> Wire {
    Wire::of(json!({
        "MethodName": function.name,
        "UtcNow": time_source::text(now),
        "RandGuid": guid.to_string(),
    }))
}
