//! Evidence: documents that a party puts forward, by hash. The bytes lie in document storage.

use crate::{ids::EvidenceId, limits, media_type::MediaType, refusal::Fault, timestamp::Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A kind of evidence that a program declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRule {
    /// Its name.
    pub name: String,
    /// How old it may be, in days; `None` is any age.
    pub max_age_days: Option<u32>,
}

/// One document as the party puts it forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvidence {
    /// What it is evidence of: a name that the program declares.
    pub name: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits in lower case.
    pub sha256: String,
    /// Its media type, for example `application/pdf`.
    pub media_type: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Who issued it.
    pub issuer: String,
    /// When it ceases to be valid; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
}

/// One document of a tokenization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Its id.
    pub id: EvidenceId,
    /// What it is evidence of.
    pub name: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Its media type.
    pub media_type: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Who issued it.
    pub issuer: String,
    /// When it ceases to be valid; absent where it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// When it was put forward.
    pub added_at: Timestamp,
    /// Whether its bytes were seen in document storage.
    pub present: bool,
}

crate::refusals! {
    /// Why a document is refused.
    DocumentRefusal {
        /// A document is put under the SHA-256 of its bytes.
        NotAHash { given: String } = "document.not-a-hash", Unprocessable, lasting,
            "`{given}` is not a SHA-256", "put 64 hexadecimal digits in lower case into the path";
        /// The media type of a document cannot be read: in the header `Content-Type` of its bytes,
        /// or in `media_type` of an upload link. Type and subtype have at most 127 bytes each.
        MediaType { given: String } = "document.media-type", Malformed, lasting,
            "`{given}` is not of the form `type/subtype`",
            "send what the document is, for example `application/pdf`, or nothing where it is not known; in a URL, `+` is written `%2B`";
        /// The bytes do not have the hash of the path. Nothing was kept.
        OtherBytes { sha256: String } = "document.other-bytes", Unprocessable, lasting,
            "the bytes do not have the SHA-256 `{sha256}`",
            "calculate the hash again, over the exact bytes that are sent";
        /// The malware scan of the document store found the document to be malicious. It is not
        /// handed out and counts as no evidence.
        Malicious { sha256: String } = "document.malicious", Unprocessable, lasting,
            "the malware scan found `{sha256}` to be malicious",
            "have the document made anew from a clean source and put that one";
        /// The document store demands a malware scan, whose result is not there yet. The bytes are
        /// kept.
        Unscanned { sha256: String } = "document.unscanned", Conflict, passing,
            "the malware scan of `{sha256}` has no result yet",
            "send the same request again in a minute";
        /// The document store of this deployment cannot be reached by link.
        NoLinks = "document.no-links", Conflict, lasting,
            "documents are not put and read by link here",
            "use `PUT` and `GET /api/documents/{sha256}`";
        /// An upload by link is completed after the bytes were put to the link.
        NothingUploaded { sha256: String } = "document.nothing-uploaded", Conflict, passing,
            "nothing was put to the upload link of `{sha256}`",
            "put the bytes to the link first, or ask for a new link";
    }
}

impl Evidence {
    /// A document that was put forward.
    #[must_use]
    pub fn new(id: EvidenceId, new: NewEvidence, now: Timestamp) -> Self {
        let NewEvidence { name, sha256, media_type, issued_at, issuer, valid_until } = new;
        let (added_at, present) = (now, false);
        Self { id, name, sha256, media_type, issued_at, issuer, valid_until, added_at, present }
    }

    /// Whether it counts now: bytes present, not expired, not too old.
    #[must_use]
    pub fn counts(&self, max_age_days: Option<u32>, now: Timestamp) -> bool {
        self.present
            && is_valid_at(self.valid_until, now)
            && is_fresh(self.issued_at, max_age_days, now)
    }
}

/// Whether something that ceases to be valid at an instant is valid now: the instant itself is too
/// late.
#[must_use]
pub fn is_valid_at(valid_until: Option<Timestamp>, now: Timestamp) -> bool {
    valid_until.is_none_or(|end| now < end)
}

/// Whether something is at most so many days old, counted in calendar days of UTC: the last day
/// itself is in time.
#[must_use]
pub fn is_fresh(made_at: Timestamp, max_age_days: Option<u32>, now: Timestamp) -> bool {
    max_age_days.is_none_or(|days| now.date().days_since(made_at.date()) <= i64::from(days))
}

/// The first instant at which something that may be at most so many days old is too old.
#[must_use]
pub fn too_old_at(made_at: Timestamp, max_age_days: u32) -> Timestamp {
    let midnight = made_at.millis().saturating_sub(made_at.millis().rem_euclid(86_400_000));
    Timestamp::from_millis(midnight).plus_days(i64::from(max_age_days).saturating_add(1))
}

/// Whether a text is a SHA-256 in 64 lower-case hexadecimal digits.
#[must_use]
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What is wrong with documents that a party puts forward. Pointers start with `base`.
#[must_use]
pub fn faults(
    base: &str,
    new: &[NewEvidence],
    declared: &BTreeSet<String>,
    now: Timestamp,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, one) in new.iter().enumerate() {
        let mut fault = |field: &str, code: &str, message: String| {
            faults.push(Fault::new(format!("{base}/{index}/{field}"), code, message));
        };
        if !declared.contains(&one.name) {
            let known: Vec<&str> = declared.iter().map(String::as_str).collect();
            let known = known.join("`, `");
            let message = format!("`{}` is not declared; declared are `{known}`", one.name);
            fault("name", "evidence.unknown", message);
        }
        if !is_sha256(&one.sha256) {
            let message = "a SHA-256 has 64 hexadecimal digits in lower case".to_owned();
            fault("sha256", "evidence.sha256", message);
        }
        if !seen.insert((&one.name, &one.sha256)) {
            fault("sha256", "evidence.repeated", format!("`{}` is named twice", one.sha256));
        }
        if one.media_type.parse::<MediaType>().is_err() {
            let message = format!("`{}` is not of the form `type/subtype`", one.media_type);
            fault("media_type", "evidence.media-type", message);
        }
        if one.issued_at > now {
            let message = format!("`{}` lies in the future", one.issued_at);
            fault("issued_at", "evidence.issued-at", message);
        }
        if one.issuer.is_empty() || one.issuer.len() > limits::NAME_BYTES_MAX {
            let message = format!("an issuer has 1 to {} bytes", limits::NAME_BYTES_MAX);
            fault("issuer", "evidence.issuer", message);
        }
        if !is_valid_at(one.valid_until, now) {
            let message = "the document has ceased to be valid".to_owned();
            fault("valid_until", "evidence.expired", message);
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{Evidence, NewEvidence, faults, is_fresh, is_valid_at, too_old_at};
    use crate::{
        ids::{EvidenceId, Home},
        timestamp::Timestamp,
    };
    use std::collections::BTreeSet;
    use ulid::Ulid;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn deed() -> NewEvidence {
        NewEvidence {
            name: "title_deed".into(),
            sha256: "a".repeat(64),
            media_type: "application/pdf".into(),
            issued_at: at("2026-10-01T00:00:00Z"),
            issuer: "Grundbuchamt Mitte".into(),
            valid_until: None,
        }
    }

    #[test]
    fn an_expiry_is_exclusive_and_an_age_is_inclusive() {
        let now = at("2026-11-22T09:00:00Z");
        assert!(is_valid_at(None, now));
        assert!(is_valid_at(Some(Timestamp::from_millis(now.millis() + 1)), now));
        assert!(!is_valid_at(Some(now), now));
        assert!(is_fresh(at("2026-11-12T23:59:59Z"), Some(10), now));
        assert!(!is_fresh(at("2026-11-11T23:59:59Z"), Some(10), now));
        let end = too_old_at(at("2026-11-12T23:59:59Z"), 10);
        assert_eq!(end, at("2026-11-23T00:00:00Z"));
        let before = Timestamp::from_millis(end.millis() - 1);
        assert!(is_fresh(at("2026-11-12T23:59:59Z"), Some(10), before));
        assert!(!is_fresh(at("2026-11-12T23:59:59Z"), Some(10), end));
    }

    #[test]
    fn a_document_counts_when_it_is_present_valid_and_fresh() {
        let now = at("2026-11-22T09:00:00Z");
        let id = EvidenceId::new(Ulid::from_parts(1, 1), &Home::of(&["x"]));
        let new = NewEvidence { valid_until: Some(at("2026-12-01T00:00:00Z")), ..deed() };
        let mut one = Evidence::new(id, new, now);
        assert!(!one.counts(None, now), "its bytes are not there");
        one.present = true;
        assert!(one.counts(Some(52), now));
        assert!(!one.counts(Some(51), now));
        assert!(!one.counts(None, at("2026-12-01T00:00:00Z")));
    }

    #[test]
    fn every_field_is_checked() {
        let now = at("2026-11-22T09:00:00Z");
        let declared = BTreeSet::from(["title_deed".to_owned()]);
        let codes = |new: &[NewEvidence]| -> Vec<(String, String)> {
            let found = faults("/evidence", new, &declared, now);
            found.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
        };
        assert_eq!(codes(&[deed()]), []);
        let broken: [(&str, &str, NewEvidence); 9] = [
            ("name", "unknown", NewEvidence { name: "deed".into(), ..deed() }),
            ("sha256", "sha256", NewEvidence { sha256: "A".repeat(64), ..deed() }),
            ("sha256", "sha256", NewEvidence { sha256: "a".repeat(63), ..deed() }),
            ("media_type", "media-type", NewEvidence { media_type: "pdf".into(), ..deed() }),
            ("media_type", "media-type", NewEvidence { media_type: "a/b\n".into(), ..deed() }),
            (
                "issued_at",
                "issued-at",
                NewEvidence { issued_at: at("2026-11-22T09:00:00.001Z"), ..deed() },
            ),
            ("issuer", "issuer", NewEvidence { issuer: String::new(), ..deed() }),
            ("issuer", "issuer", NewEvidence { issuer: "x".repeat(257), ..deed() }),
            ("valid_until", "expired", NewEvidence { valid_until: Some(now), ..deed() }),
        ];
        for (field, code, new) in broken {
            let expected = (format!("/evidence/0/{field}"), format!("evidence.{code}"));
            assert_eq!(codes(&[new]), [expected]);
        }
        let twice = codes(&[deed(), deed()]);
        assert_eq!(twice, [("/evidence/1/sha256".into(), "evidence.repeated".into())]);
    }
}
