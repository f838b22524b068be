//! Certificates: what a certifier of another party states about a version, and its signature.

use super::{Content, VersionNumber};
use crate::{caller::Person, ids::PartyId, product::ProductCode, timestamp::Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// What a certifier sends.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certification {
    /// The content hash of the version that was examined.
    pub content_hash: String,
    /// What came of it.
    pub decision: CertificateDecision,
    /// Why, in the certifier's words, at most 4 KiB; needed with `refused`.
    #[serde(default)]
    pub statement: Option<String>,
}

/// What came of the examination of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CertificateDecision {
    /// It does what it says.
    Certified,
    /// It does not; the version is withdrawn.
    Refused,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// What was examined.
    pub content_hash: String,
    /// The product.
    pub product: ProductCode,
    /// The number of the version.
    pub version: VersionNumber,
    /// Who examined it.
    pub certifier: Person,
    /// The party that the certifier belongs to.
    pub party: PartyId,
    /// What came of it.
    pub decision: CertificateDecision,
    /// The certifier's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A statement and its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// What is signed.
    pub statement: Statement,
    /// The RFC 8785 JSON of the statement as RFC 7515 JWS in compact form, ES256. The key is the
    /// one of `/api/log/keys` that the header names by `kid`.
    pub jws: String,
}

impl Statement {
    /// The RFC 8785 JSON: the bytes that are signed.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        // Texts alone always have an RFC 8785 form.
        serde_jcs::to_vec(self).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Hashes<'a> {
    formula_hash: &'a str,
    source_hash: &'a str,
}

impl Content {
    /// What a checked source holds.
    #[must_use]
    pub fn of(title: &str, source_hash: &str, formula_hash: &str) -> Self {
        // Two texts always have an RFC 8785 form.
        let hashes = serde_jcs::to_vec(&Hashes { formula_hash, source_hash }).unwrap_or_default();
        let mut content_hash = "sha256:".to_owned();
        for byte in Sha256::digest(hashes) {
            // Writing to a string cannot fail.
            let _ = write!(content_hash, "{byte:02x}");
        }
        Self {
            title: title.to_owned(),
            source_hash: source_hash.to_owned(),
            formula_hash: formula_hash.to_owned(),
            content_hash,
        }
    }
}
