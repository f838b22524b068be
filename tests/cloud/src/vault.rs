//! A stand-in for a key vault behind the SDK's HTTP-client seam: challenge, versions, real ES256
//! signatures, throttling.

use crate::{
    seam::{Answer, Asked, Seam},
    serve::Service,
};
use async_trait::async_trait;
use aws_lc_rs::{
    digest::{Digest, SHA256},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

/// Its URL.
pub const VAULT: &str = "https://poa.vault.azure.net";
/// Versions of one page of a list.
const PAGE: usize = 2;

struct Version {
    name: String,
    key: EcdsaKeyPair,
    enabled: bool,
    curve: &'static str,
    attributes: Value,
}

type Instead = dyn Fn(&Asked) -> Option<Answer> + Send + Sync;

struct State {
    versions: Vec<Version>,
    resource: String,
    instead: Option<Box<Instead>>,
}

/// The vault, with one key `receipts`.
pub struct Vault(Mutex<State>);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault whose key has one version, `v1`, and a transport to it.
    pub fn new() -> (Arc<Self>, Arc<Seam>) {
        let vault = Self::fresh();
        let answers = Arc::clone(&vault);
        (vault, Seam::new(move |asked| answers.take(asked)))
    }

    /// A vault whose key has one version, `v1`.
    pub fn fresh() -> Arc<Self> {
        let resource = "https://vault.azure.net".to_owned();
        let state = State { versions: Vec::new(), resource, instead: None };
        let vault = Arc::new(Self(Mutex::new(state)));
        vault.rotate();
        vault
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Makes a new version; returns its name.
    pub fn rotate(&self) -> String {
        self.add("P-256", json!({}))
    }

    /// Adds a version of this curve with these attributes.
    pub fn add(&self, curve: &'static str, attributes: Value) -> String {
        let state = &mut *self.state();
        let name = format!("v{}", state.versions.len().saturating_add(1));
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        state.versions.push(Version { name: name.clone(), key, enabled: true, curve, attributes });
        name
    }

    /// Enables or disables a version.
    pub fn enable(&self, version: &str, enabled: bool) {
        let state = &mut *self.state();
        state.versions.iter_mut().find(|one| one.name == version).unwrap().enabled = enabled;
    }

    /// The resource that its challenge names.
    pub fn challenge(&self, resource: &str) {
        resource.clone_into(&mut self.state().resource);
    }

    /// Answers some requests otherwise.
    pub fn instead(&self, instead: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static) {
        self.state().instead = Some(Box::new(instead));
    }

    /// Answers as it should again.
    pub fn heal(&self) {
        self.state().instead = None;
    }

    fn take(&self, asked: &Asked) -> Answer {
        let state = &*self.state();
        if let Some(answer) = state.instead.as_ref().and_then(|instead| instead(asked)) {
            return answer;
        }
        if !asked.header("authorization").starts_with("Bearer https://vault.azure.net/.default#") {
            let tenant = "https://login.microsoftonline.com/tenant";
            let resource = &state.resource;
            let challenge = format!(r#"Bearer authorization="{tenant}", resource="{resource}""#);
            return Answer::with(401, "www-authenticate", &challenge);
        }
        let parts: Vec<&str> = asked.url.path().split('/').skip(1).collect();
        match (asked.method.as_str(), &parts[..]) {
            ("GET", ["keys", "receipts", "versions"]) => list(state, asked),
            ("GET", ["keys", "receipts", version]) => on(state, version, "get", shown),
            ("POST", ["keys", "receipts", version, "sign"]) => {
                on(state, version, "sign", |version| signed(version, asked))
            }
            _ => refused(404, "KeyNotFound", "A key with this name was not found in this vault."),
        }
    }
}

#[async_trait]
impl Service for Vault {
    async fn answer(&self, asked: Asked) -> Answer {
        self.take(&asked)
    }
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    Answer::of(status, &json!({ "error": { "code": code, "message": message } }))
}

fn id(version: &str) -> String {
    format!("{VAULT}/keys/receipts/{version}")
}

fn attributes(state: &State, version: &Version) -> Value {
    let at = state.versions.iter().position(|one| one.name == version.name).unwrap();
    let mut attributes = version.attributes.clone();
    attributes["enabled"] = json!(version.enabled);
    attributes["created"] = json!(at.saturating_add(1_700_000_000));
    attributes
}

/// Pages in no order that means anything, as the service says.
fn list(state: &State, asked: &Asked) -> Answer {
    let skip = asked.url.query_pairs().find(|(name, _)| name == "$skiptoken");
    let skip: usize = skip.map_or(0, |(_, value)| value.parse().unwrap());
    let of = |one: &Version| json!({ "kid": id(&one.name), "attributes": attributes(state, one) });
    let page: Vec<Value> = state.versions.iter().rev().skip(skip).take(PAGE).map(of).collect();
    let next = skip.saturating_add(PAGE);
    let more = next < state.versions.len();
    let link = format!("{VAULT}/keys/receipts/versions?api-version=2025-07-01&$skiptoken={next}");
    Answer::of(200, &json!({ "value": page, "nextLink": more.then_some(link) }))
}

fn on(state: &State, version: &str, verb: &str, answer: impl FnOnce(&Version) -> Answer) -> Answer {
    match state.versions.iter().find(|one| one.name == version) {
        None => refused(404, "KeyNotFound", "A key with this version was not found."),
        // What is disabled is still shown; it only signs no more.
        Some(one) if !one.enabled && verb != "get" => {
            let message = format!("Operation {verb} is not allowed on a disabled key.");
            refused(403, "Forbidden", &message)
        }
        Some(one) => answer(one),
    }
}

fn shown(version: &Version) -> Answer {
    let point = version.key.public_key().as_ref();
    let [x, y] = [&point[1..33], &point[33..65]].map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let key = json!({
        "kid": id(&version.name), "kty": "EC", "crv": version.curve, "x": x, "y": y,
        "key_ops": ["sign", "verify"],
    });
    Answer::of(200, &json!({ "key": key, "attributes": { "enabled": version.enabled } }))
}

fn signed(version: &Version, asked: &Asked) -> Answer {
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!(body["alg"], "ES256");
    let digest = URL_SAFE_NO_PAD.decode(body["value"].as_str().unwrap()).unwrap();
    let digest = Digest::import_less_safe(&digest, &SHA256).unwrap();
    let signature = version.key.sign_digest(&digest).unwrap();
    let value = URL_SAFE_NO_PAD.encode(signature.as_ref());
    Answer::of(200, &json!({ "kid": id(&version.name), "value": value }))
}
