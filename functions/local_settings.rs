//! The settings of a development machine: everything on it, with or without Azurite.

use crate::{
    settings::{AZURITE_BLOBS, AZURITE_QUEUES, SETTINGS},
    wiring::AZURITE_KEY,
};
use std::{collections::BTreeMap, path::Path};

/// What a development machine keeps state, messages and documents in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Backing {
    /// A data folder, for everything.
    Folder,
    /// A data folder for state and key, Azurite for messages and documents.
    Azurite {
        /// URL of the blobs.
        blobs: String,
        /// URL of the queues.
        queues: String,
    },
}

impl Backing {
    /// Azurite at its own ports.
    #[must_use]
    pub fn azurite() -> Self {
        Self::Azurite { blobs: AZURITE_BLOBS.to_owned(), queues: AZURITE_QUEUES.to_owned() }
    }
}

/// The settings that a development machine runs with. `authority` is its token issuer.
#[must_use]
pub fn local_settings(backing: &Backing, data: &Path, authority: &str) -> BTreeMap<String, String> {
    let examples = SETTINGS.iter().filter_map(|setting| Some((setting.name, setting.example?)));
    let mut settings: BTreeMap<String, String> =
        examples.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let mut set = |name: &str, value: &str| settings.insert(name.to_owned(), value.to_owned());
    set("POA_DATA", &data.to_string_lossy());
    set("AUTHORITY", authority);
    if let Backing::Azurite { blobs, queues } = backing {
        set("BUS", "storage-queue");
        set("STORAGE_QUEUE_URL", queues);
        set("DOCUMENTS", "blob");
        set("STORAGE_BLOB_URL", blobs);
        // What the Functions host itself needs.
        set("FUNCTIONS_WORKER_RUNTIME", "custom");
        set("AzureWebJobsStorage", &host_storage(blobs, queues));
    }
    settings
}

/// How the Functions host names the storage that its queues are in.
fn host_storage(blobs: &str, queues: &str) -> String {
    if (blobs, queues) == (AZURITE_BLOBS, AZURITE_QUEUES) {
        return "UseDevelopmentStorage=true".to_owned();
    }
    // Both are published and protect nothing.
    format!(
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={AZURITE_KEY};\
         BlobEndpoint={blobs};QueueEndpoint={queues};"
    )
}

#[cfg(test)]
mod tests {
    use super::{Backing, local_settings};
    use crate::{
        function_json,
        settings::{BusChoice, DocumentsChoice, Parts, StorageChoice, StoreChoice},
    };
    use std::{collections::BTreeMap, path::Path};

    const ISSUER: &str = "http://127.0.0.1:7072/local-issuer";

    fn parts(settings: &BTreeMap<String, String>) -> Parts {
        Parts::read(settings).unwrap()
    }

    #[test]
    fn the_example_file_is_what_azurite_and_core_tools_run_with() {
        let settings = local_settings(&Backing::azurite(), Path::new(".poa"), ISSUER);
        let file = include_str!("../local.settings.example.json");
        assert_eq!(file, function_json::local_settings(&settings));
    }

    #[test]
    fn both_backings_are_valid_settings() {
        let data = Path::new("/data");
        let services = parts(&local_settings(&Backing::Folder, data, ISSUER)).services;
        assert_eq!(services.bus, BusChoice::Sqlite { data: data.into() });
        assert_eq!(services.documents, DocumentsChoice::Folder { data: data.into() });
        let url = |port: u16| format!("http://127.0.0.1:{port}/devstoreaccount1");
        let azurite = Backing::Azurite { blobs: url(1), queues: url(2) };
        let settings = local_settings(&azurite, data, ISSUER);
        let services = parts(&settings).services;
        let at = |port| StorageChoice::Azurite { url: url(port) };
        assert_eq!(services.store, StoreChoice::Sqlite { data: data.into() });
        assert_eq!(services.bus, BusChoice::StorageQueue(at(2)));
        let blobs = DocumentsChoice::Blob { account: at(1), unscanned_accepted: true };
        assert_eq!(services.documents, blobs);
        let host = &settings["AzureWebJobsStorage"];
        assert!(host.contains(";QueueEndpoint=http://127.0.0.1:2/devstoreaccount1;"), "{host}");
        let host = &local_settings(&Backing::azurite(), data, ISSUER)["AzureWebJobsStorage"];
        assert_eq!(host, "UseDevelopmentStorage=true");
    }
}
