//! The app in its Azure: the staged folder behind the local host, which is fed by the broker.

use crate::source::Subscriptions;
use poa::{
    function_json::{self, Profile, Staging},
    local_issuer::{LocalIssuer, TokenRequest},
    settings::SETTINGS,
};
use poa_embedded::clock::SystemClock;
use poa_local_host::{Host, HostOptions, RunningHost};
use poa_operations::ports::clock::Clock as _;
use poa_protocol::{caller::Person, role::Role};
use poa_test_cloud::{azure::Azure, entra::AUTHORITY};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tempfile::TempDir;

/// The app.
pub(crate) struct App {
    pub(crate) azure: Azure,
    pub(crate) host: RunningHost,
    pub(crate) issuer: LocalIssuer,
    http: reqwest::Client,
    log: Arc<Mutex<Vec<String>>>,
    folder: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl App {
    /// The app in an Azure of its own; `None` where Azurite is not installed.
    pub(crate) async fn start() -> Option<Arc<Self>> {
        let (folder, issuer) = issuer();
        let azure = Azure::start(issuer.keys().clone()).await?;
        Some(Self::run(folder, issuer, azure).await)
    }

    async fn run(folder: TempDir, issuer: LocalIssuer, azure: Azure) -> Arc<Self> {
        let root = folder.path().join("func-app");
        staged(&root);
        let log = Arc::<Mutex<Vec<String>>>::default();
        let lines = Arc::clone(&log);
        let mut options = HostOptions::new(&root);
        options.listen = ([127, 0, 0, 1], 0).into();
        options.env = settings(&azure);
        options.bus = Some(Arc::new(Subscriptions(Arc::clone(&azure.broker))));
        options.log = Some(Arc::new(move |line| lines.lock().unwrap().push(line.message.clone())));
        let host = Host::start(options).await.unwrap();
        host.ready().await.unwrap();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        Arc::new(Self { azure, host, issuer, http, log, folder })
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}/api/", self.host.address())
    }

    /// The operator's tenant.
    pub(crate) fn operator() -> String {
        example("OPERATOR_TENANT_ID")
    }

    /// A token of Entra ID for person `number` of a tenant.
    pub(crate) fn token(&self, tenant: &str, number: u8, role: Role) -> String {
        Self::token_of(&self.issuer, tenant, number, role)
    }

    /// The same under the key of another issuer.
    pub(crate) fn token_of(issuer: &LocalIssuer, tenant: &str, number: u8, role: Role) -> String {
        issuer.mint(&claims(tenant, number, role)).unwrap()
    }

    /// A request without a token. The path is below `/api/`.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base()))
    }

    /// Reads.
    pub(crate) async fn get(&self, token: &str, path: &str) -> Heard {
        hear(self.request(Method::GET, path).bearer_auth(token)).await
    }

    /// Posts under a key.
    pub(crate) async fn post(&self, token: &str, path: &str, key: &str, body: &Value) -> Heard {
        let request = self.request(Method::POST, path).bearer_auth(token).json(body);
        hear(request.header("idempotency-key", key)).await
    }

    /// Uploads a document under its own hash.
    pub(crate) async fn put(&self, token: &str, sha256: &str, bytes: &'static [u8]) -> Heard {
        let request = self.request(Method::PUT, &format!("documents/{sha256}")).bearer_auth(token);
        hear(request.header("content-type", "application/octet-stream").body(bytes)).await
    }

    /// What host and handler said.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Waits until this holds.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..600 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never: {what}");
    }

    /// SIGKILL to the handler.
    pub(crate) fn kill_handler(&self) -> u32 {
        let handler = self.host.handler_pid().unwrap();
        let kill = std::process::Command::new("kill").args(["-9", &handler.to_string()]).status();
        assert!(kill.unwrap().success());
        handler
    }
}

impl Drop for App {
    #[expect(clippy::print_stdout, reason = "a test that fails shows what was said")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}\nin {}", self.log(), self.folder.path().display());
        }
    }
}

/// A fresh issuer and the folder of its key.
pub(crate) fn issuer() -> (TempDir, LocalIssuer) {
    let folder = tempfile::tempdir().unwrap();
    let issuer = LocalIssuer::open(&folder.path().join("issuer")).unwrap();
    (folder, issuer)
}

/// What a deployment sets in this Azure.
pub(crate) fn settings(azure: &Azure) -> BTreeMap<String, String> {
    let mut settings = azure.settings();
    for name in ["API_CLIENT_ID", "OPERATOR_TENANT_ID"] {
        settings.insert(name.to_owned(), example(name));
    }
    settings
}

/// The folder that is deployed, with the handler that this test was built with, or the one that
/// `POA_TEST_HANDLER` names: a release, for example.
fn staged(root: &Path) {
    let handler = option_env!("POA_TEST_HANDLER").unwrap_or(env!("CARGO_BIN_EXE_handler"));
    let staging = Staging { profile: Profile::Azure, handler: None, settings: None };
    function_json::stage(root, staging).unwrap();
    std::os::unix::fs::symlink(handler, root.join("handler")).unwrap();
}

fn example(name: &str) -> String {
    let setting = SETTINGS.iter().find(|setting| setting.name == name);
    setting.and_then(|setting| setting.example).unwrap().to_owned()
}

fn claims(tenant: &str, number: u8, role: Role) -> TokenRequest {
    TokenRequest {
        authority: format!("https://{AUTHORITY}"),
        audience: example("API_CLIENT_ID"),
        person: Person {
            tenant: tenant.to_owned(),
            object: format!("00000000-0000-4000-8000-{number:012}"),
        },
        name: "somebody".to_owned(),
        roles: vec![role],
        program: false,
        begins: SystemClock.now(),
        lifetime_secs: 3600,
    }
}

/// Sends a request and reads everything that comes back.
pub(crate) async fn hear(request: RequestBuilder) -> Heard {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let json = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
    Heard { status, headers, json }
}
