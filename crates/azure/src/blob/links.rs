//! Links to single blobs: user delegation SAS, https only, for a few minutes.

use super::{
    ATTACHMENT, BlobDocuments, Description, DocumentFault, Found, Put, fault, name, present, read,
    told,
};
use crate::storage::call;
use async_trait::async_trait;
use azure_core::time::OffsetDateTime;
use azure_storage_blob::{BlobClient, models::KeyInfo};
use azure_storage_common::models::UserDelegationKey;
use azure_storage_sas::{SasBuilder, SasProtocol};
use poa_operations::ports::documents::{DocumentLinks, Documents, Link};
use poa_protocol::{
    evidence::is_sha256, ids::PartyId, limits, media_type::MediaType, timestamp::Timestamp,
};
use std::sync::Arc;
use tokio::sync::Mutex;

/// How long a key for signing links is asked for.
const KEY_SECS: i64 = 60 * 60;
/// How far the clocks of service and clients may be apart.
const SKEW_SECS: i64 = 5 * 60;

/// The key that signs links, as the service gives it to our identity, and until when it signs.
pub(super) type KeyAtHand = Mutex<Option<(Arc<UserDelegationKey>, Timestamp)>>;

/// What a link lets its bearer do.
#[derive(Debug, Clone, Copy)]
enum Right<'a> {
    /// Read a document of this media type.
    Read(&'a MediaType),
    /// Put bytes, of this media type where it is known.
    Write(Option<&'a MediaType>),
}

#[async_trait]
impl DocumentLinks for BlobDocuments {
    async fn upload(
        &self,
        party: &PartyId,
        sha256: &str,
        media_type: Option<&MediaType>,
    ) -> Result<Link, DocumentFault> {
        let right = Right::Write(media_type);
        self.link(&self.settings.incoming, &name(party, sha256), right).await
    }

    async fn complete(
        &self,
        party: &PartyId,
        sha256: &str,
        bytes_max: u64,
    ) -> Result<Option<Put>, DocumentFault> {
        if !is_sha256(sha256) {
            return Ok(Some(Put::WrongHash));
        }
        let blob = self.unproven(party, sha256);
        let Some(content) = read(&blob).await? else {
            // The answer to an earlier completion may have been lost.
            let there = self.properties(&self.document(party, sha256)).await?;
            return Ok(there.map(|_| Put::Present));
        };
        // INVARIANT: the very bytes that are hashed are those that are kept, whatever the client
        // puts to its link meanwhile, and with the media type that came with them.
        let put = self.put(party, sha256, bytes_max, content).await?;
        present(call("what was put by link", blob.delete(None)).await)?;
        Ok(Some(put))
    }

    async fn download(&self, party: &PartyId, sha256: &str) -> Result<Found<Link>, DocumentFault> {
        Ok(match self.describe(party, sha256).await? {
            Found::Here(Description { media_type, .. }) => {
                let (name, right) = (name(party, sha256), Right::Read(&media_type));
                Found::Here(self.link(&self.settings.container, &name, right).await?)
            }
            Found::Nothing => Found::Nothing,
            Found::Malicious => Found::Malicious,
            Found::Unscanned => Found::Unscanned,
        })
    }
}

impl BlobDocuments {
    fn unproven(&self, party: &PartyId, sha256: &str) -> BlobClient {
        self.container(&self.settings.incoming).blob_client(&name(party, sha256))
    }

    async fn link(
        &self,
        container: &str,
        name: &str,
        right: Right<'_>,
    ) -> Result<Link, DocumentFault> {
        let now = self.clock.now();
        let key = self.signing_key(now).await?;
        let expires_at = now.plus_secs(limits::DOCUMENT_LINK_SECS);
        let sas = SasBuilder::new(self.account.as_str(), &key, time(expires_at)?)
            .map_err(told)?
            .start(time(now.plus_secs(SKEW_SECS.saturating_neg()))?)
            .protocol(SasProtocol::Https)
            .blob(container, name);
        let (sas, headers) = match right {
            // What somebody else has put there is never shown by a browser.
            Right::Read(media_type) => {
                let sas = sas.read().content_type(media_type.handed_out().as_str());
                (sas.content_disposition(ATTACHMENT), Vec::new())
            }
            Right::Write(media_type) => {
                let mut headers = vec![("x-ms-blob-type", "BlockBlob".to_owned())];
                let said = media_type.map(|said| ("x-ms-blob-content-type", said.to_string()));
                headers.extend(said);
                (sas.create().write(), headers)
            }
        };
        let mut url = self.container(container).blob_client(name).url().clone();
        url.set_query(Some(&sas.build()));
        Ok(Link { url: url.into(), headers, expires_at })
    }

    /// The key at hand while it outlives the links that it signs, a new one otherwise.
    pub(super) async fn signing_key(
        &self,
        now: Timestamp,
    ) -> Result<Arc<UserDelegationKey>, DocumentFault> {
        let mut at_hand = self.key.lock().await;
        if let Some((key, until)) = &*at_hand
            && now < *until
        {
            return Ok(Arc::clone(key));
        }
        let ends = now.plus_secs(KEY_SECS);
        let info = KeyInfo {
            start: Some(time(now.plus_secs(SKEW_SECS.saturating_neg()))?),
            expiry: Some(time(ends)?),
            ..KeyInfo::default()
        };
        let asked = self.service.get_user_delegation_key(info.try_into().map_err(told)?, None);
        let key = call("the key for links", asked).await.map_err(|outcome| fault(&outcome))?;
        let key: Arc<UserDelegationKey> = Arc::new(key.into_model().map_err(told)?);
        let until = ends.plus_secs(limits::DOCUMENT_LINK_SECS.saturating_neg());
        *at_hand = Some((Arc::clone(&key), until));
        Ok(key)
    }
}

fn time(at: Timestamp) -> Result<OffsetDateTime, DocumentFault> {
    OffsetDateTime::from_unix_timestamp(at.millis().div_euclid(1000))
        .map_err(|fault| DocumentFault(fault.to_string()))
}
