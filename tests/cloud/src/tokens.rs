//! What Azurite asks of a caller over https: a certificate to trust, tokens of Entra ID's shape.

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    time::{Duration, OffsetDateTime},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// A certificate authority of our own, and a server certificate for this machine.
#[derive(Debug)]
pub struct Anchor {
    root: String,
    certificate: String,
    key: String,
}

impl Anchor {
    /// A fresh authority.
    pub fn fresh() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &authority).unwrap();
        Self { root: authority.pem(), certificate: leaf.pem(), key: key.serialize_pem() }
    }

    /// What a client trusts.
    pub fn root(&self) -> reqwest::Certificate {
        reqwest::Certificate::from_pem(self.root.as_bytes()).unwrap()
    }

    /// Writes certificate and key into a folder.
    pub fn write(&self, folder: &Path) -> (PathBuf, PathBuf) {
        let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        fs::write(&certificate, &self.certificate).unwrap();
        fs::write(&key, &self.key).unwrap();
        (certificate, key)
    }
}

/// Gives tokens that last so long, and counts them.
#[derive(Debug, Clone)]
pub struct Tokens {
    lifetime: Duration,
    given: Arc<AtomicU32>,
}

impl Tokens {
    /// That last an hour.
    pub fn lasting() -> Self {
        Self::of(Duration::hours(1))
    }

    /// That last so long.
    pub fn of(lifetime: Duration) -> Self {
        Self { lifetime, given: Arc::default() }
    }

    /// How many were given.
    pub fn given(&self) -> u32 {
        self.given.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl TokenCredential for Tokens {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://storage.azure.com/.default"]);
        self.given.fetch_add(1, Ordering::SeqCst);
        let now = OffsetDateTime::now_utc();
        let expires = now.checked_add(self.lifetime).unwrap();
        let claims = json!({
            "aud": "https://storage.azure.com",
            "iss": "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",
            "tid": "ab1f708d-50f6-404c-a006-d71b2ac7a606",
            "oid": "11059fcc-5514-4800-b5f8-49808b9cfab6",
            "iat": now.unix_timestamp(),
            "nbf": now.unix_timestamp().saturating_sub(60),
            "exp": expires.unix_timestamp(),
        });
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({ "alg": "RS256", "typ": "JWT" }));
        let token = format!("{head}.{}.{}", part(claims), URL_SAFE_NO_PAD.encode("unchecked"));
        Ok(AccessToken::new(token, expires))
    }
}
