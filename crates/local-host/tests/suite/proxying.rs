//! HTTP that is handed through: routes, headers, bodies, streams.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use warp::{Filter, Reply};

use crate::client::{self, Reply as Received};
use crate::stage::Stage;

fn stage() -> Stage {
    Stage::new().http("Echo", "echo/{*rest}")
}

fn header<'a>(record: &'a Value, name: &str) -> Vec<&'a str> {
    let pairs = record["headers"].as_array().unwrap().iter();
    pairs.filter(|pair| pair[0] == name).filter_map(|pair| pair[1].as_str()).collect()
}

#[tokio::test]
async fn method_path_query_and_body_arrive_unchanged() {
    let stage = stage();
    let host = stage.start().await;
    for target in [
        "/api/echo/a/b?x=1&x=2&y=%20+z",
        "/api/echo/../../etc/passwd",
        "/api/echo/%2e%2e/%2E%2e%2fetc",
        "/api/echo/a%2Fb%5Cc%00d/./e//f/",
        "/API/Echo/Case",
        "/api/echo/%E2%82%AC;v=1,2@$!'()*",
    ] {
        let record = client::send(host.address(), "PUT", target, "{\"a\":1}").await.json();
        assert_eq!(record["target"], target);
        assert_eq!(record["method"], "PUT");
        assert_eq!(record["body"], "{\"a\":1}");
    }
    host.stop().await;
}

#[tokio::test]
async fn headers_are_stripped_added_and_otherwise_kept() {
    let stage = stage();
    let host = stage.start().await;
    let request = "GET /api/echo/x HTTP/1.1\r\nHost: asset.example\r\nX-Own: 1\r\nX-Own: 2\r\n\
                   X-Azure-Functions-InvocationId: forged\r\nx-ms-invocation-id: forged\r\n\
                   X-Azure-Functions-HostVersion: forged\r\nConnection: close, X-Hop\r\n\
                   X-Hop: 1\r\nKeep-Alive: timeout=1\r\nTE: trailers\r\n\
                   Proxy-Connection: x\r\nUpgrade: foo\r\n\r\n";
    let reply = client::raw(host.address(), request.as_bytes()).await;
    let record = reply.json();
    assert_eq!(header(&record, "host"), ["asset.example"]);
    assert_eq!(header(&record, "x-own"), ["1", "2"]);
    for name in ["connection", "x-hop", "keep-alive", "te", "proxy-connection", "upgrade"] {
        assert_eq!(header(&record, name), [""; 0], "{name}");
    }
    let ids = header(&record, "x-azure-functions-invocationid");
    assert_eq!((ids.len(), ids[0].len()), (1, 36));
    assert_eq!(header(&record, "x-ms-invocation-id"), ids);
    assert!(header(&record, "x-azure-functions-hostversion")[0].starts_with("4."));
    assert_eq!(header(&record, "transfer-encoding"), [""; 0], "a GET without a body has none");
    let twice = reply.headers.iter().filter(|(name, _)| name == "x-twice").count();
    assert_eq!((reply.header("x-echo"), twice), (Some("1"), 2));
    assert_eq!((reply.header("x-private"), reply.header("keep-alive")), (None, None));
    host.stop().await;
}

#[tokio::test]
async fn statuses_and_bodies_of_the_handler_pass_through() {
    let stage = stage();
    let host = stage.start().await;
    for (action, status, body) in [
        ("status:418:teapot", 418, "teapot"),
        ("status:302:away", 302, "away"),
        ("status:500:oops", 500, "oops"),
        ("nocontent", 204, ""),
        ("empty", 200, ""),
        ("stream:3", 200, "event 0\nevent 1\nevent 2\n"),
    ] {
        let reply = client::get(host.address(), &format!("/api/echo?do={action}")).await;
        assert_eq!((reply.status, reply.text().as_str()), (status, body), "{action}");
    }
    let reply = client::get(host.address(), "/api/echo?do=status:302:away").await;
    assert_eq!(reply.header("location"), Some("/elsewhere"), "redirects are not followed");
    host.stop().await;
}

#[tokio::test]
async fn an_answer_to_head_keeps_its_length_and_has_no_body() {
    let stage = stage();
    let host = stage.start().await;
    let reply = client::send(host.address(), "HEAD", "/api/echo?do=head", "").await;
    assert_eq!((reply.status, reply.header("content-length")), (200, Some("5")));
    assert_eq!(reply.text(), "");
    host.stop().await;
}

#[tokio::test]
async fn chunked_bodies_and_lengths_arrive_as_they_were_sent() {
    let stage = stage();
    let host = stage.start().await;
    let chunked = "POST /api/echo/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
                   5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    let record = client::raw(host.address(), chunked.as_bytes()).await.json();
    assert_eq!((&record["chunked"], &record["body"]), (&json!(true), &json!("hello world")));
    let record = client::send(host.address(), "POST", "/api/echo/x", "hello").await.json();
    assert_eq!((&record["chunked"], &record["body"]), (&json!(false), &json!("hello")));
    assert_eq!(header(&record, "content-length"), ["5"]);
    let record = client::send(host.address(), "DELETE", "/api/echo/x", "").await.json();
    assert_eq!((&record["chunked"], &record["length"]), (&json!(false), &json!(0)));
    host.stop().await;
}

#[tokio::test]
async fn an_answer_is_streamed_while_it_is_written() {
    let stage = stage();
    let host = stage.start().await;
    let mut stream = TcpStream::connect(host.address()).await.unwrap();
    let start = Instant::now();
    stream.write_all(b"GET /api/echo?do=stream:20 HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("event 0") {
        assert!(stream.read_buf(&mut seen).await.unwrap() > 0);
    }
    assert!(start.elapsed() < Duration::from_millis(700), "{:?}", start.elapsed());
    host.stop().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_completed() {
    let stage = stage();
    let host = stage.start().await;
    let reply = client::get(host.address(), "/api/echo?do=break").await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "half"));
    host.stop().await;
}

#[tokio::test]
async fn a_silent_handler_ends_in_504_or_a_broken_answer() {
    let mut stage = stage();
    stage.options.timing.proxy_activity = Duration::from_millis(300);
    let host = stage.start().await;
    let reply = client::get(host.address(), "/api/echo?do=hang").await;
    assert_eq!((reply.status, reply.text().as_str()), (504, "nothing moved for 300ms\n"));
    let reply = client::get(host.address(), "/api/echo?do=silent").await;
    assert_eq!(reply.text(), "half");
    host.stop().await;
}

async fn post_of(address: SocketAddr, length: usize, chunked: bool) -> Received {
    let head = "POST /api/echo/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    let mut stream = TcpStream::connect(address).await.unwrap();
    let announced = if chunked {
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n")
    } else {
        format!("{head}Content-Length: {length}\r\n\r\n")
    };
    stream.write_all(announced.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let sender = tokio::spawn(async move {
        let block = vec![b'x'; 65_536];
        let mut left = length;
        while left > 0 {
            let size = left.min(block.len());
            // The host may refuse and close before everything is sent.
            if writer.write_all(&block[..size]).await.is_err() {
                break;
            }
            left = left.saturating_sub(size);
        }
        writer.write_all(if chunked { b"\r\n0\r\n\r\n" } else { b"" }).await.ok();
        // Not dropped before the answer is here: a closed connection is an abandoned request.
        writer
    });
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).await.ok();
    sender.abort();
    client::parse(&bytes)
}

#[tokio::test]
async fn bodies_have_a_largest_size_announced_or_not() {
    let stage = stage();
    let host = stage.start().await;
    let max = usize::try_from(poa_local_host::REQUEST_BODY_BYTES_MAX).unwrap();
    for chunked in [false, true] {
        let reply = post_of(host.address(), max, chunked).await;
        assert_eq!(reply.status, 200, "chunked: {chunked}");
        assert_eq!(reply.json()["length"], max);
        let reply = post_of(host.address(), max.saturating_add(1), chunked).await;
        assert_eq!(reply.status, 413, "chunked: {chunked}");
    }
    host.stop().await;
}

#[tokio::test]
async fn the_largest_size_can_be_set() {
    let mut stage = stage();
    let name = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT";
    stage.options.env.insert(name.to_owned(), "10".to_owned());
    let host = stage.start().await;
    for (body, status) in [("0123456789", 200), ("0123456789a", 413)] {
        assert_eq!(client::send(host.address(), "POST", "/api/echo", body).await.status, status);
    }
    host.stop().await;
}

#[tokio::test]
async fn paths_and_methods_find_their_function() {
    let stage = Stage::new()
        .http("Health", "health")
        .function(
            "GetThing",
            &json!([
                { "type": "httpTrigger", "name": "req", "route": "things/{id:int}",
                  "methods": ["get"] },
                { "type": "http", "direction": "out", "name": "res" },
            ]),
        )
        .function(
            "PostThing",
            &json!([
                { "type": "httpTrigger", "name": "req", "route": "things/{id:int}",
                  "methods": ["POST", "put"] },
                { "type": "http", "direction": "out", "name": "res" },
            ]),
        );
    let host = stage.start().await;
    for (method, target, status) in [
        ("GET", "/api/health", 200),
        ("GET", "/api/HEALTH/", 200),
        ("PATCH", "/api/health?x", 200),
        ("GET", "/api/things/1", 200),
        ("PUT", "/api/things/1", 200),
        ("DELETE", "/api/things/1", 405),
        ("GET", "/api/things/x", 404),
        ("GET", "/api", 404),
        ("GET", "/health", 404),
        ("GET", "/GetThing", 404),
        ("GET", "/", 200),
    ] {
        let reply = client::send(host.address(), method, target, "").await;
        assert_eq!(reply.status, status, "{method} {target}");
        if status == 405 {
            assert_eq!(reply.header("allow"), Some("GET, POST, PUT"));
        }
    }
    host.stop().await;
}

#[tokio::test]
async fn disabled_functions_are_not_there() {
    let mut stage = stage().http("Off", "off");
    let mut off: Value = serde_json::from_str(
        &std::fs::read_to_string(stage.root().join("Off/function.json")).unwrap(),
    )
    .unwrap();
    off["disabled"] = json!(true);
    stage.file("Off/function.json", &off.to_string());
    stage.options.env.insert("AzureWebJobs.Echo.Disabled".to_owned(), "true".to_owned());
    let host = stage.start().await;
    for target in ["/api/off", "/api/echo/x"] {
        assert_eq!(client::get(host.address(), target).await.status, 404);
    }
    host.stop().await;
}

#[tokio::test]
async fn the_route_prefix_can_be_changed_or_left_out() {
    for (prefix, target) in [("v1/app", "/v1/app/echo/x"), ("", "/echo/x")] {
        let mut stage = stage();
        let name = "AzureFunctionsJobHost__extensions__http__routePrefix";
        stage.options.env.insert(name.to_owned(), prefix.to_owned());
        let host = stage.start().await;
        assert_eq!(client::get(host.address(), target).await.json()["target"], target);
        assert_eq!(client::get(host.address(), "/api/echo/x").await.status, 404);
        host.stop().await;
    }
}

#[tokio::test]
async fn extra_routes_are_served_by_the_host_itself() {
    let mut stage = stage();
    let token = warp::path!("dev" / "token").map(|| warp::reply::html("token").into_response());
    stage.options.extra_routes = Some(token.boxed());
    let host = stage.start().await;
    assert_eq!(client::get(host.address(), "/dev/token").await.text(), "token");
    let record = client::send(host.address(), "POST", "/api/echo/x", "body").await.json();
    assert_eq!(record["body"], "body");
    host.stop().await;
}

#[tokio::test]
async fn connections_are_kept_for_many_requests() {
    let stage = stage();
    let host = stage.start().await;
    let mut stream = TcpStream::connect(host.address()).await.unwrap();
    for _ in 0..20 {
        stream.write_all(b"GET /api/echo/x HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        assert_eq!(client::read_reply(&mut stream).await.status, 200);
    }
    host.stop().await;
}

#[tokio::test]
async fn a_request_that_finds_nobody_listening_is_tried_again_with_its_body() {
    let stage = stage();
    stage.plan("pause", "500");
    let host = stage.start().await;
    let address = host.address();
    let get = tokio::spawn(async move { client::get(address, "/api/echo/x").await });
    let record = client::send(address, "POST", "/api/echo/x", "the body").await.json();
    assert_eq!(record["body"], "the body");
    assert_eq!(get.await.unwrap().status, 200);
    assert_eq!(stage.requests("/api/echo/x").len(), 2, "nothing arrived twice");
    host.stop().await;
}

#[tokio::test]
async fn a_request_that_never_finds_anybody_is_a_502_after_ten_tries() {
    let stage = stage();
    stage.plan("pause", "600000");
    let host = stage.start().await;
    let start = Instant::now();
    let reply = client::get(host.address(), "/api/echo/x").await;
    assert_eq!(reply.status, 502);
    // 50 + 100 + 200 + 6 × 250 ms.
    let elapsed = start.elapsed();
    assert!(elapsed >= Duration::from_millis(1850), "{elapsed:?}");
    assert!(elapsed < Duration::from_secs(6), "{elapsed:?}");
    host.stop().await;
}
