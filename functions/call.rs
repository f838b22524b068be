//! One HTTP call after the door: token checked, role checked, body read.
//! Recipes parse the rest with it.

use crate::{health::Watch, trigger::Reply, unambiguous::Unambiguous};
use poa_operations::{answer::Asked, failure::Failure, ports::documents::Content};
use poa_protocol::{caller::Caller, limits, request::RequestRefusal};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

/// The body of a call.
pub enum CallBody {
    /// Read whole, within the limit.
    Whole(Vec<u8>),
    /// Not read yet, with the media type of the request.
    Stream(Content),
}

impl fmt::Debug for CallBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Stream(_) => "Stream",
        })
    }
}

/// One call.
#[derive(Debug)]
pub struct Call {
    /// Who calls; `None` only on public functions.
    pub caller: Option<Caller>,
    /// Route parameters, percent-decoded.
    pub params: BTreeMap<&'static str, String>,
    /// Query parameters, percent-decoded; only those that the row names.
    pub query: BTreeMap<String, String>,
    /// The `Idempotency-Key`, checked; always there where the row creates something.
    pub key: Option<String>,
    /// The revision of `If-Match`, checked; always there where the row revises.
    pub if_match: Option<u64>,
    /// SHA-256 over method, path and exact body, in hexadecimal; empty where there is no key.
    pub body_hash: String,
    /// The body.
    pub body: CallBody,
    /// Knows how the parts of the service are.
    pub watch: Arc<Watch>,
}

impl Call {
    /// The caller.
    pub fn caller(&self) -> Result<&Caller, Failure> {
        self.caller.as_ref().ok_or_else(|| Failure::broken("a public function asked who calls"))
    }

    /// A route parameter as an id or another parsed name. What does not parse cannot exist: it is
    /// not found.
    pub fn param<T: FromStr>(&self, name: &'static str) -> Result<T, Failure> {
        let text = self.params.get(name).map(String::as_str).unwrap_or_default();
        text.parse().map_err(|_| RequestRefusal::NotFound { what: text.to_owned() }.into())
    }

    /// A query parameter, where it was sent.
    pub fn query<T: FromStr>(&self, name: &str) -> Result<Option<T>, Failure> {
        let Some(text) = self.query.get(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            RequestRefusal::Malformed {
                what: format!("query parameter `{name}` cannot be `{text}`"),
            }
            .into()
        })
    }

    /// The size of the page that the caller wants.
    pub fn limit(&self) -> Result<usize, Failure> {
        let limit = self.query::<usize>("limit")?.unwrap_or(limits::PAGE_DEFAULT);
        if (1..=limits::PAGE_MAX).contains(&limit) {
            Ok(limit)
        } else {
            let what = format!("`limit` must be 1 to {}", limits::PAGE_MAX);
            Err(RequestRefusal::Malformed { what }.into())
        }
    }

    /// The body as the JSON that the row announces.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let CallBody::Whole(bytes) = &self.body else {
            return Err(Failure::broken("a streamed body was asked for as JSON"));
        };
        let malformed =
            |fault: serde_json::Error| RequestRefusal::Malformed { what: fault.to_string() };
        let body = serde_json::from_slice(bytes).map_err(malformed)?;
        serde_json::from_slice::<Unambiguous>(bytes).map_err(malformed)?;
        Ok(body)
    }

    /// The whole request for an operation, with the body as JSON.
    pub fn asked<T: DeserializeOwned>(self) -> Result<Asked<T>, Failure> {
        let body = self.json()?;
        Ok(self.asked_with(body))
    }

    /// The whole request for an operation, with a body that the recipe has made.
    pub fn asked_with<T>(self, body: T) -> Asked<T> {
        Asked {
            caller: self.caller,
            body,
            key: self.key,
            body_hash: self.body_hash,
            if_match: self.if_match,
        }
    }
}

/// Turns an operation's answer into a reply.
pub fn reply(answer: poa_operations::answer::Answer) -> Result<Reply, Failure> {
    Ok(Reply::Answer(answer))
}
