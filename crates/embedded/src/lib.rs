//! Adapters that need no cloud: SQLite, a folder, a software key. Everything lies in one data
//! folder.

use crate::{
    bus::{BusFile, SqliteBus},
    clock::SystemClock,
    documents::DocumentFolder,
    ids::SystemIds,
    key::SoftwareKey,
    queue::SqliteQueue,
    store::SqliteStore,
};
use poa_operations::{
    desk::Desk,
    ports::{
        bus::BusFault, clock::Clock, documents::DocumentFault, ids::Ids, signer::SignFault,
        store::StoreFault,
    },
    programs::Programs,
};
use std::{path::Path, sync::Arc};
use tokio::sync::Notify;

pub mod bus;
pub mod clock;
pub mod documents;
pub mod ids;
pub mod key;
pub mod queue;
mod rights;
mod sqlite;
pub mod store;
pub mod testing;

/// The adapters of one data folder, each by its own type.
#[derive(Debug, Clone)]
pub struct Embedded {
    /// State: `store.db`.
    pub store: Arc<SqliteStore>,
    /// The bus: `bus.db`.
    pub bus: Arc<SqliteBus>,
    /// The queues, in `bus.db` too.
    pub queue: Arc<SqliteQueue>,
    /// Evidence: `documents/`.
    pub documents: Arc<DocumentFolder>,
    /// The key: `keys/`.
    pub signer: Arc<SoftwareKey>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Ids and chance.
    pub ids: Arc<dyn Ids>,
    /// Told after every commit that has something for the bus.
    pub relay: Arc<Notify>,
    /// Programs at hand.
    pub programs: Programs,
}

impl Embedded {
    /// The ports as operations take them. All desks of one folder share them.
    #[must_use]
    pub fn desk(&self) -> Desk {
        Desk {
            store: Arc::<SqliteStore>::clone(&self.store),
            bus: Arc::<SqliteBus>::clone(&self.bus),
            documents: Arc::<DocumentFolder>::clone(&self.documents),
            signer: Arc::<SoftwareKey>::clone(&self.signer),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            relay: Arc::clone(&self.relay),
            programs: self.programs.clone(),
        }
    }
}

/// Opens a data folder with the machine's clock; makes it, for its owner alone, where it is not
/// there yet.
pub fn open(folder: &Path) -> Result<Embedded, OpenFault> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Arc::new(SystemIds::new(Arc::clone(&clock)));
    open_with(folder, clock, ids)
}

/// Opens a data folder with this clock and these ids.
pub fn open_with(
    folder: &Path,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
) -> Result<Embedded, OpenFault> {
    let file = Arc::new(open_bus_file(folder, Arc::clone(&clock))?);
    Ok(Embedded {
        store: open_store(folder)?,
        bus: Arc::new(SqliteBus::new(Arc::clone(&file))),
        queue: Arc::new(SqliteQueue::new(file)),
        documents: open_documents(folder, &*clock)?,
        signer: open_signer(folder)?,
        clock,
        ids,
        relay: Arc::new(Notify::new()),
        programs: Programs::default(),
    })
}

/// Opens only the store of a data folder.
pub fn open_store(folder: &Path) -> Result<Arc<SqliteStore>, OpenFault> {
    make(folder)?;
    Ok(Arc::new(SqliteStore::open(&folder.join("store.db"))?))
}

/// Opens only the bus of a data folder.
pub fn open_bus(folder: &Path, clock: Arc<dyn Clock>) -> Result<Arc<SqliteBus>, OpenFault> {
    Ok(Arc::new(SqliteBus::new(Arc::new(open_bus_file(folder, clock)?))))
}

/// Opens only the documents of a data folder.
pub fn open_documents(folder: &Path, clock: &dyn Clock) -> Result<Arc<DocumentFolder>, OpenFault> {
    make(folder)?;
    Ok(Arc::new(DocumentFolder::open(&folder.join("documents"), clock)?))
}

/// Opens only the key of a data folder.
pub fn open_signer(folder: &Path) -> Result<Arc<SoftwareKey>, OpenFault> {
    make(folder)?;
    Ok(Arc::new(SoftwareKey::open(&folder.join("keys"))?))
}

fn open_bus_file(folder: &Path, clock: Arc<dyn Clock>) -> Result<BusFile, OpenFault> {
    make(folder)?;
    Ok(BusFile::open(&folder.join("bus.db"), clock)?)
}

fn make(folder: &Path) -> Result<(), OpenFault> {
    rights::make_private_folder(folder)
        .map_err(|fault| OpenFault(format!("data folder `{}`: {fault}", folder.display())))
}

/// Why a data folder cannot be opened. The text names the file and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFault(pub String);

impl std::fmt::Display for OpenFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenFault {}

macro_rules! opening {
    ($($fault:ty),+) => {
        $(
            impl From<$fault> for OpenFault {
                fn from(fault: $fault) -> Self {
                    Self(fault.0)
                }
            }
        )+
    };
}

opening!(StoreFault, BusFault, DocumentFault, SignFault);
