//! What a storage account does to its clients on a bad day.

use crate::{
    behaviour::or_absent,
    blobs::{bytes, hash, media_type, party, pieces, put, put_as, read, size},
};
use azure_core::{http::Url, time::Duration as Span};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use poa_azure::{
    blob::{BlobDocuments, BlobSettings},
    client::Client,
    storage::StorageAccess,
    storage_queue::{StorageQueueBus, StorageQueues},
};
use poa_embedded::clock::SystemClock;
use poa_operations::ports::{
    bus::{Bus, Message},
    documents::{ByteStream, Content, Documents, Found, Put},
};
use poa_protocol::{event::Wing, limits, media_type::MediaType};
use poa_test_cloud::{
    azurite::{self, Azurite},
    tokens::Tokens,
    wire::Wire,
};
use std::{sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};

/// How long a dead service may keep its callers waiting, with some room for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same service at the end of a wire.
async fn wired(url: &str) -> (Wire, String) {
    let mut url = Url::parse(url).unwrap();
    let server = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let wire = Wire::to(server.parse().unwrap()).await;
    url.set_port(Some(wire.address.port())).unwrap();
    (wire, url.to_string())
}

fn unknown(bytes: ByteStream) -> Content {
    Content { media_type: MediaType::default(), bytes }
}

fn documents(azurite: &Azurite, url: String) -> BlobDocuments {
    let settings = BlobSettings { url, ..azurite.settings() };
    let (access, clock) = (StorageAccess::Azurite, Arc::new(SystemClock));
    BlobDocuments::open(settings, access, &Client::new().unwrap(), clock).unwrap()
}

#[tokio::test]
async fn a_service_that_dies_in_the_middle_of_an_upload_keeps_nothing_and_a_repetition_does() {
    let azurite = or_absent!(azurite::http());
    let (wire, url) = wired(&azurite.blob).await;
    let wire = Arc::new(wire);
    let documents = documents(azurite, url);
    let bytes = bytes(13_000_000);
    let dying = wire.clone();
    let sent: Vec<Bytes> = bytes.chunks(1_000_000).map(Bytes::copy_from_slice).collect();
    let sent = stream::iter(sent.into_iter().enumerate()).map(move |(number, piece)| {
        if number == 10 {
            dying.cut();
        }
        Ok(piece)
    });
    let max = limits::DOCUMENT_BYTES_MAX;
    let (party, sha256) = (party(), hash(&bytes));
    let put_once = documents.put(&party, &sha256, max, unknown(sent.boxed()));
    let fault = timeout(PATIENCE, put_once).await.unwrap().unwrap_err();
    assert!(fault.0.starts_with("a part of a document: "), "{fault}");
    wire.mend();
    assert_eq!(size(&documents, &party, &sha256).await, Found::Nothing);
    assert_eq!(put(&documents, &bytes).await, Put::Created);
    assert!(read(&documents, &sha256).await.unwrap() == bytes);
}

#[tokio::test]
async fn a_put_whose_answer_was_lost_is_a_document_with_its_own_media_type() {
    let azurite = or_absent!(azurite::http());
    for count in [9, 9_000_000] {
        let (wire, url) = wired(&azurite.blob).await;
        let documents = documents(azurite, url);
        documents.ready().await.unwrap();
        let bytes = bytes(count);
        // What makes it visible is the last request: it is done, and its answer never comes.
        wire.lose_answer_to(if count == 9 { "PUT " } else { "comp=blocklist" });
        let put = put_as(&documents, "application/pdf", &bytes).await;
        assert_eq!(put, Put::Present, "it finds its own first attempt");
        assert_eq!(wire.lost(), 1);
        assert_eq!(media_type(&documents, &hash(&bytes)).await, "application/pdf");
        assert!(read(&documents, &hash(&bytes)).await.unwrap() == bytes);
    }
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_of_a_download_is_renewed() {
    let azurite = or_absent!(azurite::https());
    let settings = azurite.settings();
    let writer = azurite.documents_of(settings.clone(), Tokens::lasting()).await;
    // Far more than is asked for ahead.
    let bytes = bytes(25_000_000);
    put(&writer, &bytes).await;
    let tokens = Tokens::of(Span::seconds(2));
    let documents = azurite.open(settings, tokens.clone());
    let found = documents.get(&party(), &hash(&bytes)).await.unwrap().here().unwrap();
    let mut pieces = found.bytes;
    let mut seen = pieces.next().await.unwrap().unwrap().to_vec();
    let before = tokens.given();
    sleep(Duration::from_secs(4)).await;
    while let Some(piece) = pieces.next().await {
        seen.extend_from_slice(&piece.unwrap());
    }
    assert!(seen == bytes);
    assert!(tokens.given() > before);
}

#[tokio::test]
async fn a_dead_service_is_told_in_time_whether_it_refuses_or_keeps_silent() {
    let azurite = or_absent!(azurite::http());
    for silent in [false, true] {
        let (blobs, blob_url) = wired(&azurite.blob).await;
        let (queues, queue_url) = wired(&azurite.queue).await;
        for wire in [&blobs, &queues] {
            if silent { wire.silence() } else { wire.cut() }
        }
        let documents = documents(azurite, blob_url);
        let (access, options) = (StorageAccess::Azurite, Client::new().unwrap());
        let queues = StorageQueues::open(&queue_url, access, &options).unwrap();
        let bus = StorageQueueBus::new(queues);
        let message = Message {
            message_id: "m".to_owned(),
            session_id: "s".to_owned(),
            wing: Wing::Bank,
            body: "{}".to_owned(),
        };
        let max = limits::DOCUMENT_BYTES_MAX;
        let (messages, party, sha256) = ([message], party(), hash(b"x"));
        let asked = futures_util::future::join4(
            documents.ready(),
            documents.put(&party, &sha256, max, pieces(b"x", 1)),
            bus.ready(),
            bus.publish(&messages),
        );
        let told = timeout(PATIENCE, asked).await.unwrap();
        assert!(told.0.is_err() && told.1.is_err() && told.2.is_err() && told.3.is_err());
    }
}

#[tokio::test]
async fn a_token_that_expires_in_the_middle_of_an_upload_is_renewed() {
    let azurite = or_absent!(azurite::https());
    let settings = azurite.settings();
    // The containers are made with a token of their own.
    drop(azurite.documents_of(settings.clone(), Tokens::lasting()).await);
    let lifetime = Span::seconds(2);
    let tokens = Tokens::of(lifetime);
    let documents = azurite.open(settings, tokens.clone());
    let bytes = bytes(9_000_000);
    let (early, late) = bytes.split_at(5_000_000);
    let expired = stream::once(async {
        sleep(Duration::from_secs(4)).await;
        Ok(Bytes::new())
    });
    let (early, late) = (pieces(early, 1_000_000).bytes, pieces(late, 1_000_000).bytes);
    let sent = unknown(early.chain(expired).chain(late).boxed());
    let (party, sha256) = (party(), hash(&bytes));
    let put = documents.put(&party, &sha256, limits::DOCUMENT_BYTES_MAX, sent);
    assert_eq!(put.await.unwrap(), Put::Created);
    assert!(tokens.given() > 1);
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_told_in_plain_words() {
    let azurite = or_absent!(azurite::https());
    let documents = azurite.open(azurite.settings(), Tokens::of(Span::hours(-1)));
    let told = timeout(PATIENCE, documents.ready()).await.unwrap().unwrap_err().0;
    assert!(told.contains("was not accepted"), "{told}");
}

#[tokio::test]
async fn tokens_are_never_sent_over_plain_http() {
    let access = StorageAccess::Token(Arc::new(Tokens::lasting()));
    let settings = BlobSettings::of("http://127.0.0.1:1/devstoreaccount1");
    let (options, clock) = (Client::new().unwrap(), Arc::new(SystemClock));
    let refused = BlobDocuments::open(settings, access.clone(), &options, clock);
    assert!(refused.unwrap_err().0.contains("is not https"));
    let refused = StorageQueues::open("http://127.0.0.1:1/devstoreaccount1", access, &options);
    assert!(refused.unwrap_err().0.contains("is not https"));
}
