//! What Entra ID publishes for those who check its tokens: discovery and keys of every tenant.

use crate::{
    seam::{Answer, Asked},
    serve::Service,
};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::Mutex;

/// Its host.
pub const AUTHORITY: &str = "login.microsoftonline.com";

/// The directory of everybody.
#[derive(Debug)]
pub struct Entra(Mutex<Value>);

impl Entra {
    /// One that publishes this set of keys (RFC 7517).
    pub fn of(keys: Value) -> Self {
        Self(Mutex::new(keys))
    }

    /// From now on it publishes these.
    pub fn publish(&self, keys: Value) {
        *self.0.lock().unwrap() = keys;
    }
}

#[async_trait]
impl Service for Entra {
    async fn answer(&self, asked: Asked) -> Answer {
        let path: Vec<&str> = asked.url.path().split('/').skip(1).collect();
        match (asked.method.as_str(), &path[..]) {
            ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
                let base = format!("https://{AUTHORITY}/{tenant}");
                let discovery = json!({
                    "issuer": format!("{base}/v2.0"),
                    "jwks_uri": format!("{base}/discovery/v2.0/keys"),
                    "id_token_signing_alg_values_supported": ["RS256"],
                });
                Answer::json(200, &discovery)
            }
            ("GET", [_, "discovery", "v2.0", "keys"]) => Answer::json(200, &self.0.lock().unwrap()),
            _ => Answer::of(404, &""),
        }
    }
}
