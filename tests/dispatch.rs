//! How requests pass the edge: methods, headers, bodies, panics, crowds, answers and their headers.
#![expect(clippy::panic, reason = "recipes that panic are part of the test")]

use futures_util::{StreamExt as _, stream};
use poa::{
    call::{Call, CallBody, reply},
    jwks::Pace,
    settings::AtOnce,
    trigger::{Body, Gives, Http, Method as Verb, On, Reply, Served, Trigger, Worked},
};
use poa_operations::{
    answer::{Answer, Outcome},
    cost::{Cost, spend},
    desk::Desk,
    failure::Failure,
};
use poa_protocol::{event::Wing, limits};
use poa_test_support::{AT_ONCE, Heard, TestApp, Who, hear};
use reqwest::{
    Method,
    header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, LOCATION, RETRY_AFTER},
};
use serde_json::{Value, json};
use std::time::Duration;

static TABLE: [Trigger; 13] = [
    Http::create::<Value, Value>("things", "", create).row("create-thing"),
    Http::get::<Value>("things/{id}", "", read).query(&[("text", "a text")]).row("read-thing"),
    Http::get::<Value>("panic", "", panics).row("panic"),
    Http::get::<Value>("slow", "", slow).row("slow"),
    Http::get::<Value>("stuck", "", stuck).row("stuck"),
    Http::get::<Value>("alive", "", slow).public().row("alive"),
    Http::get::<Value>("broken", "", broken).row("broken"),
    Http::get::<Value>("spends", "", spends).row("spends"),
    Http::get::<Value>("stored", "", stored).public().row("stored"),
    Http::get::<Value>("kept", "", stored).row("kept"),
    Http { method: Verb::Put, body: Body::Stream, gives: Gives::Bytes, ..ECHO }.row("echo"),
    Trigger { name: "advance-bank", on: On::Bus(Wing::Bank, advance) },
    Trigger { name: "expire", on: On::Timer("0 * * * * *", |_| Box::pin(async { Ok(()) })) },
];

const ECHO: Http = Http::get::<Value>("echo", "", echo);

fn create(_: Desk, call: Call) -> Served {
    Box::pin(async move {
        let asked = call.asked::<Value>()?;
        let told = json!({"key": asked.key, "hash": asked.body_hash, "body": asked.body});
        let mut answer = Answer::new(Outcome::Created, &told)?.at("things/7").revised(3);
        answer.replayed = true;
        reply(answer)
    })
}

fn read(_: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id: String = call.param("id")?;
        let text: Option<String> = call.query("text")?;
        reply(Answer::new(Outcome::Done, &json!({"id": id, "text": text}))?)
    })
}

fn panics(_: Desk, _: Call) -> Served {
    Box::pin(async move { panic!("a secret of the recipe") })
}

fn slow(_: Desk, _: Call) -> Served {
    Box::pin(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        reply(Answer::new(Outcome::Accepted, &json!({}))?)
    })
}

fn stuck(_: Desk, _: Call) -> Served {
    Box::pin(std::future::pending())
}

fn broken(_: Desk, _: Call) -> Served {
    Box::pin(async { Err(Failure::broken("a secret of the store")) })
}

fn spends(_: Desk, _: Call) -> Served {
    Box::pin(async move {
        spend(Cost { request_units_hundredths: 1205, ..Cost::store() });
        spend(Cost::key());
        spend(Cost::documents(7));
        reply(Answer::new(Outcome::Done, &json!({}))?)
    })
}

fn stored(desk: Desk, _: Call) -> Served {
    Box::pin(async move {
        desk.store.ready().await?;
        reply(Answer::new(Outcome::Done, &json!({}))?)
    })
}

fn echo(_: Desk, call: Call) -> Served {
    Box::pin(async move {
        let CallBody::Stream(content) = call.body else { return Err(Failure::broken("read")) };
        Ok(Reply::Bytes(content))
    })
}

fn advance(_: Desk, message: Vec<u8>) -> Worked {
    Box::pin(async move {
        match message.as_slice() {
            b"{\"go\":1}" => Ok(()),
            b"{\"go\":2}" => panic!("a secret of the recipe"),
            _ => Err(Failure::broken("not mine")),
        }
    })
}

async fn start() -> TestApp {
    TestApp::start_serving(TABLE.iter(), Pace::default(), AT_ONCE).await
}

fn ada() -> Who {
    Who::operator("Ada")
}

async fn get(app: &TestApp, path: &str) -> Heard {
    app.get(&ada(), path).await
}

#[tokio::test]
async fn a_success_tells_where_and_which_revision_and_whether_it_is_a_repetition() {
    let app = start().await;
    let heard = app.post(&ada(), "things", &json!({"a": 1})).await;
    assert_eq!(heard.status, 201);
    assert_eq!(heard.header(LOCATION), "/api/things/7");
    assert_eq!(heard.etag(), "\"3\"");
    assert_eq!(heard.headers.get("idempotency-replayed").unwrap(), "true");
    assert_eq!(heard.header(CONTENT_TYPE), "application/json");
    assert_eq!(heard.text("/key"), "key-0");
    assert_eq!(heard.text("/hash").len(), 64);
    assert_eq!(get(&app, "slow").await.status, 202);
}

#[tokio::test]
async fn head_is_get_without_the_body_and_options_needs_no_token() {
    let app = start().await;
    let token = app.token(&ada());
    let bare = hear(app.request(Method::HEAD, "things/7").bearer_auth(&token)).await;
    assert_eq!((bare.status, bare.bytes.len()), (200, 0));
    let whole = get(&app, "things/7").await;
    assert_eq!(bare.header(CONTENT_LENGTH), whole.bytes.len().to_string());
    assert_eq!(hear(app.request(Method::HEAD, "things/7")).await.status, 401);
    let options = hear(app.request(Method::OPTIONS, "things/7")).await;
    assert_eq!((options.status, options.header(ALLOW)), (204, "GET, HEAD, OPTIONS"));
    let patch = hear(app.request(Method::PATCH, "things").bearer_auth(&token)).await;
    assert_eq!((patch.status, patch.header(ALLOW)), (405, "OPTIONS, POST"));
    assert_eq!(hear(app.request(Method::HEAD, "things")).await.status, 405);
}

#[tokio::test]
async fn the_url_is_decoded_once_and_faults_in_it_are_refused() {
    let app = start().await;
    let heard = get(&app, "things/a%252Fb%20c?text=x%26y+z").await;
    assert_eq!((heard.text("/id"), heard.text("/text")), ("a%2Fb c", "x&y z"));
    for path in ["things/%ff", "things/%2", "things/7?text=%zz", "things/7?text=1&text=2"] {
        let heard = get(&app, path).await;
        assert_eq!((heard.status, heard.code()), (400, "request.malformed"), "{path}");
    }
    for path in ["", "nowhere", "things/", "things/7/8", "THINGS/7"] {
        let heard = get(&app, path).await;
        assert_eq!((heard.status, heard.code()), (404, "request.no-such-path"), "{path}");
    }
}

#[tokio::test]
async fn what_goes_wrong_inside_stays_inside() {
    let app = start().await;
    for path in ["panic", "broken"] {
        let heard = get(&app, path).await;
        assert_eq!((heard.status, heard.code()), (500, "request.internal"), "{path}");
        assert!(!heard.json.to_string().contains("secret"), "{path}");
    }
    assert_eq!(get(&app, "things/7").await.status, 200, "it lives on");
}

#[tokio::test]
async fn a_problem_carries_the_number_that_the_host_gave_the_request() {
    let app = start().await;
    let name = "x-azure-functions-invocationid";
    let number = "5f0f6b8e-7f0e-4c53-9a41-0f6f2b1c9d10";
    for (sent, instance) in
        [(number, json!(format!("urn:uuid:{number}"))), ("not a number", Value::Null)]
    {
        let heard = hear(app.request(Method::GET, "things/7").header(name, sent)).await;
        assert_eq!(heard.json.get("instance").cloned().unwrap_or_default(), instance);
        assert_eq!(heard.headers.get(name).unwrap(), sent);
    }
}

#[tokio::test]
async fn chunked_bodies_are_counted_while_they_arrive() {
    let app = start().await;
    let token = app.token(&ada());
    let post = |mebibytes: usize, rest: usize| {
        // Spaces around JSON are JSON.
        let mut pieces = vec![vec![b' '; 1024 * 1024]; mebibytes];
        pieces.push(vec![b' '; rest]);
        pieces.push(b"{}".to_vec());
        let pieces = stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
        let request = app.request(Method::POST, "things").bearer_auth(&token);
        let request = request.header(CONTENT_TYPE, "application/json");
        let request = request.header("idempotency-key", app.fresh_key());
        hear(request.body(reqwest::Body::wrap_stream(pieces)))
    };
    let most = limits::REQUEST_BODY_BYTES_MAX;
    assert_eq!(post(0, most - 2).await.status, 201);
    assert_eq!(post(0, most - 1).await.status, 413);
    let heard = post(6, 0).await;
    assert_eq!((heard.status, heard.code()), (413, "request.too-large"), "and the answer is heard");
}

#[tokio::test]
async fn a_stream_goes_through_without_being_read_whole() {
    let app = start().await;
    let sent = vec![7_u8; 3 * 1024 * 1024];
    let heard = app.put(&ada(), "echo", sent.clone()).await;
    assert_eq!(heard.status, 200);
    assert_eq!(heard.header(CONTENT_TYPE), "application/octet-stream");
    assert!(heard.bytes == sent, "the same bytes");
    let announced = limits::DOCUMENT_BYTES_MAX + 1;
    let request = app.request(Method::PUT, "echo").bearer_auth(app.token(&ada()));
    let pieces = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0_u8; 1024])).take(8);
    let request = request.header(CONTENT_LENGTH, announced);
    let sent = request.body(reqwest::Body::wrap_stream(pieces)).send().await;
    // The client may notice first that it sends less than it announces.
    if let Ok(response) = sent {
        assert_eq!(response.status().as_u16(), 413);
    }
}

#[tokio::test]
async fn every_answer_tells_what_it_cost() {
    let app = start().await;
    let cost =
        |heard: &Heard| heard.header(poa::reply::COST.parse::<HeaderName>().unwrap()).to_owned();
    let fine = cost(&get(&app, "spends").await);
    assert!(fine.starts_with("total;dur="), "{fine}");
    let rest =
        "ru;desc=\"12.05\", store;desc=\"2\", bus;desc=\"0\", key;desc=\"1\", bytes;desc=\"7\"";
    // The door has read the store once.
    assert!(fine.ends_with(rest), "{fine}");
    for path in ["nowhere", "panic", "broken"] {
        assert!(cost(&get(&app, path).await).contains("ru;desc=\"0.00\""), "{path}");
    }
    assert!(cost(&hear(app.request(Method::OPTIONS, "things")).await).contains("store;desc=\"0\""));
}

#[tokio::test]
async fn a_store_that_never_answers_is_told_of_within_fifteen_seconds() {
    assert_eq!(limits::ANSWER_SECS_MAX, 12);
    let desk = poa_embedded::testing::desk();
    let (served, store) = desk.flaky();
    let app = TestApp::start_on(desk, served, TABLE.iter(), (Pace::default(), AT_ONCE)).await;
    assert_eq!(get(&app, "things/7").await.status, 200);
    store.be_silent(true);
    // At the door, and in the recipe.
    let public = hear(app.request(Method::GET, "stored"));
    let (door, recipe) = tokio::join!(get(&app, "things/7"), public);
    for heard in [door, recipe] {
        assert_eq!((heard.status, heard.code()), (503, "request.unavailable"));
        assert_eq!(heard.header(RETRY_AFTER), limits::RETRY_AFTER_SECS.to_string());
        assert_eq!(heard.header(CONTENT_TYPE), "application/problem+json");
    }
    store.be_silent(false);
    assert_eq!(get(&app, "things/7").await.status, 200, "it lives on");
}

#[tokio::test]
async fn a_store_that_goes_silent_in_the_middle_is_told_of_within_fifteen_seconds() {
    let desk = poa_embedded::testing::desk();
    let (served, store) = desk.flaky();
    let app = TestApp::start_on(desk, served, TABLE.iter(), (Pace::default(), AT_ONCE)).await;
    // The door waits long, the recipe for ever: both share the time of the request.
    store.be_slow(&[Duration::from_secs(8), Duration::MAX]);
    let heard = tokio::time::timeout(Duration::from_secs(15), get(&app, "kept")).await.unwrap();
    assert_eq!((heard.status, heard.code()), (503, "request.unavailable"));
    assert_eq!(get(&app, "things/7").await.status, 200, "it lives on");
}

#[tokio::test]
async fn a_crowd_waits_for_its_turns() {
    let few = AtOnce { requests: 1, work: 1 };
    let app = TestApp::start_serving(TABLE.iter(), Pace::default(), few).await;
    let all = futures_util::future::join_all((0..4).map(|_| get(&app, "slow"))).await;
    assert!(all.iter().all(|heard| heard.status == 202), "four turns of 0.3 s are waited for");
}

#[tokio::test]
async fn who_gets_no_turn_is_told_to_come_back() {
    let few = AtOnce { requests: 1, work: 1 };
    let app = TestApp::start_serving(TABLE.iter(), Pace::default(), few).await;
    let stuck = app.request(Method::GET, "stuck").bearer_auth(app.token(&ada()));
    let stuck = tokio::spawn(stuck.send());
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(get(&app, "alive").await.status, 202, "what is public needs no turn");
    let heard = get(&app, "things/7").await;
    assert_eq!((heard.status, heard.code()), (503, "request.busy"));
    assert_eq!(heard.header(RETRY_AFTER), limits::RETRY_AFTER_SECS.to_string());
    assert_eq!(heard.json.get("retryable"), Some(&json!(true)));
    stuck.abort();
    assert_eq!(get(&app, "things/7").await.status, 200, "who goes away gives the turn back");
}

#[tokio::test]
async fn a_message_that_was_worked_on_answers_in_the_words_of_the_host() {
    let app = start().await;
    let send = |name: &'static str, data: Value| {
        let envelope = json!({"Data": data, "Metadata": {"MessageId": "\"1\""}});
        hear(app.invocation(name, &envelope))
    };
    let done = json!({"Outputs": {}, "Logs": [], "ReturnValue": null});
    let heard = send("advance-bank", json!({"message": "eyJnbyI6MX0="})).await;
    assert_eq!((heard.status, &heard.json), (200, &done));
    assert_eq!(heard.header(CONTENT_TYPE), "application/json");
    let heard = send("expire", json!({"tick": {"IsPastDue": false}})).await;
    assert_eq!((heard.status, &heard.json), (200, &done));
    for message in ["eyJnbyI6Mn0=", "eyJnbyI6M30="] {
        let heard = send("advance-bank", json!({"message": message})).await;
        assert_eq!((heard.status, heard.code()), (500, "request.internal"), "{message}");
    }
    let heard = send("create-thing", json!({"req": {}})).await;
    assert_eq!(heard.code(), "request.no-such-path", "HTTP functions take no envelopes");
    assert_eq!(heard.header(RETRY_AFTER), "");
}

#[tokio::test]
async fn the_envelope_of_a_message_has_its_limit() {
    let app = start().await;
    let send = |bytes: usize| {
        let frame = |padding: &str| {
            let data = json!({"message": "eyJnbyI6MX0="});
            json!({"Data": data, "Metadata": {"padding": padding}}).to_string()
        };
        let envelope = frame(&"x".repeat(bytes - frame("").len()));
        assert_eq!(envelope.len(), bytes);
        let request = app.invocation("advance-bank", &Value::Null);
        hear(request.body(envelope))
    };
    assert_eq!(send(limits::ENVELOPE_BYTES_MAX).await.status, 200);
    let heard = send(limits::ENVELOPE_BYTES_MAX + 1).await;
    assert_eq!(heard.code(), "request.too-large");
    assert_eq!(send(limits::ENVELOPE_BYTES_MAX).await.status, 200, "it lives on");
}
