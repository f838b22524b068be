//! What every document store does.

use crate::{
    commit::hex,
    ports::documents::{ByteStream, DocumentFault, Documents, Put},
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use poa_protocol::ids::PartyId;
use sha2::{Digest, Sha256};
use std::{any::Any, sync::Arc};
use tokio::task::JoinSet;

/// One test per case of documents. The expression makes a [`DocumentsUnderTest`].
#[macro_export]
macro_rules! documents_behaviour {
    ($make:expr) => {
        $crate::behaviour_tests! { $make, documents:
            what_is_put_is_read_back
            what_is_put_again_is_present
            an_empty_document_is_a_document
            bytes_of_another_hash_are_not_kept
            bytes_of_another_hash_leave_a_document_as_it_is
            a_document_of_the_limit_is_kept_and_one_byte_more_is_not
            a_document_of_one_party_is_not_there_for_another
            what_is_no_hash_names_no_document
            an_upload_that_breaks_off_leaves_nothing
            of_racing_uploads_all_end_well_and_one_creates
            a_large_document_comes_back_byte_for_byte
            a_document_store_that_works_is_ready
        }
    };
}

/// An empty document store.
#[derive(Debug)]
pub struct DocumentsUnderTest {
    /// It.
    pub documents: Arc<dyn Documents>,
    /// What has to live as long.
    pub keep: Box<dyn Any + Send + Sync>,
}

const LIMIT: u64 = 1024;

fn party(name: &str) -> PartyId {
    PartyId::of_lei(name)
}

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The bytes in chunks of this size.
fn chunks(bytes: &[u8], size: usize) -> ByteStream {
    let chunks: Vec<_> =
        bytes.chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    stream::iter(chunks).boxed()
}

async fn put(under: &DocumentsUnderTest, name: &str, sha256: &str, bytes: &[u8]) -> Put {
    under.documents.put(&party(name), sha256, LIMIT, chunks(bytes, 100)).await.unwrap()
}

/// The bytes of a document, whose size must say how many they are.
async fn read(under: &DocumentsUnderTest, name: &str, sha256: &str) -> Option<Vec<u8>> {
    let size = under.documents.size(&party(name), sha256).await.unwrap().here();
    let bytes = match under.documents.get(&party(name), sha256).await.unwrap().here() {
        Some(bytes) => Some(bytes.try_collect::<Vec<Bytes>>().await.unwrap().concat()),
        None => None,
    };
    let count = bytes.as_ref().map(|bytes| u64::try_from(bytes.len()).unwrap());
    assert_eq!(size, count);
    bytes
}

pub async fn what_is_put_is_read_back(under: &DocumentsUnderTest) {
    let bytes = b"a certificate";
    assert_eq!(read(under, "p", &hash(bytes)).await, None);
    assert_eq!(put(under, "p", &hash(bytes), bytes).await, Put::Created);
    assert_eq!(read(under, "p", &hash(bytes)).await.unwrap(), bytes);
}

pub async fn what_is_put_again_is_present(under: &DocumentsUnderTest) {
    let bytes = b"twice";
    assert_eq!(put(under, "p", &hash(bytes), bytes).await, Put::Created);
    assert_eq!(put(under, "p", &hash(bytes), bytes).await, Put::Present);
    assert_eq!(read(under, "p", &hash(bytes)).await.unwrap(), bytes);
}

pub async fn an_empty_document_is_a_document(under: &DocumentsUnderTest) {
    assert_eq!(put(under, "p", &hash(b""), b"").await, Put::Created);
    assert_eq!(read(under, "p", &hash(b"")).await.unwrap(), b"");
}

pub async fn bytes_of_another_hash_are_not_kept(under: &DocumentsUnderTest) {
    assert_eq!(put(under, "p", &hash(b"announced"), b"sent").await, Put::WrongHash);
    for bytes in [&b"announced"[..], b"sent"] {
        assert_eq!(read(under, "p", &hash(bytes)).await, None);
    }
}

pub async fn bytes_of_another_hash_leave_a_document_as_it_is(under: &DocumentsUnderTest) {
    let sha256 = hash(b"right");
    assert_eq!(put(under, "p", &sha256, b"right").await, Put::Created);
    assert_eq!(put(under, "p", &sha256, b"wrong").await, Put::WrongHash);
    assert_eq!(read(under, "p", &sha256).await.unwrap(), b"right");
}

pub async fn a_document_of_the_limit_is_kept_and_one_byte_more_is_not(under: &DocumentsUnderTest) {
    let limit = usize::try_from(LIMIT).unwrap();
    let more = vec![7; limit.checked_add(1).unwrap()];
    assert_eq!(put(under, "p", &hash(&more), &more).await, Put::TooLarge);
    assert_eq!(read(under, "p", &hash(&more)).await, None);
    let most = vec![7; limit];
    assert_eq!(put(under, "p", &hash(&most), &most).await, Put::Created);
    assert_eq!(read(under, "p", &hash(&most)).await.unwrap(), most);
    let whole = under.documents.put(&party("p"), &hash(&more), LIMIT, chunks(&more, 1 << 20)).await;
    assert_eq!(whole.unwrap(), Put::TooLarge, "also in one piece");
}

pub async fn a_document_of_one_party_is_not_there_for_another(under: &DocumentsUnderTest) {
    let bytes = b"private";
    assert_eq!(put(under, "mine", &hash(bytes), bytes).await, Put::Created);
    assert_eq!(read(under, "theirs", &hash(bytes)).await, None);
    assert_eq!(put(under, "theirs", &hash(bytes), bytes).await, Put::Created);
    assert_eq!(read(under, "mine", &hash(bytes)).await.unwrap(), bytes);
}

pub async fn what_is_no_hash_names_no_document(under: &DocumentsUnderTest) {
    let right = hash(b"x");
    let texts = [
        String::new(),
        right.to_uppercase(),
        format!("{right}0"),
        right.chars().skip(1).collect(),
        right.replace(|digit: char| digit.is_ascii_digit(), "/"),
        format!("../{}", right.chars().skip(3).collect::<String>()),
        "../../../../etc/passwd".to_owned(),
        format!("{}\0", right.chars().skip(1).collect::<String>()),
        "ä".repeat(32),
    ];
    for text in texts {
        assert_eq!(put(under, "p", &text, b"x").await, Put::WrongHash, "{text:?}");
        assert_eq!(read(under, "p", &text).await, None, "{text:?}");
    }
    assert_eq!(read(under, "p", &right).await, None);
}

pub async fn an_upload_that_breaks_off_leaves_nothing(under: &DocumentsUnderTest) {
    let sha256 = hash(b"first second");
    let broken = || {
        let gone = Err(DocumentFault("the sender went away".to_owned()));
        stream::iter([Ok(Bytes::from_static(b"first ")), gone]).boxed()
    };
    under.documents.put(&party("p"), &sha256, LIMIT, broken()).await.unwrap_err();
    assert_eq!(read(under, "p", &sha256).await, None);
    assert_eq!(put(under, "p", &sha256, b"first second").await, Put::Created);
    under.documents.put(&party("p"), &sha256, LIMIT, broken()).await.unwrap_err();
    assert_eq!(read(under, "p", &sha256).await.unwrap(), b"first second");
}

pub async fn of_racing_uploads_all_end_well_and_one_creates(under: &DocumentsUnderTest) {
    let bytes = vec![3; 900];
    let mut uploads = JoinSet::new();
    for size in 1..=16 {
        let (documents, bytes) = (Arc::clone(&under.documents), bytes.clone());
        uploads.spawn(async move {
            documents.put(&party("p"), &hash(&bytes), LIMIT, chunks(&bytes, size)).await
        });
    }
    let mut created: usize = 0;
    for put in uploads.join_all().await {
        let put = put.unwrap();
        assert!(matches!(put, Put::Created | Put::Present), "{put:?}");
        created = created.checked_add(usize::from(put == Put::Created)).unwrap();
    }
    assert_eq!(created, 1);
    assert_eq!(read(under, "p", &hash(&bytes)).await.unwrap(), bytes);
}

pub async fn a_large_document_comes_back_byte_for_byte(under: &DocumentsUnderTest) {
    let bytes: Vec<u8> = (0..3_000_017_u32).map(|number| number.to_le_bytes()[1] ^ 0x5A).collect();
    let limit = u64::try_from(bytes.len()).unwrap();
    let sent = chunks(&bytes, 70_001);
    let put = under.documents.put(&party("p"), &hash(&bytes), limit, sent).await.unwrap();
    assert_eq!(put, Put::Created);
    assert_eq!(read(under, "p", &hash(&bytes)).await.unwrap(), bytes);
}

pub async fn a_document_store_that_works_is_ready(under: &DocumentsUnderTest) {
    under.documents.ready().await.unwrap();
}
