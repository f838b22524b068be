//! The whole app for tests: embedded desk, real server, real token issuer over HTTP.
//!
//! ```no_run
//! # async fn story() {
//! use poa_protocol::role::Role;
//! use poa_test_support::{TestApp, Who};
//!
//! let app = TestApp::start().await;
//! let operator = Who::operator("Ada").with(&[Role::Administrator]);
//! let heard = app.post(&operator, "parties", &serde_json::json!({})).await;
//! assert_eq!(heard.status, 400);
//! # }
//! ```
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test whose surroundings do not stand can only fail"
)]

pub mod market;
pub mod shelf;

use poa::{
    caller::Door,
    dispatch::{self, App},
    jwks::Pace,
    local_issuer::{LOCAL_ISSUER, LocalIssuer, TokenRequest},
    settings::{AtOnce, Issuer},
    trigger::{Trigger, table},
};
use poa_embedded::testing::{TestDesk, desk};
use poa_operations::desk::Desk;
use poa_protocol::{caller::Person, limits, role::Role};
use reqwest::{
    Client, Method, RequestBuilder,
    header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName},
};
use serde_json::Value;
use std::{
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, sync::SetOnce, task::JoinHandle};

/// Tenant of the operator in tests.
pub const OPERATOR_TENANT: &str = "0e7a4f0a-3c1d-4b7e-8d55-6a1f9c2b7e01";
/// Client id of the service in tests.
pub const AUDIENCE: &str = "5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10";
/// How long a token lasts in tests, unless a test says otherwise.
pub const LIFETIME_SECS: i64 = 24 * 60 * 60;

/// Somebody who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Tenant and object id.
    pub person: Person,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Whether it is a program.
    pub program: bool,
}

impl Who {
    /// A person of the operator.
    #[must_use]
    pub fn operator(name: &str) -> Self {
        Self::of(OPERATOR_TENANT, name)
    }

    /// A person of a tenant. The same name is always the same person.
    #[must_use]
    pub fn of(tenant: &str, name: &str) -> Self {
        let person = Person { tenant: tenant.to_owned(), object: guid(name) };
        Self { person, roles: Vec::new(), program: false }
    }

    /// With these roles.
    #[must_use]
    pub fn with(&self, roles: &[Role]) -> Self {
        Self { roles: roles.to_vec(), ..self.clone() }
    }

    /// As a program.
    #[must_use]
    pub fn program(&self) -> Self {
        Self { program: true, ..self.clone() }
    }
}

/// A GUID that a name always leads to: good as a tenant or an object id.
#[must_use]
pub fn guid(name: &str) -> String {
    // FNV-1a with 128 bits: spread is all that is needed here.
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in name.bytes() {
        hash ^= u128::from(byte);
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    let digits = format!("{hash:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// The app, listening.
#[derive(Debug)]
pub struct TestApp {
    /// The desk behind it: its clock, its store, its bus.
    pub desk: TestDesk,
    /// Who issues the tokens.
    pub issuer: LocalIssuer,
    /// Base URL of the issuer.
    pub authority: String,
    /// URL of the app, without a slash at the end.
    pub url: String,
    client: Client,
    keys_used: AtomicU64,
    servers: Vec<JoinHandle<()>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Heard {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The bytes as JSON; null where they are none.
    pub json: Value,
}

impl Heard {
    /// The code of a refusal; empty where it is none.
    #[must_use]
    pub fn code(&self) -> &str {
        self.json.get("code").and_then(Value::as_str).unwrap_or_default()
    }

    /// A header as text; empty where it is not there.
    #[must_use]
    pub fn header(&self, name: impl Into<HeaderName>) -> &str {
        let value = self.headers.get(name.into());
        value.and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `ETag`; empty where there is none.
    #[must_use]
    pub fn etag(&self) -> &str {
        self.header(ETAG)
    }

    /// A text in the JSON, by RFC 6901 pointer; empty where it is not there.
    #[must_use]
    pub fn text(&self, pointer: &str) -> &str {
        self.json.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

impl TestApp {
    /// Starts the app with the whole table on a fresh desk.
    pub async fn start() -> Self {
        Self::start_serving(table(), Pace::default(), AT_ONCE).await
    }

    /// Starts an app with these functions that asks the issuer at this pace.
    pub async fn start_serving(
        table: impl Iterator<Item = &'static Trigger> + Clone,
        pace: Pace,
        at_once: AtOnce,
    ) -> Self {
        let desk = desk();
        let served = desk.desk.clone();
        Self::start_on(desk, served, table, (pace, at_once)).await
    }

    /// Starts an app that works with another desk than the one that it shows.
    pub async fn start_on(
        desk: TestDesk,
        served: Desk,
        table: impl Iterator<Item = &'static Trigger> + Clone,
        (pace, at_once): (Pace, AtOnce),
    ) -> Self {
        let issuer = LocalIssuer::open(&desk.folder.path().join("issuer")).expect("an issuer");
        let (listener, url) = listen().await;
        let authority = format!("{url}/{LOCAL_ISSUER}");
        let routes = issuer.routes(&authority);
        let issuing = tokio::spawn(warp::serve(routes).incoming(listener).run());
        let (listener, url) = listen().await;
        let door = Door::new(&issuer_of(&authority), pace).expect("a door");
        let app = App::serving(table, served, door, at_once);
        let ready = Arc::new(SetOnce::new_with(Some(app)));
        let serving = tokio::spawn(warp::serve(dispatch::filter(ready)).incoming(listener).run());
        let client = Client::builder().timeout(Duration::from_mins(1)).build().expect("a client");
        let keys_used = AtomicU64::new(0);
        let servers = vec![issuing, serving];
        Self { desk, issuer, authority, url, client, keys_used, servers }
    }

    /// A token of somebody, valid now.
    #[must_use]
    pub fn token(&self, who: &Who) -> String {
        self.issuer.mint(&self.claims(who)).expect("a token")
    }

    /// What such a token says.
    #[must_use]
    pub fn claims(&self, who: &Who) -> TokenRequest {
        TokenRequest {
            authority: self.authority.clone(),
            audience: AUDIENCE.to_owned(),
            person: who.person.clone(),
            name: "Somebody".to_owned(),
            roles: who.roles.clone(),
            program: who.program,
            begins: self.desk.desk.clock.now(),
            lifetime_secs: LIFETIME_SECS,
        }
    }

    /// A request to change by hand, without a token. The path is below `/api/`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/{path}", self.url))
    }

    /// A request that hands over a message or tick to a function.
    pub fn invocation(&self, function: &str, envelope: &Value) -> RequestBuilder {
        self.client.post(format!("{}/{function}", self.url)).json(envelope)
    }

    /// A key that no other request of this test has.
    #[must_use]
    pub fn fresh_key(&self) -> String {
        format!("key-{}", self.keys_used.fetch_add(1, Ordering::Relaxed))
    }

    /// `GET`.
    pub async fn get(&self, who: &Who, path: &str) -> Heard {
        hear(self.request(Method::GET, path).bearer_auth(self.token(who))).await
    }

    /// `POST` of JSON with a fresh `Idempotency-Key`.
    pub async fn post(&self, who: &Who, path: &str, body: &Value) -> Heard {
        hear(self.posting(who, path, body)).await
    }

    /// `POST` of JSON with a fresh `Idempotency-Key` and this `If-Match`.
    pub async fn revise(&self, who: &Who, path: &str, etag: &str, body: &Value) -> Heard {
        hear(self.posting(who, path, body).header("if-match", etag)).await
    }

    /// `PUT` of bytes.
    pub async fn put(&self, who: &Who, path: &str, bytes: Vec<u8>) -> Heard {
        let request = self.request(Method::PUT, path).bearer_auth(self.token(who));
        hear(request.header(CONTENT_TYPE, "application/octet-stream").body(bytes)).await
    }

    fn posting(&self, who: &Who, path: &str, body: &Value) -> RequestBuilder {
        self.request(Method::POST, path)
            .bearer_auth(self.token(who))
            .header("idempotency-key", self.fresh_key())
            .json(body)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

/// How much an app does at the same time, unless a test says otherwise.
pub const AT_ONCE: AtOnce =
    AtOnce { requests: limits::REQUESTS_AT_ONCE_DEFAULT, work: limits::WORK_AT_ONCE_DEFAULT };

fn issuer_of(authority: &str) -> Issuer {
    Issuer {
        authority: authority.to_owned(),
        audience: AUDIENCE.to_owned(),
        operator_tenant: OPERATOR_TENANT.to_owned(),
    }
}

/// A free port of this machine, and its URL.
pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, format!("http://{address}"))
}

/// Sends a request and reads everything that comes back.
pub async fn hear(request: RequestBuilder) -> Heard {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.expect("a whole answer").to_vec();
    let json = serde_json::from_slice(&bytes).unwrap_or_default();
    Heard { status, headers, bytes, json }
}
