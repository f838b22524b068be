//! Pages of lists and the tokens that continue them.

use crate::failure::Failure;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use poa_protocol::request::RequestRefusal;
use schemars::JsonSchema;
use serde::Serialize;

/// One page of a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PageView<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Send it back as `continuation` to read the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continuation: Option<String>,
}

/// Which page is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageWanted {
    /// Where the page before ended, as the store says it.
    pub after: Option<String>,
    /// At most so many entries.
    pub limit: usize,
}

impl PageWanted {
    /// From the query parameters `continuation` and `limit`.
    pub fn read(continuation: Option<&str>, limit: usize) -> Result<Self, Failure> {
        let after = continuation.map(decode).transpose()?;
        Ok(Self { after, limit })
    }
}

impl<T> PageView<T> {
    /// A page that ends where the store says.
    #[must_use]
    pub fn new(items: Vec<T>, next: Option<&str>) -> Self {
        Self { items, continuation: next.map(|next| URL_SAFE_NO_PAD.encode(next)) }
    }
}

fn decode(token: &str) -> Result<String, Failure> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|position| !position.is_empty())
        .ok_or_else(|| RequestRefusal::BadContinuation.into())
}

#[cfg(test)]
mod tests {
    use super::{PageView, PageWanted};

    #[test]
    fn a_continuation_reads_back_and_a_forged_one_is_refused() {
        let page = PageView::new(vec![1], Some("ins_1/ä"));
        let wanted = PageWanted::read(page.continuation.as_deref(), 50).unwrap();
        assert_eq!(wanted.after.as_deref(), Some("ins_1/ä"));
        for token in ["", "=", "a b", "_w"] {
            let refusal = PageWanted::read(Some(token), 50).unwrap_err().refusal();
            assert_eq!(refusal.code, "request.bad-continuation", "{token}");
        }
    }
}
