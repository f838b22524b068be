//! Which versions a key has, and which of them signs.
//!
//! The path without a version is never used: the SDK leaves a double slash in it, which not every
//! front understands, and the answer would depend on the moment.

use super::{KeyVaultSigner, PublicKey, SignFault};
use azure_core::time::OffsetDateTime;
use azure_security_keyvault_keys::{
    ResourceExt,
    models::{KeyAttributes, KeyClientGetKeyOptions, KeyProperties},
};
use futures_util::TryStreamExt;
use poa_protocol::limits;

/// A version as the vault lists it.
struct Listed {
    version: String,
    created: Option<OffsetDateTime>,
    enabled: bool,
    /// Enabled and within its times.
    usable: bool,
}

/// A version as the vault shows it.
struct Shown {
    /// Its public half; `None` where it is not on P-256.
    key: Option<PublicKey>,
    enabled: bool,
}

impl Listed {
    fn of(properties: &KeyProperties, now: OffsetDateTime) -> Option<Self> {
        let version = properties.resource_id().ok()?.version?;
        let attributes = properties.attributes.clone().unwrap_or_default();
        let KeyAttributes { created, enabled, not_before, expires, .. } = attributes;
        let enabled = enabled.unwrap_or(true);
        let usable = enabled
            && not_before.is_none_or(|begin| begin <= now)
            && expires.is_none_or(|end| now < end);
        Some(Self { version, created, enabled, usable })
    }
}

impl KeyVaultSigner {
    /// The thumbprint of the version that signs.
    pub(super) async fn current(&self) -> Result<String, SignFault> {
        if let Some(kid) = self.ring.current() {
            return Ok(kid);
        }
        let _asking = self.ring.asking.lock().await;
        if let Some(kid) = self.ring.current() {
            return Ok(kid);
        }
        let version = match &self.pinned {
            Some(version) => version.clone(),
            None => self.newest().await?,
        };
        let Shown { key, enabled } = self.fetch(&version).await?;
        let key = key.ok_or_else(|| {
            self.fault(&format!("version `{version}` is no P-256 key, so it cannot sign ES256"))
        })?;
        // The vault shows a disabled version, and refuses only to sign with it.
        if !enabled {
            return Err(self.disabled(&version));
        }
        Ok(self.ring.pin(self.ring.learn(key)))
    }

    /// Learns every version of the key, unless that was done not long ago.
    pub(super) async fn list(&self) -> Result<(), SignFault> {
        if self.ring.is_fresh() {
            return Ok(());
        }
        let _asking = self.ring.asking.lock().await;
        if self.ring.is_fresh() {
            return Ok(());
        }
        for Listed { version, enabled, .. } in self.versions().await? {
            if self.ring.knows(&version) {
                continue;
            }
            match self.fetch(&version).await {
                Ok(Shown { key: Some(key), .. }) => drop(self.ring.learn(key)),
                Ok(Shown { key: None, .. }) => self.ring.ignore(&version),
                // What is retired keeps nobody from the others.
                Err(fault) if !enabled => {
                    tracing::warn!(%fault, "a disabled version is missing in the key set");
                }
                Err(fault) => return Err(fault),
            }
        }
        self.ring.set_listed();
        Ok(())
    }

    async fn newest(&self) -> Result<String, SignFault> {
        let versions = self.versions().await?;
        let usable = versions.into_iter().filter(|listed| listed.usable);
        // Where two were made in the same second, every process takes the same one.
        let newest = usable.max_by_key(|listed| (listed.created, listed.version.clone()));
        newest
            .map(|listed| listed.version)
            .ok_or_else(|| self.fault("it has no version that is enabled and within its times"))
    }

    async fn versions(&self) -> Result<Vec<Listed>, SignFault> {
        let told = |error: &azure_core::Error| self.told("any", error);
        let now = OffsetDateTime::now_utc();
        let mut pages = self
            .client
            .list_key_properties_versions(&self.name, None)
            .map_err(|error| told(&error))?;
        let mut versions = Vec::new();
        while let Some(properties) = pages.try_next().await.map_err(|error| told(&error))? {
            versions.extend(Listed::of(&properties, now));
            if versions.len() > limits::KEY_VERSIONS_MAX {
                let most = limits::KEY_VERSIONS_MAX;
                return Err(self.fault(&format!("it has more than {most} versions")));
            }
        }
        Ok(versions)
    }

    async fn fetch(&self, version: &str) -> Result<Shown, SignFault> {
        let options = KeyClientGetKeyOptions {
            key_version: Some(version.to_owned()),
            ..KeyClientGetKeyOptions::default()
        };
        let answer = self.client.get_key(&self.name, Some(options)).await;
        let answer = answer.and_then(azure_core::http::Response::into_model);
        let shown = answer.map_err(|error| self.told(version, &error))?;
        let enabled = shown.attributes.and_then(|attributes| attributes.enabled).unwrap_or(true);
        Ok(Shown { key: shown.key.and_then(|key| PublicKey::of(version, &key)), enabled })
    }
}
