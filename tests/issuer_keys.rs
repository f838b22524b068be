//! The signing keys of a token issuer: asked for rarely, by one at a time, and kept while it is
//! down.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use poa::{
    caller::Door,
    jwks::{IssuerKeys, Pace},
    local_issuer::{LocalIssuer, TokenRequest},
    settings::Issuer as Settings,
    trigger::Access,
};
use poa_protocol::{limits, timestamp::Timestamp};
use poa_test_support::{AUDIENCE, OPERATOR_TENANT, Who, guid, listen};
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use tempfile::TempDir;
use warp::{
    Filter,
    http::{HeaderMap, header::AUTHORIZATION},
    reply::Reply as _,
};

const TENANT: &str = OPERATOR_TENANT;

/// An issuer whose answers a test decides, and which counts how often it is asked.
struct Issuer {
    url: String,
    kid: String,
    local: LocalIssuer,
    asked: Arc<AtomicUsize>,
    /// Whether it takes requests and never answers.
    hang: Arc<AtomicBool>,
    /// Discovery document and keys; `None` while it is down.
    says: Arc<Mutex<Option<(String, String)>>>,
    _folder: TempDir,
}

impl Issuer {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let local = LocalIssuer::open(folder.path()).unwrap();
        let (listener, url) = listen().await;
        let asked = Arc::new(AtomicUsize::new(0));
        let says = Arc::new(Mutex::new(None));
        let hang = Arc::new(AtomicBool::new(false));
        let (counter, told, hangs) = (Arc::clone(&asked), Arc::clone(&says), Arc::clone(&hang));
        let answer = warp::path::full().then(move |path: warp::path::FullPath| {
            let (counter, told) = (Arc::clone(&counter), Arc::clone(&told));
            let hangs = hangs.load(Ordering::SeqCst);
            async move {
                counter.fetch_add(1, Ordering::SeqCst);
                if hangs {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                let says = told.lock().unwrap().clone();
                let Some((discovery, keys)) = says else {
                    let status = warp::http::StatusCode::SERVICE_UNAVAILABLE;
                    return warp::reply::with_status("down", status).into_response();
                };
                let document: String =
                    if path.as_str().ends_with("/keys") { keys } else { discovery };
                document.into_response()
            }
        });
        tokio::spawn(warp::serve(answer).incoming(listener).run());
        let kid = local.kid().to_owned();
        let issuer = Self { url, kid, local, asked, hang, says, _folder: folder };
        issuer.say(&issuer.discovery(), issuer.local.keys());
        issuer
    }

    fn discovery(&self) -> Value {
        json!({
            "issuer": format!("{}/{TENANT}/v2.0", self.url),
            "jwks_uri": format!("{}/{TENANT}/keys", self.url),
        })
    }

    fn say(&self, discovery: &Value, keys: &Value) {
        *self.says.lock().unwrap() = Some((discovery.to_string(), keys.to_string()));
    }

    fn go_down(&self) {
        *self.says.lock().unwrap() = None;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn keys(&self) -> IssuerKeys {
        IssuerKeys::new(&self.url, Pace::default()).unwrap()
    }
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_millis(1_795_338_000_000).plus_secs(secs)
}

async fn code(keys: &IssuerKeys, kid: &str, secs: i64) -> &'static str {
    match keys.find(TENANT, kid, at(secs)).await {
        Ok(_) => "fine",
        Err(failure) => failure.refusal().code,
    }
}

#[tokio::test]
async fn keys_are_read_once_and_kept_for_a_day() {
    let issuer = Issuer::start().await;
    let keys = issuer.keys();
    for secs in [0, 1, limits::ISSUER_KEYS_FRESH_SECS - 1] {
        assert_eq!(code(&keys, &issuer.kid, secs).await, "fine");
    }
    assert_eq!(issuer.asked(), 2, "discovery and keys, once");
    assert_eq!(code(&keys, &issuer.kid, limits::ISSUER_KEYS_FRESH_SECS).await, "fine");
    assert_eq!(issuer.asked(), 4);
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let issuer = Issuer::start().await;
    let keys = Arc::new(issuer.keys());
    let all = (0..50).map(|_| {
        let (keys, kid) = (Arc::clone(&keys), issuer.kid.clone());
        tokio::spawn(async move { code(&keys, &kid, 0).await })
    });
    for one in all.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap(), "fine");
    }
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn an_unknown_key_id_makes_us_ask_again_but_not_often() {
    let issuer = Issuer::start().await;
    let keys = issuer.keys();
    let pause = limits::ISSUER_KEYS_REFRESH_SECS_MIN;
    for (secs, kid, expected, asked) in [
        (0, "other", "caller.token-invalid", 2),
        (1, "another", "caller.token-invalid", 2),
        (pause - 1, "another", "caller.token-invalid", 2),
        (pause, "another", "caller.token-invalid", 4),
        (pause + 1, issuer.kid.as_str(), "fine", 4),
    ] {
        assert_eq!(code(&keys, kid, secs).await, expected, "after {secs} s");
        assert_eq!(issuer.asked(), asked, "after {secs} s");
    }
}

#[tokio::test]
async fn a_key_that_comes_later_is_found_and_one_that_is_gone_is_not() {
    let issuer = Issuer::start().await;
    let keys = issuer.keys();
    assert_eq!(code(&keys, &issuer.kid, 0).await, "fine");
    let folder = tempfile::tempdir().unwrap();
    let new = LocalIssuer::open(folder.path()).unwrap();
    issuer.say(&issuer.discovery(), new.keys());
    let later = limits::ISSUER_KEYS_REFRESH_SECS_MIN;
    assert_eq!(code(&keys, new.kid(), later).await, "fine");
    assert_eq!(code(&keys, &issuer.kid, later).await, "caller.token-invalid");
}

#[tokio::test]
async fn the_last_good_keys_stay_while_the_issuer_is_down() {
    let issuer = Issuer::start().await;
    let keys = issuer.keys();
    assert_eq!(code(&keys, &issuer.kid, 0).await, "fine");
    issuer.go_down();
    let day = limits::ISSUER_KEYS_FRESH_SECS;
    for secs in [day, day + 1, 10 * day] {
        assert_eq!(code(&keys, &issuer.kid, secs).await, "fine", "after {secs} s");
    }
}

#[tokio::test]
async fn keys_that_are_in_use_are_renewed_before_they_are_old() {
    let issuer = Issuer::start().await;
    let keys = issuer.keys();
    keys.renew_all(at(0)).await;
    assert_eq!(issuer.asked(), 0, "no tenant is in use yet");
    assert_eq!(code(&keys, &issuer.kid, 0).await, "fine");
    let folder = tempfile::tempdir().unwrap();
    let new = LocalIssuer::open(folder.path()).unwrap();
    issuer.say(&issuer.discovery(), new.keys());
    let hour = i64::try_from(limits::ISSUER_KEYS_RENEW_SECS).unwrap();
    keys.renew_all(at(hour)).await;
    assert_eq!(issuer.asked(), 4);
    assert_eq!(code(&keys, new.kid(), hour + 1).await, "fine", "before its first token came");
    assert_eq!(code(&keys, &issuer.kid, hour + 1).await, "caller.token-invalid", "taken back");
    assert_eq!(issuer.asked(), 4, "the unknown key came within the pause");
    issuer.go_down();
    keys.renew_all(at(2 * hour)).await;
    assert_eq!(code(&keys, new.kid(), 2 * hour).await, "fine", "the last good ones stay");
}

#[tokio::test]
async fn the_last_good_keys_stay_whatever_the_issuer_says() {
    let issuer = Issuer::start().await;
    let (discovery, set) = issuer.says.lock().unwrap().clone().unwrap();
    let keys = issuer.keys();
    assert_eq!(code(&keys, &issuer.kid, 0).await, "fine");
    let day = limits::ISSUER_KEYS_FRESH_SECS;
    let huge = "x".repeat(limits::ISSUER_BYTES_MAX + 1);
    for (turn, (discovery, set)) in
        (1..).zip([("<html>", &*set), (&*discovery, "{"), (&*discovery, &*huge), ("", "")])
    {
        *issuer.says.lock().unwrap() = Some((discovery.to_owned(), set.to_owned()));
        let asked = issuer.asked();
        assert_eq!(code(&keys, &issuer.kid, turn * day).await, "fine", "turn {turn}");
        assert!(issuer.asked() > asked, "turn {turn}: it was asked");
    }
}

#[tokio::test]
async fn an_issuer_that_never_answers_holds_up_one_who_asks_and_nobody_with_a_known_key() {
    let issuer = Issuer::start().await;
    let keys = Arc::new(issuer.keys());
    assert_eq!(code(&keys, &issuer.kid, 0).await, "fine");
    issuer.hang.store(true, Ordering::SeqCst);
    let day = limits::ISSUER_KEYS_FRESH_SECS;
    let asked = issuer.asked();
    let waits = {
        let (keys, kid) = (Arc::clone(&keys), issuer.kid.clone());
        tokio::spawn(async move { code(&keys, &kid, day).await })
    };
    while issuer.asked() == asked {
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        assert_eq!(code(&keys, &issuer.kid, day).await, "fine", "with the old key, at once");
    }
    assert!(!waits.is_finished(), "one asks, and the others did not wait for the answer");
    assert_eq!(waits.await.unwrap(), "fine", "and goes on with the old key");
}

#[tokio::test]
async fn readiness_asks_at_the_same_pace_as_everybody() {
    let issuer = Issuer::start().await;
    let said = issuer.says.lock().unwrap().clone();
    issuer.go_down();
    let keys = issuer.keys();
    let retry = limits::ISSUER_KEYS_RETRY_SECS;
    for (secs, ready, asked) in [(0, false, 1), (retry - 1, false, 1), (retry, true, 3)] {
        assert_eq!(keys.ready(TENANT, at(secs)).await.is_ok(), ready, "after {secs} s");
        assert_eq!(issuer.asked(), asked, "after {secs} s");
        issuer.says.lock().unwrap().clone_from(&said);
    }
    assert!(keys.ready(TENANT, at(retry + 1)).await.is_ok());
    assert_eq!(issuer.asked(), 3);
}

#[tokio::test]
async fn without_any_keys_the_answer_is_to_come_back() {
    let issuer = Issuer::start().await;
    let (discovery, set) = issuer.says.lock().unwrap().clone().unwrap();
    issuer.go_down();
    let keys = issuer.keys();
    assert_eq!(code(&keys, &issuer.kid, 0).await, "request.unavailable");
    *issuer.says.lock().unwrap() = Some((discovery, set));
    let retry = limits::ISSUER_KEYS_RETRY_SECS;
    assert_eq!(code(&keys, &issuer.kid, retry - 1).await, "request.unavailable");
    assert_eq!(code(&keys, &issuer.kid, retry).await, "fine");
}

#[tokio::test]
async fn documents_that_are_not_of_this_issuer_count_for_nothing() {
    let issuer = Issuer::start().await;
    let (discovery, set) = issuer.says.lock().unwrap().clone().unwrap();
    let discovery: Value = serde_json::from_str(&discovery).unwrap();
    let set: Value = serde_json::from_str(&set).unwrap();
    let changed = |name: &str, value: &str| {
        let mut changed = discovery.clone();
        changed.as_object_mut().unwrap().insert(name.to_owned(), json!(value));
        changed
    };
    let too_many: Vec<Value> =
        (0..=limits::ISSUER_KEYS_MAX).map(|_| json!({"kty": "EC"})).collect();
    for (discovery, set) in [
        (changed("issuer", &format!("{}/{}/v2.0", issuer.url, guid("other"))), set.clone()),
        (changed("jwks_uri", "http://127.0.0.1:9/keys"), set.clone()),
        (changed("jwks_uri", "file:///etc/passwd"), set.clone()),
        (json!("x".repeat(limits::ISSUER_BYTES_MAX)), set.clone()),
        (json!({}), set.clone()),
        (discovery.clone(), json!({"keys": too_many})),
        (discovery.clone(), json!({"keys": "none"})),
    ] {
        issuer.say(&discovery, &set);
        assert_eq!(code(&issuer.keys(), &issuer.kid, 0).await, "request.unavailable");
    }
    let mut most = vec![json!({"kty": "EC"}); limits::ISSUER_KEYS_MAX - 1];
    most.extend(set["keys"].as_array().unwrap().iter().cloned());
    assert_eq!(most.len(), limits::ISSUER_KEYS_MAX);
    issuer.say(&discovery, &json!({"keys": most}));
    assert_eq!(code(&issuer.keys(), &issuer.kid, 0).await, "fine");
}

#[tokio::test]
async fn only_keys_for_rs256_signatures_of_this_tenant_are_used() {
    let issuer = Issuer::start().await;
    let (_, set) = issuer.says.lock().unwrap().clone().unwrap();
    let set: Value = serde_json::from_str(&set).unwrap();
    let other = format!("{}/{}/v2.0", issuer.url, guid("other"));
    let template = format!("{}/{{tenantid}}/v2.0", issuer.url);
    for (name, value, expected) in [
        ("use", json!("enc"), "caller.token-invalid"),
        ("alg", json!("RS512"), "caller.token-invalid"),
        ("kty", json!("EC"), "caller.token-invalid"),
        ("n", Value::Null, "caller.token-invalid"),
        ("issuer", json!(other), "caller.token-invalid"),
        ("issuer", json!(template), "fine"),
    ] {
        let mut set = set.clone();
        let key = set.pointer_mut("/keys/0").and_then(Value::as_object_mut).unwrap();
        key.insert(name.to_owned(), value);
        issuer.say(&issuer.discovery(), &set);
        assert_eq!(code(&issuer.keys(), &issuer.kid, 0).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_strange_tenant_never_makes_us_ask() {
    let issuer = Issuer::start().await;
    let desk = poa_embedded::testing::desk();
    let settings = Settings {
        authority: issuer.url.clone(),
        audience: AUDIENCE.to_owned(),
        operator_tenant: OPERATOR_TENANT.to_owned(),
    };
    let door = Door::new(&settings, Pace::default()).unwrap();
    for (tenant, asked) in [(guid("strangers"), 0), (OPERATOR_TENANT.to_owned(), 2)] {
        let who = Who::of(&tenant, "x");
        let claims = TokenRequest {
            authority: issuer.url.clone(),
            audience: AUDIENCE.to_owned(),
            person: who.person,
            name: "Somebody".to_owned(),
            roles: Vec::new(),
            program: false,
            begins: desk.desk.clock.now(),
            lifetime_secs: 60,
        };
        let token = format!("Bearer {}", issuer.local.mint(&claims).unwrap());
        let headers = HeaderMap::from_iter([(AUTHORIZATION, token.parse().unwrap())]);
        let caller = door.caller(&desk.desk, &headers, Access::SignedIn).await;
        assert_eq!(caller.is_ok(), asked > 0, "{caller:?}");
        assert_eq!(issuer.asked(), asked);
    }
}
