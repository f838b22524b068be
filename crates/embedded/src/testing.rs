//! A desk for tests: real adapters over a temporary folder, a clock that is set by hand, ids that
//! repeat.

use crate::{
    Embedded, bus::SqliteBus, clock::FixedClock, ids::SeededIds, open_with, queue::SqliteQueue,
    store::SqliteStore,
};
use poa_operations::{desk::Desk, ports::store::Store};
use poa_protocol::timestamp::Timestamp;
use std::sync::Arc;
use tempfile::TempDir;

mod flaky;

pub use flaky::{FlakyStore, Flaw};

/// When every test begins: 2026-11-22T09:00:00.000Z.
const BEGINNING_MILLIS: i64 = 1_795_338_000_000;
/// The seed of the ids of a test.
const SEED: u64 = 7;

/// A desk over a temporary folder, which goes away with it.
#[derive(Debug)]
pub struct TestDesk {
    /// What operations take.
    pub desk: Desk,
    /// The clock of the desk. Locks of the bus run by it too.
    pub clock: Arc<FixedClock>,
    /// The store behind the desk.
    pub store: Arc<SqliteStore>,
    /// The bus behind the desk, with its receiving side.
    pub bus: Arc<SqliteBus>,
    /// The queues.
    pub queue: Arc<SqliteQueue>,
    /// The adapters by their own types.
    pub embedded: Embedded,
    /// Where everything lies.
    pub folder: TempDir,
}

impl TestDesk {
    /// The same desk with a store that fails on demand.
    #[must_use]
    pub fn flaky(&self) -> (Desk, Arc<FlakyStore>) {
        let flaky = Arc::new(FlakyStore::new(Arc::<SqliteStore>::clone(&self.store)));
        let store: Arc<dyn Store> = Arc::<FlakyStore>::clone(&flaky);
        (Desk { store, ..self.desk.clone() }, flaky)
    }
}

/// A fresh desk.
///
/// # Panics
/// Where no temporary folder can be made or written.
#[must_use]
#[expect(clippy::expect_used, reason = "a test that has no folder can only fail")]
pub fn desk() -> TestDesk {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Arc::new(FixedClock::at(Timestamp::from_millis(BEGINNING_MILLIS)));
    let ids = Arc::new(SeededIds::new(Arc::<FixedClock>::clone(&clock), SEED));
    let embedded = open_with(folder.path(), Arc::<FixedClock>::clone(&clock), ids)
        .expect("a data folder in a temporary folder");
    TestDesk {
        desk: embedded.desk(),
        clock,
        store: Arc::clone(&embedded.store),
        bus: Arc::clone(&embedded.bus),
        queue: Arc::clone(&embedded.queue),
        embedded,
        folder,
    }
}
