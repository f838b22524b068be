//! What comes in with a request besides its path and its token: query, headers, body.

use crate::{
    call::CallBody,
    routes::decoded,
    trigger::{Body, Http},
};
use aws_lc_rs::digest;
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt as _, stream::BoxStream};
use poa_operations::{
    commit::hex,
    failure::Failure,
    ports::documents::{ByteStream, Content, DocumentFault},
};
use poa_protocol::{limits, media_type::MediaType, request::RequestRefusal};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::timeout;
use warp::http::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, IF_MATCH},
};

/// The body of a request while it arrives.
pub type Arriving = BoxStream<'static, Result<Bytes, warp::Error>>;

/// The header that makes a repeated request harmless.
pub static IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Boxes a body as warp gives it.
pub fn arriving<B: Buf>(
    body: impl Stream<Item = Result<B, warp::Error>> + Send + 'static,
) -> Arriving {
    body.map(|piece| piece.map(|mut buf| buf.copy_to_bytes(buf.remaining()))).boxed()
}

/// The query parameters: each once, and only those that the function names.
pub fn query(raw: &str, http: &Http) -> Result<BTreeMap<String, String>, Failure> {
    let mut read = BTreeMap::new();
    for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(&name.replace('+', " "))?;
        let value = decoded(&value.replace('+', " "))?;
        if !http.query.iter().any(|(known, _)| *known == name) {
            return Err(malformed(format!("query parameter `{name}` is not known here")));
        }
        if read.insert(name.clone(), value).is_some() {
            return Err(malformed(format!("query parameter `{name}` was sent twice")));
        }
    }
    Ok(read)
}

/// The `Idempotency-Key`, where the function creates something.
pub fn idempotency_key(headers: &HeaderMap, http: &Http) -> Result<Option<String>, Failure> {
    if !http.creates {
        return Ok(None);
    }
    let mut sent = headers.get_all(&IDEMPOTENCY_KEY).iter();
    let Some(first) = sent.next() else { return Err(RequestRefusal::KeyMissing.into()) };
    let whole = (1..=limits::IDEMPOTENCY_KEY_BYTES_MAX).contains(&first.len());
    match first.to_str() {
        // `to_str` lets through what is visible ASCII, space and tab.
        Ok(key) if whole && !key.contains('\t') && sent.next().is_none() => {
            Ok(Some(key.to_owned()))
        }
        Ok(_) | Err(_) => Err(RequestRefusal::KeyMalformed.into()),
    }
}

/// The revision of `If-Match`, where the function revises something.
pub fn if_match(headers: &HeaderMap, http: &Http) -> Result<Option<u64>, Failure> {
    if !http.revises {
        return Ok(None);
    }
    let mut sent = headers.get_all(IF_MATCH).iter();
    let Some(first) = sent.next() else { return Err(RequestRefusal::IfMatchMissing.into()) };
    let tag = first.to_str().ok().filter(|_| sent.next().is_none());
    let digits = tag.and_then(|tag| tag.strip_prefix('"')).and_then(|tag| tag.strip_suffix('"'));
    digits
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .map(Some)
        .ok_or_else(|| RequestRefusal::IfMatchMalformed.into())
}

/// The media type: JSON where the function reads JSON, nothing compressed anywhere.
pub fn media_type(headers: &HeaderMap, body: Body) -> Result<(), Failure> {
    let refused = |given: &str| Err(RequestRefusal::MediaType { given: given.to_owned() }.into());
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("not text"));
    if matches!(body, Body::None) {
        return Ok(());
    }
    // Whoever reads the first one and whoever reads the last would not read the same body.
    for name in [CONTENT_TYPE, CONTENT_ENCODING] {
        if headers.get_all(name).iter().count() > 1 {
            return refused("more than one");
        }
    }
    if let Some(encoding) = text(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        return refused(encoding);
    }
    if matches!(body, Body::Stream) {
        return Ok(());
    }
    let Some(given) = text(CONTENT_TYPE) else { return refused("none") };
    let mut parts = given.split(';').map(|part| part.trim().to_ascii_lowercase());
    let json = parts.next().is_some_and(|kind| kind == "application/json");
    let utf8 = parts.all(|part| {
        part.strip_prefix("charset=").is_none_or(|set| set.trim_matches('"') == "utf-8")
    });
    if json && utf8 { Ok(()) } else { refused(given) }
}

/// Reads the body as the function wants it. The limit holds whatever `Content-Length` says.
pub async fn body(
    headers: &HeaderMap,
    kind: Body,
    arriving: &mut Option<Arriving>,
) -> Result<CallBody, Failure> {
    match kind {
        Body::None => Ok(CallBody::Whole(Vec::new())),
        Body::Json(_) => {
            let most = limits::REQUEST_BODY_BYTES_MAX;
            announced(headers, u64::try_from(most).unwrap_or(u64::MAX))?;
            whole(arriving, most).await.map(CallBody::Whole)
        }
        Body::Stream => {
            announced(headers, limits::DOCUMENT_BYTES_MAX)?;
            let media_type = said(headers)?;
            let bytes = arriving.take().map_or_else(|| empty().boxed(), document);
            Ok(CallBody::Stream(Content { media_type, bytes }))
        }
    }
}

/// What a document is said to be; without a `Content-Type`, unknown bytes.
fn said(headers: &HeaderMap) -> Result<MediaType, Failure> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(MediaType::default()) };
    Ok(MediaType::of_header(value.to_str().unwrap_or("not text"))?)
}

/// Reads at most so many bytes.
pub async fn whole(arriving: &mut Option<Arriving>, most: usize) -> Result<Vec<u8>, Failure> {
    let Some(pieces) = arriving else { return Ok(Vec::new()) };
    let read = async {
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            let piece =
                piece.map_err(|_| malformed("the body broke off while it arrived".to_owned()))?;
            if bytes.len().saturating_add(piece.len()) > most {
                let limit = u64::try_from(most).unwrap_or(u64::MAX);
                return Err(RequestRefusal::TooLarge { limit }.into());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    };
    match timeout(Duration::from_secs(limits::BODY_SECS_MAX), read).await {
        Ok(read) => read,
        Err(_) => {
            Err(malformed(format!("the body took more than {} seconds", limits::BODY_SECS_MAX)))
        }
    }
}

/// Reads and drops what is left of a refused body, within bounds: a sender that is cut off in the
/// middle would never hear why.
pub async fn drain(arriving: Option<Arriving>) {
    let Some(mut pieces) = arriving else { return };
    let read = async {
        let mut dropped: usize = 0;
        while let Some(Ok(piece)) = pieces.next().await {
            dropped = dropped.saturating_add(piece.len());
            if dropped > limits::REFUSED_BODY_BYTES_MAX {
                break;
            }
        }
    };
    // Whether all of it came makes no difference to the answer.
    let _ = timeout(Duration::from_secs(limits::TURN_SECS_MAX), read).await;
}

/// SHA-256 over method, path and exact body, in hexadecimal. Each part is measured.
#[must_use]
pub fn body_hash(method: &str, path: &str, body: &CallBody) -> String {
    let mut hash = digest::Context::new(&digest::SHA256);
    let bytes: &[u8] = match body {
        CallBody::Whole(bytes) => bytes,
        CallBody::Stream(_) => &[],
    };
    for part in [method.as_bytes(), path.as_bytes(), bytes] {
        hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hex(hash.finish().as_ref())
}

/// Refuses early what announces that it is too large.
fn announced(headers: &HeaderMap, limit: u64) -> Result<(), Failure> {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > limit) {
        return Err(RequestRefusal::TooLarge { limit }.into());
    }
    Ok(())
}

/// The bytes of a document. The store counts them: it sees at most the limit and one byte more.
fn document(pieces: Arriving) -> ByteStream {
    let most = usize::try_from(limits::DOCUMENT_BYTES_MAX).unwrap_or(usize::MAX);
    pieces
        .scan(most.saturating_add(1), |left, piece| {
            let wanted = *left > 0;
            let piece = piece
                .map(|mut piece| {
                    piece.truncate(*left);
                    *left = left.saturating_sub(piece.len());
                    piece
                })
                .map_err(|_| DocumentFault("the sender stopped sending".to_owned()));
            std::future::ready(wanted.then_some(piece))
        })
        .boxed()
}

fn empty() -> impl Stream<Item = Result<Bytes, DocumentFault>> {
    futures_util::stream::empty()
}

fn malformed(what: String) -> Failure {
    RequestRefusal::Malformed { what }.into()
}

#[cfg(test)]
#[path = "incoming_tests.rs"]
mod tests;
