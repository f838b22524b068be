//! The log of a real handler: one line per decision, and nothing in it that is anybody's secret.

use crate::{Handler, Issuer, answers, free_port, handler};
use poa_embedded::{clock::SystemClock, ids::SystemIds};
use poa_operations::ports::{
    clock::Clock as _,
    ids::Ids as _,
    store::{Commit, HEAD, Item, ItemKind, Store as _},
};
use poa_protocol::{
    event::{Event, NewEvent, Wake, Wing},
    ids::TokenizationId,
    partition::{Partition, product_home},
    role::Role,
};
use poa_test_support::{Who, guid};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::ChildStdout,
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    time::Duration,
};

const INVOCATION: &str = "5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
/// What must not be found in any line.
const SECRETS: [&str; 6] = [
    "function-key-that-nobody-may-read",
    "Confidential Holdings",
    "principal-that-anybody-can-send",
    "Somebody Private",
    "an-idempotency-key-of-somebody",
    "hostile-trace",
];

/// A handler whose lines are read.
struct Logged {
    port: u16,
    issuer: Issuer,
    client: Client,
    lines: Receiver<String>,
    _handler: Handler,
}

impl Logged {
    async fn start(data: &Path) -> Self {
        let issuer = Issuer::start(data).await;
        let port = free_port();
        let mut command = handler(port, data);
        let mut handler = Handler(command.env("AUTHORITY", &issuer.authority).spawn().unwrap());
        let lines = lines(handler.0.stdout.take().unwrap());
        answers(&format!("http://127.0.0.1:{port}/")).await;
        let client = Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        Self { port, issuer, client, lines, _handler: handler }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://127.0.0.1:{}/{path}", self.port))
    }

    /// Every line up to the next decision of this function, which is the last one.
    fn up_to(&self, function: &str) -> Vec<String> {
        let mut heard = Vec::new();
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(20)).unwrap();
            let read: Value = serde_json::from_str(&line).unwrap();
            heard.push(line);
            if read["message"] == "decided" && read["function"] == function {
                return heard;
            }
        }
    }

    fn decision(&self, function: &str) -> (Value, Vec<String>) {
        let lines = self.up_to(function);
        (serde_json::from_str(lines.last().unwrap()).unwrap(), lines)
    }
}

fn lines(stdout: ChildStdout) -> Receiver<String> {
    let (told, heard) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if told.send(line).is_err() {
                break;
            }
        }
    });
    heard
}

fn clean(lines: &[String], token: &str) {
    let signature = token.rsplit('.').next().unwrap();
    for line in lines {
        for secret in SECRETS.iter().chain([&token, &signature]) {
            assert!(!line.contains(secret), "`{secret}` is in {line}");
        }
    }
}

fn order() -> Value {
    json!({
        "lei": "529900POATEST0000158", "name": "Confidential Holdings", "country": "DE",
        "kind": "non_bank", "tenants": [guid("owner")],
    })
}

#[tokio::test]
async fn a_request_is_one_line_with_what_it_cost_and_where_it_belongs() {
    let data = tempfile::tempdir().unwrap();
    let app = Logged::start(data.path()).await;
    let token = app.issuer.token(&Who::operator("Ada").with(&[Role::Administrator]));
    let response = app
        .request(Method::POST, "api/parties")
        .bearer_auth(&token)
        .header("idempotency-key", "an-idempotency-key-of-somebody")
        .header("x-azure-functions-invocationid", INVOCATION)
        .header("traceparent", format!("00-{TRACE}-{PARENT}-01"))
        .header("tracestate", "congo=t61rcWkgMzE")
        .header("x-ms-client-principal", "principal-that-anybody-can-send")
        .json(&order())
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 201);
    let cost = response.headers()["server-timing"].to_str().unwrap().to_owned();
    let (line, lines) = app.decision("register-party");
    assert_eq!(line["level"], "INFO", "{line}");
    assert_eq!((&line["outcome"], &line["status"]), (&json!("created"), &json!(201)));
    assert_eq!(line["invocation"], INVOCATION);
    assert_eq!((&line["trace_id"], &line["parent_id"]), (&json!(TRACE), &json!(PARENT)));
    assert_eq!(line["request_units"], "0.00");
    assert!(line["duration_us"].as_u64().unwrap() > 0, "{line}");
    let store = line["store_operations"].as_u64().unwrap();
    assert!(store > 1, "the party and its claims: {line}");
    assert!(cost.contains(&format!("store;desc=\"{store}\"")), "{cost}");
    assert!(line["code"].is_null(), "{line}");
    clean(&lines, &token);
}

#[tokio::test]
async fn a_refusal_is_one_line_with_its_code_and_without_what_was_sent() {
    let data = tempfile::tempdir().unwrap();
    let app = Logged::start(data.path()).await;
    let token = app.issuer.token(&Who::operator("Ada"));
    let keyed = "api/parties?code=function-key-that-nobody-may-read";
    let administrator = app.issuer.token(&Who::operator("Ada").with(&[Role::Administrator]));
    let post = |path: &str, token: &str| {
        app.request(Method::POST, path)
            .bearer_auth(token)
            .header("idempotency-key", "an-idempotency-key-of-somebody")
            .header("x-azure-functions-invocationid", "hostile-trace")
            .header("traceparent", "hostile-trace")
            .json(&order())
    };
    let torn = format!("{token}x");
    for (path, token, status, code) in [
        (keyed, &administrator, 400, "request.malformed"),
        ("api/parties", &token, 403, "caller.role-missing"),
        ("api/parties", &torn, 401, "caller.token-invalid"),
    ] {
        let response = post(path, token).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert!(response.headers().contains_key("server-timing"));
        let (line, lines) = app.decision("register-party");
        assert_eq!((&line["outcome"], &line["code"]), (&json!("refused"), &json!(code)));
        assert_eq!(line["status"], status);
        for name in ["invocation", "trace_id", "parent_id"] {
            assert!(line[name].is_null(), "{name} is hostile: {line}");
        }
        clean(&lines, token);
    }
    let nowhere = format!("api/nowhere/{}", SECRETS[0]);
    assert_eq!(app.request(Method::GET, &nowhere).send().await.unwrap().status(), 404);
    let (line, lines) = app.decision("");
    assert_eq!(line["code"], "request.no-such-path");
    clean(&lines, &token);
}

#[tokio::test]
async fn a_tick_and_a_message_are_lines_too() {
    let data = tempfile::tempdir().unwrap();
    let app = Logged::start(data.path()).await;
    let send = |function: &'static str, data: Value| {
        app.request(Method::POST, function)
            .header("x-azure-functions-invocationid", INVOCATION)
            .json(&json!({ "Data": data, "Metadata": {} }))
            .send()
    };
    assert_eq!(send("expire", json!({"tick": {"IsPastDue": false}})).await.unwrap().status(), 200);
    let (line, _) = app.decision("expire");
    assert!(line["store_operations"].as_u64().unwrap() > 0, "{line}");
    assert_eq!((&line["outcome"], &line["status"]), (&json!("done"), &json!(200)));
    assert_eq!(line["invocation"], INVOCATION);
    let message = json!({"message": "{\"tokenization\":\"Confidential Holdings\"}"});
    assert_eq!(send("advance-bank", message).await.unwrap().status(), 500);
    let (line, lines) = app.decision("advance-bank");
    assert_eq!((&line["outcome"], &line["status"]), (&json!("broken"), &json!(500)));
    assert_eq!(line["level"], "ERROR");
    assert!(line["cause"].as_str().unwrap().contains("bytes has no id"), "{line}");
    clean(&lines, "a.b.no-token");
}

/// Something that wakes a tokenization and that nobody has relayed yet.
async fn unrelayed_event(data: &Path) {
    let store = poa_embedded::open_store(data).unwrap();
    let now = SystemClock.now();
    let ids = SystemIds::new(Arc::new(SystemClock));
    let tokenization = TokenizationId::new(ids.ulid(), &product_home("p"));
    let new = NewEvent {
        event_type: "poa.sample.changed.v1",
        subject: "sample".to_owned(),
        data: json!({}),
        wake: Some(Wake { wing: Wing::Bank, tokenization }),
    };
    let partition = Partition::system("sample");
    let commit = Commit {
        events: vec![Event::number(new, &partition, 1, now, None)],
        partition,
        expected: None,
        head: Item::plain(HEAD, ItemKind("head"), json!({})),
        items: Vec::new(),
        record: None,
    };
    store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn a_run_of_the_relay_is_a_line_that_counts_what_the_bus_took() {
    let data = tempfile::tempdir().unwrap();
    unrelayed_event(data.path()).await;
    let app = Logged::start(data.path()).await;
    for bus_operations in [1, 0] {
        let tick = json!({ "Data": { "tick": { "IsPastDue": false } }, "Metadata": {} });
        let ticked = app.request(Method::POST, "relay-events");
        let ticked = ticked.header("x-azure-functions-invocationid", INVOCATION).json(&tick);
        assert_eq!(ticked.send().await.unwrap().status(), 200);
        let (line, _) = app.decision("relay-events");
        assert_eq!((&line["outcome"], &line["status"]), (&json!("done"), &json!(200)));
        assert_eq!(line["invocation"], INVOCATION);
        assert_eq!(line["bus_operations"], bus_operations, "{line}");
        assert!(line["store_operations"].as_u64().unwrap() > 1, "feed and cursor: {line}");
    }
}
