//! Azurite's queues as the local host reads them.

use async_trait::async_trait;
use poa_azure::{
    client::Client,
    storage::{StorageAccess, StorageFault},
    storage_queue::{Received, StorageQueues},
};
use poa_local_host::{QueueSource, QueuedMessage, SourceError};
use std::time::Duration;

/// Reads the queues of Azurite.
#[derive(Debug)]
pub(crate) struct AzuriteQueues(StorageQueues);

impl AzuriteQueues {
    /// The queues at this URL.
    pub(crate) fn open(url: &str) -> Result<Self, String> {
        let client = Client::new().map_err(|fault| fault.to_string())?;
        let queues = StorageQueues::open(url, StorageAccess::Azurite, &client);
        queues.map(Self).map_err(|fault| fault.to_string())
    }
}

#[async_trait]
impl QueueSource for AzuriteQueues {
    async fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility: Duration,
    ) -> Result<Vec<QueuedMessage>, SourceError> {
        let received = self.0.receive(queue, max, visibility).await.map_err(told)?;
        Ok(received.into_iter().map(queued).collect())
    }

    async fn update_visibility(
        &self,
        queue: &str,
        message_id: &str,
        pop_receipt: &str,
        visibility: Duration,
    ) -> Result<String, SourceError> {
        let message = (message_id, pop_receipt);
        self.0.update_visibility(queue, message, visibility).await.map_err(told)
    }

    async fn delete(
        &self,
        queue: &str,
        message_id: &str,
        pop_receipt: &str,
    ) -> Result<(), SourceError> {
        self.0.delete(queue, message_id, pop_receipt).await.map_err(told)
    }

    async fn move_to_poison(
        &self,
        queue: &str,
        poison_queue: &str,
        message: &QueuedMessage,
        _reason: &str,
    ) -> Result<(), SourceError> {
        let (id, receipt) = (message.id.as_str(), message.pop_receipt.as_str());
        let text = String::from_utf8_lossy(&message.body);
        self.0.move_to_poison((queue, poison_queue), (id, receipt), &text).await.map_err(told)
    }
}

fn queued(received: Received) -> QueuedMessage {
    QueuedMessage {
        id: received.id,
        pop_receipt: received.pop_receipt,
        body: received.text.into_bytes(),
        dequeue_count: received.dequeue_count,
        inserted_at: received.inserted_at,
        expires_at: received.expires_at,
        next_visible_at: received.next_visible_at,
    }
}

fn told(fault: StorageFault) -> SourceError {
    SourceError(fault.0)
}
