//! Storage queues in memory: visibility, pop receipts, poison.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use poa_local_host::{QueueSource, QueuedMessage, SourceError};
use tokio::time::Instant;

/// All queues of one account.
#[derive(Default)]
pub(crate) struct MemoryQueues {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    messages: Vec<Held>,
    receipts: u64,
    deleted: Vec<String>,
    renewals: usize,
    received_max: usize,
    receives: usize,
}

struct Held {
    queue: String,
    message: QueuedMessage,
    reason: String,
    hidden_until: Option<Instant>,
}

impl MemoryQueues {
    pub(crate) fn put(&self, queue: &str, message: QueuedMessage) {
        let (queue, reason) = (queue.to_owned(), String::new());
        let held = Held { queue, message, reason, hidden_until: None };
        self.state.lock().unwrap().messages.push(held);
    }

    pub(crate) fn deleted(&self) -> Vec<String> {
        self.state.lock().unwrap().deleted.clone()
    }

    /// The messages of a queue: id, dequeue count, body, reason.
    pub(crate) fn content(&self, queue: &str) -> Vec<(String, u32, Vec<u8>, String)> {
        let state = self.state.lock().unwrap();
        let held = state.messages.iter().filter(|held| held.queue == queue);
        held.map(|held| {
            let QueuedMessage { id, dequeue_count, body, .. } = held.message.clone();
            (id, dequeue_count, body, held.reason.clone())
        })
        .collect()
    }

    pub(crate) fn renewals(&self) -> usize {
        self.state.lock().unwrap().renewals
    }

    pub(crate) fn receives(&self) -> usize {
        self.state.lock().unwrap().receives
    }

    /// The most messages that were asked for at once.
    pub(crate) fn received_max(&self) -> usize {
        self.state.lock().unwrap().received_max
    }

    fn with<T>(
        &self,
        (queue, id, receipt): (&str, &str, &str),
        act: impl FnOnce(&mut State, usize) -> T,
    ) -> Result<T, SourceError> {
        let mut state = self.state.lock().unwrap();
        let index = state.messages.iter().position(|held| {
            held.queue == queue && held.message.id == id && held.message.pop_receipt == receipt
        });
        let index = index.ok_or_else(|| SourceError("the pop receipt is old".to_owned()))?;
        Ok(act(&mut state, index))
    }
}

#[async_trait]
impl QueueSource for MemoryQueues {
    async fn receive(
        &self,
        queue: &str,
        max: usize,
        visibility: Duration,
    ) -> Result<Vec<QueuedMessage>, SourceError> {
        let mut state = self.state.lock().unwrap();
        let now = Instant::now();
        let mut receipts = state.receipts;
        state.received_max = state.received_max.max(max);
        state.receives = state.receives.saturating_add(1);
        let mut received = Vec::new();
        for held in state.messages.iter_mut().filter(|held| held.queue == queue) {
            let free = held.hidden_until.is_none_or(|end| end <= now);
            if free && received.len() < max {
                receipts = receipts.saturating_add(1);
                held.hidden_until = now.checked_add(visibility);
                held.message.dequeue_count = held.message.dequeue_count.saturating_add(1);
                held.message.pop_receipt = format!("receipt-{receipts}");
                received.push(held.message.clone());
            }
        }
        state.receipts = receipts;
        Ok(received)
    }

    async fn update_visibility(
        &self,
        queue: &str,
        message_id: &str,
        pop_receipt: &str,
        visibility: Duration,
    ) -> Result<String, SourceError> {
        self.with((queue, message_id, pop_receipt), |state, index| {
            state.receipts = state.receipts.saturating_add(1);
            if !visibility.is_zero() {
                state.renewals = state.renewals.saturating_add(1);
            }
            let receipt = format!("receipt-{}", state.receipts);
            let held = &mut state.messages[index];
            held.hidden_until = Instant::now().checked_add(visibility);
            held.message.pop_receipt.clone_from(&receipt);
            receipt
        })
    }

    async fn delete(
        &self,
        queue: &str,
        message_id: &str,
        pop_receipt: &str,
    ) -> Result<(), SourceError> {
        self.with((queue, message_id, pop_receipt), |state, index| {
            let held = state.messages.remove(index);
            state.deleted.push(held.message.id);
        })
    }

    async fn move_to_poison(
        &self,
        queue: &str,
        poison_queue: &str,
        message: &QueuedMessage,
        reason: &str,
    ) -> Result<(), SourceError> {
        self.with((queue, &message.id, &message.pop_receipt), |state, index| {
            let mut held = state.messages.remove(index);
            poison_queue.clone_into(&mut held.queue);
            reason.clone_into(&mut held.reason);
            held.hidden_until = None;
            held.message.dequeue_count = 0;
            state.messages.push(held);
        })
    }
}
