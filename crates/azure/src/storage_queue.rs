//! The bus over Azure Storage queues, one per wing: for development with Azurite and the Functions
//! Core Tools, where there is no Service Bus.
//!
//! At least once, and nothing drops duplicates: who receives is idempotent. Messages come about in
//! the order in which they were sent, which is enough: receivers load the truth from the store.

use crate::{
    client::Client,
    storage::{self, StorageAccess, StorageFault, call},
};
use async_trait::async_trait;
use azure_core::http::StatusCode;
use azure_storage_queue::{
    QueueClient, QueueServiceClient, QueueServiceClientOptions,
    models::{QueueClientSendMessageOptions, QueueMessage},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use poa_operations::{
    cost::{self, Cost},
    ports::bus::{Bus, BusFault, Message, queue_of},
};
use poa_protocol::{event::Wing, limits};

mod diagnose;
mod receive;

pub use receive::Received;

/// Characters of a message id, as Service Bus has them.
const ID_CHARS_MAX: usize = 128;
/// That a message does not expire.
const FOR_EVER: i32 = -1;

/// The queues of one storage account: the sending and the receiving side.
pub struct StorageQueues {
    url: String,
    access: StorageAccess,
    service: QueueServiceClient,
}

impl std::fmt::Debug for StorageQueues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorageQueues").field("url", &self.url).finish_non_exhaustive()
    }
}

impl StorageQueues {
    /// Opens the queues at this URL, for example `https://papers.queue.core.windows.net/`. Nothing
    /// is asked of the service yet.
    pub fn open(url: &str, access: StorageAccess, client: &Client) -> Result<Self, StorageFault> {
        let parsed = storage::base(url)?;
        let mut client_options = client.options();
        let credential = access.admit(&parsed, &mut client_options)?;
        let options = QueueServiceClientOptions { client_options, ..Default::default() };
        let service = QueueServiceClient::new(parsed, credential, Some(options))
            .map_err(|fault| StorageFault(fault.to_string()))?;
        Ok(Self { url: url.to_owned(), access, service })
    }

    fn queue(&self, name: &str) -> Result<QueueClient, StorageFault> {
        self.service
            .queue_client(name)
            .map_err(|fault| StorageFault(format!("queue `{name}`: {fault}")))
    }

    /// Sends a text as it is. A queue of Azurite that is not there yet is made.
    pub async fn send_text(&self, name: &str, text: &str) -> Result<(), StorageFault> {
        let queue = self.queue(name)?;
        let what = format!("queue `{name}`");
        let sent = call(&what, put(&queue, text)).await;
        match sent {
            Err(outcome) if outcome.is("QueueNotFound") && self.access.makes_missing() => {
                self.make(name).await?;
                call(&what, put(&queue, text)).await.map_err(|outcome| outcome.fault())
            }
            sent => sent.map_err(|outcome| outcome.fault()),
        }
    }

    async fn make(&self, name: &str) -> Result<(), StorageFault> {
        let queue = self.queue(name)?;
        match call(&format!("queue `{name}`"), queue.create(None)).await {
            Ok(_) => Ok(()),
            Err(outcome) if outcome.status() == Some(StatusCode::Conflict) => Ok(()),
            Err(outcome) => Err(outcome.fault()),
        }
    }

    /// Whether a queue is there and answers.
    pub async fn ready(&self, name: &str) -> Result<(), StorageFault> {
        let queue = self.queue(name)?;
        match call(&format!("queue `{name}`"), queue.get_properties(None)).await {
            Ok(_) => Ok(()),
            Err(outcome) if outcome.is("QueueNotFound") && self.access.makes_missing() => {
                self.make(name).await
            }
            Err(outcome) => Err(outcome.fault()),
        }
    }
}

async fn put(queue: &QueueClient, text: &str) -> azure_core::Result<()> {
    let message = QueueMessage { message_text: Some(text.to_owned()) };
    let options = QueueClientSendMessageOptions {
        message_time_to_live: Some(FOR_EVER),
        ..QueueClientSendMessageOptions::default()
    };
    queue.send_message(message.try_into()?, Some(options)).await.map(drop)
}

/// The bus over these queues.
#[derive(Debug)]
pub struct StorageQueueBus {
    queues: StorageQueues,
}

impl StorageQueueBus {
    /// A bus over these queues.
    #[must_use]
    pub fn new(queues: StorageQueues) -> Self {
        Self { queues }
    }
}

#[async_trait]
impl Bus for StorageQueueBus {
    async fn publish(&self, messages: &[Message]) -> Result<(), BusFault> {
        // Nothing is sent of what cannot be sent whole.
        messages.iter().try_for_each(check)?;
        for message in messages {
            // Where the host expects base64, a text as it is would be poison.
            let text = STANDARD.encode(&message.body);
            cost::spend(Cost { bus_operations: 1, ..Cost::default() });
            self.queues.send_text(&queue_of(message.wing), &text).await.map_err(told)?;
        }
        Ok(())
    }

    async fn ready(&self) -> Result<(), BusFault> {
        for wing in [Wing::Bank, Wing::NonBank] {
            self.queues.ready(&queue_of(wing)).await.map_err(told)?;
        }
        Ok(())
    }
}

fn check(message: &Message) -> Result<(), BusFault> {
    for (what, id) in [("message id", &message.message_id), ("session id", &message.session_id)] {
        if id.is_empty() || id.chars().count() > ID_CHARS_MAX {
            return Err(BusFault(format!("a {what} has 1 to {ID_CHARS_MAX} characters")));
        }
    }
    let (bytes, most) = (message.body.len(), limits::QUEUE_MESSAGE_BYTES_MAX);
    if bytes > most {
        let id = &message.message_id;
        return Err(BusFault(format!("message `{id}` has {bytes} bytes, more than {most}")));
    }
    Ok(())
}

fn told(fault: StorageFault) -> BusFault {
    BusFault(fault.0)
}
