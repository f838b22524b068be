//! The bus: tells the functions of a wing that a tokenization goes on.
//! Messages carry ids, never data.

use async_trait::async_trait;
use poa_protocol::event::Wing;

/// The topic that wakes tokenizations.
pub const TOPIC: &str = "tokenization";

/// The queue that stands for a wing's subscription where there are queues only.
#[must_use]
pub fn queue_of(wing: Wing) -> String {
    format!("{TOPIC}-{}", wing.subscription())
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The same for every repetition of the same event (at most 128 characters): the bus drops
    /// duplicates by it.
    pub message_id: String,
    /// The stream: messages of one session arrive in order.
    pub session_id: String,
    /// The application property `wing`, which chooses the subscription.
    pub wing: Wing,
    /// JSON.
    pub body: String,
}

/// The messages may not have arrived. Send the same ones again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusFault(pub String);

impl std::fmt::Display for BusFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BusFault {}

/// The sending side of the bus.
#[async_trait]
pub trait Bus: Send + Sync + std::fmt::Debug {
    /// Publishes to [`TOPIC`]. Durable when it returns `Ok`. At least once: after a fault the
    /// caller sends the same messages again, and those whose
    /// `message_id` the bus has seen within its window are dropped.
    async fn publish(&self, messages: &[Message]) -> Result<(), BusFault>;

    /// Whether the bus answers.
    async fn ready(&self) -> Result<(), BusFault>;
}
