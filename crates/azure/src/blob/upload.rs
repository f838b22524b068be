//! Bytes on their way into a blob. Nothing is visible before their hash is proven.

use super::{
    ATTACHMENT, BLOCK_BYTES, BlobDocuments, DocumentFault, MediaType, Put, bytes_cost, fault,
};
use crate::storage::{Outcome, call};
use aws_lc_rs::digest::{Context, SHA256, digest};
use azure_core::http::{RequestContent, StatusCode};
use azure_storage_blob::{
    BlobClient,
    models::{BlobClientUploadOptions, BlockBlobClientCommitBlockListOptions, BlockLookupList},
};
use bytes::{Bytes, BytesMut};
use poa_operations::{commit::hex, cost};

/// One upload. What is staged and never committed is swept away by the service within a week; no
/// reader ever sees it.
pub(super) struct Upload<'a> {
    documents: &'a BlobDocuments,
    blob: BlobClient,
    media_type: MediaType,
    hash: Context,
    count: u64,
    pending: BytesMut,
    blocks: Vec<Vec<u8>>,
    /// The document is there: the bytes are only proven.
    there: bool,
}

impl<'a> Upload<'a> {
    pub(super) fn begin(
        documents: &'a BlobDocuments,
        blob: BlobClient,
        media_type: MediaType,
    ) -> Self {
        Self {
            documents,
            blob,
            media_type,
            hash: Context::new(&SHA256),
            count: 0,
            pending: BytesMut::new(),
            blocks: Vec::new(),
            there: false,
        }
    }

    /// Counts a piece; how many bytes have come with it.
    pub(super) fn count(&mut self, bytes: usize) -> u64 {
        self.count = self.count.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.count
    }

    /// Takes a piece, and stages what has become a whole block and is not the last.
    pub(super) async fn take(&mut self, piece: &Bytes) -> Result<(), DocumentFault> {
        self.hash.update(piece);
        if self.there {
            return Ok(());
        }
        self.pending.extend_from_slice(piece);
        while self.pending.len() > BLOCK_BYTES && !self.there {
            if self.blocks.is_empty() && self.documents.properties(&self.blob).await?.is_some() {
                self.there = true;
                self.pending.clear();
            } else {
                let block = self.pending.split_to(BLOCK_BYTES).freeze();
                self.stage(block).await?;
            }
        }
        Ok(())
    }

    /// Makes the document visible, if the bytes have this hash.
    pub(super) async fn keep(mut self, sha256: &str) -> Result<Put, DocumentFault> {
        if hex(self.hash.clone().finish().as_ref()) != sha256 {
            return Ok(Put::WrongHash);
        }
        if self.there {
            return Ok(Put::Present);
        }
        let last = std::mem::take(&mut self.pending).freeze();
        if self.blocks.is_empty() {
            return self.put_whole(last).await;
        }
        self.stage(last).await?;
        let committed = call("a document", self.commit()).await;
        match committed {
            Ok(()) => Ok(Put::Created),
            Err(outcome) => self.lost(outcome).await,
        }
    }

    /// A document of one block is put in one request.
    async fn put_whole(&self, bytes: Bytes) -> Result<Put, DocumentFault> {
        cost::spend(bytes_cost(bytes.len()));
        let mut outcome = match self.put_once(bytes.clone()).await {
            Ok(()) => return Ok(Put::Created),
            Err(outcome) => outcome,
        };
        if self.documents.made_up_for(&outcome).await? {
            outcome = match self.put_once(bytes).await {
                Ok(()) => return Ok(Put::Created),
                Err(outcome) => outcome,
            };
        }
        self.lost(outcome).await
    }

    async fn put_once(&self, bytes: Bytes) -> Result<(), Outcome> {
        let mut options = BlobClientUploadOptions::default().if_not_exists();
        options.blob_content_type = Some(self.media_type.to_string());
        options.blob_content_disposition = Some(ATTACHMENT.to_owned());
        options.partition_size = std::num::NonZero::new(u64::try_from(BLOCK_BYTES).unwrap_or(1));
        let put = self.blob.upload(RequestContent::from(bytes.to_vec()), Some(options));
        call("a document", put).await.map(drop)
    }

    async fn stage(&mut self, block: Bytes) -> Result<(), DocumentFault> {
        cost::spend(bytes_cost(block.len()));
        // INVARIANT: a block is named by its place and its own hash, so that racing uploads of the
        // same bytes help each other and those of other bytes never mix.
        let mut id = u32::try_from(self.blocks.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
        id.extend_from_slice(digest(&SHA256, &block).as_ref());
        if let Err(outcome) = self.stage_once(&id, &block).await {
            if !self.documents.made_up_for(&outcome).await? {
                return Err(fault(&outcome));
            }
            self.stage_once(&id, &block).await.map_err(|outcome| fault(&outcome))?;
        }
        self.blocks.push(id);
        Ok(())
    }

    async fn stage_once(&self, id: &[u8], block: &Bytes) -> Result<(), Outcome> {
        let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
        let body = RequestContent::from(block.to_vec());
        let client = self.blob.block_blob_client();
        call("a part of a document", client.stage_block(id, length, body, None)).await.map(drop)
    }

    async fn commit(&self) -> azure_core::Result<()> {
        let blocks =
            BlockLookupList { latest: Some(self.blocks.clone()), ..BlockLookupList::default() };
        let options = BlockBlobClientCommitBlockListOptions {
            blob_content_type: Some(self.media_type.to_string()),
            blob_content_disposition: Some(ATTACHMENT.to_owned()),
            if_none_match: Some("*".into()),
            ..Default::default()
        };
        let client = self.blob.block_blob_client();
        client.commit_block_list(blocks.try_into()?, Some(options)).await.map(drop)
    }

    /// Somebody else was first, or we ourselves were and never heard of it: the same bytes are
    /// there. Staged blocks vanish when another commits, so an unknown list means that too.
    async fn lost(&self, outcome: Outcome) -> Result<Put, DocumentFault> {
        let raced =
            matches!(outcome.status(), Some(StatusCode::Conflict | StatusCode::PreconditionFailed))
                || outcome.is("InvalidBlockList");
        let there = if raced { self.documents.properties(&self.blob).await? } else { None };
        match there {
            Some(there) if there.about.bytes == self.count => Ok(Put::Present),
            Some(there) => Err(DocumentFault(format!(
                "under its hash lie {} bytes instead of {}",
                there.about.bytes, self.count
            ))),
            None => Err(fault(&outcome)),
        }
    }
}
