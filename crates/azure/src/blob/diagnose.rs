//! The documents under examination: both containers, writing and reading in them, and the key that
//! signs links.

use super::{BlobDocuments, DocumentFault, fault, read};
use crate::{remedy::remedy, storage::call};
use async_trait::async_trait;
use azure_core::http::RequestContent;
use azure_storage_blob::{BlobClient, models::BlobClientUploadOptions};
use poa_operations::{
    diagnosis::{Check, Diagnose},
    ports::documents::Documents as _,
};

/// The blob of a probe; no party has this name.
const PROBE: &str = "probe/doctor";

#[async_trait]
impl Diagnose for BlobDocuments {
    fn name(&self) -> String {
        format!("Azure Blob Storage, {}", self.settings.url)
    }

    async fn diagnose(&self) -> Vec<Check> {
        let (kept, incoming) = (&self.settings.container, &self.settings.incoming);
        let what = format!("containers `{kept}` and `{incoming}` are there");
        let there = Check::of(what, self.ready().await, |wrong| self.cure(wrong));
        if !there.holds() {
            return vec![there];
        }
        let mut checks = vec![there];
        for container in [kept, incoming] {
            let blob = self.container(container).blob_client(PROBE);
            let written = written(&blob).await;
            let what = format!("a blob can be written to `{container}`");
            checks.push(Check::of(what, written, |wrong| self.cure(wrong)));
            let read = match read(&blob).await {
                Ok(None) => Err(DocumentFault("what was just written is not there".to_owned())),
                other => other.map(drop),
            };
            let what = format!("a blob can be read from `{container}`");
            checks.push(Check::of(what, read, |wrong| self.cure(wrong)));
            let removed = call("a probe", blob.delete(None)).await.map_err(|gone| fault(&gone));
            // Where documents are kept, a policy may forbid to remove anything.
            if container == incoming {
                let what = format!("a blob can be removed from `{container}`");
                checks.push(Check::of(what, removed, |wrong| self.cure(wrong)));
            }
        }
        if self.links().is_some() {
            let key = self.signing_key(self.clock.now()).await;
            let what = "a key for links to single documents is given";
            checks.push(Check::of(what, key, |wrong| {
                remedy(wrong, "Storage Blob Delegator", "allow it at the storage account")
            }));
        }
        checks
    }
}

impl BlobDocuments {
    fn cure(&self, wrong: &str) -> String {
        let (kept, incoming) = (&self.settings.container, &self.settings.incoming);
        let missing =
            format!("make the containers `{kept}` and `{incoming}`, without public access");
        remedy(wrong, "Storage Blob Data Contributor", &missing)
    }
}

/// Writes the probe; one that an earlier examination could not remove is as good.
async fn written(blob: &BlobClient) -> Result<(), DocumentFault> {
    let options = BlobClientUploadOptions::default().if_not_exists();
    let bytes = RequestContent::from(b"probe".to_vec());
    match call("a probe", blob.upload(bytes, Some(options))).await {
        Ok(_) => Ok(()),
        Err(outcome) if outcome.is("BlobAlreadyExists") => Ok(()),
        Err(outcome) => Err(fault(&outcome)),
    }
}
