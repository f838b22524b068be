//! Documents in a store that scans for malware and can be reached by link.

use crate::support::{World, body, bringer, paper, party, refused_with, sha256, stranger};
use async_trait::async_trait;
use poa_operations::{
    document_links::{complete_upload, link_download, link_upload},
    documents::{put_document, read_document},
    ports::documents::{
        Content, Description, DocumentFault, DocumentLinks, Documents, Found, Link, Put,
    },
    read_tokenization::read_evidence,
};
use poa_protocol::{
    event::Wing, ids::PartyId, media_type::MediaType, timestamp::Timestamp, tokenization::State,
};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// What the scan says of every document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scan {
    Clean,
    Malicious,
    Absent,
}

/// A store around the embedded one.
#[derive(Debug)]
struct Scanning {
    inner: Arc<dyn Documents>,
    says: Mutex<Scan>,
    put_by_link: Mutex<Option<&'static [u8]>>,
}

impl Scanning {
    fn verdict<T>(&self, found: Found<T>) -> Found<T> {
        match (found, *self.says.lock().unwrap()) {
            (Found::Here(_), Scan::Malicious) => Found::Malicious,
            (Found::Here(_), Scan::Absent) => Found::Unscanned,
            (found, _) => found,
        }
    }
}

#[async_trait]
impl Documents for Scanning {
    async fn put(
        &self,
        party: &PartyId,
        sha256: &str,
        bytes_max: u64,
        content: Content,
    ) -> Result<Put, DocumentFault> {
        self.inner.put(party, sha256, bytes_max, content).await
    }

    async fn describe(
        &self,
        party: &PartyId,
        sha256: &str,
    ) -> Result<Found<Description>, DocumentFault> {
        Ok(self.verdict(self.inner.describe(party, sha256).await?))
    }

    async fn get(&self, party: &PartyId, sha256: &str) -> Result<Found<Content>, DocumentFault> {
        Ok(self.verdict(self.inner.get(party, sha256).await?))
    }

    fn links(&self) -> Option<&dyn DocumentLinks> {
        Some(self)
    }

    async fn ready(&self) -> Result<(), DocumentFault> {
        self.inner.ready().await
    }
}

#[async_trait]
impl DocumentLinks for Scanning {
    async fn upload(
        &self,
        party: &PartyId,
        sha256: &str,
        media_type: Option<&MediaType>,
    ) -> Result<Link, DocumentFault> {
        let url = format!("https://store/incoming/{party}/{sha256}");
        let headers = media_type.map(|said| ("content-type", said.to_string()));
        let headers = headers.into_iter().collect();
        Ok(Link { url, headers, expires_at: Timestamp::from_millis(0) })
    }

    async fn complete(
        &self,
        party: &PartyId,
        sha256: &str,
        bytes_max: u64,
    ) -> Result<Option<Put>, DocumentFault> {
        let put = self.put_by_link.lock().unwrap().take();
        let Some(bytes) = put else { return Ok(None) };
        self.inner.put(party, sha256, bytes_max, paper(bytes)).await.map(Some)
    }

    async fn download(&self, party: &PartyId, sha256: &str) -> Result<Found<Link>, DocumentFault> {
        Ok(match self.describe(party, sha256).await? {
            Found::Here(_) => {
                let url = format!("https://store/documents/{party}/{sha256}");
                let expires_at = Timestamp::from_millis(0);
                Found::Here(Link { url, headers: Vec::new(), expires_at })
            }
            Found::Nothing => Found::Nothing,
            Found::Malicious => Found::Malicious,
            Found::Unscanned => Found::Unscanned,
        })
    }
}

/// Puts such a store in the place of the world's own.
fn scanning(world: &mut World) -> Arc<Scanning> {
    let inner = Arc::clone(&world.desk().documents);
    let (says, put_by_link) = (Mutex::new(Scan::Clean), Mutex::new(None));
    let store = Arc::new(Scanning { inner, says, put_by_link });
    world.test.desk.documents = store.clone();
    store
}

#[tokio::test]
async fn a_store_without_links_tells_the_client_to_put_and_get() {
    let world = World::open(Wing::NonBank).await;
    let (desk, by, hash) = (world.desk(), bringer(), sha256(b"x"));
    refused_with(link_upload(desk, &by, &hash, None).await, "document.no-links");
    refused_with(complete_upload(desk, &by, &hash).await, "document.no-links");
    refused_with(link_download(desk, &by, &hash).await, "document.no-links");
}

#[tokio::test]
async fn what_was_put_by_link_is_a_document_once_it_is_proven() {
    let mut world = World::open(Wing::NonBank).await;
    let store = scanning(&mut world);
    let (desk, by, hash) = (world.desk(), bringer(), sha256(b"x"));
    refused_with(link_upload(desk, &by, "x", None).await, "document.not-a-hash");
    let said = "text/plain".parse().unwrap();
    let link = body(&link_upload(desk, &by, &hash, Some(&said)).await.unwrap());
    assert_eq!(link["method"], "PUT");
    assert_eq!(link["url"], format!("https://store/incoming/{}/{hash}", party(3)));
    assert_eq!(link["headers"], json!({ "content-type": "text/plain" }));
    refused_with(complete_upload(desk, &by, &hash).await, "document.nothing-uploaded");
    *store.put_by_link.lock().unwrap() = Some(b"y");
    refused_with(complete_upload(desk, &by, &hash).await, "document.other-bytes");
    *store.put_by_link.lock().unwrap() = Some(b"x");
    let told = json!({ "sha256": hash, "bytes": 1, "media_type": "text/plain" });
    assert_eq!(body(&complete_upload(desk, &by, &hash).await.unwrap()), told);
    let link = body(&link_download(desk, &by, &hash).await.unwrap());
    assert_eq!(link["url"], format!("https://store/documents/{}/{hash}", party(3)));
    refused_with(link_download(desk, &stranger(), &hash).await, "request.not-found");
}

#[tokio::test]
async fn a_document_without_a_good_scan_is_refused_and_is_no_evidence_until_it_has_one() {
    for (says, code) in
        [(Scan::Malicious, "document.malicious"), (Scan::Absent, "document.unscanned")]
    {
        let mut world = World::open(Wing::NonBank).await;
        let store = scanning(&mut world);
        *store.says.lock().unwrap() = says;
        let waiting = world.bring(world.invoice("I-1", "120000.00")).await;
        assert_eq!(waiting.state, State::AwaitingEvidence);
        let (desk, by, one) = (world.desk(), bringer(), &waiting.evidence[0]);
        let put = |bytes| put_document(desk, &by, &one.sha256, paper(bytes));
        refused_with(put(b"invoice").await, code);
        refused_with(read_document(desk, &by, &one.sha256).await.map(drop), code);
        refused_with(read_evidence(desk, &by, &waiting.id, &one.id).await.map(drop), code);
        refused_with(link_download(desk, &by, &one.sha256).await, code);
        *store.put_by_link.lock().unwrap() = Some(b"invoice");
        refused_with(complete_upload(desk, &by, &one.sha256).await, code);
        *store.says.lock().unwrap() = Scan::Clean;
        put(b"invoice").await.unwrap();
        world.pump().await;
        assert_eq!(world.kept(&waiting.id).await.state, State::Issued);
    }
}
