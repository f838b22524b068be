//! Documents: bytes by their own hash, written once.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use poa_protocol::ids::PartyId;

/// What became of a document that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was stored.
    Created,
    /// The same bytes were there already.
    Present,
    /// The bytes do not have the hash that they were announced with. Nothing was kept.
    WrongHash,
    /// There are more bytes than the limit. Nothing was kept.
    TooLarge,
}

/// The document store did not answer or failed, or the sender stopped sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFault(pub String);

impl std::fmt::Display for DocumentFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DocumentFault {}

/// A stream of bytes.
pub type ByteStream = BoxStream<'static, Result<Bytes, DocumentFault>>;

/// The document store. Documents of one party are never visible through another.
#[async_trait]
pub trait Documents: Send + Sync + std::fmt::Debug {
    /// Stores bytes under their SHA-256 (64 hexadecimal digits, lower case), while they stream in.
    /// Durable when it returns `Created` or `Present`.
    async fn put(
        &self,
        party: &PartyId,
        sha256: &str,
        bytes_max: u64,
        bytes: ByteStream,
    ) -> Result<Put, DocumentFault>;

    /// Size in bytes of a document, or `None` where it is not.
    async fn size(&self, party: &PartyId, sha256: &str) -> Result<Option<u64>, DocumentFault>;

    /// The bytes of a document, or `None` where it is not.
    async fn get(&self, party: &PartyId, sha256: &str)
    -> Result<Option<ByteStream>, DocumentFault>;

    /// Whether the document store answers.
    async fn ready(&self) -> Result<(), DocumentFault>;
}
