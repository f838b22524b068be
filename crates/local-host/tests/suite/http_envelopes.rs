//! HTTP functions that are not handed through, and what becomes of their outputs.

use serde_json::{Value, json};

use crate::client::{self, Reply};
use crate::stage::Stage;

fn stage(output: &str) -> Stage {
    let host = json!({ "version": "2.0" });
    Stage::with_host(&host).function(
        "Fn",
        &json!([
            { "type": "httpTrigger", "direction": "in", "name": "req" },
            { "type": "http", "direction": "out", "name": output },
        ]),
    )
}

async fn answer(output: &str, action: &Value) -> Reply {
    let stage = stage(output);
    stage.plan("Fn", &format!("json:{action}"));
    let host = stage.start().await;
    let reply = client::get(host.address(), "/api/Fn").await;
    host.stop().await;
    reply
}

#[tokio::test]
async fn outputs_become_responses() {
    for (output, action, status, media_type, body) in [
        ("res", json!({}), 200, None, ""),
        (
            "res",
            json!({ "Outputs": { "res": { "statusCode": 201, "body": "made" } } }),
            201,
            Some("text/plain; charset=utf-8"),
            "made",
        ),
        (
            "res",
            json!({ "Outputs": { "res": { "status": "202", "body": { "a": 1 } } } }),
            202,
            Some("application/json; charset=utf-8"),
            "{\"a\":1}",
        ),
        (
            "res",
            json!({ "Outputs": { "res": { "body": "a,b",
                "headers": { "content-type": "text/csv", "Content-Length": 1 } } } }),
            200,
            Some("text/csv"),
            "a,b",
        ),
        ("res", json!({ "Outputs": { "res": "{\"statusCode\":203}" } }), 203, None, ""),
        (
            "res",
            json!({ "Outputs": { "res": "dGVzdA==" } }),
            200,
            Some("application/octet-stream"),
            "test",
        ),
        (
            "res",
            json!({ "ReturnValue": { "res": { "body": "merged" } } }),
            200,
            Some("text/plain; charset=utf-8"),
            "merged",
        ),
        ("$return", json!({ "ReturnValue": { "statusCode": 204 } }), 204, None, ""),
    ] {
        let reply = answer(output, &action).await;
        let actual = (reply.status, reply.header("content-type"), reply.text());
        assert_eq!(actual, (status, media_type, body.to_owned()), "{action}");
    }
}

#[tokio::test]
async fn outputs_that_are_no_response_fail() {
    for (output, reason) in [
        (json!("not json!"), "the http output `res` is text that is not JSON\n"),
        (json!([1]), "the http output `res` must be an object\n"),
        (json!({ "statusCode": 99 }), "`99` of `res` is not a status code\n"),
        (json!({ "headers": { "a b": "x" } }), "`a b` is not a valid header\n"),
    ] {
        let reply = answer("res", &json!({ "Outputs": { "res": output } })).await;
        assert_eq!((reply.status, reply.text().as_str()), (500, reason));
    }
}

#[tokio::test]
async fn a_failed_invocation_is_a_500_and_large_bodies_are_refused() {
    let mut stage = stage("res");
    stage.options.env.insert("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT".to_owned(), "5".to_owned());
    stage.plan("Fn", "status:503 Busy:");
    let host = stage.start().await;
    let reply = client::send(host.address(), "POST", "/api/Fn", "12345").await;
    assert_eq!(reply.status, 500);
    assert_eq!(client::send(host.address(), "POST", "/api/Fn", "123456").await.status, 413);
    host.stop().await;
}

#[tokio::test]
async fn one_binding_more_ends_the_handing_through() {
    let stage = Stage::new()
        .function(
            "More",
            &json!([
                { "type": "httpTrigger", "direction": "in", "name": "req" },
                { "type": "http", "direction": "out", "name": "res" },
                { "type": "blob", "direction": "in", "name": "extra", "path": "x" },
            ]),
        )
        .function(
            "NoOutput",
            &json!([{ "type": "httpTrigger", "direction": "in", "name": "req" }]),
        );
    stage.plan("More", "json:{\"Outputs\":{\"res\":{\"body\":\"wrapped\"}}}");
    let host = stage.start().await;
    assert_eq!(client::get(host.address(), "/api/More").await.text(), "wrapped");
    assert_eq!(client::get(host.address(), "/api/NoOutput").await.status, 204);
    let envelope = stage.requests("/More")[0]["body"].as_str().unwrap().to_owned();
    assert!(envelope.contains("\"extra\":\"null\""), "{envelope}");
    stage.line("not handed through").await;
    stage.line("input binding `extra` always arrives as missing").await;
    host.stop().await;
}

#[tokio::test]
async fn a_chunked_body_is_lost_with_a_warning() {
    let stage = stage("res");
    let host = stage.start().await;
    let request = "POST /api/Fn HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
                   3\r\nabc\r\n0\r\n\r\n";
    assert_eq!(client::raw(host.address(), request.as_bytes()).await.status, 200);
    stage.line("the request came in chunks").await;
    let envelope = stage.requests("/Fn")[0]["body"].as_str().unwrap().to_owned();
    assert!(!envelope.contains("\"Body\""), "{envelope}");
    host.stop().await;
}
