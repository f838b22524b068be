//! Wiring: settings become a desk. The only file that names adapters.

use crate::settings::{BusChoice, DocumentsChoice, Services, SignerChoice, StoreChoice};
use poa_embedded::{OpenFault, clock::SystemClock, ids::SystemIds};
use poa_operations::{
    desk::Desk,
    ports::{bus::Bus, clock::Clock, documents::Documents, signer::Signer, store::Store},
    programs::Programs,
};
use std::sync::Arc;
use tokio::sync::Notify;

/// The desk of these services. Opens files, and asks no service of Azure: one that is down does
/// not keep the handler from serving.
pub fn desk(services: &Services) -> Result<Desk, OpenFault> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Ok(Desk {
        store: store(&services.store)?,
        bus: bus(&services.bus, Arc::clone(&clock))?,
        documents: documents(&services.documents, &*clock)?,
        signer: signer(&services.signer)?,
        ids: Arc::new(SystemIds::new(Arc::clone(&clock))),
        clock,
        relay: Arc::new(Notify::new()),
        programs: Programs::default(),
    })
}

fn store(choice: &StoreChoice) -> Result<Arc<dyn Store>, OpenFault> {
    match choice {
        StoreChoice::Sqlite { data } => Ok(poa_embedded::open_store(data)?),
        StoreChoice::Cosmos { .. } => Err(not_here("cosmos")),
    }
}

fn bus(choice: &BusChoice, clock: Arc<dyn Clock>) -> Result<Arc<dyn Bus>, OpenFault> {
    match choice {
        BusChoice::Sqlite { data } => Ok(poa_embedded::open_bus(data, clock)?),
        BusChoice::ServiceBus { .. } => Err(not_here("service-bus")),
        BusChoice::StorageQueue(_) => Err(not_here("storage-queue")),
    }
}

fn documents(choice: &DocumentsChoice, clock: &dyn Clock) -> Result<Arc<dyn Documents>, OpenFault> {
    match choice {
        DocumentsChoice::Folder { data } => Ok(poa_embedded::open_documents(data, clock)?),
        DocumentsChoice::Blob(_) => Err(not_here("blob")),
    }
}

fn signer(choice: &SignerChoice) -> Result<Arc<dyn Signer>, OpenFault> {
    match choice {
        SignerChoice::Software { data } => Ok(poa_embedded::open_signer(data)?),
        SignerChoice::KeyVault { .. } => Err(not_here("key-vault")),
    }
}

fn not_here(what: &str) -> OpenFault {
    OpenFault(format!("this build has no adapter `{what}`"))
}
