//! What Azurite asks of a caller over https: a certificate to trust, tokens of Entra ID's shape.

use async_trait::async_trait;
use azure_core::{
    credentials::{AccessToken, TokenCredential, TokenRequestOptions},
    time::{Duration, OffsetDateTime},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// A certificate authority of our own.
pub struct Anchor(CertifiedIssuer<'static, KeyPair>);

impl fmt::Debug for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Anchor").finish_non_exhaustive()
    }
}

impl Anchor {
    /// A fresh authority.
    pub fn fresh() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// What a client trusts.
    pub fn root(&self) -> reqwest::Certificate {
        reqwest::Certificate::from_pem(self.pem().as_bytes()).unwrap()
    }

    /// The same as a PEM file holds it.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server certificate for these names, and its key.
    pub fn leaf(&self, names: &[&str]) -> (Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap(), key)
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
        let expires = OffsetDateTime::now_utc().checked_add(self.lifetime).unwrap();
        Ok(AccessToken::new(for_storage(expires.unix_timestamp()), expires))
    }
}

/// A token as Entra ID makes them for storage, which ends then. Azurite checks everything of it but
/// the signature.
pub(crate) fn for_storage(ends: i64) -> String {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let claims = json!({
        "aud": "https://storage.azure.com",
        "iss": "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/",
        "tid": "ab1f708d-50f6-404c-a006-d71b2ac7a606",
        "oid": "11059fcc-5514-4800-b5f8-49808b9cfab6",
        "iat": now,
        "nbf": now.saturating_sub(60),
        "exp": ends,
    });
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = part(json!({ "alg": "RS256", "typ": "JWT" }));
    format!("{head}.{}.{}", part(claims), URL_SAFE_NO_PAD.encode("unchecked"))
}
