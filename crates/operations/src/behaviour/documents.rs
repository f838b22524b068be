//! What every document store does.

use crate::{
    commit::hex,
    ports::documents::{ByteStream, Content, DocumentFault, Documents, Put},
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use poa_protocol::{ids::PartyId, limits, media_type::MediaType};
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
            a_document_keeps_the_media_type_that_it_was_put_with_first
            a_media_type_is_kept_up_to_its_longest
            of_racing_uploads_of_several_media_types_the_first_decides
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

/// Content of a media type that is written like this.
fn content(media_type: &str, bytes: ByteStream) -> Content {
    Content { media_type: media_type.parse().unwrap(), bytes }
}

fn text(bytes: ByteStream) -> Content {
    content("text/plain", bytes)
}

async fn put(under: &DocumentsUnderTest, name: &str, sha256: &str, bytes: &[u8]) -> Put {
    under.documents.put(&party(name), sha256, LIMIT, text(chunks(bytes, 100))).await.unwrap()
}

async fn put_as(under: &DocumentsUnderTest, media_type: &str, bytes: &[u8]) -> Put {
    let content = content(media_type, chunks(bytes, 1 << 20));
    let limit = limits::DOCUMENT_BYTES_MAX;
    under.documents.put(&party("p"), &hash(bytes), limit, content).await.unwrap()
}

/// The media type of a document of `p`, which is told with its size and with its bytes.
async fn media_type(under: &DocumentsUnderTest, bytes: &[u8]) -> String {
    let (party, sha256) = (party("p"), hash(bytes));
    let described = under.documents.describe(&party, &sha256).await.unwrap().here().unwrap();
    let read = under.documents.get(&party, &sha256).await.unwrap().here().unwrap();
    assert_eq!(described.media_type, read.media_type);
    assert_eq!(read.bytes.try_collect::<Vec<Bytes>>().await.unwrap().concat(), bytes);
    described.media_type.to_string()
}

/// The bytes of a document, whose size must say how many they are.
async fn read(under: &DocumentsUnderTest, name: &str, sha256: &str) -> Option<Vec<u8>> {
    let described = under.documents.describe(&party(name), sha256).await.unwrap().here();
    let bytes = match under.documents.get(&party(name), sha256).await.unwrap().here() {
        Some(found) => Some(found.bytes.try_collect::<Vec<Bytes>>().await.unwrap().concat()),
        None => None,
    };
    let count = bytes.as_ref().map(|bytes| u64::try_from(bytes.len()).unwrap());
    assert_eq!(described.map(|found| found.bytes), count);
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

pub async fn a_document_keeps_the_media_type_that_it_was_put_with_first(
    under: &DocumentsUnderTest,
) {
    // One is small, one has no bytes, and one is larger than any adapter writes at once.
    for bytes in [b"a deed".to_vec(), Vec::new(), vec![9; 5_000_000]] {
        let count = bytes.len();
        assert_eq!(put_as(under, "application/pdf", &bytes).await, Put::Created, "{count}");
        assert_eq!(media_type(under, &bytes).await, "application/pdf", "{count}");
        assert_eq!(put_as(under, "text/html", &bytes).await, Put::Present, "{count}");
        assert_eq!(media_type(under, &bytes).await, "application/pdf", "{count}");
    }
    let refused = content("text/html", chunks(b"sent", 9));
    let put = under.documents.put(&party("p"), &hash(b"announced"), LIMIT, refused).await;
    assert_eq!(put.unwrap(), Put::WrongHash);
    assert_eq!(put_as(under, "text/csv", b"announced").await, Put::Created);
    assert_eq!(media_type(under, b"announced").await, "text/csv", "what was refused says nothing");
}

pub async fn a_media_type_is_kept_up_to_its_longest(under: &DocumentsUnderTest) {
    let name = "a".repeat(limits::MEDIA_TYPE_NAME_BYTES_MAX);
    let unknown = MediaType::default().to_string();
    for said in ["a/b", "x-1/a!#$&-^_.+", &format!("{name}/{name}"), &unknown] {
        assert_eq!(put_as(under, said, said.as_bytes()).await, Put::Created, "{said}");
        assert_eq!(media_type(under, said.as_bytes()).await, said);
    }
}

pub async fn of_racing_uploads_of_several_media_types_the_first_decides(
    under: &DocumentsUnderTest,
) {
    let mut uploads = JoinSet::new();
    for number in 0..8_u32 {
        let documents = Arc::clone(&under.documents);
        uploads.spawn(async move {
            let said = format!("text/x-{number}");
            let content = content(&said, chunks(b"raced", 2));
            let put = documents.put(&party("p"), &hash(b"raced"), LIMIT, content).await.unwrap();
            (put, said)
        });
    }
    let ended = uploads.join_all().await;
    let created: Vec<_> = ended.iter().filter(|(put, _)| *put == Put::Created).collect();
    assert_eq!(created.len(), 1, "{ended:?}");
    assert_eq!(created.first().unwrap().1, media_type(under, b"raced").await);
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
    let whole =
        under.documents.put(&party("p"), &hash(&more), LIMIT, text(chunks(&more, 1 << 20))).await;
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
    under.documents.put(&party("p"), &sha256, LIMIT, text(broken())).await.unwrap_err();
    assert_eq!(read(under, "p", &sha256).await, None);
    assert_eq!(put(under, "p", &sha256, b"first second").await, Put::Created);
    under.documents.put(&party("p"), &sha256, LIMIT, text(broken())).await.unwrap_err();
    assert_eq!(read(under, "p", &sha256).await.unwrap(), b"first second");
}

pub async fn of_racing_uploads_all_end_well_and_one_creates(under: &DocumentsUnderTest) {
    let bytes = vec![3; 900];
    let mut uploads = JoinSet::new();
    for size in 1..=16 {
        let (documents, bytes) = (Arc::clone(&under.documents), bytes.clone());
        uploads.spawn(async move {
            let sent = text(chunks(&bytes, size));
            documents.put(&party("p"), &hash(&bytes), LIMIT, sent).await
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
    let sent = text(chunks(&bytes, 70_001));
    let put = under.documents.put(&party("p"), &hash(&bytes), limit, sent).await.unwrap();
    assert_eq!(put, Put::Created);
    assert_eq!(read(under, "p", &hash(&bytes)).await.unwrap(), bytes);
}

pub async fn a_document_store_that_works_is_ready(under: &DocumentsUnderTest) {
    under.documents.ready().await.unwrap();
}
