//! The receiving side of storage queues, as a Functions host needs it.

use super::StorageQueues;
use crate::storage::{StorageFault, call};
use azure_core::{
    http::headers::HeaderName,
    time::{OffsetDateTime, to_rfc3339},
};
use azure_storage_queue::models::{QueueClientReceiveMessagesOptions, ReceivedMessage};
use std::time::Duration;

/// Messages that one call receives at most (Azure Queue Storage).
const RECEIVED_MAX: usize = 32;
/// Where the service tells a new pop receipt.
const POP_RECEIPT: HeaderName = HeaderName::from_static("x-ms-popreceipt");

/// A message, hidden from others for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The queue's id of the message.
    pub id: String,
    /// What changes or deletes the message, until its visibility changes again.
    pub pop_receipt: String,
    /// The text as it was sent, base64 or not.
    pub text: String,
    /// How often it was received, this time included.
    pub dequeue_count: u32,
    /// When it was sent (RFC 3339).
    pub inserted_at: String,
    /// When it expires (RFC 3339).
    pub expires_at: String,
    /// When others may receive it (RFC 3339).
    pub next_visible_at: String,
}

impl StorageQueues {
    /// Receives up to `max` messages (at most 32) and hides them for `visibility`. A queue that is
    /// not there has none.
    pub async fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility: Duration,
    ) -> Result<Vec<Received>, StorageFault> {
        let client = self.queue(queue)?;
        let options = QueueClientReceiveMessagesOptions {
            number_of_messages: Some(number(max.clamp(1, RECEIVED_MAX))),
            // The service takes no visibility of zero here.
            visibility_timeout: Some(seconds(visibility).max(1)),
            ..QueueClientReceiveMessagesOptions::default()
        };
        let asked = call(&what(queue), client.receive_messages(Some(options))).await;
        let answer = match asked {
            Err(outcome) if outcome.is("QueueNotFound") => return Ok(Vec::new()),
            asked => asked.map_err(|outcome| outcome.fault())?,
        };
        let list = answer
            .into_model()
            .map_err(|fault| StorageFault(format!("{}: {fault}", what(queue))))?;
        Ok(list.items.unwrap_or_default().into_iter().map(received).collect())
    }

    /// Hides a message for `visibility` from now on; its new pop receipt.
    pub async fn update_visibility(
        &self,
        queue: &str,
        (id, pop_receipt): (&str, &str),
        visibility: Duration,
    ) -> Result<String, StorageFault> {
        let client = self.queue(queue)?;
        let asked = client.update_message(id, pop_receipt, seconds(visibility), None);
        let answer = call(&what(queue), asked).await.map_err(|outcome| outcome.fault())?;
        let receipt = answer.headers().get_optional_string(&POP_RECEIPT);
        receipt.ok_or_else(|| StorageFault(format!("{}: no new pop receipt", what(queue))))
    }

    /// Removes a message for good.
    pub async fn delete(
        &self,
        queue: &str,
        id: &str,
        pop_receipt: &str,
    ) -> Result<(), StorageFault> {
        let client = self.queue(queue)?;
        let asked = client.delete_message(id, pop_receipt, None);
        call(&what(queue), asked).await.map(drop).map_err(|outcome| outcome.fault())
    }

    /// Copies a message to the poison queue, text unchanged, and removes it from its own. Killed
    /// in between, it is in both, and goes to the poison queue once more.
    pub async fn move_to_poison(
        &self,
        (queue, poison): (&str, &str),
        (id, pop_receipt): (&str, &str),
        text: &str,
    ) -> Result<(), StorageFault> {
        self.make(poison).await?;
        self.send_text(poison, text).await?;
        self.delete(queue, id, pop_receipt).await
    }
}

fn received(message: ReceivedMessage) -> Received {
    let time = |at: Option<OffsetDateTime>| at.map(|at| to_rfc3339(&at)).unwrap_or_default();
    Received {
        id: message.message_id.unwrap_or_default(),
        pop_receipt: message.pop_receipt.unwrap_or_default(),
        text: message.message_text.unwrap_or_default(),
        dequeue_count: message
            .dequeue_count
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(u32::MAX),
        inserted_at: time(message.insertion_time),
        expires_at: time(message.expiration_time),
        next_visible_at: time(message.time_next_visible),
    }
}

fn what(queue: &str) -> String {
    format!("queue `{queue}`")
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Whole seconds, which is what the service counts; a part of one is a whole one.
fn seconds(time: Duration) -> i32 {
    let part = u64::from(time.subsec_nanos() > 0);
    i32::try_from(time.as_secs().saturating_add(part)).unwrap_or(i32::MAX)
}
