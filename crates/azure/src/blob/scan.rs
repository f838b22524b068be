//! What Microsoft Defender for Storage says of a blob, in an index tag of its own.

use super::{DocumentFault, fault};
use crate::storage::call;
use azure_storage_blob::{BlobClient, models::BlobTags};
use std::collections::HashMap;

/// The tag that Defender for Storage writes when it has scanned a blob.
const TAG: &str = "Malware Scanning scan result";
/// Its value where nothing was found.
const CLEAN: &str = "No threats found";

/// The result of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    /// Nothing was found.
    Clean,
    /// Something was found, or the result is one that nobody knows how to read.
    Malicious,
    /// There was no scan yet, or it did not come to an end.
    Absent,
}

/// Asks for the tags of a blob.
pub(super) async fn of(blob: &BlobClient) -> Result<Scan, DocumentFault> {
    let tags = call("the malware scan of a document", blob.get_tags(None)).await;
    let tags = tags.map_err(|outcome| fault(&outcome))?;
    let tags: BlobTags = tags.into_model().map_err(super::told)?;
    let tags: HashMap<String, String> = tags.into();
    Ok(read(tags.get(TAG).map(String::as_str)))
}

fn read(value: Option<&str>) -> Scan {
    match value {
        None => Scan::Absent,
        Some(CLEAN) => Scan::Clean,
        // The scanner could not read it or gave up: that is no verdict.
        Some(text) if text.starts_with("Error") || text.starts_with("Not scanned") => Scan::Absent,
        Some(_) => Scan::Malicious,
    }
}

#[cfg(test)]
mod tests {
    use super::{Scan, read};

    #[test]
    fn only_what_is_known_to_be_harmless_is_clean() {
        for (value, scan) in [
            (None, Scan::Absent),
            (Some("No threats found"), Scan::Clean),
            (Some("Malicious"), Scan::Malicious),
            (Some("no threats found"), Scan::Malicious),
            (Some(""), Scan::Malicious),
            (Some("Error: SAM259201"), Scan::Absent),
            (Some("Not scanned"), Scan::Absent),
        ] {
            assert_eq!(read(value), scan, "{value:?}");
        }
    }
}
