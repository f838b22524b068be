//! Documents in Azure Blob Storage: bytes and their media type under their own hash, one folder per
//! party, written once.

use crate::{
    client::Client,
    storage::{self, Outcome, StorageAccess, StorageFault, call},
};
use async_trait::async_trait;
use azure_core::http::StatusCode;
use azure_storage_blob::{
    BlobClient, BlobContainerClient, BlobServiceClient, BlobServiceClientOptions,
    models::{BlobClientDownloadOptions, BlobClientGetPropertiesResultHeaders},
};
use futures_util::{StreamExt, TryStreamExt};
use poa_operations::{
    cost::{self, Cost},
    ports::{
        clock::Clock,
        documents::{Content, Description, DocumentFault, DocumentLinks, Documents, Found, Put},
    },
};
use poa_protocol::{evidence::is_sha256, ids::PartyId, media_type::MediaType};
use std::{num::NonZero, sync::Arc, time::Duration};
use tokio::time::timeout;

mod diagnose;
mod links;
mod scan;
mod upload;

/// Bytes that are read in one request, and written in one.
const BLOCK_BYTES: usize = 4 * 1024 * 1024;
/// What every document is to a browser: something to store, never to show.
const ATTACHMENT: &str = "attachment";
/// Seconds within which more bytes of a document must come from the store.
const STALL_SECS_MAX: u64 = 15;

/// Where documents lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobSettings {
    /// The blob service, for example `https://papers.blob.core.windows.net/`.
    pub url: String,
    /// The container of proven documents.
    pub container: String,
    /// The container of what clients put by link and nobody has proven yet.
    pub incoming: String,
    /// Whether a document counts and is handed out before the malware scan of the store has said
    /// that it is clean. What was found to be malicious never is.
    pub unscanned_accepted: bool,
}

impl BlobSettings {
    /// The containers `documents` and `incoming` of this blob service; a scan is respected where
    /// there is one.
    #[must_use]
    pub fn of(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            container: "documents".to_owned(),
            incoming: "incoming".to_owned(),
            unscanned_accepted: true,
        }
    }
}

/// The documents in one storage account: `<party>/<sha256>`.
pub struct BlobDocuments {
    settings: BlobSettings,
    access: StorageAccess,
    service: BlobServiceClient,
    account: String,
    clock: Arc<dyn Clock>,
    key: links::KeyAtHand,
}

impl std::fmt::Debug for BlobDocuments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobDocuments").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl BlobDocuments {
    /// Opens the documents. Nothing is asked of the service yet.
    pub fn open(
        settings: BlobSettings,
        access: StorageAccess,
        client: &Client,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StorageFault> {
        let url = storage::base(&settings.url)?;
        let account = storage::account(&url)
            .ok_or_else(|| StorageFault(format!("`{url}` does not name a storage account")))?;
        let mut client_options = client.options();
        let credential = access.admit(&url, &mut client_options)?;
        let options = BlobServiceClientOptions { client_options, ..Default::default() };
        let service = BlobServiceClient::new(url, credential, Some(options))
            .map_err(|fault| StorageFault(fault.to_string()))?;
        let key = links::KeyAtHand::default();
        Ok(Self { settings, access, service, account, clock, key })
    }

    fn container(&self, name: &str) -> BlobContainerClient {
        self.service.blob_container_client(name)
    }

    fn document(&self, party: &PartyId, sha256: &str) -> BlobClient {
        self.container(&self.settings.container).blob_client(&name(party, sha256))
    }

    /// What is under a name; `None` where nothing is.
    async fn properties(&self, blob: &BlobClient) -> Result<Option<Properties>, DocumentFault> {
        let found = present(call("document storage", blob.get_properties(None)).await)?;
        let Some(found) = found else { return Ok(None) };
        let bytes = found.content_length().map_err(told)?.unwrap_or_default();
        let tags = found.tag_count().map_err(told)?.unwrap_or_default();
        let media_type = MediaType::of_store(found.content_type().map_err(told)?.as_deref());
        Ok(Some(Properties { about: Description { bytes, media_type }, tagged: tags > 0 }))
    }

    /// Whether what was found may be handed out.
    async fn verdict<T>(
        &self,
        blob: &BlobClient,
        (tagged, found): (bool, T),
    ) -> Result<Found<T>, DocumentFault> {
        let scanned = if tagged { scan::of(blob).await? } else { scan::Scan::Absent };
        Ok(match scanned {
            scan::Scan::Malicious => Found::Malicious,
            scan::Scan::Absent if !self.settings.unscanned_accepted => Found::Unscanned,
            scan::Scan::Absent | scan::Scan::Clean => Found::Here(found),
        })
    }

    /// Makes a container of Azurite that is not there yet.
    async fn make(&self, container: &str) -> Result<(), DocumentFault> {
        let made = call("a container", self.container(container).create(None)).await;
        match made {
            Ok(_) => Ok(()),
            Err(outcome) if outcome.is("ContainerAlreadyExists") => Ok(()),
            Err(outcome) => Err(fault(&outcome)),
        }
    }

    /// Whether the service said that the container is missing and it has been made meanwhile.
    async fn made_up_for(&self, outcome: &Outcome) -> Result<bool, DocumentFault> {
        let missing = outcome.is("ContainerNotFound") && self.access.makes_missing();
        if missing {
            self.make(&self.settings.container).await?;
        }
        Ok(missing)
    }
}

#[async_trait]
impl Documents for BlobDocuments {
    async fn put(
        &self,
        party: &PartyId,
        sha256: &str,
        bytes_max: u64,
        content: Content,
    ) -> Result<Put, DocumentFault> {
        if !is_sha256(sha256) {
            return Ok(Put::WrongHash);
        }
        let Content { media_type, mut bytes } = content;
        let mut upload = upload::Upload::begin(self, self.document(party, sha256), media_type);
        while let Some(piece) = bytes.next().await {
            let piece = piece?;
            if upload.count(piece.len()) > bytes_max {
                return Ok(Put::TooLarge);
            }
            upload.take(&piece).await?;
        }
        upload.keep(sha256).await
    }

    async fn describe(
        &self,
        party: &PartyId,
        sha256: &str,
    ) -> Result<Found<Description>, DocumentFault> {
        if !is_sha256(sha256) {
            return Ok(Found::Nothing);
        }
        let blob = self.document(party, sha256);
        match self.properties(&blob).await? {
            None => Ok(Found::Nothing),
            Some(found) => self.verdict(&blob, (found.tagged, found.about)).await,
        }
    }

    async fn get(&self, party: &PartyId, sha256: &str) -> Result<Found<Content>, DocumentFault> {
        if !is_sha256(sha256) {
            return Ok(Found::Nothing);
        }
        let blob = self.document(party, sha256);
        // The tags of a blob are told with its properties only.
        let Some(found) = self.properties(&blob).await? else { return Ok(Found::Nothing) };
        match self.verdict(&blob, (found.tagged, ())).await? {
            Found::Here(()) => {}
            Found::Malicious => return Ok(Found::Malicious),
            Found::Unscanned => return Ok(Found::Unscanned),
            Found::Nothing => return Ok(Found::Nothing),
        }
        Ok(read(&blob).await?.map_or(Found::Nothing, Found::Here))
    }

    fn links(&self) -> Option<&dyn DocumentLinks> {
        match self.access {
            StorageAccess::Token(_) => Some(self),
            // A link is signed with a key that only an identity of Entra ID gets.
            StorageAccess::Azurite => None,
        }
    }

    async fn ready(&self) -> Result<(), DocumentFault> {
        for name in [&self.settings.container, &self.settings.incoming] {
            let what = format!("container `{name}`");
            let container = self.container(name);
            match call(&what, container.get_properties(None)).await {
                Ok(_) => {}
                Err(outcome) if outcome.status() == Some(StatusCode::NotFound) => {
                    if !self.access.makes_missing() {
                        return Err(fault(&outcome));
                    }
                    self.make(name).await?;
                }
                Err(outcome) => return Err(fault(&outcome)),
            }
        }
        Ok(())
    }
}

/// What a blob is like.
#[derive(Debug, Clone)]
struct Properties {
    about: Description,
    tagged: bool,
}

/// INVARIANT: party and hash are both checked, so no text of a caller becomes a path.
fn name(party: &PartyId, sha256: &str) -> String {
    format!("{}/{sha256}", party.as_str())
}

/// The bytes of a blob as they come, a few blocks ahead; `None` where there is none.
async fn read(blob: &BlobClient) -> Result<Option<Content>, DocumentFault> {
    let options = BlobClientDownloadOptions {
        parallel: NonZero::new(2),
        partition_size: NonZero::new(BLOCK_BYTES),
        ..Default::default()
    };
    let Some(found) = present(call("document storage", blob.download(Some(options))).await)? else {
        return Ok(None);
    };
    let media_type = MediaType::of_store(found.properties.content_type.as_deref());
    let meter = cost::meter();
    let pieces = futures_util::stream::try_unfold(found.body, |mut body| async move {
        let piece = timeout(Duration::from_secs(STALL_SECS_MAX), body.try_next());
        let piece = piece.await.map_err(|_| DocumentFault("the bytes stopped".to_owned()))?;
        Ok(piece.map_err(told)?.map(|piece| (piece, body)))
    });
    let counted = pieces.inspect_ok(move |piece| {
        if let Some(meter) = &meter {
            meter.add(bytes_cost(piece.len()));
        }
    });
    Ok(Some(Content { media_type, bytes: counted.boxed() }))
}

fn bytes_cost(count: usize) -> Cost {
    Cost { document_bytes: u64::try_from(count).unwrap_or(u64::MAX), ..Cost::default() }
}

/// What is not there is no fault, unless its container is not there.
fn present<T>(asked: Result<T, Outcome>) -> Result<Option<T>, DocumentFault> {
    match asked {
        Ok(found) => Ok(Some(found)),
        Err(outcome) if outcome.status() == Some(StatusCode::NotFound) => Ok(None),
        Err(outcome) => Err(fault(&outcome)),
    }
}

fn fault(outcome: &Outcome) -> DocumentFault {
    DocumentFault(outcome.fault().0)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn told(error: azure_core::Error) -> DocumentFault {
    DocumentFault(error.to_string())
}
