//! Wiring: settings become a desk. The only file that names adapters.

use crate::settings::{BusChoice, DocumentsChoice, Parts, SignerChoice, StoreChoice};
pub use poa_embedded::OpenFault;
use poa_embedded::{clock::SystemClock, ids::SystemIds};
use poa_operations::{
    desk::Desk,
    diagnosis::Diagnose,
    ports::{bus::Bus, clock::Clock, documents::Documents, ids::Ids, signer::Signer, store::Store},
    programs::Programs,
};
use std::{fmt, sync::Arc};
use tokio::sync::Notify;

/// What stands behind the ports, each part by itself: one that cannot be opened does not hide what
/// is wrong with another.
#[derive(Debug)]
pub struct Opened {
    /// State.
    pub store: Result<Part<dyn Store>, OpenFault>,
    /// What wakes functions.
    pub bus: Result<Part<dyn Bus>, OpenFault>,
    /// Evidence.
    pub documents: Result<Part<dyn Documents>, OpenFault>,
    /// The key.
    pub signer: Result<Part<dyn Signer>, OpenFault>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// One adapter, as its port and as what can be examined.
#[derive(Debug)]
pub struct Part<P: ?Sized + fmt::Debug> {
    /// The port.
    pub port: Arc<P>,
    /// The same adapter under examination.
    pub patient: Arc<dyn Diagnose>,
}

/// An adapter as a part of the port that the place asks for.
macro_rules! part {
    ($adapter:expr) => {{
        let adapter = $adapter;
        Part { port: adapter.clone(), patient: adapter }
    }};
}

impl Opened {
    /// The desk, where every part could be opened.
    pub fn desk(self) -> Result<Desk, OpenFault> {
        Ok(Desk {
            store: self.store?.port,
            bus: self.bus?.port,
            documents: self.documents?.port,
            signer: self.signer?.port,
            clock: self.clock,
            ids: self.ids,
            relay: Arc::new(Notify::new()),
            programs: Programs::default(),
        })
    }
}

/// Opens every part. Opens files, and asks no service of Azure: one that is down does not keep the
/// handler from serving.
#[must_use]
pub fn open(parts: &Parts) -> Opened {
    let services = &parts.services;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Opened {
        store: store(&services.store),
        bus: bus(&services.bus, Arc::clone(&clock)),
        documents: documents(&services.documents, &*clock),
        signer: signer(&services.signer),
        ids: Arc::new(SystemIds::new(Arc::clone(&clock))),
        clock,
    }
}

fn store(choice: &StoreChoice) -> Result<Part<dyn Store>, OpenFault> {
    match choice {
        StoreChoice::Sqlite { data } => Ok(part!(poa_embedded::open_store(data)?)),
        StoreChoice::Cosmos { .. } => Err(not_here("cosmos")),
    }
}

fn bus(choice: &BusChoice, clock: Arc<dyn Clock>) -> Result<Part<dyn Bus>, OpenFault> {
    match choice {
        BusChoice::Sqlite { data } => Ok(part!(poa_embedded::open_bus(data, clock)?)),
        BusChoice::ServiceBus { .. } => Err(not_here("service-bus")),
        BusChoice::StorageQueue(_) => Err(not_here("storage-queue")),
    }
}

fn documents(
    choice: &DocumentsChoice,
    clock: &dyn Clock,
) -> Result<Part<dyn Documents>, OpenFault> {
    match choice {
        DocumentsChoice::Folder { data } => Ok(part!(poa_embedded::open_documents(data, clock)?)),
        DocumentsChoice::Blob(_) => Err(not_here("blob")),
    }
}

fn signer(choice: &SignerChoice) -> Result<Part<dyn Signer>, OpenFault> {
    match choice {
        SignerChoice::Software { data } => Ok(part!(poa_embedded::open_signer(data)?)),
        SignerChoice::KeyVault { .. } => Err(not_here("key-vault")),
    }
}

fn not_here(what: &str) -> OpenFault {
    OpenFault(format!("this build has no adapter `{what}`"))
}
