//! The subscriptions of the broker as the local host reads them.

use async_trait::async_trait;
use poa_local_host::{BusSource, LockedMessage, SourceError};
use poa_test_cloud::broker::{Broker, Held};
use std::{collections::BTreeMap, sync::Arc};

#[derive(Debug)]
pub(crate) struct Subscriptions(pub(crate) Arc<Broker>);

#[async_trait]
impl BusSource for Subscriptions {
    async fn receive(
        &self,
        topic: &str,
        subscription: &str,
        max: usize,
    ) -> Result<Vec<LockedMessage>, SourceError> {
        assert_eq!(topic, "tokenization");
        Ok(self.0.receive(subscription, max).into_iter().map(locked).collect())
    }

    async fn renew(&self, _: &str, _: &str, _: &str) -> Result<(), SourceError> {
        Ok(())
    }

    async fn complete(&self, _: &str, _: &str, lock: &str) -> Result<(), SourceError> {
        settled(self.0.complete(lock))
    }

    async fn abandon(&self, _: &str, _: &str, lock: &str, why: &str) -> Result<(), SourceError> {
        settled(self.0.abandon(lock, why))
    }
}

fn settled(held: bool) -> Result<(), SourceError> {
    if held { Ok(()) } else { Err(SourceError("the lock was lost".to_owned())) }
}

fn locked(held: Held) -> LockedMessage {
    let wing = held.message.wing.subscription().to_owned();
    LockedMessage {
        message_id: held.message.message_id,
        body: held.message.body.into_bytes(),
        delivery_count: held.deliveries,
        sequence_number: held.sequence,
        enqueued_at: "2026-11-22T00:00:00Z".to_owned(),
        application_properties: BTreeMap::from([("wing".to_owned(), wing)]),
        session_id: Some(held.message.session_id),
        correlation_id: None,
        content_type: None,
        lock_token: held.lock,
    }
}
