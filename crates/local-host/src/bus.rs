//! Drives the Service Bus functions: peek-lock, complete, abandon.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, interval_at, sleep};

use crate::envelope::{Envelope, Wire};
use crate::function::{DataType, Function};
use crate::idle::Idle;
use crate::invoke::Engine;
use crate::{BusSource, Level, LockedMessage, bus_metadata};

/// One function and the subscription that feeds it.
#[derive(Clone)]
pub(crate) struct Subscription {
    pub(crate) engine: Arc<Engine>,
    pub(crate) source: Arc<dyn BusSource>,
    pub(crate) function: Arc<Function>,
    pub(crate) topic: String,
    pub(crate) name: String,
    pub(crate) data_type: DataType,
}

impl Subscription {
    /// Feeds single messages, up to the concurrency cap at once, until the host stops.
    pub(crate) async fn feed_one_by_one(self) {
        let cap = usize::try_from(self.engine.rules.bus.calls_max).unwrap_or(usize::MAX);
        let mut idle = Idle::new(self.engine.timing.idle_min, self.engine.timing.idle_max);
        let mut running = JoinSet::new();
        loop {
            while running.try_join_next().is_some() {}
            let free = cap.saturating_sub(running.len());
            if free == 0 {
                running.join_next().await;
                continue;
            }
            let Some(messages) = self.receive(free, &mut idle).await else { return };
            for message in messages {
                let this = self.clone();
                running.spawn(async move { this.process(message).await });
            }
        }
    }

    /// Feeds one batch after the other, until the host stops.
    pub(crate) async fn feed_in_batches(self) {
        let max = usize::try_from(self.engine.rules.bus.batch_max).unwrap_or(usize::MAX);
        let mut idle = Idle::new(self.engine.timing.idle_min, self.engine.timing.idle_max);
        while let Some(messages) = self.receive(max, &mut idle).await {
            if !messages.is_empty() {
                self.process_batch(&messages).await;
            }
        }
    }

    /// The next messages, perhaps none after a wait; `None` when the host has stopped.
    async fn receive(&self, max: usize, idle: &mut Idle) -> Option<Vec<LockedMessage>> {
        // Messages that nobody could process are better left where they are.
        if let Err(crate::handler::Unready::Stopped(_)) = self.engine.handler.ready().await {
            return None;
        }
        match self.source.receive(&self.topic, &self.name, max).await {
            Ok(messages) if messages.is_empty() => sleep(idle.step()).await,
            Ok(messages) => {
                idle.reset();
                return Some(messages);
            }
            Err(error) => {
                self.log(Level::Error, format!("cannot receive: {error}"));
                sleep(idle.longest()).await;
            }
        }
        Some(Vec::new())
    }

    async fn process(&self, message: LockedMessage) {
        let envelope = one(&self.function, &message, self.data_type);
        let outcome = {
            let invocation = self.engine.invoke(&self.function, envelope);
            tokio::pin!(invocation);
            let renewal = self.keep_locked(&message);
            tokio::pin!(renewal);
            tokio::select! {
                outcome = &mut invocation => outcome,
                // The lock is lost or is not renewed any more; the invocation goes on, as on
                // the real host, and settling it will show whether the lock held.
                () = &mut renewal => invocation.await,
            }
        };
        self.settle(&message, outcome.map(|_| ())).await;
    }

    async fn process_batch(&self, messages: &[LockedMessage]) {
        let outcome = match many(&self.function, messages, self.data_type) {
            Ok(envelope) => self.engine.invoke(&self.function, envelope).await.map(|_| ()),
            Err(reason) => {
                self.log(Level::Error, reason.clone());
                Err(reason)
            }
        };
        for message in messages {
            self.settle(message, outcome.clone()).await;
        }
    }

    async fn keep_locked(&self, message: &LockedMessage) {
        let every = self.engine.timing.lock_renewal.max(Duration::from_millis(1));
        let start = Instant::now();
        let (Some(first), Some(end)) =
            (start.checked_add(every), start.checked_add(self.engine.rules.bus.renew_for))
        else {
            return;
        };
        let mut ticks = interval_at(first, every);
        while ticks.tick().await <= end {
            let renewed = self.source.renew(&self.topic, &self.name, &message.lock_token).await;
            if let Err(error) = renewed {
                self.log(Level::Warning, format!("the lock was not renewed: {error}"));
                return;
            }
        }
    }

    async fn settle(&self, message: &LockedMessage, outcome: Result<(), String>) {
        let (topic, name, token) = (&self.topic, &self.name, &message.lock_token);
        let settled = match &outcome {
            Ok(()) => self.source.complete(topic, name, token).await,
            Err(reason) => self.source.abandon(topic, name, token, reason).await,
        };
        if let Err(error) = settled {
            let id = &message.message_id;
            self.log(Level::Error, format!("message `{id}` was not settled: {error}"));
        }
    }

    fn log(&self, level: Level, message: String) {
        self.engine.journal.function(level, &self.function.name, message);
    }
}

/// The envelope of one message.
pub(crate) fn one(function: &Function, message: &LockedMessage, data_type: DataType) -> Envelope {
    let metadata = bus_metadata::of_one(message);
    match data_type {
        DataType::Binary => Envelope::new(function, Wire::Bytes(message.body.clone()), metadata),
        // Bytes that are not UTF-8 become replacement characters, as on the real host.
        DataType::Text | DataType::Unset => {
            Envelope::of_text(function, &String::from_utf8_lossy(&message.body), metadata)
        }
    }
}

/// The envelope of a batch; the error is the reason why it cannot be delivered.
pub(crate) fn many(
    function: &Function,
    messages: &[LockedMessage],
    data_type: DataType,
) -> Result<Envelope, String> {
    let bodies: Vec<&[u8]> = messages.iter().map(|message| message.body.as_slice()).collect();
    let value = many_value(&bodies, data_type)?;
    Ok(Envelope::new(function, value, bus_metadata::of_many(messages)))
}

/// The value of a batch: texts, base64 texts or, without a data type, parsed documents.
pub(crate) fn many_value(bodies: &[&[u8]], data_type: DataType) -> Result<Wire, String> {
    let value = |body: &&[u8]| match data_type {
        DataType::Binary => Ok(json!(STANDARD.encode(body))),
        DataType::Text => Ok(json!(String::from_utf8_lossy(body))),
        DataType::Unset => serde_json::from_slice::<Value>(body).map_err(|error| {
            format!(
                "one body of the batch is not JSON ({error}), which fails the whole batch: set \
                 `dataType`"
            )
        }),
    };
    bodies.iter().map(value).collect::<Result<_, _>>().map(|list| Wire::Json(Value::Array(list)))
}
