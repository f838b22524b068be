//! The endpoint of a managed identity, as App Service gives it to an app: a token for each
//! resource, whose end the test decides.

use crate::{
    seam::{Answer, Asked},
    serve::{self, Service},
    tokens,
};
use async_trait::async_trait;
use azure_core::{http::Url, time::OffsetDateTime};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{net::TcpListener, task::JoinHandle};

const HEADER: &str = "identity-header-of-the-test";

#[derive(Debug)]
struct State {
    /// How long a token lasts, as its holder is told.
    lifetime_secs: i64,
    /// For how long after its end the services take it; below zero they stop before.
    leeway_secs: i64,
    silent: bool,
    /// Tokens by resource, with their ends.
    given: BTreeMap<String, Vec<(String, i64)>>,
}

/// The endpoint.
#[derive(Debug)]
pub struct Identity {
    url: String,
    server: JoinHandle<()>,
    issuer: Arc<Issuer>,
}

#[derive(Debug)]
struct Issuer(Mutex<State>);

impl Drop for Identity {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

impl Identity {
    /// One whose tokens last a day.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state =
            State { lifetime_secs: 86_400, leeway_secs: 2, silent: false, given: BTreeMap::new() };
        let issuer = Arc::new(Issuer(Mutex::new(state)));
        let server = serve::listen(listener, url.clone(), Arc::<Issuer>::clone(&issuer));
        Self { url, server, issuer }
    }

    /// What the app finds in its environment.
    pub fn settings(&self) -> [(&'static str, String); 2] {
        let endpoint = format!("{}/msi/token", self.url);
        [("IDENTITY_ENDPOINT", endpoint), ("IDENTITY_HEADER", HEADER.to_owned())]
    }

    /// The tokens that are given from now on last so long, as their holder is told; the services
    /// take them so much longer, or shorter.
    pub fn lasting(&self, secs: i64, leeway_secs: i64) {
        let state = &mut *self.issuer.state();
        (state.lifetime_secs, state.leeway_secs) = (secs, leeway_secs);
    }

    /// From now on nobody is answered.
    pub fn silence(&self) {
        self.issuer.state().silent = true;
    }

    /// A token for a resource, for whoever asked for it in another way, and how many seconds it
    /// lasts.
    pub fn mint(&self, resource: &str) -> (String, i64) {
        let (token, ends) = self.issuer.state().mint(resource);
        (token, ends.saturating_sub(now()))
    }

    /// How many tokens were given for a resource.
    pub fn given(&self, resource: &str) -> usize {
        self.issuer.state().given.get(resource).map_or(0, Vec::len)
    }

    /// Whether a header of authorization carries a token for this resource that holds now.
    pub fn holds(&self, resource: &str, authorization: &str) -> bool {
        // Cosmos DB has its own way to write it: `type=aad&ver=1.0&sig=…`, encoded.
        let encoded = Url::parse(&format!("https://cosmos/?it={authorization}")).unwrap();
        let decoded = encoded.query_pairs().next().unwrap().1.into_owned();
        let token = decoded.rsplit("sig=").next().unwrap_or_default();
        let token = authorization.strip_prefix("Bearer ").unwrap_or(token);
        let state = self.issuer.state();
        let given = state.given.get(resource).into_iter().flatten();
        given
            .into_iter()
            .any(|(known, ends)| known == token && now() < ends.saturating_add(state.leeway_secs))
    }
}

impl State {
    fn mint(&mut self, resource: &str) -> (String, i64) {
        let ends = now().saturating_add(self.lifetime_secs);
        let given = self.given.entry(resource.to_owned()).or_default();
        let token = match resource {
            "https://storage.azure.com" => tokens::for_storage(ends),
            _ => format!("{resource}/.default#{}", given.len()),
        };
        given.push((token.clone(), ends));
        (token, ends)
    }
}

impl Issuer {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

#[async_trait]
impl Service for Issuer {
    async fn answer(&self, asked: Asked) -> Answer {
        let state = &mut *self.state();
        if state.silent {
            return Answer::Silence;
        }
        let resource = asked.url.query_pairs().find(|(name, _)| name == "resource");
        let resource = resource.map(|(_, value)| value.into_owned());
        let (Some(resource), HEADER) = (resource, asked.header("x-identity-header")) else {
            return Answer::of(400, &"");
        };
        let (token, ends) = state.mint(&resource);
        let answer = json!({
            "access_token": token, "expires_on": ends.to_string(), "resource": resource,
            "token_type": "Bearer",
        });
        Answer::json(200, &answer)
    }
}
