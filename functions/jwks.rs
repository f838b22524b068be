//! The signing keys of token issuers: read by discovery, kept per tenant, never taken from a token.

use crate::token::invalid;
use jsonwebtoken::DecodingKey;
use poa_operations::failure::{Failure, last_cause};
use poa_protocol::{limits, timestamp::Timestamp};
use reqwest::{Client, Url, redirect::Policy};
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

const NO_KEYS: &str = "no keys of the token issuer are known";

/// The signing keys of all tenants of one issuer.
#[derive(Debug)]
pub struct IssuerKeys {
    client: Client,
    authority: String,
    pace: Pace,
    tenants: Mutex<BTreeMap<String, Arc<Tenant>>>,
}

/// How often the issuer is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Seconds after which keys are read again.
    pub fresh_secs: i64,
    /// Seconds between two reads because of an unknown key id.
    pub refresh_secs_min: i64,
    /// Seconds between two reads while none are known.
    pub retry_secs: i64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            fresh_secs: limits::ISSUER_KEYS_FRESH_SECS,
            refresh_secs_min: limits::ISSUER_KEYS_REFRESH_SECS_MIN,
            retry_secs: limits::ISSUER_KEYS_RETRY_SECS,
        }
    }
}

/// The last good keys of one tenant.
#[derive(Debug, Clone)]
struct Keys {
    by_id: BTreeMap<String, Arc<DecodingKey>>,
    read_at: Timestamp,
}

#[derive(Debug, Default)]
struct Tenant {
    keys: Mutex<Option<Arc<Keys>>>,
    /// Held while the issuer is asked, so that only one request asks. Holds when that was.
    asking: tokio::sync::Mutex<Option<Timestamp>>,
}

#[derive(Debug, Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Debug, Deserialize)]
struct KeySet {
    keys: Vec<PublicKey>,
}

/// One entry of a JWK set (RFC 7517), as far as it counts here.
#[derive(Debug, Deserialize)]
struct PublicKey {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    /// Microsoft's property: whose tokens the key may sign.
    issuer: Option<String>,
}

impl IssuerKeys {
    /// Keys of this issuer, none read yet.
    pub fn new(authority: &str, pace: Pace) -> Result<Self, reqwest::Error> {
        let time_limit = Duration::from_secs(limits::ISSUER_TIMEOUT_SECS);
        let mut builder = Client::builder()
            .timeout(time_limit)
            .connect_timeout(time_limit)
            .redirect(Policy::none());
        if authority.starts_with("http://") {
            // A machine of a developer may have no certificates at all, and none are needed here.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build()?;
        let tenants = Mutex::default();
        Ok(Self { client, authority: authority.to_owned(), pace, tenants })
    }

    /// The key of a tenant with this id. Asks the issuer only where the keys are unknown, old, or
    /// do not hold the id, and not more often than the pace allows. While the issuer is down the
    /// last good keys stay.
    pub async fn find(
        &self,
        tenant: &str,
        kid: &str,
        now: Timestamp,
    ) -> Result<Arc<DecodingKey>, Failure> {
        let slot = self.tenant(tenant);
        if let Some(key) = slot.fresh(kid, now, self.pace) {
            return Ok(key);
        }
        let old = slot.keys().and_then(|keys| keys.by_id.get(kid).cloned());
        let mut asked_at = match (slot.asking.try_lock(), old) {
            (Ok(held), _) => held,
            // While somebody asks, an old key is better than to wait.
            (Err(_), Some(key)) => return Ok(key),
            (Err(_), None) => slot.asking.lock().await,
        };
        if let Some(key) = slot.fresh(kid, now, self.pace) {
            return Ok(key);
        }
        self.renew(tenant, &slot, &mut asked_at, now).await;
        let Some(keys) = slot.keys() else {
            let cause = NO_KEYS.to_owned();
            return Err(Failure::Unavailable { part: "token issuer", cause });
        };
        let unknown = || invalid("its key is not one of its issuer").into();
        keys.by_id.get(kid).cloned().ok_or_else(unknown)
    }

    /// Whether any keys of a tenant are known, so that its tokens can be checked.
    pub async fn ready(&self, tenant: &str, now: Timestamp) -> Result<(), &'static str> {
        let slot = self.tenant(tenant);
        if slot.keys().is_none() {
            let mut asked_at = slot.asking.lock().await;
            if slot.keys().is_none() {
                self.renew(tenant, &slot, &mut asked_at, now).await;
            }
        }
        slot.keys().map(|_| ()).ok_or(NO_KEYS)
    }

    /// Reads the keys of every tenant that are in use again. Done every hour, a new key is there
    /// before the first token that it signed, and one that the issuer took back is gone.
    pub async fn renew_all(&self, now: Timestamp) {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for (tenant, slot) in tenants.into_iter().filter(|(_, slot)| slot.keys().is_some()) {
            let mut asked_at = slot.asking.lock().await;
            self.renew(&tenant, &slot, &mut asked_at, now).await;
        }
    }

    /// Asks the issuer, where the pace allows it.
    async fn renew(
        &self,
        tenant: &str,
        slot: &Tenant,
        asked_at: &mut Option<Timestamp>,
        now: Timestamp,
    ) {
        let pause = match slot.keys() {
            Some(_) => self.pace.refresh_secs_min,
            None => self.pace.retry_secs,
        };
        if asked_at.is_some_and(|last| last.plus_secs(pause) > now) {
            return;
        }
        *asked_at = Some(now);
        match self.ask(tenant).await {
            Ok(by_id) => slot.keep(Keys { by_id, read_at: now }),
            Err(cause) => tracing::warn!(%cause, "the token issuer gave no keys"),
        }
    }

    fn tenant(&self, tenant: &str) -> Arc<Tenant> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = tenants.get(tenant) {
            return known.clone();
        }
        if tenants.len() >= limits::TENANTS_REMEMBERED_MAX {
            tenants.pop_first();
        }
        tenants.entry(tenant.to_owned()).or_default().clone()
    }

    async fn ask(&self, tenant: &str) -> Result<BTreeMap<String, Arc<DecodingKey>>, String> {
        let issuer = format!("{}/{tenant}/v2.0", self.authority);
        let place = format!("{issuer}/.well-known/openid-configuration");
        let place = Url::parse(&place).map_err(|fault| fault.to_string())?;
        let discovery: Discovery = self.read(place.clone()).await?;
        if discovery.issuer != issuer {
            return Err("the discovery document is of another issuer".to_owned());
        }
        let keys = Url::parse(&discovery.jwks_uri).map_err(|fault| fault.to_string())?;
        if keys.origin() != place.origin() {
            return Err("the discovery document points to keys at another origin".to_owned());
        }
        let set: KeySet = self.read(keys).await?;
        if set.keys.len() > limits::ISSUER_KEYS_MAX {
            return Err(format!("the issuer has more than {} keys", limits::ISSUER_KEYS_MAX));
        }
        Ok(set.keys.iter().filter_map(|key| key.usable(tenant, &issuer)).collect())
    }

    /// Reads the keys of a tenant now; how many of them can sign its tokens, or what is wrong.
    pub async fn usable(&self, tenant: &str) -> Result<usize, String> {
        self.ask(tenant).await.map(|keys| keys.len())
    }

    /// Reads one JSON document, at most so many bytes of it.
    async fn read<T: DeserializeOwned>(&self, place: Url) -> Result<T, String> {
        let mut response = self.client.get(place).send().await.map_err(told)?;
        if !response.status().is_success() {
            return Err(format!("the token issuer answered {}", response.status()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            if bytes.len().saturating_add(chunk.len()) > limits::ISSUER_BYTES_MAX {
                return Err(format!("more than {} bytes", limits::ISSUER_BYTES_MAX));
            }
            bytes.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&bytes).map_err(|fault| fault.to_string())
    }
}

/// What failed, and why.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn told(fault: reqwest::Error) -> String {
    let (fault, last) = (fault.to_string(), last_cause(&fault).to_string());
    if fault.contains(&last) { fault } else { format!("{fault}: {last}") }
}

impl Tenant {
    fn keys(&self) -> Option<Arc<Keys>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, keys: Keys) {
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys));
    }

    fn fresh(&self, kid: &str, now: Timestamp, pace: Pace) -> Option<Arc<DecodingKey>> {
        let keys = self.keys().filter(|keys| now < keys.read_at.plus_secs(pace.fresh_secs))?;
        keys.by_id.get(kid).cloned()
    }
}

impl PublicKey {
    /// The key with its id, where it is an RSA key for RS256 signatures of this tenant's tokens.
    fn usable(&self, tenant: &str, issuer: &str) -> Option<(String, Arc<DecodingKey>)> {
        let signs = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let rs256 = self.alg.as_deref().is_none_or(|alg| alg == "RS256");
        let ours = self
            .issuer
            .as_deref()
            .is_none_or(|whose| whose.replace("{tenantid}", tenant) == issuer);
        if self.kty != "RSA" || !signs || !rs256 || !ours {
            return None;
        }
        let key = DecodingKey::from_rsa_components(self.n.as_deref()?, self.e.as_deref()?).ok()?;
        Some((self.kid.clone()?, Arc::new(key)))
    }
}
