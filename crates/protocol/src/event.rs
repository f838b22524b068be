//! Events: what happened, in the form that is kept and sent (CloudEvents 1.0).

use crate::{caller::Person, ids::TokenizationId, partition::Partition, timestamp::Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of an originator or supplier, and so the road that its requests take.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Wing {
    /// Passes the bank contour.
    Bank,
    /// Does not.
    NonBank,
}

impl Wing {
    /// The value of the bus property `wing` and the name of the subscription.
    #[must_use]
    pub fn subscription(self) -> &'static str {
        match self {
            Self::Bank => "bank",
            Self::NonBank => "non-bank",
        }
    }
}

impl std::str::FromStr for Wing {
    type Err = NoSuchWing;

    fn from_str(text: &str) -> Result<Self, NoSuchWing> {
        match text {
            "bank" => Ok(Self::Bank),
            "non_bank" => Ok(Self::NonBank),
            _ => Err(NoSuchWing),
        }
    }
}

/// A text that names no wing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoSuchWing;

/// That a tokenization has something to do after an event: the relay turns it into a bus message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Wake {
    /// Which subscription hears it.
    pub wing: Wing,
    /// Which tokenization goes on.
    pub tokenization: TokenizationId,
}

/// An event as a rule decides it: no time, no number, no actor yet.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// `poa.<entity>.<verb>.v1`.
    pub event_type: &'static str,
    /// The id of what it happened to.
    pub subject: String,
    /// What happened.
    pub data: Value,
    /// Whether a tokenization goes on after it.
    pub wake: Option<Wake>,
}

/// An event as it is kept: one CloudEvent, numbered within its partition without gaps from 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Always `1.0`.
    pub specversion: String,
    /// Partition and sequence: the same bytes on every repetition.
    pub id: String,
    /// Always `/proof-of-asset`.
    pub source: String,
    /// `poa.<entity>.<verb>.v1`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The id of what it happened to.
    pub subject: String,
    /// When the commit was decided.
    pub time: Timestamp,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// Number within the stream (CloudEvents extension `sequence`), decimal.
    pub sequence: String,
    /// The stream: name of the partition (CloudEvents extension `partitionkey`).
    pub partitionkey: String,
    /// Who caused it; absent where the system itself went on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Person>,
    /// What happened.
    pub data: Value,
    /// Whether a tokenization goes on after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wake: Option<Wake>,
}

impl Event {
    /// Numbers a new event.
    #[must_use]
    pub fn number(
        new: NewEvent,
        partition: &Partition,
        sequence: u64,
        time: Timestamp,
        actor: Option<Person>,
    ) -> Self {
        Self {
            specversion: "1.0".to_owned(),
            id: format!("{partition}/{sequence}"),
            source: "/proof-of-asset".to_owned(),
            event_type: new.event_type.to_owned(),
            subject: new.subject,
            time,
            datacontenttype: "application/json".to_owned(),
            sequence: sequence.to_string(),
            partitionkey: partition.as_str().to_owned(),
            actor,
            data: new.data,
            wake: new.wake,
        }
    }

    /// The id of the item that keeps event number `sequence` of a partition.
    #[must_use]
    pub fn item_id(sequence: u64) -> String {
        format!("e:{sequence:012}")
    }
}
