//! Wiring: settings become a desk. The only file that names adapters.

use crate::settings::{
    BusChoice, DocumentsChoice, Parts, Services, SignerChoice, StorageChoice, StoreChoice,
};
use azure::Azure;
pub use poa_azure::storage::AZURITE_KEY;
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

/// Opens what stands behind the ports, each part by itself: one that cannot be opened does not hide
/// what is wrong with another. Opens files, and asks no service of Azure: one that is down does not
/// keep the handler from serving. What no choice needs is not made.
pub struct Wiring<'a> {
    services: &'a Services,
    azure: Azure<'a>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl fmt::Debug for Wiring<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wiring").field("services", self.services).finish_non_exhaustive()
    }
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

impl<'a> Wiring<'a> {
    /// Nothing is open yet.
    #[must_use]
    pub fn of(parts: &'a Parts) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let ids: Arc<dyn Ids> = Arc::new(SystemIds::new(Arc::clone(&clock)));
        let azure = Azure::new(parts, Arc::clone(&clock));
        Self { services: &parts.services, azure, clock, ids }
    }

    /// The desk, where every part can be opened.
    pub fn desk(self) -> Result<Desk, OpenFault> {
        Ok(Desk {
            store: self.store()?.port,
            bus: self.bus()?.port,
            documents: self.documents()?.port,
            signer: self.signer()?.port,
            clock: self.clock,
            ids: self.ids,
            relay: Arc::new(Notify::new()),
            programs: Programs::default(),
        })
    }

    /// Who the service is for Azure, where it is anybody.
    pub fn credential(&self) -> Option<Result<Arc<dyn Diagnose>, OpenFault>> {
        self.azure.patient()
    }

    /// State.
    pub fn store(&self) -> Result<Part<dyn Store>, OpenFault> {
        Ok(match &self.services.store {
            StoreChoice::Sqlite { data } => part!(poa_embedded::open_store(data)?),
            StoreChoice::Cosmos { endpoint, database, region } => {
                let (endpoint, database) = (endpoint.clone(), database.clone());
                let settings = CosmosSettings { endpoint, database, region: region.clone() };
                let (clock, ids) = (Arc::clone(&self.clock), Arc::clone(&self.ids));
                let store = CosmosStore::open(settings, self.azure.credential()?, clock, ids)?;
                part!(Arc::new(store))
            }
        })
    }

    /// What wakes functions.
    pub fn bus(&self) -> Result<Part<dyn Bus>, OpenFault> {
        let azure = &self.azure;
        Ok(match &self.services.bus {
            BusChoice::Sqlite { data } => {
                part!(poa_embedded::open_bus(data, Arc::clone(&self.clock))?)
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

    /// Evidence.
    pub fn documents(&self) -> Result<Part<dyn Documents>, OpenFault> {
        Ok(match &self.services.documents {
            DocumentsChoice::Folder { data } => {
                part!(poa_embedded::open_documents(data, &*self.clock)?)
            }
            DocumentsChoice::Blob { account, unscanned_accepted } => {
                let access = self.azure.storage_access(account)?;
                let settings = BlobSettings {
                    unscanned_accepted: *unscanned_accepted,
                    ..BlobSettings::of(url(account))
                };
                let (client, clock) = (self.azure.client()?, Arc::clone(&self.clock));
                let documents = BlobDocuments::open(settings, access, client, clock);
                part!(Arc::new(documents.map_err(|fault| OpenFault(fault.0))?))
            }
        })
    }

    /// The key.
    pub fn signer(&self) -> Result<Part<dyn Signer>, OpenFault> {
        let azure = &self.azure;
        Ok(match &self.services.signer {
            SignerChoice::Software { data } => part!(poa_embedded::open_signer(data)?),
            SignerChoice::KeyVault { url, key, version } => {
                let (url, key, version) = (url.clone(), key.clone(), version.clone());
                let settings = KeyVaultSettings { url, key, version };
                let signer = KeyVaultSigner::open(&settings, azure.credential()?, azure.client()?)?;
                part!(Arc::new(signer))
            }
        })
    }
}

fn url(choice: &StorageChoice) -> &str {
    match choice {
        StorageChoice::Azure { url } | StorageChoice::Azurite { url } => url,
    }
}
