//! Entra ID: discovery and keys of every tenant for those who check its tokens, and tokens for an
//! app whose assertion it trusts.

use crate::{
    identity::Identity,
    seam::{Answer, Asked},
    serve::Service,
};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// Its host.
pub const AUTHORITY: &str = "login.microsoftonline.com";

/// The directory of everybody.
#[derive(Debug)]
pub struct Entra {
    keys: Mutex<Value>,
    trusted: Mutex<Option<String>>,
    identity: Arc<Identity>,
}

impl Entra {
    /// One that publishes this set of keys (RFC 7517). Its tokens count where those of the identity
    /// do.
    pub fn of(keys: Value, identity: Arc<Identity>) -> Self {
        Self { keys: Mutex::new(keys), trusted: Mutex::default(), identity }
    }

    /// From now on it publishes these.
    pub fn publish(&self, keys: Value) {
        *self.keys.lock().unwrap() = keys;
    }

    /// From now on it gives tokens to whoever brings this assertion, and to nobody else.
    pub fn trust(&self, assertion: &str) {
        *self.trusted.lock().unwrap() = Some(assertion.to_owned());
    }

    /// RFC 7521: an assertion is exchanged for a token.
    fn token(&self, asked: &Asked) -> Answer {
        let form = asked.form();
        let field = |name: &str| form.get(name).map(String::as_str);
        let trusted = self.trusted.lock().unwrap().clone();
        if field("grant_type") != Some("client_credentials")
            || trusted.is_none()
            || field("client_assertion") != trusted.as_deref()
        {
            let error = json!({
                "error": "invalid_client",
                "error_description": "AADSTS700213: no matching federated identity record found",
            });
            return Answer::json(401, &error);
        }
        let scope = field("scope").and_then(|scope| scope.strip_suffix("/.default"));
        let (token, secs) = self.identity.mint(scope.unwrap());
        let token = json!({ "token_type": "Bearer", "expires_in": secs, "access_token": token });
        Answer::json(200, &token)
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
            ("GET", [_, "discovery", "v2.0", "keys"]) => {
                Answer::json(200, &self.keys.lock().unwrap())
            }
            ("POST", [_, "oauth2", "v2.0", "token"]) => self.token(&asked),
            _ => Answer::of(404, &""),
        }
    }
}
