//! The document folder on bad days: uploads that break off anywhere, leftovers, folders of old.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use poa_embedded::{documents::DocumentFolder, testing};
use poa_operations::{
    commit::hex,
    ports::{
        clock::Clock,
        documents::{Content, Documents, Put},
    },
};
use poa_protocol::ids::PartyId;

use std::{
    fs,
    future::poll_fn,
    path::{Path, PathBuf},
    task::Poll,
    time::{Duration, UNIX_EPOCH},
};

const PDF: &str = "application/pdf";
const CSV: &str = "text/csv";

fn party() -> PartyId {
    PartyId::of_lei("p")
}

fn hash(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// The bytes one by one.
fn content(media_type: &str, bytes: &[u8]) -> Content {
    let pieces: Vec<_> = bytes.iter().map(|byte| Ok(Bytes::copy_from_slice(&[*byte]))).collect();
    Content { media_type: media_type.parse().unwrap(), bytes: stream::iter(pieces).boxed() }
}

async fn put(documents: &dyn Documents, media_type: &str, bytes: &[u8]) -> Put {
    let content = content(media_type, bytes);
    documents.put(&party(), &hash(bytes), 100, content).await.unwrap()
}

/// Media type and bytes of a document.
async fn read(documents: &dyn Documents, sha256: &str) -> Option<(String, Vec<u8>)> {
    let found = documents.get(&party(), sha256).await.unwrap().here()?;
    let described = documents.describe(&party(), sha256).await.unwrap().here().unwrap();
    assert_eq!(described.media_type, found.media_type);
    let bytes = found.bytes.try_collect::<Vec<_>>().await.unwrap().concat();
    Some((found.media_type.to_string(), bytes))
}

/// Where a document of the party lies.
fn place(folder: &Path, bytes: &[u8]) -> PathBuf {
    let sha256 = hash(bytes);
    folder.join(party().as_str()).join(sha256.get(..2).unwrap()).join(sha256)
}

#[tokio::test]
async fn what_was_kept_before_media_types_were_stays_what_it_is() {
    let test = testing::desk();
    let place = place(&test.folder.path().join("documents"), b"old");
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, b"old").unwrap();
    let documents = &*test.desk.documents;
    let old = Some(("application/octet-stream".to_owned(), b"old".to_vec()));
    assert_eq!(read(documents, &hash(b"old")).await, old);
    assert_eq!(put(documents, PDF, b"old").await, Put::Present);
    assert_eq!(read(documents, &hash(b"old")).await, old);
    assert_eq!(fs::read(&place).unwrap(), b"old");
}

/// Works until it has had to wait so many times, and gives up then.
async fn given_up<T>(after: usize, work: impl Future<Output = T>) -> Option<T> {
    let (mut work, mut left) = (Box::pin(work), after);
    poll_fn(|task| match (work.as_mut().poll(task), left.checked_sub(1)) {
        (Poll::Ready(done), _) => Poll::Ready(Some(done)),
        (Poll::Pending, None) => Poll::Ready(None),
        (Poll::Pending, Some(fewer)) => {
            left = fewer;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn an_upload_that_is_given_up_anywhere_leaves_a_whole_document_or_none() {
    let test = testing::desk();
    let documents = &*test.desk.documents;
    for waits in 0.. {
        let bytes = format!("{waits} waits").into_bytes();
        let first = given_up(waits, put(documents, PDF, &bytes)).await;
        // What was handed to the disk may still become a document: then it is the first one.
        let second = put(documents, CSV, &bytes).await;
        assert!(matches!(second, Put::Created | Put::Present), "{second:?}");
        let expected = if second == Put::Created { CSV } else { PDF };
        let (media_type, found) = read(documents, &hash(&bytes)).await.unwrap();
        assert_eq!((media_type.as_str(), found), (expected, bytes), "after {waits} waits");
        if let Some(first) = first {
            assert_eq!((first, second), (Put::Created, Put::Present));
            assert!(waits >= 3, "making, writing and publishing are waited for: {waits}");
            return;
        }
        assert!(waits > 0 || second == Put::Created, "nothing was begun");
    }
}

#[tokio::test]
async fn whatever_a_killed_process_leaves_blocks_nothing() {
    let test = testing::desk();
    let folder = test.folder.path().join("documents");
    let incoming = folder.join("incoming");
    for (name, files) in [
        ("upload-empty", &[][..]),
        ("upload-bytes", &["bytes"]),
        ("upload-type", &["media_type"]),
        ("upload-whole", &["bytes", "media_type"]),
    ] {
        fs::create_dir(incoming.join(name)).unwrap();
        for file in files {
            fs::write(incoming.join(name).join(file), b"text/html").unwrap();
        }
    }
    // A power failure may leave the folder of a document without what was in it.
    fs::create_dir_all(place(&folder, b"deed")).unwrap();
    let documents = DocumentFolder::open(&folder, &*test.clock).unwrap();
    documents.ready().await.unwrap();
    assert_eq!(read(&documents, &hash(b"text/html")).await, None);
    assert_eq!(put(&documents, PDF, b"deed").await, Put::Created);
    let whole = Some((PDF.to_owned(), b"deed".to_vec()));
    assert_eq!(read(&documents, &hash(b"deed")).await, whole);
}

#[tokio::test]
async fn leftovers_of_uploads_are_swept_away_after_a_day() {
    let test = testing::desk();
    let folder = test.folder.path().join("documents");
    let incoming = folder.join("incoming");
    let now = test.clock.now();
    let age = |name: &str, millis: i64| {
        let since = u64::try_from(now.millis() - millis).unwrap();
        fs::create_dir(incoming.join(name)).unwrap();
        fs::write(incoming.join(name).join("bytes"), b"broken").unwrap();
        let (one_file, time) = (format!("{name}, one file"), Duration::from_millis(since));
        fs::write(incoming.join(&one_file), b"broken").unwrap();
        for aged in [name, &one_file] {
            let aged = fs::File::open(incoming.join(aged)).unwrap();
            aged.set_modified(UNIX_EPOCH + time).unwrap();
        }
    };
    age("a day", 86_400_000);
    age("more than a day", 86_400_001);
    DocumentFolder::open(&folder, &*test.clock).unwrap();
    for left in ["a day", "a day, one file"] {
        assert!(incoming.join(left).exists(), "{left}");
        assert!(!incoming.join(left.replace("a day", "more than a day")).exists(), "{left}");
    }
}

#[tokio::test]
async fn uploads_that_fail_leave_nothing_behind() {
    let test = testing::desk();
    let folder = test.folder.path().join("documents");
    let (documents, sent) = (&test.desk.documents, || content(PDF, b"sent"));
    let wrong = "0".repeat(64);
    documents.put(&party(), &wrong, 100, sent()).await.unwrap();
    documents.put(&party(), &wrong, 1, sent()).await.unwrap();
    documents.put(&party(), "../../x", 100, sent()).await.unwrap();
    assert_eq!(fs::read_dir(folder.join("incoming")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(put(&**documents, PDF, b"sent").await, Put::Created);
    assert_eq!(put(&**documents, CSV, b"sent").await, Put::Present);
    assert_eq!(fs::read_dir(folder.join("incoming")).unwrap().count(), 0);
}
