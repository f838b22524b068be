//! Wiring: settings become a desk. The only file that names adapters.

use crate::settings::{
    BusChoice, DocumentsChoice, Parts, SignerChoice, StorageChoice, StoreChoice,
};
use azure::Azure;
use poa_azure::{
    blob::{BlobDocuments, BlobSettings},
    cosmos::{CosmosSettings, CosmosStore},
    key_vault::{KeyVaultSettings, KeyVaultSigner},
    service_bus::{ServiceBus, ServiceBusSettings},
    storage_queue::{StorageQueueBus, StorageQueues},
};
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

mod azure;

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
    /// Who the service is for Azure, where it is anybody.
    pub credential: Option<Result<Arc<dyn Diagnose>, OpenFault>>,
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
/// handler from serving. What no choice needs is not made.
#[must_use]
pub fn open(parts: &Parts) -> Opened {
    let services = &parts.services;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn Ids> = Arc::new(SystemIds::new(Arc::clone(&clock)));
    let azure = Azure::new(parts, Arc::clone(&clock));
    Opened {
        store: store(&services.store, &azure, &ids),
        bus: bus(&services.bus, &azure),
        documents: documents(&services.documents, &azure),
        signer: signer(&services.signer, &azure),
        credential: azure.patient(),
        ids,
        clock,
    }
}

fn store(
    choice: &StoreChoice,
    azure: &Azure<'_>,
    ids: &Arc<dyn Ids>,
) -> Result<Part<dyn Store>, OpenFault> {
    Ok(match choice {
        StoreChoice::Sqlite { data } => part!(poa_embedded::open_store(data)?),
        StoreChoice::Cosmos { endpoint, database, region } => {
            let (endpoint, database) = (endpoint.clone(), database.clone());
            let settings = CosmosSettings { endpoint, database, region: region.clone() };
            let clock = Arc::clone(&azure.clock);
            let store = CosmosStore::open(settings, azure.credential()?, clock, Arc::clone(ids))?;
            part!(Arc::new(store))
        }
    })
}

fn bus(choice: &BusChoice, azure: &Azure<'_>) -> Result<Part<dyn Bus>, OpenFault> {
    Ok(match choice {
        BusChoice::Sqlite { data } => {
            part!(poa_embedded::open_bus(data, Arc::clone(&azure.clock))?)
        }
        BusChoice::ServiceBus { namespace } => {
            let settings = ServiceBusSettings { namespace: namespace.clone() };
            let bus = ServiceBus::open(&settings, azure.credential()?, azure.client()?)?;
            part!(Arc::new(bus))
        }
        BusChoice::StorageQueue(choice) => {
            let access = azure.storage_access(choice)?;
            let queues = StorageQueues::open(url(choice), access, azure.client()?);
            part!(Arc::new(StorageQueueBus::new(queues.map_err(|fault| OpenFault(fault.0))?)))
        }
    })
}

fn documents(
    choice: &DocumentsChoice,
    azure: &Azure<'_>,
) -> Result<Part<dyn Documents>, OpenFault> {
    Ok(match choice {
        DocumentsChoice::Folder { data } => {
            part!(poa_embedded::open_documents(data, &*azure.clock)?)
        }
        DocumentsChoice::Blob(choice) => {
            let access = azure.storage_access(choice)?;
            let (settings, clock) = (BlobSettings::of(url(choice)), Arc::clone(&azure.clock));
            let documents = BlobDocuments::open(settings, access, azure.client()?, clock);
            part!(Arc::new(documents.map_err(|fault| OpenFault(fault.0))?))
        }
    })
}

fn signer(choice: &SignerChoice, azure: &Azure<'_>) -> Result<Part<dyn Signer>, OpenFault> {
    Ok(match choice {
        SignerChoice::Software { data } => part!(poa_embedded::open_signer(data)?),
        SignerChoice::KeyVault { url, key, version } => {
            let (url, key, version) = (url.clone(), key.clone(), version.clone());
            let settings = KeyVaultSettings { url, key, version };
            let signer = KeyVaultSigner::open(&settings, azure.credential()?, azure.client()?)?;
            part!(Arc::new(signer))
        }
    })
}

fn url(choice: &StorageChoice) -> &str {
    match choice {
        StorageChoice::Azure { url } | StorageChoice::Azurite { url } => url,
    }
}
