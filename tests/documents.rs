//! Documents over HTTP: what is put is given back with its media type, and shown by no browser.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use aws_lc_rs::digest;
use poa_operations::commit::hex;
use poa_protocol::{limits, role::Role};
use poa_test_support::{
    Heard, TestApp, Who, guid, hear,
    shelf::{admit, must},
};
use reqwest::{
    Method,
    header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use serde_json::json;

fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn path(bytes: &[u8]) -> String {
    format!("documents/{}", hash(bytes))
}

/// The app, and somebody who puts documents there.
async fn start() -> (TestApp, Who) {
    let app = TestApp::start().await;
    let tenant = guid("bringer");
    admit(&app, "529900POATEST0000158", &tenant).await;
    (app, Who::of(&tenant, "Bo").with(&[Role::Originator]))
}

/// Puts bytes with this `Content-Type`, or with none.
async fn put(app: &TestApp, who: &Who, said: Option<&str>, bytes: &[u8]) -> Heard {
    let said = said.map(|said| (CONTENT_TYPE, HeaderValue::from_str(said).unwrap()));
    let request = app.request(Method::PUT, &path(bytes)).bearer_auth(app.token(who));
    hear(request.headers(HeaderMap::from_iter(said)).body(bytes.to_vec())).await
}

#[tokio::test]
async fn a_document_comes_back_with_the_media_type_that_it_was_put_with() {
    let (app, bo) = start().await;
    let longest = "a".repeat(limits::MEDIA_TYPE_NAME_BYTES_MAX);
    let longest = format!("{longest}/{longest}");
    for (said, kept) in [
        (Some("application/pdf"), "application/pdf"),
        (Some("Text/CSV; charset=utf-8; header=present"), "text/csv"),
        (Some(longest.as_str()), longest.as_str()),
        (None, "application/octet-stream"),
    ] {
        let bytes = kept.as_bytes();
        let made = must(put(&app, &bo, said, bytes).await, 201);
        let told = json!({ "sha256": hash(bytes), "bytes": bytes.len(), "media_type": kept });
        assert_eq!(made.json, told);
        let read = must(app.get(&bo, &path(bytes)).await, 200);
        assert_eq!((read.header(CONTENT_TYPE), read.bytes.as_slice()), (kept, bytes));
        let again = must(put(&app, &bo, Some("image/png"), bytes).await, 200);
        assert_eq!(again.json, told, "the first put decides");
        let head = app.request(Method::HEAD, &path(bytes)).bearer_auth(app.token(&bo));
        assert_eq!(must(hear(head).await, 200).header(CONTENT_TYPE), kept);
    }
}

#[tokio::test]
async fn no_document_is_shown_by_a_browser() {
    let (app, bo) = start().await;
    let nosniff = HeaderName::from_static("x-content-type-options");
    for (said, handed_out) in [
        ("application/pdf", "application/pdf"),
        ("text/plain", "text/plain"),
        ("text/html", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
    ] {
        let bytes = format!("<script>alert('{said}')</script>").into_bytes();
        let made = must(put(&app, &bo, Some(said), &bytes).await, 201);
        assert_eq!(made.text("/media_type"), said, "what it is stays known");
        let read = must(app.get(&bo, &path(&bytes)).await, 200);
        assert_eq!(read.header(CONTENT_TYPE), handed_out, "{said}");
        assert_eq!(read.header(CONTENT_DISPOSITION), "attachment");
        assert_eq!(read.header(nosniff.clone()), "nosniff");
        assert_eq!(read.bytes, bytes);
    }
}

#[tokio::test]
async fn a_media_type_that_cannot_be_read_is_refused_and_nothing_is_kept() {
    let (app, bo) = start().await;
    let longer = "a".repeat(limits::MEDIA_TYPE_NAME_BYTES_MAX + 1);
    for said in ["", "pdf", "a/b, c/d", "*/*", &format!("{longer}/a"), &format!("a/{longer}")] {
        let refused = put(&app, &bo, Some(said), b"refused").await;
        assert_eq!((refused.status, refused.code()), (400, "document.media-type"), "{said}");
        assert!(refused.text("/help").contains("application/pdf"));
        assert_eq!(app.get(&bo, &path(b"refused")).await.status, 404);
    }
    let link = |said: &str| {
        let path = format!("{}/upload-link?media_type={said}", path(b"refused"));
        hear(app.request(Method::POST, &path).bearer_auth(app.token(&bo)))
    };
    for said in ["pdf", "", "image/svg+xml"] {
        let refused = link(said).await;
        assert_eq!((refused.status, refused.code()), (400, "document.media-type"), "{said}");
    }
    // It was read; that there are no links here is said next.
    assert_eq!(link("image/svg%2Bxml").await.code(), "document.no-links");
}
