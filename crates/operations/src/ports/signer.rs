//! The signer: a key that never leaves its vault.

use async_trait::async_trait;
use serde_json::Value;

/// The vault did not answer or failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignFault(pub String);

impl std::fmt::Display for SignFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SignFault {}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// RFC 7638 thumbprint of the public key.
    pub kid: String,
    /// ES256: r and s, 64 bytes (RFC 7518 §3.4).
    pub bytes: Vec<u8>,
}

/// Signs with ES256 (ECDSA on P-256 with SHA-256).
#[async_trait]
pub trait Signer: Send + Sync + std::fmt::Debug {
    /// The thumbprint of the key that signs now: it goes into what is signed.
    async fn kid(&self) -> Result<String, SignFault>;

    /// Signs a message with the key that has this thumbprint.
    async fn sign(&self, kid: &str, message: &[u8]) -> Result<Signature, SignFault>;

    /// All public keys, old ones too, as an RFC 7517 JWK set.
    async fn keys(&self) -> Result<Value, SignFault>;
}
