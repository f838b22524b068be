//! What a blob store adds to the promise of its port: blocks, conflicts, malware scans, cost.

use crate::behaviour::or_absent;
use azure_core::http::RequestContent;
use azure_storage_blob::{
    BlobClient, BlobServiceClient, BlobServiceClientOptions,
    models::{BlobClientGetPropertiesResultHeaders, BlobClientUploadOptions, BlobTags},
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use poa_azure::blob::{BlobDocuments, BlobSettings};
use poa_operations::{
    commit::hex,
    cost::{Cost, Meter},
    ports::documents::{Content, Documents, Found, Put},
};
use poa_protocol::{ids::PartyId, limits, media_type::MediaType};
use poa_test_cloud::{
    azurite::{self, Azurite, fresh},
    tokens::Tokens,
};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, sync::Arc};
use tokio::task::JoinSet;

const MIB: usize = 1024 * 1024;

pub(crate) fn party() -> PartyId {
    PartyId::of_lei("p")
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes that repeat nowhere, so that no two blocks are alike.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    (0_u64..)
        .flat_map(|number| number.wrapping_mul(0x9E37_79B9).to_le_bytes())
        .take(count)
        .collect()
}

/// The bytes in pieces of this size, which are said to be unknown.
pub(crate) fn pieces(bytes: &[u8], size: usize) -> Content {
    let pieces: Vec<_> =
        bytes.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Content { media_type: MediaType::default(), bytes: stream::iter(pieces).boxed() }
}

pub(crate) async fn put(documents: &BlobDocuments, bytes: &[u8]) -> Put {
    put_as(documents, "application/octet-stream", bytes).await
}

pub(crate) async fn put_as(documents: &BlobDocuments, media_type: &str, bytes: &[u8]) -> Put {
    let media_type = media_type.parse().unwrap();
    let content = Content { media_type, ..pieces(bytes, MIB) };
    let max = limits::DOCUMENT_BYTES_MAX;
    documents.put(&party(), &hash(bytes), max, content).await.unwrap()
}

pub(crate) async fn read(documents: &BlobDocuments, sha256: &str) -> Option<Vec<u8>> {
    let found = documents.get(&party(), sha256).await.unwrap().here()?;
    Some(found.bytes.try_collect::<Vec<_>>().await.unwrap().concat())
}

/// The media type of a document; empty where there is none.
pub(crate) async fn media_type(documents: &BlobDocuments, sha256: &str) -> String {
    let found = documents.describe(&party(), sha256).await.unwrap().here();
    found.map(|found| found.media_type.to_string()).unwrap_or_default()
}

/// How many bytes a document has, or why that is not told.
pub(crate) async fn size(documents: &BlobDocuments, party: &PartyId, sha256: &str) -> Found<u64> {
    match documents.describe(party, sha256).await.unwrap() {
        Found::Here(found) => Found::Here(found.bytes),
        Found::Nothing => Found::Nothing,
        Found::Malicious => Found::Malicious,
        Found::Unscanned => Found::Unscanned,
    }
}

/// The blob itself, past the adapter.
pub(crate) fn blob(azurite: &Azurite, settings: &BlobSettings, sha256: &str) -> BlobClient {
    let mut client_options = azurite.client().options();
    let url = azure_core::http::Url::parse(&azurite.blob).unwrap();
    client_options.retry = azure_core::http::RetryOptions::none();
    let options = BlobServiceClientOptions { client_options, ..Default::default() };
    let tokens: Arc<dyn azure_core::credentials::TokenCredential> = Arc::new(Tokens::lasting());
    let service = BlobServiceClient::new(url, Some(tokens), Some(options)).unwrap();
    service.blob_client(&settings.container, &format!("{}/{sha256}", party()))
}

async fn tag(blob: &BlobClient, value: &str) {
    let tag = ("Malware Scanning scan result".to_owned(), value.to_owned());
    let tags: BlobTags = HashMap::from([tag, ("other".to_owned(), "Malicious".to_owned())]).into();
    blob.set_tags(RequestContent::try_from(tags).unwrap(), None).await.unwrap();
}

#[tokio::test]
async fn one_block_and_one_byte_more_come_back_byte_for_byte() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.documents().await;
    for count in [4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 8 * MIB, 8 * MIB + 1] {
        let bytes = bytes(count);
        assert_eq!(put(&documents, &bytes).await, Put::Created, "{count}");
        assert_eq!(put(&documents, &bytes).await, Put::Present, "{count}");
        assert!(read(&documents, &hash(&bytes)).await.unwrap() == bytes, "{count}");
    }
}

#[tokio::test]
async fn the_largest_document_is_kept_and_one_byte_more_is_not() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.documents().await;
    let most = usize::try_from(limits::DOCUMENT_BYTES_MAX).unwrap();
    let more = bytes(most + 1);
    assert_eq!(put(&documents, &more).await, Put::TooLarge);
    assert_eq!(size(&documents, &party(), &hash(&more)).await, Found::Nothing);
    let largest = &more[..most];
    let meter = Meter::default();
    assert_eq!(meter.around(put(&documents, largest)).await, Put::Created);
    let read_back = meter.around(read(&documents, &hash(largest))).await;
    assert!(read_back.unwrap() == largest);
    let twice = limits::DOCUMENT_BYTES_MAX * 2;
    assert_eq!(meter.cost(), Cost { document_bytes: twice, ..Cost::default() });
}

#[tokio::test]
async fn bytes_are_passed_on_while_they_come() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.documents().await;
    let (meter, bytes) = (Meter::default(), bytes(13 * MIB));
    let (passed_on, mut came) = (meter.clone(), 0_u64);
    let content = pieces(&bytes, MIB);
    let watched = content.bytes.inspect(move |piece| {
        let held = came - passed_on.cost().document_bytes;
        assert!(held <= 4 * 1024 * 1024, "{held} of {came} bytes are held back");
        came += u64::try_from(piece.as_ref().unwrap().len()).unwrap();
    });
    let content = Content { bytes: watched.boxed(), ..content };
    let (party, sha256) = (party(), hash(&bytes));
    let put = documents.put(&party, &sha256, limits::DOCUMENT_BYTES_MAX, content);
    assert_eq!(meter.around(put).await.unwrap(), Put::Created);
}

#[tokio::test]
async fn of_many_blocks_with_another_hash_nothing_is_kept() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.documents().await;
    let (right, wrong) = (bytes(9 * MIB), vec![1; 9 * MIB]);
    let sha256 = hash(&right);
    let (party, max) = (party(), limits::DOCUMENT_BYTES_MAX);
    let sent = |bytes: &[u8]| documents.put(&party, &sha256, max, pieces(bytes, MIB));
    assert_eq!(sent(&wrong).await.unwrap(), Put::WrongHash);
    assert_eq!(read(&documents, &sha256).await, None);
    assert_eq!(sent(&right).await.unwrap(), Put::Created, "what was staged does not get in");
    assert_eq!(sent(&wrong).await.unwrap(), Put::WrongHash);
    assert!(read(&documents, &sha256).await.unwrap() == right);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_racing_uploads_of_many_blocks_one_creates_and_none_fails() {
    let azurite = or_absent!(azurite::https());
    let documents = Arc::new(azurite.documents().await);
    let bytes = Arc::new(bytes(9 * MIB));
    let mut uploads = JoinSet::new();
    for size in [MIB, 3 * MIB, 5 * MIB, 9 * MIB] {
        let (documents, bytes) = (documents.clone(), bytes.clone());
        uploads.spawn(async move {
            let max = limits::DOCUMENT_BYTES_MAX;
            documents.put(&party(), &hash(&bytes), max, pieces(&bytes, size)).await.unwrap()
        });
    }
    let puts = uploads.join_all().await;
    assert_eq!(puts.iter().filter(|put| **put == Put::Created).count(), 1, "{puts:?}");
    assert!(puts.iter().all(|put| matches!(put, Put::Created | Put::Present)), "{puts:?}");
    assert!(read(&documents, &hash(&bytes)).await.unwrap() == *bytes);
}

#[tokio::test]
async fn other_bytes_under_a_hash_are_a_fault_and_no_document() {
    let azurite = or_absent!(azurite::https());
    let settings = azurite.settings();
    let documents = azurite.documents_of(settings.clone(), Tokens::lasting()).await;
    let strange = blob(azurite, &settings, &hash(b"right"));
    strange.upload(RequestContent::from(b"other bytes".to_vec()), None).await.unwrap();
    let max = limits::DOCUMENT_BYTES_MAX;
    let put = documents.put(&party(), &hash(b"right"), max, pieces(b"right", 2)).await;
    assert!(put.unwrap_err().0.contains("11 bytes instead of 5"));
}

#[tokio::test]
async fn no_document_is_shown_by_a_browser() {
    let azurite = or_absent!(azurite::https());
    let settings = azurite.settings();
    let documents = azurite.documents_of(settings.clone(), Tokens::lasting()).await;
    for (said, handed_out) in [
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/pdf", "application/pdf"),
        // Each of these has to be escaped in a link, which is signed with what they mean.
        ("application/a!#$&-^_.+json", "application/a!#$&-^_.+json"),
    ] {
        for count in [9, 5 * MIB] {
            let bytes = [said.as_bytes(), &bytes(count)].concat();
            let sha256 = hash(&bytes);
            assert_eq!(put_as(&documents, said, &bytes).await, Put::Created);
            // Whoever reads it past this service stores it too.
            let kept = blob(azurite, &settings, &sha256).get_properties(None).await.unwrap();
            assert_eq!(kept.content_type().unwrap().as_deref(), Some(said));
            assert_eq!(kept.content_disposition().unwrap().as_deref(), Some("attachment"));
            let link = documents.links().unwrap().download(&party(), &sha256).await.unwrap();
            let answer = azurite.web().get(link.here().unwrap().url).send().await.unwrap();
            assert_eq!(answer.headers()["content-type"], handed_out, "{said}");
            assert_eq!(answer.headers()["content-disposition"], "attachment");
            assert!(answer.bytes().await.unwrap() == bytes);
        }
    }
}

#[tokio::test]
async fn a_blob_whose_media_type_nobody_can_read_is_unknown_bytes() {
    let azurite = or_absent!(azurite::https());
    let settings = azurite.settings();
    let documents = azurite.documents_of(settings.clone(), Tokens::lasting()).await;
    for (said, read) in [
        (None, "application/octet-stream"),
        (Some("nonsense"), "application/octet-stream"),
        (Some("Text/Plain; charset=utf-8"), "text/plain"),
    ] {
        let bytes = said.unwrap_or("none").as_bytes();
        let said = said.map(str::to_owned);
        let options = BlobClientUploadOptions { blob_content_type: said, ..Default::default() };
        let body = RequestContent::from(bytes.to_vec());
        blob(azurite, &settings, &hash(bytes)).upload(body, Some(options)).await.unwrap();
        assert_eq!(media_type(&documents, &hash(bytes)).await, read);
        assert_eq!(put_as(&documents, "text/csv", bytes).await, Put::Present);
        assert_eq!(media_type(&documents, &hash(bytes)).await, read, "it is as it is");
    }
}

#[tokio::test]
async fn what_the_malware_scan_has_found_is_never_handed_out() {
    let azurite = or_absent!(azurite::https());
    let settings = azurite.settings();
    let documents = azurite.documents_of(settings.clone(), Tokens::lasting()).await;
    let sha256 = hash(b"eicar");
    put(&documents, b"eicar").await;
    assert_eq!(read(&documents, &sha256).await.unwrap(), b"eicar", "there was no scan yet");
    let blob = blob(azurite, &settings, &sha256);
    tag(&blob, "Malicious").await;
    assert_eq!(size(&documents, &party(), &sha256).await, Found::Malicious);
    assert!(matches!(documents.get(&party(), &sha256).await.unwrap(), Found::Malicious));
    let link = documents.links().unwrap().download(&party(), &sha256).await.unwrap();
    assert_eq!(link, Found::Malicious);
    assert_eq!(put(&documents, b"eicar").await, Put::Present, "it is not overwritten");
    tag(&blob, "No threats found").await;
    assert_eq!(read(&documents, &sha256).await.unwrap(), b"eicar");
}

#[tokio::test]
async fn where_a_scan_is_demanded_nothing_is_handed_out_before_it() {
    let azurite = or_absent!(azurite::https());
    let settings = BlobSettings { unscanned_accepted: false, ..azurite.settings() };
    let documents = azurite.documents_of(settings.clone(), Tokens::lasting()).await;
    let sha256 = hash(b"a deed");
    assert_eq!(put(&documents, b"a deed").await, Put::Created);
    assert_eq!(size(&documents, &party(), &sha256).await, Found::Unscanned);
    assert!(matches!(documents.get(&party(), &sha256).await.unwrap(), Found::Unscanned));
    let blob = blob(azurite, &settings, &sha256);
    tag(&blob, "Error: SAM259201").await;
    assert_eq!(size(&documents, &party(), &sha256).await, Found::Unscanned);
    tag(&blob, "No threats found").await;
    assert_eq!(size(&documents, &party(), &sha256).await, Found::Here(6));
    assert_eq!(read(&documents, &sha256).await.unwrap(), b"a deed");
}

#[tokio::test]
async fn a_container_that_is_not_there_is_told_in_plain_words() {
    let azurite = or_absent!(azurite::https());
    let missing = BlobSettings { container: fresh("missing"), ..azurite.settings() };
    let name = missing.container.clone();
    let documents = azurite.open(missing, Tokens::lasting());
    let told = documents.ready().await.unwrap_err().0;
    assert_eq!(told, format!("container `{name}`: it is not there (ContainerNotFound)"));
    let max = limits::DOCUMENT_BYTES_MAX;
    let put = documents.put(&party(), &hash(b"x"), max, pieces(b"x", 1)).await;
    assert!(put.unwrap_err().0.contains("it is not there (ContainerNotFound)"));
}
