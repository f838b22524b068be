//! The SDK's own emulator as a service, with faults on demand. Nothing else names the emulator: it
//! is internal to the SDK.

use crate::{
    seam::{Answer, Asked},
    serve::{self, Service},
};
use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions},
    http::{Method, Request, Url, headers::HeaderName, headers::HeaderValue},
    time::{Duration as Span, OffsetDateTime},
};
use azure_data_cosmos::{
    AccountEndpoint, AccountReference, CosmosClient, CosmosRuntimeBuilder, RoutingStrategy,
    models::{ContainerProperties, ThroughputProperties},
    options::{CreateContainerOptions, Region},
};
use azure_data_cosmos_driver::in_memory_emulator::{
    InMemoryEmulatorHttpClient, VirtualAccountConfig, VirtualRegion,
};
use bytes::Bytes;
use poa_azure::cosmos::{CosmosSettings, CosmosStore};
use poa_embedded::{clock::SystemClock, ids::SystemIds};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::{net::TcpListener, task::JoinHandle};

/// The name of its database.
pub const DATABASE: &str = "poa";
const CONTAINER: &str = include_str!("../../../infra/ledger-container.json");

mod flaws;

pub use flaws::Flaw;
use flaws::State;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// A transactional batch.
    Batch,
    /// One new item.
    Create,
    /// One item.
    Read,
    /// A query.
    Query,
    /// A page of the change feed.
    Feed,
    /// Of the account or the container.
    Metadata,
}

/// The account: what it holds, and how it answers.
#[derive(Debug)]
pub struct Account {
    /// URL of its one region, which its metadata tell.
    region: String,
    core: Arc<InMemoryEmulatorHttpClient>,
    state: Mutex<State>,
}

/// An account with one empty container.
#[derive(Debug)]
pub struct Emulator {
    /// Its URL.
    pub endpoint: String,
    account: Arc<Account>,
    server: Option<JoinHandle<()>>,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.iter().for_each(JoinHandle::abort);
    }
}

impl Emulator {
    /// Four physical partitions that are never short of request units, over plain HTTP.
    pub async fn start() -> Self {
        Self::with(None).await
    }

    /// As many request units per second over the whole container.
    pub async fn throttled(units: u64) -> Self {
        Self::with(Some(units)).await
    }

    /// An account that answers at this URL and tells that its region is at that one; whoever calls
    /// leads them to [`Self::service`].
    pub async fn at(endpoint: &str, region: &str) -> Self {
        Self::of(endpoint, region, (CONTAINER, None)).await
    }

    /// With a container of another shape than the deployed one.
    pub async fn shaped(container: &str) -> Self {
        Self::serving(container, None).await
    }

    async fn with(units: Option<u64>) -> Self {
        Self::serving(CONTAINER, units).await
    }

    async fn serving(container: &str, units: Option<u64>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
        let mut emulator = Self::of(&endpoint, &endpoint, (container, units)).await;
        emulator.server = Some(serve::listen(listener, endpoint, emulator.service()));
        emulator
    }

    async fn of(endpoint: &str, region: &str, (container, units): (&str, Option<u64>)) -> Self {
        let at = VirtualRegion::new("West Europe", region.parse().unwrap());
        let config =
            VirtualAccountConfig::new(vec![at]).unwrap().with_throttling_enabled(units.is_some());
        let core = Arc::new(InMemoryEmulatorHttpClient::new(config));
        let account = Account { region: region.to_owned(), core, state: Mutex::default() };
        account.provision(container, units).await;
        let endpoint = endpoint.to_owned();
        Self { endpoint, account: Arc::new(account), server: None }
    }

    /// A client of the account that needs no way to its names: for whoever audits it.
    pub async fn auditor(&self) -> CosmosStore {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let door = BackDoor { account: self.service(), url: url.clone() };
        serve::listen(listener, url.clone(), Arc::new(door));
        open(&url)
    }

    /// What answers.
    pub fn service(&self) -> Arc<Account> {
        Arc::clone(&self.account)
    }

    /// A new client of the account, as another process would have it.
    pub fn store(&self) -> CosmosStore {
        open(&self.endpoint)
    }

    /// The next requests of these sorts meet these flaws.
    pub fn once(&self, flaws: &[(Sort, Flaw)]) {
        self.account.state().once.extend(flaws);
    }

    /// Of the next requests of a sort every other one meets a flaw, so many of them, and the first
    /// one is among them.
    pub fn every_other(&self, sort: Sort, times: usize, flaw: Flaw) {
        self.once(&[(sort, flaw), (sort, Flaw::None)].repeat(times));
    }

    /// Every request that is not about metadata meets this flaw from now on.
    pub fn always(&self, flaw: Option<Flaw>) {
        self.account.state().always = flaw;
    }

    /// Some requests meet flaws from now on, as these dice fall.
    pub fn sometimes(&self, seed: Option<u64>) {
        self.account.state().dice = seed;
    }

    /// What was asked since the last look, without metadata.
    pub fn seen(&self) -> Vec<Sort> {
        self.asked().into_iter().map(|(sort, _)| sort).collect()
    }

    /// The same, each with whether it asked for the latest that any process has written.
    pub fn asked(&self) -> Vec<(Sort, bool)> {
        let log = std::mem::take(&mut self.account.state().log);
        log.into_iter().filter(|(sort, _)| *sort != Sort::Metadata).collect()
    }

    /// The bodies of the batches since the last look.
    pub fn batches(&self) -> Vec<Bytes> {
        std::mem::take(&mut self.account.state().batches)
    }

    /// Waits until a request is held, does something meanwhile, and lets it go on.
    pub async fn meanwhile<T>(&self, work: impl Future<Output = T>) -> T {
        let gate = Arc::clone(&self.account.state().gate);
        gate.reached.notified().await;
        let done = work.await;
        gate.open.notify_one();
        done
    }

    /// Splits a physical partition in two.
    pub fn split(&self, partition: u32) {
        let store = self.account.core.store();
        store.split_partition(DATABASE, "ledger", partition, std::time::Duration::ZERO);
    }
}

/// A store at any address.
pub fn open(endpoint: &str) -> CosmosStore {
    let settings = CosmosSettings {
        endpoint: endpoint.to_owned(),
        database: DATABASE.to_owned(),
        region: "westeurope".to_owned(),
    };
    let clock = Arc::new(SystemClock);
    let ids = Arc::new(SystemIds::new(Arc::<SystemClock>::clone(&clock)));
    CosmosStore::open(settings, Arc::new(Static), clock, ids).unwrap()
}

/// A credential that always has a token.
#[derive(Debug)]
struct Static;

#[async_trait]
impl TokenCredential for Static {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://cosmos.azure.com/.default"]);
        Ok(AccessToken::new("token", OffsetDateTime::now_utc().saturating_add(Span::hours(1))))
    }
}

#[async_trait]
impl Service for Account {
    async fn answer(&self, asked: Asked) -> Answer {
        let sort = sort_of(&asked);
        let latest = asked.headers.get("x-ms-cosmos-read-consistency-strategy");
        let latest = latest.is_some_and(|strategy| strategy == "LatestCommitted");
        let flaw = self.state().meet(sort, latest);
        if let Some(Flaw::Answer(status, sub)) = flaw {
            return refused(status, sub);
        }
        if flaw == Some(Flaw::Held) {
            let gate = Arc::clone(&self.state().gate);
            gate.reached.notify_one();
            gate.open.notified().await;
        }
        let request = self.translate(asked);
        if sort == Sort::Batch {
            self.state().batches.push(Bytes::from(request.body()));
        }
        let response = self.core.execute_request(&request).await.unwrap();
        let response = response.try_into_raw_response().await.unwrap();
        let headers = response.headers().iter();
        match flaw {
            Some(Flaw::AnswerLost) => Answer::Broken,
            Some(Flaw::Silence) => Answer::Silence,
            _ => Answer::Reply {
                status: u16::from(response.status()),
                headers: headers
                    .map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned()))
                    .collect(),
                body: response.body().to_vec().into(),
            },
        }
    }
}

/// The account behind a plain socket of this machine: its metadata tell that place.
#[derive(Debug)]
struct BackDoor {
    account: Arc<Account>,
    url: String,
}

#[async_trait]
impl Service for BackDoor {
    async fn answer(&self, asked: Asked) -> Answer {
        let metadata = asked.url.path() == "/";
        let answer = self.account.answer(asked).await;
        let Answer::Reply { status, headers, body } = answer else { return answer };
        if !metadata {
            return Answer::Reply { status, headers, body };
        }
        let text = String::from_utf8(body.to_vec()).unwrap();
        let body = text.replace(&self.account.region, &self.url).into();
        Answer::Reply { status, headers, body }
    }
}

/// As the service refuses.
fn refused(status: u16, sub: u16) -> Answer {
    let headers = [
        ("x-ms-substatus", sub.to_string()),
        ("x-ms-retry-after-ms", "10".to_owned()),
        ("x-ms-request-charge", "0.38".to_owned()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Answer::Reply { status, headers, body: Bytes::new() }
}

fn sort_of(asked: &Asked) -> Sort {
    let has = |name: &str| {
        let value = asked.headers.get(name);
        value.is_some_and(|value| !value.eq_ignore_ascii_case("false"))
    };
    match asked.url.path() {
        path if !path.contains("/docs") => Sort::Metadata,
        _ if has("x-ms-cosmos-is-batch-request") => Sort::Batch,
        _ if has("x-ms-documentdb-isquery") => Sort::Query,
        _ if has("a-im") => Sort::Feed,
        _ if asked.method == "POST" => Sort::Create,
        _ => Sort::Read,
    }
}

impl Account {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Makes database and container as `infra/` does.
    async fn provision(&self, container: &str, units: Option<u64>) {
        let endpoint: AccountEndpoint = self.region.parse().unwrap();
        let account = AccountReference::with_authentication_key(endpoint, Secret::new("a2V5"));
        let routing = RoutingStrategy::ProximityTo(Region::WEST_EUROPE);
        let runtime = CosmosRuntimeBuilder::from(self.core.runtime_builder()).build();
        let client = CosmosClient::builder().with_runtime(runtime.await.unwrap());
        let client = client.build(account, routing).await.unwrap();
        Box::pin(client.create_database(DATABASE, None)).await.unwrap();
        let properties: ContainerProperties = serde_json::from_str(container).unwrap();
        let options = units.map(|units| {
            let throughput = ThroughputProperties::manual(units);
            CreateContainerOptions::default().with_throughput(throughput)
        });
        let database = client.database_client(DATABASE);
        Box::pin(database.create_container(properties, options)).await.unwrap();
    }

    /// The request as the emulator takes it, at its one region.
    fn translate(&self, asked: Asked) -> Request {
        let mut url: Url = self.region.parse().unwrap();
        url.set_path(asked.url.path());
        url.set_query(asked.url.query());
        let method: Method = asked.method.parse().unwrap();
        let mut request = Request::new(url, method);
        for (name, value) in asked.headers {
            request.insert_header(HeaderName::from(name), HeaderValue::from(value));
        }
        request.set_body(asked.body);
        request
    }
}
