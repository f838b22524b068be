//! A client that does not give up: the same request under the same key until it is answered.

use crate::app::App;
use poa_protocol::role::Role;
use serde_json::Value;
use std::{sync::Arc, time::Duration};

const TRIES_MAX: u32 = 400;
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Client {
    pub(crate) app: Arc<App>,
    http: reqwest::Client,
}

impl Client {
    pub(crate) fn new(app: &Arc<App>) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
        Self { app: Arc::clone(app), http }
    }

    pub(crate) fn token(&self, tenant: &str, number: u8, role: Role) -> String {
        self.app.token(tenant, number, role)
    }

    /// Sends until there is an answer that is neither "not now" nor silence. The answer must be a
    /// success.
    async fn send(&self, make: impl Fn() -> reqwest::RequestBuilder) -> (Value, Option<String>) {
        let mut last = String::new();
        for _ in 0..TRIES_MAX {
            match make().send().await {
                Ok(response) => {
                    let status = response.status().as_u16();
                    let etag = response.headers().get("etag");
                    let etag = etag.map(|tag| tag.to_str().unwrap().to_owned());
                    let body = response.text().await.unwrap_or_default();
                    let again = [409, 429, 500, 502, 503, 504].contains(&status);
                    if !again {
                        assert!((200..300).contains(&status), "{status}: {body}");
                        if let Ok(value) = serde_json::from_str(&body) {
                            return (value, etag);
                        }
                    }
                    last = format!("{status}: {body}");
                }
                Err(fault) => last = fault.to_string(),
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("no answer: {last}");
    }

    /// Posts until it is answered.
    pub(crate) async fn persist(&self, token: &str, path: &str, key: &str, body: &Value) -> Value {
        self.revise(token, path, key, (body, None)).await.0
    }

    /// Posts a change until it is answered; also its tag.
    pub(crate) async fn revise(
        &self,
        token: &str,
        path: &str,
        key: &str,
        (body, etag): (&Value, Option<&str>),
    ) -> (Value, Option<String>) {
        let url = format!("{}{path}", self.app.base());
        self.send(|| {
            let request = self.http.post(&url).bearer_auth(token).json(body);
            let request = request.header("idempotency-key", key);
            match etag {
                Some(etag) => request.header("if-match", etag),
                None => request,
            }
        })
        .await
    }

    /// Reads; also the tag.
    pub(crate) async fn get(&self, token: &str, path: &str) -> (Value, Option<String>) {
        let url = format!("{}{path}", self.app.base());
        self.send(|| self.http.get(&url).bearer_auth(token)).await
    }

    /// Reads until `done` says so.
    pub(crate) async fn until(
        &self,
        token: &str,
        path: &str,
        done: impl Fn(&Value) -> bool,
    ) -> Value {
        for _ in 0..TRIES_MAX {
            let (value, _) = self.get(token, path).await;
            if done(&value) {
                return value;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("`{path}` does not come to its end");
    }

    /// All pages of a list.
    pub(crate) async fn list(&self, token: &str, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = String::new();
        loop {
            let (page, _) = self.get(token, &format!("{path}?limit=200{next}")).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["continuation"].as_str() {
                Some(token) => next = format!("&continuation={token}"),
                None => return items,
            }
        }
    }
}
