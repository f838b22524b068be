//! The SQLite bus as the local host reads it.

use async_trait::async_trait;
use poa_embedded::bus::{Received, Settled, SqliteBus};
use poa_local_host::{BusSource, LockedMessage, SourceError};
use poa_operations::ports::bus::{BusFault, TOPIC};
use std::{sync::Arc, time::Duration};

/// How long a message stays with one receiver; the host renews every 10 seconds.
const LOCK: Duration = Duration::from_secs(30);

/// Reads the subscriptions of the bus.
#[derive(Debug)]
pub(crate) struct EmbeddedBus(pub Arc<SqliteBus>);

#[async_trait]
impl BusSource for EmbeddedBus {
    async fn receive(
        &self,
        topic: &str,
        subscription: &str,
        max: usize,
    ) -> Result<Vec<LockedMessage>, SourceError> {
        if topic != TOPIC {
            return Err(SourceError(format!("there is no topic `{topic}`, only `{TOPIC}`")));
        }
        let received = self.0.receive(subscription, max, LOCK).await.map_err(told)?;
        Ok(received.into_iter().map(locked).collect())
    }

    async fn renew(&self, _: &str, _: &str, lock_token: &str) -> Result<(), SourceError> {
        settled(self.0.renew(lock_token, LOCK).await)
    }

    async fn complete(&self, _: &str, _: &str, lock_token: &str) -> Result<(), SourceError> {
        settled(self.0.complete(lock_token).await)
    }

    async fn abandon(
        &self,
        _: &str,
        _: &str,
        lock_token: &str,
        reason: &str,
    ) -> Result<(), SourceError> {
        settled(self.0.abandon(lock_token, reason).await)
    }
}

fn locked(received: Received) -> LockedMessage {
    LockedMessage {
        message_id: received.message_id,
        body: received.body.into_bytes(),
        delivery_count: received.delivery_count,
        sequence_number: received.sequence_number,
        enqueued_at: received.enqueued_at.to_string(),
        application_properties: received.properties,
        session_id: Some(received.session_id),
        correlation_id: None,
        content_type: Some("application/json".to_owned()),
        lock_token: received.lock_token,
    }
}

fn settled(settled: Result<Settled, BusFault>) -> Result<(), SourceError> {
    match settled.map_err(told)? {
        Settled::Done => Ok(()),
        Settled::LockLost => Err(SourceError("the lock was lost".to_owned())),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn told(fault: BusFault) -> SourceError {
    SourceError(fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::EmbeddedBus;
    use poa_local_host::BusSource;
    use poa_operations::ports::bus::{Bus, Message, TOPIC};
    use poa_protocol::event::Wing;

    #[tokio::test]
    async fn a_message_comes_locked_and_is_completed_once() {
        let folder = tempfile::tempdir().unwrap();
        let embedded = poa_embedded::open(folder.path()).unwrap();
        let message = Message {
            message_id: "m".to_owned(),
            session_id: "s".to_owned(),
            wing: Wing::Bank,
            body: "{}".to_owned(),
        };
        embedded.bus.publish(&[message]).await.unwrap();
        let bus = EmbeddedBus(embedded.bus);
        assert!(bus.receive(TOPIC, "non-bank", 10).await.unwrap().is_empty());
        let mut received = bus.receive(TOPIC, "bank", 10).await.unwrap();
        assert!(bus.receive(TOPIC, "bank", 10).await.unwrap().is_empty(), "it is locked");
        let message = received.pop().unwrap();
        assert_eq!((message.body.as_slice(), message.delivery_count), (b"{}".as_slice(), 1));
        bus.renew(TOPIC, "bank", &message.lock_token).await.unwrap();
        bus.complete(TOPIC, "bank", &message.lock_token).await.unwrap();
        assert!(bus.complete(TOPIC, "bank", &message.lock_token).await.is_err());
    }

    #[tokio::test]
    async fn an_abandoned_message_comes_again() {
        let folder = tempfile::tempdir().unwrap();
        let embedded = poa_embedded::open(folder.path()).unwrap();
        let message = Message {
            message_id: "m".to_owned(),
            session_id: "s".to_owned(),
            wing: Wing::NonBank,
            body: "{}".to_owned(),
        };
        embedded.bus.publish(&[message]).await.unwrap();
        let bus = EmbeddedBus(embedded.bus);
        let first = bus.receive(TOPIC, "non-bank", 1).await.unwrap().pop().unwrap();
        bus.abandon(TOPIC, "non-bank", &first.lock_token, "why").await.unwrap();
        let again = bus.receive(TOPIC, "non-bank", 1).await.unwrap().pop().unwrap();
        assert_eq!(again.delivery_count, 2);
        assert!(bus.receive("other", "bank", 1).await.is_err());
    }
}
