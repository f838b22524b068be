//! The parts of a data folder under examination: they lie on a disk that can be full, read-only
//! or not ours.

use crate::{bus::SqliteBus, documents::DocumentFolder, key::SoftwareKey, store::SqliteStore};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use poa_operations::{
    diagnosis::{Check, Diagnose},
    ports::{
        bus::Bus,
        documents::{Content, DocumentFault, Documents},
        signer::Signer,
        store::Store,
    },
};
use poa_protocol::{ids::PartyId, media_type::MediaType};

/// What helps where a disk refuses.
fn disk(_: &str) -> String {
    "give the user of the service the folder of `POA_DATA`, and space on its disk".to_owned()
}

#[async_trait]
impl Diagnose for SqliteStore {
    fn name(&self) -> String {
        "SQLite".to_owned()
    }

    async fn diagnose(&self) -> Vec<Check> {
        // It is opened for writing, or not at all.
        vec![Check::of("the file is open and answers", self.ready().await, disk)]
    }
}

#[async_trait]
impl Diagnose for SqliteBus {
    fn name(&self) -> String {
        "SQLite".to_owned()
    }

    async fn diagnose(&self) -> Vec<Check> {
        vec![Check::of("the file is open and answers", self.ready().await, disk)]
    }
}

#[async_trait]
impl Diagnose for DocumentFolder {
    fn name(&self) -> String {
        "a folder".to_owned()
    }

    async fn diagnose(&self) -> Vec<Check> {
        vec![
            Check::of("the folder is there", self.ready().await, disk),
            Check::of("a file can be made in it and removed", probe(self).await, disk),
        ]
    }
}

/// Bytes that are not what they are announced as are written and taken away again.
async fn probe(documents: &DocumentFolder) -> Result<(), DocumentFault> {
    let nobody = PartyId::of_lei("probe");
    let bytes = stream::iter([Ok(Bytes::from_static(b"probe"))]).boxed();
    let content = Content { media_type: MediaType::default(), bytes };
    documents.put(&nobody, &"0".repeat(64), 64, content).await.map(drop)
}

#[async_trait]
impl Diagnose for SoftwareKey {
    fn name(&self) -> String {
        "a software key".to_owned()
    }

    async fn diagnose(&self) -> Vec<Check> {
        let kid = self.kid().await;
        let signed = match &kid {
            Ok(kid) => self.sign(kid, b"probe").await.map(drop),
            Err(fault) => Err(fault.clone()),
        };
        vec![Check::of("the key is there and signs", signed, disk)]
    }
}

#[cfg(test)]
mod tests {
    use poa_operations::diagnosis::{Check, Diagnose};
    use std::fs;

    #[tokio::test]
    async fn a_data_folder_is_found_sound_until_its_parts_go_away() {
        let folder = tempfile::tempdir().unwrap();
        let embedded = crate::open(folder.path()).unwrap();
        let parts: [&dyn Diagnose; 4] =
            [&*embedded.store, &*embedded.bus, &*embedded.documents, &*embedded.signer];
        for part in parts {
            let checks = part.diagnose().await;
            assert!(!checks.is_empty() && checks.iter().all(Check::holds), "{checks:?}");
        }
        fs::remove_dir_all(folder.path().join("documents")).unwrap();
        fs::remove_file(folder.path().join("bus.db")).unwrap();
        let checks = embedded.documents.diagnose().await;
        assert!(checks.iter().all(|check| !check.holds()), "{checks:?}");
        let checks = embedded.bus.diagnose().await;
        let fault = checks[0].fault.as_ref().unwrap();
        assert!(fault.wrong.contains("bus.db") && fault.remedy.contains("POA_DATA"), "{fault:?}");
    }
}
