//! Tests of query, headers and body.

use super::{Arriving, body, body_hash, idempotency_key, if_match, media_type, query};
use crate::{
    call::{Call, CallBody},
    trigger::{Body, Http, Served},
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use poa_operations::{desk::Desk, failure::Failure, ports::documents::Content};
use poa_protocol::limits;
use warp::http::{HeaderMap, HeaderValue, header::HeaderName};

fn serve(_: Desk, _: Call) -> Served {
    Box::pin(async { Err(Failure::broken("never served here")) })
}

const READS: Http = Http::get::<()>("things", "", serve).query(&[("text", "a"), ("limit", "b")]);
const MAKES: Http = Http::create::<(), ()>("things", "", serve).revises();

type Sent<'a> = (&'a str, &'a [u8]);

fn headers(sent: &[Sent<'_>]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in sent {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

fn code<T>(result: Result<T, Failure>) -> &'static str {
    result.err().map_or("fine", |failure| failure.refusal().code)
}

fn pieces(pieces: &[usize]) -> Arriving {
    let pieces: Vec<_> = pieces.iter().map(|length| Ok(Bytes::from(vec![b'x'; *length]))).collect();
    stream::iter(pieces).boxed()
}

#[test]
fn a_query_is_decoded_and_nothing_in_it_is_ignored() {
    let read = query("text=a%2Bb+c&limit=", &READS).unwrap();
    assert_eq!((read["text"].as_str(), read["limit"].as_str()), ("a+b c", ""));
    for raw in ["other=1", "text=1&text=2", "text=%f", "Text=1", "=1", "%ff=1"] {
        assert_eq!(code(query(raw, &READS)), "request.malformed", "{raw}");
    }
    assert!(query("", &READS).unwrap().is_empty());
}

#[test]
fn an_idempotency_key_is_one_printable_text_within_the_limit() {
    let longest = vec![b'k'; limits::IDEMPOTENCY_KEY_BYTES_MAX];
    let too_long = vec![b'k'; limits::IDEMPOTENCY_KEY_BYTES_MAX + 1];
    let cases: [(&[Sent], &str); 8] = [
        (&[], "request.idempotency-key-missing"),
        (&[("idempotency-key", b"")], "request.idempotency-key-malformed"),
        (&[("idempotency-key", b"a\tb")], "request.idempotency-key-malformed"),
        (&[("idempotency-key", b"\xc3\xa9")], "request.idempotency-key-malformed"),
        (&[("idempotency-key", &too_long)], "request.idempotency-key-malformed"),
        (
            &[("idempotency-key", b"a"), ("idempotency-key", b"a")],
            "request.idempotency-key-malformed",
        ),
        (&[("idempotency-key", b"a")], "fine"),
        (&[("idempotency-key", &longest)], "fine"),
    ];
    for (sent, expected) in cases {
        assert_eq!(code(idempotency_key(&headers(sent), &MAKES)), expected, "{sent:?}");
    }
    assert_eq!(idempotency_key(&headers(&[]), &READS).unwrap(), None);
}

#[test]
fn if_match_is_one_strong_tag_of_ours() {
    assert_eq!(code(if_match(&headers(&[]), &MAKES)), "request.if-match-missing");
    assert_eq!(if_match(&headers(&[("if-match", b"\"17\"")]), &MAKES).unwrap(), Some(17));
    for wrong in
        ["17", "\"\"", "*", "W/\"17\"", "\"17\", \"18\"", "\"+1\"", "\"99999999999999999999\""]
    {
        let sent = headers(&[("if-match", wrong.as_bytes())]);
        assert_eq!(code(if_match(&sent, &MAKES)), "request.if-match-malformed", "{wrong}");
    }
    let twice = headers(&[("if-match", b"\"1\""), ("if-match", b"\"1\"")]);
    assert_eq!(code(if_match(&twice, &MAKES)), "request.if-match-malformed");
}

#[test]
fn only_plain_json_in_utf_8_is_read_as_json() {
    let json = MAKES.body;
    for (sent, expected) in [
        (&b"application/json"[..], "fine"),
        (b"Application/JSON; charset=UTF-8", "fine"),
        (b"application/json;charset=\"utf-8\"", "fine"),
        (b"application/json; charset=utf-16", "request.media-type"),
        (b"text/json", "request.media-type"),
        (b"application/jsonp", "request.media-type"),
        (b"\xff", "request.media-type"),
    ] {
        assert_eq!(code(media_type(&headers(&[("content-type", sent)]), json)), expected);
    }
    assert_eq!(code(media_type(&headers(&[]), json)), "request.media-type");
    assert_eq!(code(media_type(&headers(&[]), Body::Stream)), "fine");
    let twice = [("content-type", &b"application/json"[..]), ("content-type", b"text/plain")];
    assert_eq!(code(media_type(&headers(&twice), json)), "request.media-type");
    let packed = headers(&[("content-type", b"application/json"), ("content-encoding", b"gzip")]);
    assert_eq!(code(media_type(&packed, json)), "request.media-type");
    assert_eq!(code(media_type(&packed, Body::Stream)), "request.media-type");
}

#[tokio::test]
async fn the_body_limit_holds_at_both_edges_whatever_the_length_header_says() {
    let most = limits::REQUEST_BODY_BYTES_MAX;
    let too_much = (most + 1).to_string();
    for (sent, announced, expected) in [
        (&[most][..], None, "fine"),
        (&[most - 1, 1], None, "fine"),
        (&[most, 1], None, "request.too-large"),
        (&[most + 1], Some("5"), "request.too-large"),
        (&[5], Some(too_much.as_str()), "request.too-large"),
        (&[5], Some("nonsense"), "fine"),
    ] {
        let headers = match announced {
            Some(length) => headers(&[("content-length", length.as_bytes())]),
            None => HeaderMap::new(),
        };
        let read = body(&headers, MAKES.body, &mut Some(pieces(sent))).await;
        assert_eq!(code(read), expected, "{sent:?}");
    }
}

#[tokio::test]
async fn a_document_shows_at_most_one_byte_more_than_the_limit() {
    let mebibyte = 1024 * 1024;
    let sent = vec![mebibyte; 102];
    let CallBody::Stream(Content { bytes, .. }) =
        body(&HeaderMap::new(), Body::Stream, &mut Some(pieces(&sent))).await.unwrap()
    else {
        panic!("not a stream")
    };
    let seen = bytes.fold(0, |sum, piece| async move { sum + piece.unwrap().len() }).await;
    assert_eq!(u64::try_from(seen).unwrap(), limits::DOCUMENT_BYTES_MAX + 1);
}

#[tokio::test]
async fn a_document_is_what_its_content_type_says() {
    let longest = "a".repeat(limits::MEDIA_TYPE_NAME_BYTES_MAX);
    let whole = format!("{longest}/{longest}");
    for (sent, expected) in [
        (None, "application/octet-stream"),
        (Some(b"application/pdf".as_slice()), "application/pdf"),
        (Some(b"Text/Plain; charset=utf-8"), "text/plain"),
        (Some(whole.as_bytes()), whole.as_str()),
    ] {
        let headers = sent.map_or_else(HeaderMap::new, |sent| headers(&[("content-type", sent)]));
        let read = body(&headers, Body::Stream, &mut None).await.unwrap();
        let CallBody::Stream(content) = read else { panic!("not a stream") };
        assert_eq!(content.media_type.as_str(), expected);
    }
    let longer = format!("{longest}/{longest}a");
    for sent in [b"".as_slice(), b"pdf", b"\xff/pdf", b"a/b, c/d", longer.as_bytes()] {
        let headers = headers(&[("content-type", sent)]);
        let read = body(&headers, Body::Stream, &mut None).await;
        assert_eq!(code(read), "document.media-type", "{sent:?}");
    }
}

#[test]
fn the_hash_of_a_body_covers_method_and_path() {
    let hash =
        |method, path, bytes: &[u8]| body_hash(method, path, &CallBody::Whole(bytes.to_vec()));
    let one = hash("POST", "/api/a", b"{}");
    assert_eq!(one.len(), 64);
    assert_eq!(one, hash("POST", "/api/a", b"{}"));
    for other in [
        hash("PUT", "/api/a", b"{}"),
        hash("POST", "/api/b", b"{}"),
        hash("POST", "/api/a", b"{ }"),
        hash("POST", "/api/a{}", b""),
    ] {
        assert_ne!(one, other);
    }
}
