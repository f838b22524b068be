//! Links by which a client puts and reads a document at the document store itself.

use crate::{
    answer::{Answer, Outcome},
    desk::Desk,
    documents::{delivered, kept, putting, reading},
    failure::Failure,
    ports::documents::{DocumentLinks, Link},
};
use poa_protocol::{
    caller::Caller, evidence::DocumentRefusal, limits, media_type::MediaType, timestamp::Timestamp,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A link to one document. Whoever has it may use it until it expires.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LinkView {
    /// The method of the request that it is for.
    pub method: &'static str,
    /// The URL.
    pub url: String,
    /// Headers that the request must have.
    pub headers: BTreeMap<&'static str, String>,
    /// When the link ceases to work.
    pub expires_at: Timestamp,
}

/// A link that takes the bytes of a document of this media type. They become one by
/// [`complete_upload`].
pub async fn link_upload(
    desk: &Desk,
    caller: &Caller,
    sha256: &str,
    media_type: Option<&MediaType>,
) -> Result<Answer, Failure> {
    let party = putting(desk, caller, sha256).await?;
    view("PUT", links(desk)?.upload(&party, sha256, media_type).await?)
}

/// Proves what was put by link, and keeps it. Tokenizations that wait for it go on.
pub async fn complete_upload(
    desk: &Desk,
    caller: &Caller,
    sha256: &str,
) -> Result<Answer, Failure> {
    let party = putting(desk, caller, sha256).await?;
    let put = links(desk)?.complete(&party, sha256, limits::DOCUMENT_BYTES_MAX).await?;
    let nothing = || DocumentRefusal::NothingUploaded { sha256: sha256.to_owned() };
    kept(desk, &party, sha256, put.ok_or_else(nothing)?).await
}

/// A link that gives the bytes of a document of the caller's party.
pub async fn link_download(desk: &Desk, caller: &Caller, sha256: &str) -> Result<Answer, Failure> {
    let party = reading(caller, sha256)?;
    let found = links(desk)?.download(party, sha256).await?;
    view("GET", delivered(found, sha256)?)
}

fn links(desk: &Desk) -> Result<&dyn DocumentLinks, Failure> {
    desk.documents.links().ok_or_else(|| DocumentRefusal::NoLinks.into())
}

fn view(method: &'static str, link: Link) -> Result<Answer, Failure> {
    let Link { url, headers, expires_at } = link;
    let headers = headers.into_iter().collect();
    Answer::new(Outcome::Done, &LinkView { method, url, headers, expires_at })
}
