//! Links to single blobs: user delegation SAS, https only, for a few minutes.

use super::{BlobDocuments, DocumentFault, Found, Put, fault, name, present, read, told};
use crate::storage::call;
use async_trait::async_trait;
use azure_core::time::OffsetDateTime;
use azure_storage_blob::{BlobClient, models::KeyInfo};
use azure_storage_common::models::UserDelegationKey;
use azure_storage_sas::{SasBuilder, SasProtocol};
use poa_operations::ports::documents::{DocumentLinks, Documents, Link};
use poa_protocol::{evidence::is_sha256, ids::PartyId, limits, timestamp::Timestamp};
use std::sync::Arc;
use tokio::sync::Mutex;

/// How long a key for signing links is asked for.
const KEY_SECS: i64 = 60 * 60;
/// How far the clocks of service and clients may be apart.
const SKEW_SECS: i64 = 5 * 60;

/// The key that signs links, as the service gives it to our identity, and until when it signs.
pub(super) type KeyAtHand = Mutex<Option<(Arc<UserDelegationKey>, Timestamp)>>;

/// What a link lets its bearer do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    Read,
    Write,
}

#[async_trait]
impl DocumentLinks for BlobDocuments {
    async fn upload(&self, party: &PartyId, sha256: &str) -> Result<Link, DocumentFault> {
        self.link(&self.settings.incoming, &name(party, sha256), Right::Write).await
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
        let Some(bytes) = read(&blob).await? else {
            // The answer to an earlier completion may have been lost.
            let there = self.properties(&self.document(party, sha256)).await?;
            return Ok(there.map(|_| Put::Present));
        };
        // INVARIANT: the very bytes that are hashed are those that are kept, whatever the client
        // puts to its link meanwhile.
        let put = self.put(party, sha256, bytes_max, bytes).await?;
        present(call("what was put by link", blob.delete(None)).await)?;
        Ok(Some(put))
    }

    async fn download(&self, party: &PartyId, sha256: &str) -> Result<Found<Link>, DocumentFault> {
        Ok(match self.size(party, sha256).await? {
            Found::Here(_) => {
                let name = name(party, sha256);
                Found::Here(self.link(&self.settings.container, &name, Right::Read).await?)
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

    async fn link(&self, container: &str, name: &str, right: Right) -> Result<Link, DocumentFault> {
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
            Right::Read => (sas.read().content_disposition("attachment"), Vec::new()),
            Right::Write => (sas.create().write(), vec![("x-ms-blob-type", "BlockBlob")]),
        };
        let mut url = self.container(container).blob_client(name).url().clone();
        url.set_query(Some(&sas.build()));
        Ok(Link { url: url.into(), headers, expires_at })
    }

    /// The key at hand while it outlives the links that it signs, a new one otherwise.
    async fn signing_key(&self, now: Timestamp) -> Result<Arc<UserDelegationKey>, DocumentFault> {
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
