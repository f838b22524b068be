//! What the adapters of Azure share, made at the first need: one HTTP client, one credential.

use super::OpenFault;
use crate::settings::{
    BusChoice, CredentialChoice, DocumentsChoice, Parts, Services, SignerChoice, StorageChoice,
    StoreChoice,
};
use poa_azure::{
    client::Client,
    credential::{self, CredentialKind, CredentialSettings, TokenCredential, TokenPatient},
    storage::StorageAccess,
};
use poa_operations::{diagnosis::Diagnose, ports::clock::Clock};
use std::{cell::OnceCell, sync::Arc};

/// Entra ID where no other cloud is named.
const ENTRA: &str = "https://login.microsoftonline.com";

/// The shared things, as far as somebody asked for them.
pub(super) struct Azure<'a> {
    parts: &'a Parts,
    clock: Arc<dyn Clock>,
    client: OnceCell<Result<Client, OpenFault>>,
    credential: OnceCell<Result<Arc<dyn TokenCredential>, OpenFault>>,
}

impl<'a> Azure<'a> {
    pub(super) fn new(parts: &'a Parts, clock: Arc<dyn Clock>) -> Self {
        Self { parts, clock, client: OnceCell::new(), credential: OnceCell::new() }
    }

    pub(super) fn client(&self) -> Result<&Client, OpenFault> {
        let make = || Client::new().map_err(|fault| OpenFault(format!("HTTP client: {fault}")));
        self.client.get_or_init(make).as_ref().map_err(Clone::clone)
    }

    pub(super) fn credential(&self) -> Result<Arc<dyn TokenCredential>, OpenFault> {
        let make = || {
            let kind = self.kind().ok_or_else(|| {
                OpenFault("there is no credential, or its settings are wrong".to_owned())
            })?;
            // The development issuer makes no tokens for services of Azure.
            let authority = &self.parts.issuer.authority;
            let authority = if authority.starts_with("https://") { authority } else { ENTRA };
            let settings = CredentialSettings { kind, authority: authority.to_owned() };
            credential::open(&settings, self.client()?, Arc::clone(&self.clock))
                .map_err(|fault| OpenFault(fault.0))
        };
        self.credential.get_or_init(make).clone()
    }

    pub(super) fn storage_access(
        &self,
        choice: &StorageChoice,
    ) -> Result<StorageAccess, OpenFault> {
        match choice {
            StorageChoice::Azure { .. } => Ok(StorageAccess::Token(self.credential()?)),
            StorageChoice::Azurite { .. } => Ok(StorageAccess::Azurite),
        }
    }

    /// The credential under examination, where the settings choose one.
    pub(super) fn patient(&self) -> Option<Result<Arc<dyn Diagnose>, OpenFault>> {
        let kind = self.kind()?.name();
        let scopes = scopes(&self.parts.services);
        Some(self.credential().map(|credential| {
            let patient: Arc<dyn Diagnose> = Arc::new(TokenPatient { kind, credential, scopes });
            patient
        }))
    }

    fn kind(&self) -> Option<CredentialKind> {
        Some(match self.parts.services.credential.clone()? {
            CredentialChoice::Managed { client_id } => CredentialKind::Managed { client_id },
            CredentialChoice::Workload { tenant, client_id, token_file } => {
                CredentialKind::Workload { tenant_id: tenant, client_id, token_file }
            }
            CredentialChoice::Certificate { tenant, client_id, certificate } => {
                let certificate_file = certificate;
                CredentialKind::Certificate { tenant_id: tenant, client_id, certificate_file }
            }
            CredentialChoice::DevTools => CredentialKind::DevTools,
        })
    }
}

/// What tokens are for, as the clients of the services ask for them.
fn scopes(services: &Services) -> Vec<(&'static str, String)> {
    let mut scopes = Vec::new();
    if let StoreChoice::Cosmos { .. } = &services.store {
        scopes.push(("Cosmos DB", "https://cosmos.azure.com/.default".to_owned()));
    }
    if let BusChoice::ServiceBus { .. } = &services.bus {
        scopes.push(("Service Bus", "https://servicebus.azure.net/.default".to_owned()));
    }
    let token = |choice: &StorageChoice| matches!(choice, StorageChoice::Azure { .. });
    let queues = matches!(&services.bus, BusChoice::StorageQueue(choice) if token(choice));
    let blobs = matches!(
        &services.documents,
        DocumentsChoice::Blob { account, .. } if token(account)
    );
    if queues || blobs {
        scopes.push(("Storage", "https://storage.azure.com/.default".to_owned()));
    }
    if let SignerChoice::KeyVault { .. } = &services.signer {
        scopes.push(("Key Vault", "https://vault.azure.net/.default".to_owned()));
    }
    scopes
}
