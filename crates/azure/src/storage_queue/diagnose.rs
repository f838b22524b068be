//! The queues under examination: they are there, and a message can be put and removed without
//! anybody receiving it.

use super::{StorageQueueBus, StorageQueues};
use crate::{
    remedy::remedy,
    storage::{StorageFault, call},
};
use async_trait::async_trait;
use azure_storage_queue::models::{QueueClientSendMessageOptions, QueueMessage};
use poa_operations::{
    diagnosis::{Check, Diagnose},
    ports::bus::queue_of,
};
use poa_protocol::event::Wing;

/// Seconds for which nobody receives the message of a probe.
const HIDDEN_SECS: i32 = 60;
/// Seconds after which the service forgets the message of a probe that could not be removed.
const KEPT_SECS: i32 = 61;

#[async_trait]
impl Diagnose for StorageQueueBus {
    fn name(&self) -> String {
        format!("Azure Storage queues, {}", self.queues.url)
    }

    async fn diagnose(&self) -> Vec<Check> {
        let mut checks = Vec::new();
        for queue in [Wing::Bank, Wing::NonBank].map(queue_of) {
            let cure = |wrong: &str| {
                let missing = format!("make the queue `{queue}`");
                remedy(wrong, "Storage Queue Data Contributor", &missing)
            };
            let there = self.queues.ready(&queue).await;
            let there = Check::of(format!("queue `{queue}` is there"), there, cure);
            let holds = there.holds();
            checks.push(there);
            if holds {
                let what = format!("a message can be put into `{queue}` and removed");
                checks.push(Check::of(what, self.queues.probe(&queue).await, cure));
            }
        }
        checks
    }
}

impl StorageQueues {
    /// Puts a message that nobody receives, and removes it.
    async fn probe(&self, name: &str) -> Result<(), StorageFault> {
        let queue = self.queue(name)?;
        let told = |fault: azure_core::Error| StorageFault(fault.to_string());
        let message = QueueMessage { message_text: Some("probe".to_owned()) };
        let options = QueueClientSendMessageOptions {
            visibility_timeout: Some(HIDDEN_SECS),
            message_time_to_live: Some(KEPT_SECS),
            ..QueueClientSendMessageOptions::default()
        };
        let put = queue.send_message(message.try_into().map_err(told)?, Some(options));
        let put = call("a probe", put).await.map_err(|outcome| outcome.fault())?;
        let put = put.into_model().map_err(told)?.items.unwrap_or_default().into_iter().next();
        let known = put.and_then(|put| Some((put.message_id?, put.pop_receipt?)));
        let (id, receipt) =
            known.ok_or_else(|| StorageFault("the service named no message".to_owned()))?;
        self.delete(name, &id, &receipt).await
    }
}
