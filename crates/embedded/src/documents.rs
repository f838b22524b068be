//! Documents in a folder: bytes under their own hash, one folder per party, written once.

use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use poa_operations::{
    commit::hex,
    cost::{Cost, spend},
    ports::{
        clock::Clock,
        documents::{ByteStream, DocumentFault, Documents, Found, Put},
    },
};
use poa_protocol::{evidence::is_sha256, ids::PartyId};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};
use tempfile::TempPath;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// How long an upload may stand still before what it left is swept away.
const LEFTOVER_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// The folder of uploads that are not complete. No party has this name.
const INCOMING: &str = "incoming";

/// The documents in one folder: `<party>/<first two digits>/<sha256>`.
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
        mut bytes: ByteStream,
    ) -> Result<Put, DocumentFault> {
        let Some(place) = self.place(party, sha256) else { return Ok(Put::WrongHash) };
        let mut upload = Upload::begin(&self.folder.join(INCOMING))?;
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
        upload.keep(self.folder.clone(), place).await
    }

    async fn size(&self, party: &PartyId, sha256: &str) -> Result<Found<u64>, DocumentFault> {
        let Some(place) = self.place(party, sha256) else { return Ok(Found::Nothing) };
        let found = found(tokio::fs::metadata(&place).await, &place)?;
        Ok(found.map_or(Found::Nothing, |file| Found::Here(file.len())))
    }

    async fn get(&self, party: &PartyId, sha256: &str) -> Result<Found<ByteStream>, DocumentFault> {
        let Some(place) = self.place(party, sha256) else { return Ok(Found::Nothing) };
        let Some(file) = found(tokio::fs::File::open(&place).await, &place)? else {
            return Ok(Found::Nothing);
        };
        let chunks = stream::try_unfold((file, place), |(mut file, place)| async move {
            let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
            let read = file.read_buf(&mut chunk).await.map_err(|fault| at(&place, &fault))?;
            spend(Cost::documents(read));
            Ok((read > 0).then(|| (chunk.freeze(), (file, place))))
        });
        Ok(Found::Here(chunks.boxed()))
    }

    async fn ready(&self) -> Result<(), DocumentFault> {
        let incoming = self.folder.join(INCOMING);
        let there = tokio::fs::metadata(&incoming).await.map_err(|fault| at(&incoming, &fault))?;
        if there.is_dir() { Ok(()) } else { Err(at(&incoming, &"not a folder")) }
    }
}

/// Bytes on their way in. Dropping it removes them.
#[derive(Debug)]
struct Upload {
    file: tokio::fs::File,
    path: TempPath,
}

impl Upload {
    fn begin(incoming: &Path) -> Result<Self, DocumentFault> {
        let file = tempfile::Builder::new().prefix("upload-").tempfile_in(incoming);
        let (file, path) = file.map_err(|fault| at(incoming, &fault))?.into_parts();
        Ok(Self { file: tokio::fs::File::from_std(file), path })
    }

    async fn write(&mut self, chunk: &Bytes) -> Result<(), DocumentFault> {
        self.file.write_all(chunk).await.map_err(|fault| at(&self.path, &fault))
    }

    /// Makes the bytes durable, then visible, then makes that durable too.
    async fn keep(self, folder: PathBuf, place: PathBuf) -> Result<Put, DocumentFault> {
        let Self { mut file, path } = self;
        file.flush().await.map_err(|fault| at(&path, &fault))?;
        file.sync_all().await.map_err(|fault| at(&path, &fault))?;
        let kept = tokio::task::spawn_blocking(move || {
            let put = publish(path, &place).and_then(|put| {
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

fn publish(path: TempPath, place: &Path) -> io::Result<Put> {
    if let Some(above) = place.parent() {
        fs::create_dir_all(above)?;
    }
    match path.persist_noclobber(place) {
        Ok(()) => Ok(Put::Created),
        Err(fault) if fault.error.kind() == io::ErrorKind::AlreadyExists => Ok(Put::Present),
        Err(fault) => Err(fault.error),
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
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn found<T>(result: io::Result<T>, place: &Path) -> Result<Option<T>, DocumentFault> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(at(place, &fault)),
    }
}

fn at(place: &Path, fault: &dyn std::fmt::Display) -> DocumentFault {
    DocumentFault(format!("`{}`: {fault}", place.display()))
}
