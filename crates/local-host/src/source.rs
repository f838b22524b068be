//! Where the messages of Service Bus and Storage queue functions come from.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

/// The subscriptions of topics, read with peek-lock.
///
/// A message that was received is locked for its receiver until it is completed, abandoned or its
/// lock runs out. The source counts deliveries and dead-letters by its own maximum.
#[async_trait]
pub trait BusSource: Send + Sync {
    /// Locks and returns up to `max` messages, or an empty list at once when there are none.
    async fn receive(
        &self,
        topic: &str,
        subscription: &str,
        max: usize,
    ) -> Result<Vec<LockedMessage>, SourceError>;

    /// Extends the lock. An error means that the lock is lost.
    async fn renew(
        &self,
        topic: &str,
        subscription: &str,
        lock_token: &str,
    ) -> Result<(), SourceError>;

    /// Removes the message for good. Durable when it returns.
    async fn complete(
        &self,
        topic: &str,
        subscription: &str,
        lock_token: &str,
    ) -> Result<(), SourceError>;

    /// Gives the message back; it is delivered again or, past the maximum, dead-lettered with
    /// `reason`.
    async fn abandon(
        &self,
        topic: &str,
        subscription: &str,
        lock_token: &str,
        reason: &str,
    ) -> Result<(), SourceError>;
}

/// Storage queues, read with a visibility timeout.
#[async_trait]
pub trait QueueSource: Send + Sync {
    /// Hides for `visibility` and returns up to `max` messages, or an empty list at once. The
    /// returned messages have their new `dequeue_count` and a fresh `pop_receipt`.
    async fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility: Duration,
    ) -> Result<Vec<QueuedMessage>, SourceError>;

    /// Hides the message for `visibility` from now on (zero: visible at once) and returns the pop
    /// receipt that is valid from now on. An error means that the message belongs to another.
    async fn update_visibility(
        &self,
        queue: &str,
        message_id: &str,
        pop_receipt: &str,
        visibility: Duration,
    ) -> Result<String, SourceError>;

    /// Removes the message for good. Durable when it returns.
    async fn delete(
        &self,
        queue: &str,
        message_id: &str,
        pop_receipt: &str,
    ) -> Result<(), SourceError>;

    /// Copies the message, bytes unchanged, to `poison_queue` and removes it from `queue`.
    async fn move_to_poison(
        &self,
        queue: &str,
        poison_queue: &str,
        message: &QueuedMessage,
        reason: &str,
    ) -> Result<(), SourceError>;
}

/// A message of a subscription, locked for us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockedMessage {
    /// The sender's id of the message.
    pub message_id: String,
    /// The body, as sent.
    pub body: Vec<u8>,
    /// How often the message was delivered, this time included.
    pub delivery_count: u32,
    /// The broker's number of the message.
    pub sequence_number: i64,
    /// When the broker accepted it (RFC 3339).
    pub enqueued_at: String,
    /// The sender's properties.
    pub application_properties: BTreeMap<String, String>,
    /// The session it belongs to.
    pub session_id: Option<String>,
    /// The sender's correlation id.
    pub correlation_id: Option<String>,
    /// The media type of the body.
    pub content_type: Option<String>,
    /// Proof of the lock, used to settle the message.
    pub lock_token: String,
}

/// A message of a storage queue, hidden for us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueuedMessage {
    /// The queue's id of the message.
    pub id: String,
    /// Proof that the message is ours, used to change or delete it.
    pub pop_receipt: String,
    /// The stored text, before any base64 decoding.
    pub body: Vec<u8>,
    /// How often the message was received, this time included.
    pub dequeue_count: u32,
    /// When it was inserted (RFC 3339).
    pub inserted_at: String,
    /// When it expires (RFC 3339).
    pub expires_at: String,
    /// When it becomes visible again (RFC 3339).
    pub next_visible_at: String,
}

/// A source did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError(pub String);

impl fmt::Display for SourceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for SourceError {}
