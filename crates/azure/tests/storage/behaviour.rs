//! The adapters do what every adapter of their ports must do.

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use poa_azure::storage_queue::{StorageQueueBus, StorageQueues};
use poa_operations::{
    behaviour::{
        bus::{BusUnderTest, Ear},
        documents::DocumentsUnderTest,
    },
    ports::bus::{Bus, BusFault, Message, queue_of},
};
use poa_protocol::event::Wing;
use poa_test_cloud::azurite::{self, Azurite};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// Either the expression, or the test ends here because Azurite is not installed.
macro_rules! or_absent {
    ($found:expr) => {
        match $found {
            Some(found) => found,
            None => return,
        }
    };
}
pub(crate) use or_absent;

async fn documents(azurite: &Azurite) -> DocumentsUnderTest {
    let documents = Arc::new(azurite.documents().await);
    DocumentsUnderTest { documents, keep: Box::new(()) }
}

mod documents_over_https_with_tokens {
    use super::{azurite, documents};
    poa_operations::documents_behaviour!(documents(super::or_absent!(azurite::https())).await);
}

mod documents_over_http_with_the_published_key {
    use super::{azurite, documents};
    poa_operations::documents_behaviour!(documents(super::or_absent!(azurite::http())).await);
}

/// A queue carries only the body of a message, whose receiver needs nothing else: this bus notes
/// which message had which body, so that the ear can tell.
#[derive(Debug)]
struct Noting {
    bus: StorageQueueBus,
    noted: Arc<Mutex<Vec<Message>>>,
}

#[async_trait]
impl Bus for Noting {
    async fn publish(&self, messages: &[Message]) -> Result<(), BusFault> {
        self.bus.publish(messages).await?;
        self.noted.lock().unwrap().extend_from_slice(messages);
        Ok(())
    }

    async fn ready(&self) -> Result<(), BusFault> {
        self.bus.ready().await
    }
}

#[derive(Debug)]
struct Receiver {
    queues: StorageQueues,
    noted: Arc<Mutex<Vec<Message>>>,
}

#[async_trait]
impl Ear for Receiver {
    async fn hear(&self, wing: Wing) -> Vec<Message> {
        let bodies = drain(&self.queues, wing).await;
        let noted = self.noted.lock().unwrap();
        let known = |body: &String| {
            noted.iter().find(|message| message.body == *body && message.wing == wing).cloned()
        };
        // Nobody else sends to this wing.
        bodies.iter().map(|body| known(body).unwrap()).collect()
    }
}

/// Receives and deletes whatever the queue of a wing holds.
async fn drain(queues: &StorageQueues, wing: Wing) -> Vec<String> {
    let (queue, mut bodies) = (queue_of(wing), Vec::new());
    loop {
        let received = queues.receive(&queue, 5, Duration::from_mins(1)).await.unwrap();
        if received.is_empty() {
            return bodies;
        }
        for message in received {
            queues.delete(&queue, &message.id, &message.pop_receipt).await.unwrap();
            let body = STANDARD.decode(&message.text).unwrap();
            bodies.push(String::from_utf8(body).unwrap());
        }
    }
}

/// The queues of the wings have fixed names, so one test at a time has them, and has them empty.
pub(crate) async fn empty_bus(
    azurite: &'static Azurite,
    turn: &'static std::sync::OnceLock<Arc<Turn<()>>>,
) -> (StorageQueueBus, OwnedMutexGuard<()>) {
    let turn = turn.get_or_init(Arc::default).clone().lock_owned().await;
    if azurite.queue.starts_with("https") {
        let mut made = MADE.lock().await;
        if !*made {
            for wing in [Wing::Bank, Wing::NonBank] {
                azurite.make("queue", &queue_of(wing)).await;
            }
            *made = true;
        }
    }
    for wing in [Wing::Bank, Wing::NonBank] {
        drain(&azurite.queues(), wing).await;
    }
    (StorageQueueBus::new(azurite.queues()), turn)
}

static MADE: Turn<bool> = Turn::const_new(false);

/// Whose turn it is at the queues that are reached over http.
pub(crate) static HTTP_TURN: std::sync::OnceLock<Arc<Turn<()>>> = std::sync::OnceLock::new();
static HTTPS_TURN: std::sync::OnceLock<Arc<Turn<()>>> = std::sync::OnceLock::new();

async fn bus(
    azurite: &'static Azurite,
    turn: &'static std::sync::OnceLock<Arc<Turn<()>>>,
) -> BusUnderTest {
    let (bus, turn) = empty_bus(azurite, turn).await;
    let noted = Arc::default();
    let ear = Receiver { queues: azurite.queues(), noted: Arc::clone(&noted) };
    BusUnderTest { bus: Arc::new(Noting { bus, noted }), ear: Box::new(ear), keep: Box::new(turn) }
}

// Not here: `what_is_published_again_is_dropped` and
// `of_racing_publishers_of_one_message_one_is_heard`. A storage queue drops no duplicates; what
// that means stands in `queues.rs`.
macro_rules! queue_bus_behaviour {
    ($make:expr) => {
        poa_operations::behaviour_tests! { $make, bus:
            a_message_reaches_only_the_subscription_of_its_wing
            messages_of_one_session_arrive_in_order
            ids_are_taken_up_to_their_longest
            nothing_to_publish_is_no_fault
            a_bus_that_works_is_ready
        }
    };
}

mod bus_over_https_with_tokens {
    use super::{HTTPS_TURN, azurite, bus};
    queue_bus_behaviour!(bus(super::or_absent!(azurite::https()), &HTTPS_TURN).await);
}

mod bus_over_http_with_the_published_key {
    use super::{HTTP_TURN, azurite, bus};
    queue_bus_behaviour!(bus(super::or_absent!(azurite::http()), &HTTP_TURN).await);
}
