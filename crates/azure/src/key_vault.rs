//! The signer in Azure Key Vault: ES256 with one pinned version of one key.

use crate::client::{Client, Counted, plain};
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use azure_core::{credentials::TokenCredential, error::ErrorKind, http::Url};
use azure_security_keyvault_keys::{
    KeyClient, KeyClientOptions, ResourceId,
    models::{KeyClientSignOptions, SignParameters, SignatureAlgorithm},
};
use poa_operations::{
    cost::Cost,
    ports::signer::{SignFault, Signature, Signer},
};
use ring::{PublicKey, Ring};
use serde_json::{Value, json};
use std::{fmt, future::Future, sync::Arc, time::Duration};

mod diagnose;
mod ring;
mod versions;

/// Which key signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyVaultSettings {
    /// Base URL of the vault, such as `https://poa.vault.azure.net`.
    pub url: String,
    /// Name of the key: P-256, software or HSM.
    pub key: String,
    /// The version that signs. Without it the newest enabled version signs, chosen once when it is
    /// first needed and kept as long as this process lives.
    pub version: Option<String>,
}

/// A key of a vault.
///
/// The version that signs is pinned for the life of the process: a rotation counts when the setting
/// names the new version or the process starts again. All versions stay published; every process
/// publishes a new one within five minutes. What the vault returns is verified here before it is
/// handed on.
pub struct KeyVaultSigner {
    client: KeyClient,
    name: String,
    pinned: Option<String>,
    limit: Duration,
    ring: Ring,
}

impl fmt::Debug for KeyVaultSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vault = self.client.endpoint().as_str();
        f.debug_struct("KeyVaultSigner")
            .field("vault", &vault)
            .field("key", &self.name)
            .field("pinned", &self.pinned)
            .finish_non_exhaustive()
    }
}

impl KeyVaultSigner {
    /// Makes the client; the vault is asked when a key is first needed.
    ///
    /// # Errors
    /// Where the URL is not that of a vault, or a name is not one.
    pub fn open(
        settings: &KeyVaultSettings,
        credential: Arc<dyn TokenCredential>,
        client: &Client,
    ) -> Result<Self, SignFault> {
        let url = Url::parse(&settings.url).ok();
        let good =
            |url: &Url| url.scheme() == "https" && url.path() == "/" && url.query().is_none();
        let url = url.filter(good).ok_or_else(|| {
            let given = &settings.url;
            SignFault(format!("`{given}` is no vault such as `https://poa.vault.azure.net`"))
        })?;
        for name in [Some(&settings.key), settings.version.as_ref()].into_iter().flatten() {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            if name.is_empty() || !name.chars().all(plain) {
                return Err(SignFault(format!("`{name}` is no name or version of a key")));
            }
        }
        let mut client_options = client.options();
        let once = Cost { key_operations: 1, ..Cost::default() };
        client_options.per_try_policies.push(Arc::new(Counted(once)));
        let options = KeyClientOptions { client_options, ..KeyClientOptions::default() };
        let made = KeyClient::new(url.as_str(), credential, Some(options))
            .map_err(|error| SignFault(plain(&error)))?;
        Ok(Self {
            client: made,
            name: settings.key.clone(),
            pinned: settings.version.clone(),
            limit: client.patience().per_call,
            ring: Ring::default(),
        })
    }

    /// Whether the vault answers and this identity may list, read and sign: signs a probe.
    ///
    /// # Errors
    /// What is wrong, in plain words.
    pub async fn ready(&self) -> Result<(), SignFault> {
        let kid = self.kid().await?;
        self.keys().await?;
        self.sign(&kid, b"probe").await.map(drop)
    }

    async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, SignFault>>,
    ) -> Result<T, SignFault> {
        tokio::time::timeout(self.limit, work).await.map_err(|_| {
            let limit = self.limit.as_millis();
            self.fault(&format!("the vault gave no good answer within {limit} ms"))
        })?
    }

    async fn sign_with(&self, key: &PublicKey, message: &[u8]) -> Result<Vec<u8>, SignFault> {
        let parameters = SignParameters {
            algorithm: Some(SignatureAlgorithm::Es256),
            value: Some(digest(&SHA256, message).as_ref().to_vec()),
        };
        let body = parameters.try_into().map_err(|error| self.told(&key.version, &error))?;
        let options = KeyClientSignOptions {
            key_version: Some(key.version.clone()),
            ..KeyClientSignOptions::default()
        };
        let answer = self.client.sign(&self.name, body, Some(options)).await;
        let answer = answer.and_then(azure_core::http::Response::into_model);
        let answer = answer.map_err(|error| self.told(&key.version, &error))?;
        // INVARIANT: a signature of another key, or of another message, never leaves.
        let signed_by = answer.kid.unwrap_or_default().parse::<ResourceId>().ok();
        if signed_by.and_then(|id| id.version).as_ref() != Some(&key.version) {
            return Err(self.fault(&format!("another version than `{}` has signed", key.version)));
        }
        let signature = answer.result.unwrap_or_default();
        if key.holds(message, &signature) {
            Ok(signature)
        } else {
            Err(self.fault(&format!("the signature of version `{}` does not hold", key.version)))
        }
    }

    fn fault(&self, words: &str) -> SignFault {
        let vault = self.client.endpoint().host_str().unwrap_or_default();
        SignFault(format!("key `{}` of `{vault}`: {words}", self.name))
    }

    fn disabled(&self, version: &str) -> SignFault {
        let words = "is disabled: enable it, or name another one and restart";
        self.fault(&format!("version `{version}` {words}"))
    }

    /// What an error of the SDK means for a version.
    fn told(&self, version: &str, error: &azure_core::Error) -> SignFault {
        let said = plain(error);
        let ErrorKind::HttpResponse { status, .. } = error.kind() else {
            return self.fault(&said);
        };
        let words = match u16::from(*status) {
            403 if said.contains("disabled") => return self.disabled(version),
            401 | 403 => {
                "this identity may not; it needs the role Key Vault Crypto User".to_owned()
            }
            404 => format!("there is no version `{version}` of it in this vault"),
            429 => "the vault is throttled; come back later".to_owned(),
            _ => return self.fault(&said),
        };
        self.fault(&format!("{words} ({said})"))
    }
}

#[async_trait]
impl Signer for KeyVaultSigner {
    async fn kid(&self) -> Result<String, SignFault> {
        self.within(self.current()).await
    }

    async fn sign(&self, kid: &str, message: &[u8]) -> Result<Signature, SignFault> {
        self.within(async {
            if self.ring.key(kid).is_none() {
                self.list().await?;
            }
            let key = self.ring.key(kid);
            let key = key.ok_or_else(|| self.fault(&format!("no version has the id `{kid}`")))?;
            let bytes = self.sign_with(&key, message).await?;
            Ok(Signature { kid: kid.to_owned(), bytes })
        })
        .await
    }

    async fn keys(&self) -> Result<Value, SignFault> {
        if let Err(fault) = self.within(self.list()).await {
            // Public keys do not change: the known ones stay true while the vault is away.
            if !self.ring.was_listed() {
                return Err(fault);
            }
            tracing::warn!(%fault, "the key set may lack a new version");
        }
        Ok(json!({ "keys": self.ring.jwks() }))
    }
}
