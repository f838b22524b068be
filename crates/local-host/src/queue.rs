//! Drives the Storage queue functions: lease, renew, delete, release, poison.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::envelope::{Envelope, Metadata, Wire};
use crate::function::{DataType, Function};
use crate::handler::Unready;
use crate::idle::Idle;
use crate::invoke::Engine;
use crate::{Level, QueueSource, QueuedMessage, SourceError, limits, time_source};

/// One function and the queue that feeds it.
#[derive(Clone)]
pub(crate) struct Queue {
    pub(crate) engine: Arc<Engine>,
    pub(crate) source: Arc<dyn QueueSource>,
    pub(crate) function: Arc<Function>,
    pub(crate) name: String,
    pub(crate) data_type: DataType,
}

impl Queue {
    /// Feeds messages until the host stops.
    pub(crate) async fn feed(self) {
        let rules = &self.engine.rules.queue;
        let timing = &self.engine.timing;
        let longest = rules.polling_max.map_or(timing.idle_max, |max| max.min(timing.idle_max));
        let mut idle = Idle::new(timing.idle_min, longest);
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let mut running = JoinSet::new();
        loop {
            while running.try_join_next().is_some() {}
            if running.len() > size(rules.new_batch_threshold) {
                running.join_next().await;
                continue;
            }
            if let Err(Unready::Stopped(_)) = self.engine.handler.ready().await {
                return;
            }
            let lease = timing.queue_lease;
            match self.source.receive(&self.name, size(rules.batch_size), lease).await {
                Ok(messages) if messages.is_empty() => sleep(idle.step()).await,
                Ok(messages) => {
                    idle.reset();
                    for message in messages {
                        let this = self.clone();
                        running.spawn(async move { this.process(message).await });
                    }
                }
                Err(error) => {
                    self.log(Level::Error, format!("cannot receive: {error}"));
                    sleep(idle.longest()).await;
                }
            }
        }
    }

    async fn process(&self, mut message: QueuedMessage) {
        let max = self.engine.rules.queue.dequeues_max;
        let poison = poison_name(&self.name);
        if let Some(poison) = poison.as_deref().filter(|_| message.dequeue_count > max) {
            let reason = format!("received more than {max} times");
            return self.bury(&message, poison, &reason).await;
        }
        let base64 = self.engine.rules.queue.base64;
        let outcome = match envelope(&self.function, &message, self.data_type, base64) {
            Ok(envelope) => self.run(&mut message, envelope).await,
            // The conversion fails before the handler is called.
            Err(reason) => {
                self.log(Level::Error, reason.clone());
                Err(reason)
            }
        };
        match (outcome, poison) {
            (Ok(()), _) => {
                let deleted = self.source.delete(&self.name, &message.id, &message.pop_receipt);
                self.report("was not deleted", &message, deleted.await);
            }
            (Err(reason), Some(poison)) if message.dequeue_count >= max => {
                self.bury(&message, &poison, &reason).await;
            }
            (Err(_), Some(_)) => {
                let wait = self.engine.rules.queue.visibility_timeout;
                let released = self.hide(&message, wait).await;
                self.report("was not released", &message, released.map(|_| ()));
            }
            // Without a poison queue the message stays hidden, so that it does not fail in a loop.
            (Err(_), None) => {}
        }
    }

    /// Runs the function and renews the lease at its half.
    async fn run(&self, message: &mut QueuedMessage, envelope: Envelope) -> Result<(), String> {
        let lease = self.engine.timing.queue_lease;
        let half = lease.checked_div(2).unwrap_or(lease).max(Duration::from_millis(1));
        let invocation = self.engine.invoke(&self.function, envelope);
        tokio::pin!(invocation);
        loop {
            tokio::select! {
                outcome = &mut invocation => return outcome.map(|_| ()),
                () = sleep(half) => match self.hide(message, lease).await {
                    Ok(receipt) => message.pop_receipt = receipt,
                    Err(error) => {
                        self.log(Level::Warning, format!("the lease was not renewed: {error}"));
                    }
                },
            }
        }
    }

    async fn hide(&self, message: &QueuedMessage, time: Duration) -> Result<String, SourceError> {
        let (id, receipt) = (&message.id, &message.pop_receipt);
        self.source.update_visibility(&self.name, id, receipt, time).await
    }

    async fn bury(&self, message: &QueuedMessage, poison: &str, reason: &str) {
        let id = &message.id;
        self.log(Level::Error, format!("message `{id}` goes to `{poison}`: {reason}"));
        let moved = self.source.move_to_poison(&self.name, poison, message, reason).await;
        self.report("was not moved", message, moved);
    }

    fn report(&self, what: &str, message: &QueuedMessage, outcome: Result<(), SourceError>) {
        if let Err(error) = outcome {
            self.log(Level::Error, format!("message `{}` {what}: {error}", message.id));
        }
    }

    fn log(&self, level: Level, message: String) {
        self.engine.journal.function(level, &self.function.name, message);
    }
}

/// The queue for poison messages; none for a queue that is one, or whose name would get too long.
pub(crate) fn poison_name(queue: &str) -> Option<String> {
    const SUFFIX: &str = "-poison";
    let poison = format!("{queue}{SUFFIX}");
    let fits = poison.len() <= limits::QUEUE_NAME_CHARS_MAX;
    (!queue.ends_with(SUFFIX) && fits).then_some(poison)
}

/// The envelope of one message; the error is the reason why it cannot be delivered.
pub(crate) fn envelope(
    function: &Function,
    message: &QueuedMessage,
    data_type: DataType,
    base64: bool,
) -> Result<Envelope, String> {
    let body = if base64 {
        STANDARD.decode(message.body.trim_ascii()).map_err(|error| {
            format!("message `{}` is not base64, as `messageEncoding` says: {error}", message.id)
        })?
    } else {
        message.body.clone()
    };
    let mut metadata = Metadata::default();
    metadata.set("DequeueCount", Wire::Json(json!(message.dequeue_count)));
    metadata.set("Id", Wire::text(message.id.as_str()));
    metadata.set("PopReceipt", Wire::text(message.pop_receipt.as_str()));
    for (name, time) in [
        ("InsertionTime", &message.inserted_at),
        ("ExpirationTime", &message.expires_at),
        ("NextVisibleTime", &message.next_visible_at),
    ] {
        let parsed = time_source::parse(time).map(time_source::offset_text);
        metadata.set(name, Wire::Time(parsed.unwrap_or_else(|| time.clone())));
    }
    match data_type {
        DataType::Binary => Ok(Envelope::new(function, Wire::Bytes(body), metadata)),
        DataType::Text | DataType::Unset => match String::from_utf8(body) {
            Ok(text) => Ok(Envelope::of_text(function, &text, metadata)),
            Err(_) => Err(format!("message `{}` is not UTF-8 text", message.id)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poison_queues_have_none_themselves_and_names_have_an_end() {
        let longest = "q".repeat(56);
        let too_long = "q".repeat(57);
        assert_eq!(poison_name("batches").as_deref(), Some("batches-poison"));
        assert_eq!(poison_name("batches-poison"), None);
        assert_eq!(poison_name(&longest), Some(format!("{longest}-poison")));
        assert_eq!(poison_name(&too_long), None);
    }
}
