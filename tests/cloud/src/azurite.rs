//! Azurite as a child of the test program: over https it takes tokens, over http the published key.
//! It ends when the program does, however that ends.

use crate::tokens::{Anchor, Tokens};
use poa_azure::{
    blob::{BlobDocuments, BlobSettings},
    client::Client,
    storage::StorageAccess,
    storage_queue::StorageQueues,
};
use poa_embedded::clock::SystemClock;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

/// The host of its blobs in Azure.
pub const BLOB_HOST: &str = "devstoreaccount1.blob.core.windows.net";
/// The host of its queues in Azure.
pub const QUEUE_HOST: &str = "devstoreaccount1.queue.core.windows.net";

/// A running Azurite.
#[derive(Debug)]
pub struct Azurite {
    /// Its blob service.
    pub blob: String,
    /// Its queue service.
    pub queue: String,
    anchor: Option<Arc<Anchor>>,
    // Its input closes with this process, which ends it.
    child: Child,
    _folder: TempDir,
}

/// Over https, with tokens, one for the whole program; `None` where Azurite is not installed.
pub fn https() -> Option<&'static Azurite> {
    static HTTPS: OnceLock<Option<Azurite>> = OnceLock::new();
    found(HTTPS.get_or_init(|| Azurite::run(Some(Arc::new(Anchor::fresh())))).as_ref())
}

/// Over http, with the published key, one for the whole program; `None` where Azurite is not
/// installed.
pub fn http() -> Option<&'static Azurite> {
    static HTTP: OnceLock<Option<Azurite>> = OnceLock::new();
    found(HTTP.get_or_init(|| Azurite::run(None)).as_ref())
}

/// Says past the capture of the test harness, once per test, that Azurite is absent.
fn found<T>(azurite: Option<T>) -> Option<T> {
    if azurite.is_none() {
        let said = "absent: Azurite (`cargo xtask test` installs it into target/tools)\n";
        std::io::stderr().write_all(said.as_bytes()).unwrap();
    }
    azurite
}

/// Where the test command has installed it, above the test program. What is installed must run.
fn installed() -> Option<PathBuf> {
    let program = std::env::current_exe().unwrap();
    let mut places = program.ancestors().map(|above| above.join("tools/azurite"));
    places.find(|at| at.join("installed.txt").exists())
}

impl Azurite {
    /// One of its own for a test: over https and with tokens where it gets a certificate. `None`
    /// where Azurite is not installed.
    pub fn start(anchor: Option<Arc<Anchor>>) -> Option<Self> {
        found(Self::run(anchor))
    }

    fn run(anchor: Option<Arc<Anchor>>) -> Option<Self> {
        let at = installed()?;
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("node");
        command.arg(at.join("run.js")).current_dir(folder.path());
        command.args(["--inMemoryPersistence", "--disableTelemetry", "--silent"]);
        for service in ["blob", "queue", "table"] {
            command.args([format!("--{service}Host"), "127.0.0.1".to_owned()]);
            command.args([format!("--{service}Port"), "0".to_owned()]);
        }
        if let Some(anchor) = &anchor {
            let (certificate, key) = written(anchor, folder.path());
            command.arg("--oauth").arg("basic");
            command.arg("--cert").arg(certificate).arg("--key").arg(key);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut listening = |service: &str| {
            let said = format!("Azurite {service} service is successfully listening at ");
            let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
                line.strip_prefix(&said).map(|url| format!("{url}/devstoreaccount1"))
            });
            assert!(url.is_some(), "Azurite ended before its {service} service was there");
            url.unwrap()
        };
        let (blob, queue) = (listening("Blob"), listening("Queue"));
        // Whatever else it says is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { blob, queue, anchor, child, _folder: folder })
    }

    /// The authority of its certificate, over https.
    pub fn anchor(&self) -> Option<&Arc<Anchor>> {
        self.anchor.as_ref()
    }

    /// The socket of its blob service.
    pub fn address(&self) -> SocketAddr {
        let url = reqwest::Url::parse(&self.blob).unwrap();
        url.socket_addrs(|| None).unwrap()[0]
    }

    /// How its clients sign in, with these tokens where it takes tokens.
    pub fn access(&self, tokens: Tokens) -> StorageAccess {
        match self.anchor {
            Some(_) => StorageAccess::Token(Arc::new(tokens)),
            None => StorageAccess::Azurite,
        }
    }

    /// What its clients are made with: they trust its certificate.
    pub fn client(&self) -> Client {
        Client::over(Arc::new(self.web()))
    }

    /// A plain client that trusts its certificate.
    pub fn web(&self) -> reqwest::Client {
        let builder = reqwest::Client::builder().timeout(Duration::from_secs(20));
        match &self.anchor {
            Some(anchor) => builder.tls_certs_only([anchor.root()]),
            None => builder,
        }
        .build()
        .unwrap()
    }

    /// Settings with containers that no other test has.
    pub fn settings(&self) -> BlobSettings {
        let [container, incoming] = ["documents", "incoming"].map(fresh);
        BlobSettings { container, incoming, ..BlobSettings::of(&self.blob) }
    }

    /// Documents in containers of their own.
    pub async fn documents(&self) -> BlobDocuments {
        self.documents_of(self.settings(), Tokens::lasting()).await
    }

    /// Documents with these settings, whose containers are made.
    pub async fn documents_of(&self, set: BlobSettings, tokens: Tokens) -> BlobDocuments {
        for name in [&set.container, &set.incoming] {
            self.make("blob", name).await;
        }
        self.open(set, tokens)
    }

    /// Documents with these settings, as they are.
    pub fn open(&self, settings: BlobSettings, tokens: Tokens) -> BlobDocuments {
        let (access, client) = (self.access(tokens), self.client());
        BlobDocuments::open(settings, access, &client, Arc::new(SystemClock)).unwrap()
    }

    /// Its queues.
    pub fn queues(&self) -> StorageQueues {
        let access = self.access(Tokens::lasting());
        StorageQueues::open(&self.queue, access, &self.client()).unwrap()
    }

    /// Makes a container or a queue, as the infrastructure does in Azure.
    pub async fn make(&self, service: &str, name: &str) {
        use azure_core::http::Url;
        use azure_storage_blob::{BlobServiceClient, BlobServiceClientOptions};
        use azure_storage_queue::{QueueServiceClient, QueueServiceClientOptions};
        let tokens: Arc<dyn azure_core::credentials::TokenCredential> = Arc::new(Tokens::lasting());
        // Over http they are made on the way.
        if self.anchor.is_none() {
            return;
        }
        let client_options = self.client().options();
        if service == "blob" {
            let options = BlobServiceClientOptions { client_options, ..Default::default() };
            let url = Url::parse(&self.blob).unwrap();
            let made = BlobServiceClient::new(url, Some(tokens), Some(options)).unwrap();
            made.blob_container_client(name).create(None).await.unwrap();
        } else {
            let options = QueueServiceClientOptions { client_options, ..Default::default() };
            let url = Url::parse(&self.queue).unwrap();
            let made = QueueServiceClient::new(url, Some(tokens), Some(options)).unwrap();
            made.queue_client(name).unwrap().create(None).await.unwrap();
        }
    }
}

/// Its certificate and key as files. It also answers to the names of the services that it stands
/// for.
fn written(anchor: &Anchor, folder: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = anchor.leaf(&["127.0.0.1", BLOB_HOST, QUEUE_HOST]);
    let files = (folder.join("cert.pem"), folder.join("key.pem"));
    fs::write(&files.0, certificate.pem()).unwrap();
    fs::write(&files.1, key.serialize_pem()).unwrap();
    files
}

impl Drop for Azurite {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A name that nobody else in this process has.
pub fn fresh(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
