//! Documents in a folder: bytes and their media type under their own hash, one folder per party,
//! written once.

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use poa_operations::{
    commit::hex,
    cost::{Cost, spend},
    ports::{
        clock::Clock,
        documents::{Content, Description, DocumentFault, Documents, Found, Put},
    },
};
use poa_protocol::{evidence::is_sha256, ids::PartyId, media_type::MediaType};
use std::{
    fs,
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// How old an upload may be before it counts as broken and is swept away.
const LEFTOVER_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// The folder of uploads that are not complete. No party has this name.
const INCOMING: &str = "incoming";

/// The bytes of a document, in its own folder.
const BYTES: &str = "bytes";
/// Its media type, next to them.
const MEDIA_TYPE: &str = "media_type";

/// The documents in one folder, each in a folder of its own:
/// `<party>/<first two digits>/<sha256>/`. It appears there whole, by one renaming, so there are
/// never bytes without their media type or with that of another upload. Where a file has the place
/// of the folder, it holds the bytes of a document that was kept before media types were.
#[derive(Debug)]
pub struct DocumentFolder {
    folder: PathBuf,
}

impl DocumentFolder {
    /// Opens the folder, makes it where it is not there yet, and sweeps away what broken uploads
    /// left more than a day ago.
    pub fn open(folder: &Path, clock: &dyn Clock) -> Result<Self, DocumentFault> {
        let incoming = folder.join(INCOMING);
        fs::create_dir_all(&incoming).map_err(|fault| at(&incoming, &fault))?;
        sweep(&incoming, clock).map_err(|fault| at(&incoming, &fault))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Where a document lies; `None` where the hash is not one, so that no text of a caller ever
    /// becomes a path.
    fn place(&self, party: &PartyId, sha256: &str) -> Option<PathBuf> {
        if !is_sha256(sha256) {
            return None;
        }
        Some(self.folder.join(party.as_str()).join(sha256.get(..2)?).join(sha256))
    }
}

#[async_trait]
impl Documents for DocumentFolder {
    async fn put(
        &self,
        party: &PartyId,
        sha256: &str,
        bytes_max: u64,
        content: Content,
    ) -> Result<Put, DocumentFault> {
        let Some(place) = self.place(party, sha256) else { return Ok(Put::WrongHash) };
        let Content { media_type, mut bytes } = content;
        let mut upload = Upload::begin(&self.folder.join(INCOMING)).await?;
        let mut hash = Context::new(&SHA256);
        let mut count: u64 = 0;
        while let Some(chunk) = bytes.next().await {
            let chunk = chunk?;
            spend(Cost::documents(chunk.len()));
            count = count.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if count > bytes_max {
                return Ok(Put::TooLarge);
            }
            hash.update(&chunk);
            upload.write(&chunk).await?;
        }
        if hex(hash.finish().as_ref()) != sha256 {
            return Ok(Put::WrongHash);
        }
        upload.keep(self.folder.clone(), place, &media_type).await
    }

    async fn describe(
        &self,
        party: &PartyId,
        sha256: &str,
    ) -> Result<Found<Description>, DocumentFault> {
        let Some(place) = self.place(party, sha256) else { return Ok(Found::Nothing) };
        let Some((file, media_type)) = opened(&place).await? else { return Ok(Found::Nothing) };
        let there = file.metadata().await.map_err(|fault| at(&place, &fault))?;
        Ok(Found::Here(Description { bytes: there.len(), media_type }))
    }

    async fn get(&self, party: &PartyId, sha256: &str) -> Result<Found<Content>, DocumentFault> {
        let Some(place) = self.place(party, sha256) else { return Ok(Found::Nothing) };
        let Some((file, media_type)) = opened(&place).await? else { return Ok(Found::Nothing) };
        let chunks = stream::try_unfold((file, place), |(mut file, place)| async move {
            let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
            let read = file.read_buf(&mut chunk).await.map_err(|fault| at(&place, &fault))?;
            spend(Cost::documents(read));
            Ok((read > 0).then(|| (chunk.freeze(), (file, place))))
        });
        Ok(Found::Here(Content { media_type, bytes: chunks.boxed() }))
    }

    async fn ready(&self) -> Result<(), DocumentFault> {
        let incoming = self.folder.join(INCOMING);
        let there = tokio::fs::metadata(&incoming).await.map_err(|fault| at(&incoming, &fault))?;
        if there.is_dir() { Ok(()) } else { Err(at(&incoming, &"not a folder")) }
    }
}

/// The bytes of a document and its media type; `None` where there is none.
async fn opened(place: &Path) -> Result<Option<(tokio::fs::File, MediaType)>, DocumentFault> {
    match tokio::fs::File::open(place.join(BYTES)).await {
        Ok(file) => {
            let said = place.join(MEDIA_TYPE);
            let said = found(tokio::fs::read_to_string(&said).await, &said)?;
            Ok(Some((file, MediaType::of_store(said.as_deref()))))
        }
        // Nothing has the place, or a file has it.
        Err(fault) if matches!(fault.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            let file = found(tokio::fs::File::open(place).await, place)?;
            Ok(file.map(|file| (file, MediaType::default())))
        }
        Err(fault) => Err(at(place, &fault)),
    }
}

/// A document on its way in. Dropping it removes it.
#[derive(Debug)]
struct Upload {
    file: tokio::fs::File,
    folder: TempDir,
}

impl Upload {
    async fn begin(incoming: &Path) -> Result<Self, DocumentFault> {
        let folder = tempfile::Builder::new().prefix("upload-").tempdir_in(incoming);
        let folder = folder.map_err(|fault| at(incoming, &fault))?;
        let file = tokio::fs::File::create_new(folder.path().join(BYTES)).await;
        let file = file.map_err(|fault| at(incoming, &fault))?;
        Ok(Self { file, folder })
    }

    async fn write(&mut self, chunk: &Bytes) -> Result<(), DocumentFault> {
        self.file.write_all(chunk).await.map_err(|fault| at(self.folder.path(), &fault))
    }

    /// Makes the document durable, then visible, then makes that durable too.
    async fn keep(
        self,
        folder: PathBuf,
        place: PathBuf,
        media_type: &MediaType,
    ) -> Result<Put, DocumentFault> {
        let Self { mut file, folder: upload } = self;
        file.flush().await.map_err(|fault| at(upload.path(), &fault))?;
        file.sync_all().await.map_err(|fault| at(upload.path(), &fault))?;
        let media_type = media_type.to_string();
        let kept = tokio::task::spawn_blocking(move || {
            let put = publish(upload, &media_type, &place).and_then(|put| {
                // INVARIANT: also `Present` waits for the disk, since the one who was first may not
                // have come so far.
                for above in
                    place.ancestors().skip(1).take_while(|above| above.starts_with(&folder))
                {
                    fs::File::open(above)?.sync_all()?;
                }
                Ok(put)
            });
            put.map_err(|fault| at(&place, &fault))
        });
        kept.await.map_err(|_| DocumentFault("it is being closed".to_owned()))?
    }
}

fn publish(upload: TempDir, media_type: &str, place: &Path) -> io::Result<Put> {
    let mut said = fs::File::create_new(upload.path().join(MEDIA_TYPE))?;
    said.write_all(media_type.as_bytes())?;
    said.sync_all()?;
    fs::File::open(upload.path())?.sync_all()?;
    if let Some(above) = place.parent() {
        fs::create_dir_all(above)?;
    }
    // INVARIANT: a folder never takes the place of a file, nor of a folder that is not empty.
    match fs::rename(upload.path(), place) {
        Ok(()) => {
            // There is nothing left to remove.
            let _: PathBuf = upload.keep();
            Ok(Put::Created)
        }
        Err(_) if place.exists() => Ok(Put::Present),
        Err(fault) => Err(fault),
    }
}

fn sweep(incoming: &Path, clock: &dyn Clock) -> io::Result<()> {
    let before = clock.now().millis().saturating_sub(LEFTOVER_MILLIS);
    let before = UNIX_EPOCH.checked_add(Duration::from_millis(u64::try_from(before).unwrap_or(0)));
    for entry in fs::read_dir(incoming)? {
        let entry = entry?;
        if before.is_some_and(|before| {
            entry.metadata().is_ok_and(|is| is.modified().is_ok_and(|at| at < before))
        }) {
            // Before media types were, an upload was one file.
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

fn found<T>(result: io::Result<T>, place: &Path) -> Result<Option<T>, DocumentFault> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(at(place, &fault)),
    }
}

fn at(place: &Path, fault: &dyn std::fmt::Display) -> DocumentFault {
    DocumentFault(format!("`{}`: {fault}", place.display()))
}
