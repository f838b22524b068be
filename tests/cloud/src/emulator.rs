//! The SDK's own emulator behind a socket of this machine, with faults on demand. Nothing else
//! names the emulator: it is internal to the SDK.

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions},
    http::{Method, Request, headers::HeaderName, headers::HeaderValue},
    time::{Duration as Span, OffsetDateTime},
};
use azure_data_cosmos::{
    AccountEndpoint, AccountReference, CosmosClient, RoutingStrategy,
    models::{ContainerProperties, ThroughputProperties},
    options::{CreateContainerOptions, Region},
};
use azure_data_cosmos_driver::in_memory_emulator::{
    InMemoryEmulatorHttpClient, VirtualAccountConfig, VirtualRegion,
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use poa_azure::cosmos::{CosmosSettings, CosmosStore};
use poa_embedded::{clock::SystemClock, ids::SystemIds};
use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};

const DATABASE: &str = "poa";
const CONTAINER: &str = include_str!("../../../infra/ledger-container.json");

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

/// What goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// It is done, and the answer is lost on the way back.
    AnswerLost,
    /// It is done, and no answer ever comes.
    Silence,
    /// It is not done; this status and sub-status are the answer.
    Answer(u16, u16),
    /// It is done when the test lets it go on.
    Held,
}

/// Where a held request and the test meet.
#[derive(Debug, Default)]
struct Gate {
    reached: Notify,
    open: Notify,
}

#[derive(Debug, Default)]
struct State {
    log: Vec<Sort>,
    batches: Vec<Bytes>,
    once: VecDeque<(Sort, Flaw)>,
    always: Option<Flaw>,
    gate: Arc<Gate>,
}

/// An account with one empty container.
#[derive(Debug)]
pub struct Emulator {
    /// Its URL.
    pub endpoint: String,
    core: Arc<InMemoryEmulatorHttpClient>,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Emulator {
    /// Four physical partitions that are never short of request units.
    pub async fn start() -> Self {
        Self::with(None).await
    }

    /// As many request units per second over the whole container.
    pub async fn throttled(units: u64) -> Self {
        Self::with(Some(units)).await
    }

    async fn with(units: Option<u64>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
        let region = VirtualRegion::new("West Europe", endpoint.parse().unwrap());
        let config = VirtualAccountConfig::new(vec![region])
            .unwrap()
            .with_throttling_enabled(units.is_some());
        let core = Arc::new(InMemoryEmulatorHttpClient::new(config));
        let state = Arc::default();
        let server =
            tokio::spawn(serve(listener, endpoint.clone(), Arc::clone(&core), Arc::clone(&state)));
        let emulator = Self { endpoint, core, state, server };
        emulator.provision(units).await;
        emulator
    }

    /// Makes database and container as `infra/` does.
    async fn provision(&self, units: Option<u64>) {
        let endpoint: AccountEndpoint = self.endpoint.parse().unwrap();
        let account = AccountReference::with_authentication_key(endpoint, Secret::new("a2V5"));
        let routing = RoutingStrategy::ProximityTo(Region::WEST_EUROPE);
        let client = CosmosClient::builder().build(account, routing).await.unwrap();
        Box::pin(client.create_database(DATABASE, None)).await.unwrap();
        let properties: ContainerProperties = serde_json::from_str(CONTAINER).unwrap();
        let options = units.map(|units| {
            let throughput = ThroughputProperties::manual(units);
            CreateContainerOptions::default().with_throughput(throughput)
        });
        let database = client.database_client(DATABASE);
        Box::pin(database.create_container(properties, options)).await.unwrap();
        self.state.lock().unwrap().log.clear();
    }

    /// A new client of the account, as another process would have it.
    pub fn store(&self) -> CosmosStore {
        open(&self.endpoint)
    }

    /// The next requests of these sorts meet these flaws.
    pub fn once(&self, flaws: &[(Sort, Flaw)]) {
        self.state.lock().unwrap().once.extend(flaws);
    }

    /// Every request that is not about metadata meets this flaw from now on.
    pub fn always(&self, flaw: Option<Flaw>) {
        self.state.lock().unwrap().always = flaw;
    }

    /// What was asked since the last look, without metadata.
    pub fn seen(&self) -> Vec<Sort> {
        let log = std::mem::take(&mut self.state.lock().unwrap().log);
        log.into_iter().filter(|sort| *sort != Sort::Metadata).collect()
    }

    /// The bodies of the batches since the last look.
    pub fn batches(&self) -> Vec<Bytes> {
        std::mem::take(&mut self.state.lock().unwrap().batches)
    }

    /// Waits until a request is held, does something meanwhile, and lets it go on.
    pub async fn meanwhile<T>(&self, work: impl Future<Output = T>) -> T {
        let gate = Arc::clone(&self.state.lock().unwrap().gate);
        gate.reached.notified().await;
        let done = work.await;
        gate.open.notify_one();
        done
    }

    /// Splits a physical partition in two.
    pub fn split(&self, partition: u32) {
        let store = self.core.store();
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

async fn serve(
    listener: TcpListener,
    endpoint: String,
    core: Arc<InMemoryEmulatorHttpClient>,
    state: Arc<Mutex<State>>,
) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { return };
        let (endpoint, core, state) = (endpoint.clone(), Arc::clone(&core), Arc::clone(&state));
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                answer(endpoint.clone(), Arc::clone(&core), Arc::clone(&state), request)
            });
            // A connection that a lost answer breaks off is none of the server's business.
            let builder = auto::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

async fn answer(
    endpoint: String,
    core: Arc<InMemoryEmulatorHttpClient>,
    state: Arc<Mutex<State>>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Full<Bytes>>, io::Error> {
    let sort = sort_of(&request);
    let flaw = {
        let mut state = state.lock().unwrap();
        state.log.push(sort);
        let met = state.once.iter().position(|(of, _)| *of == sort);
        let always = state.always.filter(|_| sort != Sort::Metadata);
        met.and_then(|at| state.once.remove(at)).map(|(_, flaw)| flaw).or(always)
    };
    if let Some(Flaw::Answer(status, sub)) = flaw {
        let response = hyper::Response::builder()
            .status(status)
            .header("x-ms-substatus", sub)
            .header("x-ms-retry-after-ms", 10)
            .header("x-ms-request-charge", "0.38")
            .body(Full::default());
        return Ok(response.unwrap());
    }
    if flaw == Some(Flaw::Held) {
        let gate = Arc::clone(&state.lock().unwrap().gate);
        gate.reached.notify_one();
        gate.open.notified().await;
    }
    let request = translate(&endpoint, request).await;
    if sort == Sort::Batch {
        state.lock().unwrap().batches.push(Bytes::from(request.body()));
    }
    let response = core.execute_request(&request).await.unwrap();
    let response = response.try_into_raw_response().await.unwrap();
    match flaw {
        Some(Flaw::AnswerLost) => return Err(io::Error::other("the answer is lost")),
        Some(Flaw::Silence) => std::future::pending::<()>().await,
        _ => {}
    }
    let mut back = hyper::Response::builder().status(u16::from(response.status()));
    for (name, value) in response.headers().iter() {
        back = back.header(name.as_str(), value.as_str());
    }
    Ok(back.body(Full::new(response.body().to_vec().into())).unwrap())
}

fn sort_of(request: &hyper::Request<Incoming>) -> Sort {
    let has = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| !value.eq_ignore_ascii_case("false"))
    };
    match request.uri().path() {
        path if !path.contains("/docs") => Sort::Metadata,
        _ if has("x-ms-cosmos-is-batch-request") => Sort::Batch,
        _ if has("x-ms-documentdb-isquery") => Sort::Query,
        _ if has("a-im") => Sort::Feed,
        _ if request.method() == hyper::Method::POST => Sort::Create,
        _ => Sort::Read,
    }
}

async fn translate(endpoint: &str, request: hyper::Request<Incoming>) -> Request {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{}{path}", endpoint.trim_end_matches('/')).parse().unwrap();
    let method: Method = parts.method.as_str().parse().unwrap();
    let mut request = Request::new(url, method);
    for (name, value) in &parts.headers {
        let name = HeaderName::from(name.as_str().to_owned());
        request.insert_header(name, HeaderValue::from(value.to_str().unwrap().to_owned()));
    }
    request.set_body(body.collect().await.unwrap().to_bytes());
    request
}
