//! The embedded adapters do what every adapter of their ports must do.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use async_trait::async_trait;
use poa_embedded::{
    bus::SqliteBus,
    clock::{FixedClock, SystemClock},
    ids::{SeededIds, SystemIds},
    store::SqliteStore,
    testing,
};
use poa_operations::{
    behaviour::{
        bus::{BusUnderTest, Ear},
        documents::DocumentsUnderTest,
        signer::SignerUnderTest,
        store::Stores,
    },
    ports::{bus::Message, clock::Clock, ids::Ids},
};
use poa_protocol::{event::Wing, timestamp::Timestamp};
use std::{sync::Arc, time::Duration};

/// Two handles on one file, as two processes have them.
fn two_handles() -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let [one, other] = [(); 2].map(|()| Arc::new(SqliteStore::open(&path).unwrap()));
    Stores { one, other, keep: Box::new(folder) }
}

mod store_of_two_handles {
    poa_operations::store_behaviour!(super::two_handles());
}

/// One handle twice, as two desks of one process have it.
fn one_handle() -> Stores {
    let test = testing::desk();
    let one = Arc::clone(&test.desk.store);
    Stores { other: Arc::clone(&one), one, keep: Box::new(test) }
}

mod store_of_one_handle {
    poa_operations::store_behaviour!(super::one_handle());
}

/// A store that is told of no flaw has none.
fn flawless() -> Stores {
    let test = testing::desk();
    let (one, _) = test.flaky();
    let (other, _) = test.flaky();
    Stores { one: one.store, other: other.store, keep: Box::new(test) }
}

mod flaky_store_without_flaws {
    poa_operations::store_behaviour!(super::flawless());
}

#[derive(Debug)]
struct Receiver(Arc<SqliteBus>);

#[async_trait]
impl Ear for Receiver {
    async fn hear(&self, wing: Wing) -> Vec<Message> {
        let mut heard = Vec::new();
        loop {
            let lock = Duration::from_mins(1);
            let received = self.0.receive(wing.subscription(), 3, lock).await.unwrap();
            if received.is_empty() {
                return heard;
            }
            for message in received {
                self.0.complete(&message.lock_token).await.unwrap();
                heard.push(Message {
                    message_id: message.message_id,
                    session_id: message.session_id,
                    wing,
                    body: message.body,
                });
            }
        }
    }
}

mod bus {
    use super::{Arc, BusUnderTest, Receiver, testing};

    fn bus() -> BusUnderTest {
        let test = testing::desk();
        let ear = Box::new(Receiver(Arc::clone(&test.bus)));
        BusUnderTest { bus: Arc::clone(&test.desk.bus), ear, keep: Box::new(test) }
    }

    poa_operations::bus_behaviour!(bus());
}

mod documents {
    use super::{Arc, DocumentsUnderTest, testing};

    fn documents() -> DocumentsUnderTest {
        let test = testing::desk();
        DocumentsUnderTest { documents: Arc::clone(&test.desk.documents), keep: Box::new(test) }
    }

    poa_operations::documents_behaviour!(documents());
}

mod signer {
    use super::{Arc, SignerUnderTest, testing};

    fn signer() -> SignerUnderTest {
        let test = testing::desk();
        SignerUnderTest { signer: Arc::clone(&test.desk.signer), keep: Box::new(test) }
    }

    poa_operations::signer_behaviour!(signer());

    /// A signer that has retired a key.
    fn rotated() -> SignerUnderTest {
        let test = testing::desk();
        test.embedded.signer.rotate().unwrap();
        SignerUnderTest { signer: Arc::clone(&test.desk.signer), keep: Box::new(test) }
    }

    mod after_a_rotation {
        poa_operations::signer_behaviour!(super::rotated());
    }
}

fn fixed() -> Arc<dyn Clock> {
    Arc::new(FixedClock::at(Timestamp::from_millis(1_795_348_800_000)))
}

mod system_clock {
    use super::{Arc, Clock, SystemClock};

    fn clock() -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    poa_operations::clock_behaviour!(clock());
}

mod fixed_clock {
    poa_operations::clock_behaviour!(super::fixed());
}

mod system_ids {
    use super::{Arc, Ids, SystemClock, SystemIds};

    fn ids() -> Arc<dyn Ids> {
        Arc::new(SystemIds::new(Arc::new(SystemClock)))
    }

    poa_operations::ids_behaviour!(ids());
}

mod system_ids_while_the_clock_stands_still {
    use super::{Arc, Ids, SystemIds, fixed};

    fn ids() -> Arc<dyn Ids> {
        Arc::new(SystemIds::new(fixed()))
    }

    poa_operations::ids_behaviour!(ids());
}

mod seeded_ids {
    use super::{Arc, Ids, SeededIds, fixed};

    fn ids() -> Arc<dyn Ids> {
        Arc::new(SeededIds::new(fixed(), 1))
    }

    poa_operations::ids_behaviour!(ids());
}
