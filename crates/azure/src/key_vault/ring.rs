//! The public keys that are known, by thumbprint.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use azure_security_keyvault_keys::models::{CurveName, JsonWebKey, KeyType};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poa_protocol::limits;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Bytes of a coordinate of P-256.
const COORDINATE: usize = 32;

/// The public half of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    pub(super) version: String,
    x: [u8; COORDINATE],
    y: [u8; COORDINATE],
}

impl PublicKey {
    /// `None` where the key is not on P-256.
    pub(super) fn of(version: &str, key: &JsonWebKey) -> Option<Self> {
        let elliptic = matches!(key.kty, Some(KeyType::Ec | KeyType::EcHsm));
        if !elliptic || key.crv != Some(CurveName::P256) {
            return None;
        }
        let [x, y] = [&key.x, &key.y].map(|bytes| coordinate(bytes.as_deref()));
        Some(Self { version: version.to_owned(), x: x?, y: y? })
    }

    /// RFC 7638: SHA-256 over the required members in lexicographic order.
    pub(super) fn thumbprint(&self) -> String {
        let [x, y] = self.encoded();
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
    }

    /// Whether a signature over this message is by this key.
    pub(super) fn holds(&self, message: &[u8], signature: &[u8]) -> bool {
        // SEC 1 §2.3.3, uncompressed: 04, x, y.
        let point = [&[4], &self.x[..], &self.y[..]].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
    }

    fn jwk(&self, kid: &str) -> Value {
        let [x, y] = self.encoded();
        json!({
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": kid, "x": x, "y": y
        })
    }

    fn encoded(&self) -> [String; 2] {
        [self.x, self.y].map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// A coordinate in its full length (RFC 7518 §6.2.1.2), also where leading zeros were left out.
fn coordinate(bytes: Option<&[u8]>) -> Option<[u8; COORDINATE]> {
    let bytes = bytes?;
    let mut full = [0; COORDINATE];
    let begin = COORDINATE.checked_sub(bytes.len())?;
    full.get_mut(begin..)?.copy_from_slice(bytes);
    Some(full)
}

/// What is known of the key. Versions are never forgotten: what they signed stays verifiable.
#[derive(Debug, Default)]
pub(super) struct Ring {
    known: Mutex<Known>,
    /// Held by the one who asks the vault.
    pub(super) asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    current: Option<String>,
    keys: BTreeMap<String, PublicKey>,
    /// Versions that are no P-256 keys.
    foreign: BTreeSet<String>,
    listed: Option<Instant>,
}

impl Ring {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn key(&self, kid: &str) -> Option<PublicKey> {
        self.known().keys.get(kid).cloned()
    }

    /// The thumbprint of the version that signs.
    pub(super) fn current(&self) -> Option<String> {
        self.known().current.clone()
    }

    /// Adds a version; it stays.
    pub(super) fn learn(&self, key: PublicKey) -> String {
        let kid = key.thumbprint();
        self.known().keys.insert(kid.clone(), key);
        kid
    }

    /// Remembers a version that is of no use here.
    pub(super) fn ignore(&self, version: &str) {
        self.known().foreign.insert(version.to_owned());
    }

    /// Pins the version that signs, if none is pinned yet; returns the one that is.
    pub(super) fn pin(&self, kid: String) -> String {
        self.known().current.get_or_insert(kid).clone()
    }

    /// Whether the vault need not be asked about this version any more.
    pub(super) fn knows(&self, version: &str) -> bool {
        let known = self.known();
        known.foreign.contains(version) || known.keys.values().any(|key| key.version == version)
    }

    pub(super) fn was_listed(&self) -> bool {
        self.known().listed.is_some()
    }

    /// Whether the versions were listed not long ago.
    pub(super) fn is_fresh(&self) -> bool {
        let fresh = Duration::from_secs(limits::KEY_VERSIONS_FRESH_SECS);
        self.known().listed.is_some_and(|at| at.elapsed() < fresh)
    }

    pub(super) fn set_listed(&self) {
        self.known().listed = Some(Instant::now());
    }

    pub(super) fn jwks(&self) -> Vec<Value> {
        self.known().keys.iter().map(|(kid, key)| key.jwk(kid)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonWebKey, PublicKey, coordinate};
    use azure_security_keyvault_keys::models::{CurveName, KeyType};

    #[test]
    fn coordinates_have_their_full_length() {
        assert_eq!(coordinate(Some(&[7; 31])).unwrap(), [&[0][..], &[7; 31]].concat()[..]);
        assert_eq!(coordinate(Some(&[7; 32])), Some([7; 32]));
        assert_eq!(coordinate(Some(&[7; 33])), None);
        assert_eq!(coordinate(None), None);
    }

    #[test]
    fn only_keys_on_p_256_are_taken() {
        let key = |kty, crv| JsonWebKey {
            kty: Some(kty),
            crv: Some(crv),
            x: Some(vec![1; 32]),
            y: Some(vec![2; 32]),
            ..JsonWebKey::default()
        };
        let taken = |kty, crv| PublicKey::of("1", &key(kty, crv)).is_some();
        assert!(taken(KeyType::Ec, CurveName::P256) && taken(KeyType::EcHsm, CurveName::P256));
        assert!(!taken(KeyType::Ec, CurveName::P256K) && !taken(KeyType::Ec, CurveName::P384));
        assert!(!taken(KeyType::Rsa, CurveName::P256) && !taken(KeyType::Oct, CurveName::P256));
    }
}
