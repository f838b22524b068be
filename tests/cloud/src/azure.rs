//! An Azure on this machine: the services of one deployment behind their own names, over TCP and
//! TLS.

use crate::{
    azurite::{self, Azurite, BLOB_HOST},
    broker::{Broker, NAMESPACE},
    emulator::{DATABASE, Emulator},
    entra::{AUTHORITY, Entra},
    front::{Front, Host},
    identity::Identity,
    seam::{Answer, Asked},
    serve::Service,
    vault::{VAULT, Vault},
    wire::Wire,
};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The host of the Cosmos DB account.
pub const COSMOS: &str = "poa.documents.azure.com";
/// The host of its region, where everything but the first question goes.
pub const COSMOS_REGION: &str = "poa-westeurope.documents.azure.com";
/// The host of the key vault.
pub const KEY_VAULT: &str = "poa.vault.azure.net";
/// What tokens for Service Bus are for.
pub const FOR_BUS: &str = "https://servicebus.azure.net";
/// What tokens for Cosmos DB are for.
pub const FOR_STORE: &str = "https://cosmos.azure.com";
/// What tokens for Key Vault are for.
pub const FOR_KEYS: &str = "https://vault.azure.net";

/// The services of one deployment. Only Azurite is shared between them.
#[derive(Debug)]
pub struct Azure {
    /// The way to all of them.
    pub front: Front,
    /// Who gives tokens to the app.
    pub identity: Arc<Identity>,
    /// Cosmos DB.
    pub cosmos: Emulator,
    /// Service Bus.
    pub broker: Arc<Broker>,
    /// Key Vault.
    pub vault: Arc<Vault>,
    /// Entra ID.
    pub entra: Arc<Entra>,
    /// The wire to the blobs.
    pub blobs: Wire,
    folder: TempDir,
}

impl Azure {
    /// One where everything is as the infrastructure makes it; Entra ID publishes these keys.
    /// `None` where Azurite is not installed.
    pub async fn start(keys: Value) -> Option<Self> {
        static CONTAINERS: OnceCell<()> = OnceCell::const_new();
        let azurite = azurite::https()?;
        let make = || async {
            for name in ["documents", "incoming"] {
                azurite.make("blob", name).await;
            }
        };
        CONTAINERS.get_or_init(make).await;
        Some(Self::over(azurite, keys).await)
    }

    /// One over this Azurite as it is; it must speak https.
    pub async fn over(azurite: &Azurite, keys: Value) -> Self {
        let anchor = Arc::clone(azurite.anchor().unwrap());
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), anchor.pem()).unwrap();
        let identity = Arc::new(Identity::start().await);
        let [endpoint, region] = [COSMOS, COSMOS_REGION].map(|host| format!("https://{host}/"));
        let cosmos = Emulator::at(&endpoint, &region).await;
        let (broker, vault) = (Arc::<Broker>::default(), Vault::fresh());
        let entra = Arc::new(Entra::of(keys, Arc::clone(&identity)));
        let blobs = Wire::to(azurite.address()).await;
        let guarded = |service: Arc<dyn Service>, resource| {
            let identity = Arc::clone(&identity);
            Host::Service(Arc::new(Guarded { service, identity, resource }))
        };
        let hosts = [
            (COSMOS, guarded(cosmos.service(), FOR_STORE)),
            (COSMOS_REGION, guarded(cosmos.service(), FOR_STORE)),
            (NAMESPACE, guarded(Arc::<Broker>::clone(&broker), FOR_BUS)),
            (KEY_VAULT, guarded(Arc::<Vault>::clone(&vault), FOR_KEYS)),
            (AUTHORITY, Host::Service(Arc::<Entra>::clone(&entra))),
            (BLOB_HOST, Host::Server(blobs.address)),
        ];
        let hosts = hosts.map(|(name, host)| (name.to_owned(), host));
        let front = Front::start(anchor, BTreeMap::from(hosts)).await;
        Self { front, identity, cosmos, broker, vault, entra, blobs, folder }
    }

    /// A client of somebody else who reaches this Azure.
    pub fn web(&self) -> reqwest::Client {
        let anchor = fs::read(self.anchor()).unwrap();
        let root = reqwest::Certificate::from_pem(&anchor).unwrap();
        let proxy = reqwest::Proxy::https(&self.front.url).unwrap();
        reqwest::Client::builder().tls_certs_only([root]).proxy(proxy).build().unwrap()
    }

    fn anchor(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The settings of an app in this Azure, and the way there: everything as in a deployment, but
    /// a proxy leads to the services, and their certificates are of our own authority.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let settings = [
            ("WEBSITE_INSTANCE_ID", "0123456789abcdef".to_owned()),
            ("STORE", "cosmos".to_owned()),
            ("COSMOS_ENDPOINT", format!("https://{COSMOS}")),
            ("COSMOS_DATABASE", DATABASE.to_owned()),
            ("COSMOS_REGION", "West Europe".to_owned()),
            ("BUS", "service-bus".to_owned()),
            ("ServiceBus__fullyQualifiedNamespace", NAMESPACE.to_owned()),
            ("DOCUMENTS", "blob".to_owned()),
            ("STORAGE_BLOB_URL", format!("https://{BLOB_HOST}")),
            ("SIGNER", "key-vault".to_owned()),
            ("KEY_VAULT_URL", VAULT.to_owned()),
            ("KEY_VAULT_KEY", "receipts".to_owned()),
            ("AZURE_CREDENTIAL_KIND", "managed".to_owned()),
            ("AUTHORITY", format!("https://{AUTHORITY}")),
            ("SSL_CERT_FILE", self.anchor().to_string_lossy().into_owned()),
            ("HTTPS_PROXY", self.front.url.clone()),
            // What went past the proxy unencrypted would be seen here too.
            ("HTTP_PROXY", self.front.url.clone()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
        ];
        let settings = settings.into_iter().chain(self.identity.settings());
        settings.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A service that takes no token that does not hold for it.
#[derive(Debug)]
struct Guarded {
    service: Arc<dyn Service>,
    identity: Arc<Identity>,
    resource: &'static str,
}

#[async_trait]
impl Service for Guarded {
    async fn answer(&self, asked: Asked) -> Answer {
        let authorization = asked.header("authorization");
        // Without one the vault tells where to get one.
        if (authorization.is_empty() && self.resource == FOR_KEYS)
            || self.identity.holds(self.resource, authorization)
        {
            return self.service.answer(asked).await;
        }
        Answer::json(401, &json!({ "code": "Unauthorized", "message": "the token does not hold" }))
    }
}
