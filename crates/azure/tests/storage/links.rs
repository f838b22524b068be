//! Links to single documents: what they allow, what they do not, and what becomes of the bytes.

use crate::{
    behaviour::or_absent,
    blobs::{bytes, hash, media_type, party, put, read, size},
};
use poa_azure::blob::BlobDocuments;
use poa_embedded::clock::{FixedClock, SystemClock};
use poa_operations::ports::{
    clock::Clock,
    documents::{Documents, Found, Link, Put},
};
use poa_protocol::{ids::PartyId, limits};
use poa_test_cloud::{
    azurite::{self, Azurite},
    tokens::Tokens,
};
use reqwest::{Method, StatusCode};
use std::sync::Arc;

async fn ask(azurite: &Azurite, method: Method, link: &Link, body: &[u8]) -> StatusCode {
    let mut request = azurite.web().request(method, &link.url).body(body.to_vec());
    for (name, value) in &link.headers {
        request = request.header(*name, value);
    }
    request.send().await.unwrap().status()
}

async fn upload(documents: &BlobDocuments, sha256: &str) -> Link {
    upload_as(documents, sha256, None).await
}

async fn upload_as(documents: &BlobDocuments, sha256: &str, said: Option<&str>) -> Link {
    let said = said.map(|said| said.parse().unwrap());
    documents.links().unwrap().upload(&party(), sha256, said.as_ref()).await.unwrap()
}

async fn complete(documents: &BlobDocuments, sha256: &str, max: u64) -> Option<Put> {
    documents.links().unwrap().complete(&party(), sha256, max).await.unwrap()
}

async fn download(documents: &BlobDocuments, sha256: &str) -> Link {
    documents.links().unwrap().download(&party(), sha256).await.unwrap().here().unwrap()
}

#[tokio::test]
async fn what_is_put_by_link_is_a_document_once_it_is_proven() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.documents().await;
    let bytes = bytes(5_000_000);
    let sha256 = hash(&bytes);
    assert_eq!(complete(&documents, &sha256, u64::MAX).await, None, "nothing was put");
    let link = upload(&documents, &sha256).await;
    assert_eq!(ask(azurite, Method::PUT, &link, &bytes).await, StatusCode::CREATED);
    assert_eq!(read(&documents, &sha256).await, None, "nobody has proven it");
    assert_eq!(complete(&documents, &sha256, u64::MAX).await, Some(Put::Created));
    assert!(read(&documents, &sha256).await.unwrap() == bytes);
    assert_eq!(complete(&documents, &sha256, u64::MAX).await, Some(Put::Present), "once more");
    let link = download(&documents, &sha256).await;
    let answer = azurite.web().get(&link.url).send().await.unwrap();
    assert_eq!(answer.headers()["content-disposition"], "attachment");
    assert!(answer.bytes().await.unwrap() == bytes);
}

#[tokio::test]
async fn what_is_put_by_link_has_the_media_type_of_the_link_or_else_that_of_the_put() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.documents().await;
    for (number, (linked, sent, kept)) in [
        (Some("application/pdf"), None, "application/pdf"),
        (Some("application/pdf"), Some("application/x-www-form-urlencoded"), "application/pdf"),
        (None, Some("text/csv"), "text/csv"),
        (None, Some("Text/CSV; charset=utf-8"), "text/csv"),
        (None, None, "application/octet-stream"),
        (None, Some("nonsense"), "application/octet-stream"),
    ]
    .into_iter()
    .enumerate()
    {
        let bytes = format!("{number}").into_bytes();
        let sha256 = hash(&bytes);
        let mut link = upload_as(&documents, &sha256, linked).await;
        link.headers.extend(sent.map(|sent| ("content-type", sent.to_owned())));
        assert_eq!(ask(azurite, Method::PUT, &link, &bytes).await, StatusCode::CREATED);
        assert_eq!(complete(&documents, &sha256, u64::MAX).await, Some(Put::Created));
        assert_eq!(media_type(&documents, &sha256).await, kept, "{linked:?}, {sent:?}");
        let link = upload_as(&documents, &sha256, Some("text/html")).await;
        assert_eq!(ask(azurite, Method::PUT, &link, &bytes).await, StatusCode::CREATED);
        assert_eq!(complete(&documents, &sha256, u64::MAX).await, Some(Put::Present));
        assert_eq!(media_type(&documents, &sha256).await, kept, "the first put decides");
    }
}

/// The same documents, asked at a moment that is so many seconds away from now.
async fn at(azurite: &Azurite, seconds: i64) -> (BlobDocuments, Arc<FixedClock>) {
    let settings = azurite.settings();
    drop(azurite.documents_of(settings.clone(), Tokens::lasting()).await);
    let clock = Arc::new(FixedClock::at(SystemClock.now().plus_secs(seconds)));
    let (access, client) = (azurite.access(Tokens::lasting()), azurite.client());
    let documents = BlobDocuments::open(settings, access, &client, clock.clone()).unwrap();
    (documents, clock)
}

#[tokio::test]
async fn links_work_while_our_clock_and_that_of_the_store_are_five_minutes_apart() {
    let azurite = or_absent!(azurite::https());
    // Some seconds of room for a busy machine; a link of the past has ended at fifteen minutes.
    for (seconds, works) in [(-4 * 60, true), (4 * 60, true), (-16 * 60, false), (6 * 60, false)] {
        let (documents, _) = at(azurite, seconds).await;
        put(&documents, b"kept").await;
        let expected = |status| if works { status } else { StatusCode::FORBIDDEN };
        let link = upload(&documents, &hash(b"sent")).await;
        let status = ask(azurite, Method::PUT, &link, b"sent").await;
        assert_eq!(status, expected(StatusCode::CREATED), "to write, {seconds}");
        let link = download(&documents, &hash(b"kept")).await;
        let status = ask(azurite, Method::GET, &link, b"").await;
        assert_eq!(status, expected(StatusCode::OK), "to read, {seconds}");
    }
}

#[tokio::test]
async fn the_key_that_signs_links_outlives_each_of_them() {
    let azurite = or_absent!(azurite::https());
    let (documents, clock) = at(azurite, 0).await;
    let part = |link: &Link, name: &str| {
        let url = reqwest::Url::parse(&link.url).unwrap();
        let found = url.query_pairs().find(|(known, _)| known == name);
        found.unwrap().1.into_owned()
    };
    let sha256 = hash(b"x");
    let first = upload(&documents, &sha256).await;
    clock.advance_secs(45 * 60 - 1);
    let last = upload(&documents, &sha256).await;
    assert_eq!(part(&last, "ske"), part(&first, "ske"), "the key is asked for once");
    assert!(part(&last, "se") <= part(&last, "ske"));
    clock.advance_secs(1);
    let renewed = upload(&documents, &sha256).await;
    assert!(part(&renewed, "ske") > part(&first, "ske"));
    assert!(part(&renewed, "se") <= part(&renewed, "ske"));
}

#[tokio::test]
async fn what_has_another_hash_or_is_too_large_is_not_kept_anywhere() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.documents().await;
    let sha256 = hash(b"announced");
    let link = upload(&documents, &sha256).await;
    assert_eq!(ask(azurite, Method::PUT, &link, b"sent").await, StatusCode::CREATED);
    assert_eq!(complete(&documents, &sha256, 9).await, Some(Put::WrongHash));
    assert_eq!(complete(&documents, &sha256, 9).await, None, "it is gone");
    assert_eq!(ask(azurite, Method::PUT, &link, b"announced").await, StatusCode::CREATED);
    assert_eq!(complete(&documents, &sha256, 8).await, Some(Put::TooLarge));
    assert_eq!(complete(&documents, &sha256, 8).await, None, "it is gone");
    assert_eq!(read(&documents, &sha256).await, None);
}

#[tokio::test]
async fn a_link_reaches_its_own_blob_in_its_own_way_and_no_other() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.documents().await;
    put(&documents, b"one").await;
    put(&documents, b"two").await;
    let (one, two) = (hash(b"one"), hash(b"two"));
    let reading = download(&documents, &one).await;
    let writing = upload(&documents, &one).await;
    let other = |link: &Link| Link { url: link.url.replace(&one, &two), ..link.clone() };
    let refused = [
        (Method::GET, other(&reading)),
        (Method::PUT, Link { headers: writing.headers.clone(), ..reading.clone() }),
        (Method::DELETE, reading.clone()),
        (Method::GET, writing.clone()),
        (Method::DELETE, writing.clone()),
        (Method::PUT, other(&writing)),
    ];
    for (method, link) in refused {
        let status = ask(azurite, method.clone(), &link, b"x").await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{method}");
    }
    assert_eq!(read(&documents, &one).await.unwrap(), b"one");
}

#[tokio::test]
async fn a_link_is_for_https_and_for_a_quarter_of_an_hour() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.documents().await;
    let link = upload(&documents, &hash(b"x")).await;
    assert!(link.url.starts_with("https://"));
    assert!(link.url.contains("spr=https&"), "the service itself refuses plain http");
    let left = link.expires_at.millis() - SystemClock.now().millis();
    assert!(left <= limits::DOCUMENT_LINK_SECS * 1000);
    assert!(!format!("{link:?}").contains("sig="), "a link is not logged");
}

#[tokio::test]
async fn no_link_leads_to_what_another_party_has() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.documents().await;
    put(&documents, b"private").await;
    let stranger = PartyId::of_lei("stranger");
    let links = documents.links().unwrap();
    let found = links.download(&stranger, &hash(b"private")).await.unwrap();
    assert_eq!(found, Found::Nothing);
    let link = links.upload(&stranger, &hash(b"private"), None).await.unwrap();
    assert_eq!(ask(azurite, Method::PUT, &link, b"private").await, StatusCode::CREATED);
    assert_eq!(complete(&documents, &hash(b"nothing"), 9).await, None);
    assert_eq!(size(&documents, &stranger, &hash(b"private")).await, Found::Nothing);
}

#[tokio::test]
async fn without_an_identity_of_entra_id_there_are_no_links() {
    let azurite = or_absent!(azurite::http());
    assert!(azurite.documents().await.links().is_none());
}
