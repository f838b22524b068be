//! Documents: bytes by their own hash, written once.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use poa_protocol::{ids::PartyId, media_type::MediaType, timestamp::Timestamp};

/// What became of a document that was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It was stored.
    Created,
    /// The same bytes were there already, and keep the media type that they came with first.
    Present,
    /// The bytes do not have the hash that they were announced with. Nothing was kept.
    WrongHash,
    /// There are more bytes than the limit. Nothing was kept.
    TooLarge,
}

/// What a document store has under a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<T> {
    /// Nothing.
    Nothing,
    /// A document that may be handed out.
    Here(T),
    /// A document that the malware scan of the store has found to be malicious. It is never handed
    /// out and counts for nothing.
    Malicious,
    /// A document that waits for the malware scan which this store demands.
    Unscanned,
}

impl<T> Found<T> {
    /// What may be handed out.
    pub fn here(self) -> Option<T> {
        match self {
            Self::Here(found) => Some(found),
            Self::Nothing | Self::Malicious | Self::Unscanned => None,
        }
    }
}

/// A link by which a client reaches one document at the store itself, for a short time.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// The whole URL. Whoever has it may use it: it is never logged.
    pub url: String,
    /// Headers that the client must send with it.
    pub headers: Vec<(&'static str, String)>,
    /// When it ceases to work.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
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

/// The bytes of a document, and what they are said to be.
pub struct Content {
    /// Their media type.
    pub media_type: MediaType,
    /// The bytes.
    pub bytes: ByteStream,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Content").field("media_type", &self.media_type).finish_non_exhaustive()
    }
}

/// What is known of a document without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its size in bytes.
    pub bytes: u64,
    /// Its media type.
    pub media_type: MediaType,
}

/// The document store. Documents of one party are never visible through another.
#[async_trait]
pub trait Documents: Send + Sync + std::fmt::Debug {
    /// Stores bytes under their SHA-256 (64 hexadecimal digits, lower case), while they stream in,
    /// together with their media type: neither is ever there without the other. Durable when it
    /// returns `Created` or `Present`.
    async fn put(
        &self,
        party: &PartyId,
        sha256: &str,
        bytes_max: u64,
        content: Content,
    ) -> Result<Put, DocumentFault>;

    /// What a document is like.
    async fn describe(
        &self,
        party: &PartyId,
        sha256: &str,
    ) -> Result<Found<Description>, DocumentFault>;

    /// The bytes of a document.
    async fn get(&self, party: &PartyId, sha256: &str) -> Result<Found<Content>, DocumentFault>;

    /// Links to the store itself, where it offers them.
    fn links(&self) -> Option<&dyn DocumentLinks> {
        None
    }

    /// Whether the document store answers.
    async fn ready(&self) -> Result<(), DocumentFault>;
}

/// A document store that clients may reach without this service in between.
#[async_trait]
pub trait DocumentLinks: Send + Sync {
    /// A link that takes the bytes of one document (`PUT`). Where their media type is given, the
    /// headers of the link say it. What is put there is no document before
    /// [`complete`](Self::complete) has proven it.
    async fn upload(
        &self,
        party: &PartyId,
        sha256: &str,
        media_type: Option<&MediaType>,
    ) -> Result<Link, DocumentFault>;

    /// Reads what was put by link and keeps it as [`Documents::put`] does, with the media type that
    /// it was put with, or as unknown bytes where that cannot be read; where it is refused, nothing
    /// is left. `None` where nothing was put.
    async fn complete(
        &self,
        party: &PartyId,
        sha256: &str,
        bytes_max: u64,
    ) -> Result<Option<Put>, DocumentFault>;

    /// A link that gives the bytes of one document (`GET`), with the type in which it is
    /// [handed out](MediaType::handed_out).
    async fn download(&self, party: &PartyId, sha256: &str) -> Result<Found<Link>, DocumentFault>;
}
