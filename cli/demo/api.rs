//! A small client of the HTTP interface: what a program of an originator would do, with repetition
//! under the same key.

use reqwest::{Client, Method, RequestBuilder, StatusCode, header};
use serde_json::Value;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

const TRIES_MAX: u32 = 5;
const PAUSE_MS: u64 = 200;

/// Why the demo cannot go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

/// The interface at one address.
#[derive(Debug)]
pub(crate) struct Api {
    base: String,
    client: Client,
    run: String,
    requests: AtomicU64,
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
    pub(crate) body: Value,
}

impl Got {
    /// A text field of the body; empty where it is not.
    pub(crate) fn text(&self, pointer: &str) -> String {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The body of an answer that must be a success.
    pub(crate) fn must(self, what: &str) -> Result<Self, Fault> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let (code, detail) = (self.text("/code"), self.text("/detail"));
        let more = |name: &str| self.body.get(name).cloned().unwrap_or_default();
        let (errors, details) = (more("errors"), more("details"));
        Err(Fault(format!("{what}: {} {code}: {detail} {errors} {details}", self.status)))
    }
}

impl Api {
    /// The interface at `base`, for example `http://127.0.0.1:7071`. `run` makes the idempotency
    /// keys of this run its own.
    pub(crate) fn new(base: &str, run: &str) -> Result<Self, Fault> {
        let client = Client::builder()
            .timeout(Duration::from_secs(30))
            .connect_timeout(Duration::from_secs(5))
            .build()
            .map_err(|fault| Fault(format!("http client: {fault}")))?;
        let base = format!("{}/api/", base.trim_end_matches('/'));
        Ok(Self { base, client, run: run.to_owned(), requests: AtomicU64::new(0) })
    }

    /// How many requests were sent.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Reads.
    pub(crate) async fn get(&self, token: &str, path: &str) -> Result<Got, Fault> {
        self.send(|| self.request(Method::GET, token, path)).await
    }

    /// Creates or acts. The key is made of this run and `about`, so that a repetition is the same
    /// request.
    pub(crate) async fn post(
        &self,
        token: &str,
        path: &str,
        about: &str,
        body: &Value,
    ) -> Result<Got, Fault> {
        self.revise(token, path, about, (body, None)).await
    }

    /// Changes a resource as it was when its tag was read.
    pub(crate) async fn revise(
        &self,
        token: &str,
        path: &str,
        about: &str,
        (body, etag): (&Value, Option<&str>),
    ) -> Result<Got, Fault> {
        let key = format!("{}-{about}", self.run);
        self.send(|| {
            let request = self.request(Method::POST, token, path).json(body);
            let request = request.header("idempotency-key", &key);
            match etag {
                Some(etag) => request.header(header::IF_MATCH, etag),
                None => request,
            }
        })
        .await
    }

    /// Uploads a text under its hash.
    pub(crate) async fn put(&self, token: &str, path: &str, bytes: &[u8]) -> Result<Got, Fault> {
        self.send(|| {
            self.request(Method::PUT, token, path)
                .header(header::CONTENT_TYPE, "text/plain")
                .body(bytes.to_vec())
        })
        .await
    }

    fn request(&self, method: Method, token: &str, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(token)
    }

    /// Sends, and sends the same again while the answer is "not now".
    async fn send(&self, make: impl Fn() -> RequestBuilder + Send) -> Result<Got, Fault> {
        let mut last = String::new();
        for attempt in 0..TRIES_MAX {
            if attempt > 0 {
                tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
            }
            self.requests.fetch_add(1, Ordering::Relaxed);
            match make().send().await {
                Ok(response) if again(response.status()) => last = response.status().to_string(),
                Ok(response) => return read(response).await,
                Err(fault) => last = fault.to_string(),
            }
        }
        Err(Fault(format!("no answer after {TRIES_MAX} tries: {last}")))
    }
}

fn again(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

async fn read(response: reqwest::Response) -> Result<Got, Fault> {
    let status = response.status().as_u16();
    let etag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
    let etag = etag.map(str::to_owned);
    let bytes = response.bytes().await.map_err(|fault| Fault(fault.to_string()))?;
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Ok(Got { status, etag, body })
}
