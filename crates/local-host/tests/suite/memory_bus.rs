//! A bus in memory: locks, delivery counts, dead letters.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use poa_local_host::{BusSource, LockedMessage, SourceError};
use tokio::time::Instant;

/// One bus with all its subscriptions.
pub(crate) struct MemoryBus {
    deliveries_max: u32,
    lock: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    messages: Vec<Held>,
    tokens: u64,
    done: Vec<String>,
    dead: Vec<(String, String)>,
    renewals: BTreeMap<String, usize>,
    running_max: usize,
    abandoned: usize,
    failures: usize,
}

struct Held {
    place: String,
    message: LockedMessage,
    locked_until: Option<Instant>,
}

impl MemoryBus {
    pub(crate) fn new(deliveries_max: u32, lock: Duration) -> Self {
        Self { deliveries_max, lock, state: Mutex::default() }
    }

    pub(crate) fn put(&self, topic: &str, subscription: &str, message: LockedMessage) {
        let place = format!("{topic}/{subscription}");
        let held = Held { place, message, locked_until: None };
        self.state.lock().unwrap().messages.push(held);
    }

    pub(crate) fn done(&self) -> Vec<String> {
        self.state.lock().unwrap().done.clone()
    }

    pub(crate) fn dead(&self) -> Vec<(String, String)> {
        self.state.lock().unwrap().dead.clone()
    }

    pub(crate) fn renewals(&self, message_id: &str) -> usize {
        self.state.lock().unwrap().renewals.get(message_id).copied().unwrap_or_default()
    }

    /// Lets the next calls of `receive` fail.
    pub(crate) fn fail(&self, count: usize) {
        self.state.lock().unwrap().failures = count;
    }

    pub(crate) fn abandoned(&self) -> usize {
        self.state.lock().unwrap().abandoned
    }

    /// The most messages that were locked at once.
    pub(crate) fn running_max(&self) -> usize {
        self.state.lock().unwrap().running_max
    }

    fn with<T>(
        &self,
        token: &str,
        act: impl FnOnce(&mut State, usize) -> T,
    ) -> Result<T, SourceError> {
        let mut state = self.state.lock().unwrap();
        let now = Instant::now();
        let index = state.messages.iter().position(|held| {
            held.message.lock_token == token && held.locked_until.is_some_and(|end| end > now)
        });
        let index = index.ok_or_else(|| SourceError("the lock is lost".to_owned()))?;
        Ok(act(&mut state, index))
    }
}

#[async_trait]
impl BusSource for MemoryBus {
    async fn receive(
        &self,
        topic: &str,
        subscription: &str,
        max: usize,
    ) -> Result<Vec<LockedMessage>, SourceError> {
        let place = format!("{topic}/{subscription}");
        let mut state = self.state.lock().unwrap();
        if state.failures > 0 {
            state.failures = state.failures.saturating_sub(1);
            return Err(SourceError("the bus is away".to_owned()));
        }
        let now = Instant::now();
        let mut tokens = state.tokens;
        let mut received = Vec::new();
        for held in state.messages.iter_mut().filter(|held| held.place == place) {
            let free = held.locked_until.is_none_or(|end| end <= now);
            if free && received.len() < max {
                tokens = tokens.saturating_add(1);
                held.locked_until = now.checked_add(self.lock);
                held.message.delivery_count = held.message.delivery_count.saturating_add(1);
                held.message.lock_token = format!("token-{tokens}");
                received.push(held.message.clone());
            }
        }
        state.tokens = tokens;
        let running = state
            .messages
            .iter()
            .filter(|held| held.place == place && held.locked_until.is_some_and(|end| end > now));
        state.running_max = state.running_max.max(running.count());
        Ok(received)
    }

    async fn renew(&self, _: &str, _: &str, token: &str) -> Result<(), SourceError> {
        let lock = self.lock;
        self.with(token, |state, index| {
            let held = &mut state.messages[index];
            held.locked_until = Instant::now().checked_add(lock);
            let count = state.renewals.entry(held.message.message_id.clone()).or_default();
            *count = count.saturating_add(1);
        })
    }

    async fn complete(&self, _: &str, _: &str, token: &str) -> Result<(), SourceError> {
        self.with(token, |state, index| {
            let held = state.messages.remove(index);
            state.done.push(held.message.message_id);
        })
    }

    async fn abandon(
        &self,
        _: &str,
        _: &str,
        token: &str,
        reason: &str,
    ) -> Result<(), SourceError> {
        self.with(token, |state, index| {
            state.abandoned = state.abandoned.saturating_add(1);
            let held = &mut state.messages[index];
            held.locked_until = None;
            if held.message.delivery_count >= self.deliveries_max {
                let held = state.messages.remove(index);
                state.dead.push((held.message.message_id, reason.to_owned()));
            }
        })
    }
}
