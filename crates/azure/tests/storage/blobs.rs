//! What a blob store adds to the promise of its port: blocks, conflicts, malware scans, cost.

use crate::behaviour::or_absent;
use azure_core::http::RequestContent;
use azure_storage_blob::{
    BlobClient, BlobServiceClient, BlobServiceClientOptions,
    models::{BlobClientGetPropertiesResultHeaders, BlobTags},
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use poa_azure::blob::{BlobDocuments, BlobSettings};
use poa_operations::{
    commit::hex,
    cost::{Cost, Meter},
    ports::documents::{ByteStream, Documents, Found, Put},
};
use poa_protocol::{ids::PartyId, limits};
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

pub(crate) fn pieces(bytes: &[u8], size: usize) -> ByteStream {
    let pieces: Vec<_> =
        bytes.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces).boxed()
}

pub(crate) async fn put(documents: &BlobDocuments, bytes: &[u8]) -> Put {
    let max = limits::DOCUMENT_BYTES_MAX;
    documents.put(&party(), &hash(bytes), max, pieces(bytes, MIB)).await.unwrap()
}

pub(crate) async fn read(documents: &BlobDocuments, sha256: &str) -> Option<Vec<u8>> {
    let found = documents.get(&party(), sha256).await.unwrap().here()?;
    Some(found.try_collect::<Vec<_>>().await.unwrap().concat())
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
    assert_eq!(documents.size(&party(), &hash(&more)).await.unwrap(), Found::Nothing);
    let largest = &more[..most];
    let meter = Meter::default();
    assert_eq!(meter.around(put(&documents, largest)).await, Put::Created);
    let read_back = meter.around(read(&documents, &hash(largest))).await;
    assert!(read_back.unwrap() == largest);
    let twice = limits::DOCUMENT_BYTES_MAX * 2;
    assert_eq!(meter.cost(), Cost { document_bytes: twice, ..Cost::default() });
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
    for bytes in [b"<script>".to_vec(), bytes(5 * MIB)] {
        put(&documents, &bytes).await;
        let kept = blob(azurite, &settings, &hash(&bytes)).get_properties(None).await.unwrap();
        assert_eq!(kept.content_type().unwrap().as_deref(), Some("application/octet-stream"));
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
    assert_eq!(documents.size(&party(), &sha256).await.unwrap(), Found::Malicious);
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
    assert_eq!(documents.size(&party(), &sha256).await.unwrap(), Found::Unscanned);
    assert!(matches!(documents.get(&party(), &sha256).await.unwrap(), Found::Unscanned));
    let blob = blob(azurite, &settings, &sha256);
    tag(&blob, "Error: SAM259201").await;
    assert_eq!(documents.size(&party(), &sha256).await.unwrap(), Found::Unscanned);
    tag(&blob, "No threats found").await;
    assert_eq!(documents.size(&party(), &sha256).await.unwrap(), Found::Here(6));
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
