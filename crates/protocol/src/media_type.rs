//! Media types: what the bytes of a document claim to be.

use crate::{evidence::DocumentRefusal, limits};
use schemars::JsonSchema;
use serde::Serialize;
use std::{fmt, str::FromStr};

/// A media type by RFC 6838 §4.2, `type/subtype` in lower case: each has 1 to 127 letters, digits
/// and `!#$&-^_.+`, the first one a letter or a digit. It has no parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct MediaType(String);

impl Default for MediaType {
    /// Bytes of which nothing is known: `application/octet-stream`.
    fn default() -> Self {
        Self("application/octet-stream".to_owned())
    }
}

impl MediaType {
    /// What the value of a header `Content-Type` says (RFC 9110 §8.3). Its parameters are dropped:
    /// evidence declares none, and a boundary or a charset says how bytes are read, not what they
    /// are.
    pub fn of_header(value: &str) -> Result<Self, DocumentRefusal> {
        let essence = value.split(';').next().unwrap_or_default();
        essence.trim_matches([' ', '\t']).parse()
    }

    /// What a store says of bytes that somebody else has put there; what it says badly or not at
    /// all counts as unknown.
    #[must_use]
    pub fn of_store(value: Option<&str>) -> Self {
        value.and_then(|value| Self::of_header(value).ok()).unwrap_or_default()
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The type with which the bytes are handed out. What a browser runs as a page or a script is
    /// handed out as unknown bytes: a page of a client that opens them would give them its own
    /// rights, whatever `Content-Disposition` said.
    #[must_use]
    pub fn handed_out(&self) -> Self {
        if self.runs_in_browsers() { Self::default() } else { self.clone() }
    }

    /// HTML, XML (which may hold scripts wherever it is) and JavaScript by the WHATWG MIME Sniffing
    /// standard §4.6, and `multipart/x-mixed-replace`, which may hold any of them. PDF is called
    /// scriptable there too and is not meant here: its scripts never reach the page around it.
    fn runs_in_browsers(&self) -> bool {
        let (kind, subtype) = self.0.split_once('/').unwrap_or_default();
        let bare = subtype.strip_prefix("x-").unwrap_or(subtype);
        let script = ["javascript", "ecmascript", "jscript", "livescript"];
        subtype == "html"
            || ["xml", "xsl"].contains(&bare)
            || subtype.ends_with("+xml")
            || script.iter().any(|name| bare.starts_with(name))
            || (kind == "multipart" && bare == "mixed-replace")
    }
}

impl FromStr for MediaType {
    type Err = DocumentRefusal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let whole = text.split_once('/').is_some_and(|(kind, subtype)| name(kind) && name(subtype));
        if whole {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            let given = text.chars().take(limits::NAME_BYTES_MAX).collect();
            Err(DocumentRefusal::MediaType { given })
        }
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The `restricted-name` of RFC 6838 §4.2.
fn name(part: &str) -> bool {
    (1..=limits::MEDIA_TYPE_NAME_BYTES_MAX).contains(&part.len())
        && part.starts_with(|first: char| first.is_ascii_alphanumeric())
        && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::MediaType;
    use crate::limits;

    fn read(text: &str) -> Option<String> {
        text.parse().ok().map(|found: MediaType| found.to_string())
    }

    #[test]
    fn a_type_and_a_subtype_are_one_whatever_their_case() {
        assert_eq!(read("application/pdf").unwrap(), "application/pdf");
        assert_eq!(read("Image/SVG+XML").unwrap(), "image/svg+xml");
        assert_eq!(read("application/vnd.a-b.c_d+json").unwrap(), "application/vnd.a-b.c_d+json");
        let longest = "a".repeat(limits::MEDIA_TYPE_NAME_BYTES_MAX);
        let longer = format!("{longest}a");
        assert!(read(&format!("{longest}/{longest}")).is_some());
        assert_eq!(read(&format!("{longer}/{longest}")), None);
        assert_eq!(read(&format!("{longest}/{longer}")), None);
    }

    #[test]
    fn what_is_written_otherwise_is_none() {
        for text in [
            "",
            "/",
            "pdf",
            "application/",
            "/pdf",
            "a/b/c",
            "a/b ",
            " a/b",
            "a b/c",
            "a/b\n",
            "a/b; c=d",
            "a/\u{e4}",
            "*/*",
            "text/*",
            ".a/b",
            "a/+xml",
            "a/b,c/d",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_header_may_have_parameters_which_are_dropped() {
        let of = |value: &str| MediaType::of_header(value).ok().map(|found| found.to_string());
        for value in ["text/plain", " text/plain\t", "text/plain;charset=UTF-8", "Text/Plain ; a"] {
            assert_eq!(of(value).unwrap(), "text/plain", "{value:?}");
        }
        for value in ["", ";", "; charset=utf-8", "text/plain, text/html", "text plain"] {
            assert_eq!(of(value), None, "{value:?}");
        }
        let stored = |value| MediaType::of_store(value).to_string();
        assert_eq!(stored(Some("text/plain; charset=utf-8")), "text/plain");
        assert_eq!(stored(Some("nonsense")), "application/octet-stream");
        assert_eq!(stored(None), "application/octet-stream");
    }

    #[test]
    fn what_a_browser_runs_is_handed_out_as_bytes() {
        let handed_out = |text: &str| text.parse::<MediaType>().unwrap().handed_out().to_string();
        for text in [
            "text/html",
            "application/xhtml+xml",
            "image/svg+xml",
            "text/xml",
            "application/xml",
            "text/xsl",
            "application/atom+xml",
            "text/javascript",
            "application/x-javascript",
            "application/ecmascript",
            "text/javascript1.5",
            "text/jscript",
            "text/livescript",
            "multipart/x-mixed-replace",
            "TEXT/HTML",
        ] {
            assert_eq!(handed_out(text), "application/octet-stream", "{text}");
        }
        for text in [
            "application/pdf",
            "text/plain",
            "text/csv",
            "application/json",
            "image/png",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/octet-stream",
            "application/xml-dtd",
            "text/x-html-not",
        ] {
            assert_eq!(handed_out(text), text);
        }
    }
}
