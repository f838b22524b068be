//! Every row of the trigger table is called: by nobody, by the wrong ones, with everything that is
//! wrong before a recipe decides. A row that cannot be reached fails here.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use poa::trigger::{Access, Body, Http, Method, On, Trigger, table};
use poa_protocol::{limits, role::Role};
use poa_test_support::{Heard, TestApp, Who, guid, hear};
use reqwest::{
    RequestBuilder,
    header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderValue, WWW_AUTHENTICATE},
};
use serde_json::json;

/// What stands for the parameter that follows this segment, so that the recipe reads on.
const PARAMETERS: &[(&str, &str)] = &[
    ("parties", "pty_00000000000000000000000000"),
    ("products", "trade_invoice"),
    ("versions", "1.0.0"),
    ("instances", "ins_0000000000000000000000000000000000000000000000"),
    ("tokenizations", "tok_0000000000000000000000000000000000000000000000"),
    ("evidence", "evd_0000000000000000000000000000000000000000000000"),
    ("documents", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("smart-assets", "ast_0000000000000000000000000000000000000000000000"),
    ("transfers", "trf_0000000000000000000000000000000000000000000000"),
    ("locks", "lck_0000000000000000000000000000000000000000000000"),
    ("measures", "msr_0000000000000000000000000000000000000000000000"),
    ("redemptions", "red_0000000000000000000000000000000000000000000000"),
];

fn https() -> impl Iterator<Item = (&'static Trigger, &'static Http)> {
    table().filter_map(|trigger| match &trigger.on {
        On::Http(http) => Some((trigger, http)),
        On::Bus(..) | On::Timer(..) => None,
    })
}

fn guarded() -> impl Iterator<Item = (&'static Trigger, &'static Http)> {
    https().filter(|(_, http)| http.access != Access::Public)
}

fn path(http: &Http) -> String {
    let mut before = "";
    let mut path = Vec::new();
    for segment in http.route.split('/') {
        if segment.starts_with('{') {
            let known = PARAMETERS.iter().find(|(noun, _)| *noun == before);
            path.push(known.unwrap_or_else(|| panic!("PARAMETERS lacks `{before}`")).1);
        } else {
            path.push(segment);
        }
        before = segment;
    }
    path.join("/")
}

fn method(http: &Http) -> reqwest::Method {
    match http.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
    }
}

fn with_role(who: &Who, role: Role) -> Who {
    let who = who.with(&[role]);
    if role.is_for_programs() { who.program() } else { who }
}

/// Somebody of the operator who may call the function.
fn right(http: &Http) -> Who {
    let who = Who::operator("right");
    match http.access {
        Access::Roles(roles) => with_role(&who, roles[0]),
        Access::SignedIn | Access::Public => who,
    }
}

/// A request with everything that the row asks for, except a sensible body.
fn whole(app: &TestApp, http: &Http) -> RequestBuilder {
    let request = app.request(method(http), &path(http)).bearer_auth(app.token(&right(http)));
    keyed(app, http, request)
}

fn keyed(app: &TestApp, http: &Http, mut request: RequestBuilder) -> RequestBuilder {
    if http.creates {
        request = request.header("idempotency-key", app.fresh_key());
    }
    if http.revises {
        request = request.header("if-match", "\"1\"");
    }
    if matches!(http.body, Body::Json(_)) {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    request
}

fn expect(name: &str, heard: &Heard, status: u16, code: &str) {
    assert_eq!((heard.status, heard.code()), (status, code), "{name}: {}", heard.json);
    assert_eq!(heard.header(CONTENT_TYPE), "application/problem+json", "{name}");
    assert_eq!(heard.json["status"], status, "{name}");
    for member in ["type", "title", "detail", "help"] {
        assert!(!heard.json[member].as_str().unwrap().is_empty(), "{name}: {member}");
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_token() {
    let app = TestApp::start().await;
    for (trigger, http) in guarded() {
        let request = keyed(&app, http, app.request(method(http), &path(http)));
        // A principal that claims to come from a platform in front of us counts for nothing.
        let heard = hear(request.header("x-ms-client-principal", "eyJyb2xlcyI6W119")).await;
        expect(trigger.name, &heard, 401, "caller.token-missing");
        assert_eq!(heard.header(WWW_AUTHENTICATE), "Bearer");
    }
}

#[tokio::test]
async fn nobody_gets_in_with_a_role_that_the_row_does_not_name() {
    let app = TestApp::start().await;
    let somebody = Who::operator("wrong");
    for (trigger, http) in guarded() {
        let Access::Roles(roles) = http.access else { continue };
        for role in Role::ALL.iter().filter(|role| !roles.contains(role)) {
            let token = app.token(&with_role(&somebody, *role));
            let request = app.request(method(http), &path(http)).bearer_auth(token);
            let heard = hear(keyed(&app, http, request)).await;
            expect(trigger.name, &heard, 403, "caller.role-missing");
        }
        let request = app.request(method(http), &path(http)).bearer_auth(app.token(&somebody));
        expect(trigger.name, &hear(keyed(&app, http, request)).await, 403, "caller.role-missing");
    }
}

#[tokio::test]
async fn nobody_gets_in_from_a_strange_tenant() {
    let app = TestApp::start().await;
    for (trigger, http) in guarded() {
        let roles = right(http);
        let stranger = Who { person: Who::of(&guid("strangers"), "x").person, ..roles };
        let token = app.token(&stranger);
        let request = app.request(method(http), &path(http)).bearer_auth(token);
        let heard = hear(keyed(&app, http, request)).await;
        expect(trigger.name, &heard, 403, "caller.unknown-tenant");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_of_the_right_shape_is_refused() {
    let app = TestApp::start().await;
    for (trigger, http) in https() {
        if !matches!(http.body, Body::Json(_)) {
            continue;
        }
        for body in ["", "{", "[1]", "7", "\u{feff}{}"] {
            let heard = hear(whole(&app, http).body(body)).await;
            expect(trigger.name, &heard, 400, "request.malformed");
        }
        let heard = hear(whole(&app, http).body(json!({"no-such-field": 1}).to_string())).await;
        expect(trigger.name, &heard, 400, "request.malformed");
        let detail = heard.text("/detail");
        assert!(detail.contains("no-such-field"), "{}: {detail}", trigger.name);
        // `headers` takes the place of what is there, `header` would add a second one.
        let plain = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
        let text = whole(&app, http).headers(plain).body("{}");
        expect(trigger.name, &hear(text).await, 415, "request.media-type");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let app = TestApp::start().await;
    let too_much = vec![b' '; limits::REQUEST_BODY_BYTES_MAX + 1];
    for (trigger, http) in https() {
        if matches!(http.body, Body::Json(_)) {
            let heard = hear(whole(&app, http).body(too_much.clone())).await;
            expect(trigger.name, &heard, 413, "request.too-large");
        }
    }
}

#[tokio::test]
async fn what_creates_needs_a_key_and_what_revises_needs_a_revision() {
    let app = TestApp::start().await;
    for (trigger, http) in https() {
        let request = || {
            app.request(method(http), &path(http))
                .bearer_auth(app.token(&right(http)))
                .header(CONTENT_TYPE, "application/json")
                .body("{}")
        };
        if http.creates {
            let heard = hear(request().header("if-match", "\"1\"")).await;
            expect(trigger.name, &heard, 400, "request.idempotency-key-missing");
            let long = "k".repeat(limits::IDEMPOTENCY_KEY_BYTES_MAX + 1);
            let heard = hear(request().header("idempotency-key", long)).await;
            expect(trigger.name, &heard, 400, "request.idempotency-key-malformed");
        }
        if http.revises {
            let keyed = || request().header("idempotency-key", app.fresh_key());
            expect(trigger.name, &hear(keyed()).await, 428, "request.if-match-missing");
            let heard = hear(keyed().header("if-match", "*")).await;
            expect(trigger.name, &heard, 400, "request.if-match-malformed");
        }
    }
}

#[tokio::test]
async fn nothing_in_the_url_is_ignored() {
    let app = TestApp::start().await;
    for (trigger, http) in https() {
        let query = format!("{}?no-such-parameter=1", path(http));
        let request = app.request(method(http), &query).bearer_auth(app.token(&right(http)));
        let heard = hear(keyed(&app, http, request)).await;
        expect(trigger.name, &heard, 400, "request.malformed");
        // Two segments: below a list, one would be the id of an entry.
        let deeper = format!("{}/no-such-path/no-such-path", path(http));
        let heard = hear(app.request(method(http), &deeper)).await;
        expect(trigger.name, &heard, 404, "request.no-such-path");
    }
}

#[tokio::test]
async fn every_row_is_reached_with_its_own_method_and_no_other() {
    let app = TestApp::start().await;
    let mut reached = 0;
    for (trigger, http) in https() {
        let heard = hear(whole(&app, http)).await;
        let unreached = ["request.no-such-path", "request.no-such-method", "request.internal"];
        assert!(!unreached.contains(&heard.code()), "{}: {}", trigger.name, heard.json);
        assert_ne!(heard.status, 401, "{}", trigger.name);
        let heard = hear(app.request(reqwest::Method::DELETE, &path(http))).await;
        expect(trigger.name, &heard, 405, "request.no-such-method");
        let allow = heard.header(ALLOW).to_owned();
        assert!(allow.contains(http.method.as_str()), "{}: {allow}", trigger.name);
        let heard = hear(app.request(reqwest::Method::OPTIONS, &path(http))).await;
        assert_eq!((heard.status, heard.header(ALLOW)), (204, allow.as_str()));
        reached += 1;
    }
    assert_eq!(reached, https().count());
}

#[tokio::test]
async fn what_is_public_answers_everybody() {
    let app = TestApp::start().await;
    for (trigger, http) in https().filter(|(_, http)| http.access == Access::Public) {
        assert_eq!(http.method, Method::Get, "{}: only reading is public", trigger.name);
        let heard = hear(app.request(method(http), &path(http))).await;
        assert_eq!(heard.status, 200, "{}: {}", trigger.name, heard.json);
        assert_eq!(heard.header(CACHE_CONTROL), "no-store");
        let bare = hear(app.request(reqwest::Method::HEAD, &path(http))).await;
        assert_eq!((bare.status, bare.bytes.len()), (200, 0), "{}", trigger.name);
    }
}

#[tokio::test]
async fn messages_and_ticks_that_are_garbage_are_refused_and_the_handler_lives_on() {
    let app = TestApp::start().await;
    let garbage = [
        json!(null),
        json!({}),
        json!({"Data": {}}),
        json!({"Data": {"message": null, "tick": null}, "Metadata": {}}),
        json!({"Data": [1, 2]}),
        json!("Data"),
    ];
    for trigger in table().filter(|trigger| !matches!(trigger.on, On::Http(_))) {
        for envelope in &garbage {
            let heard = hear(app.invocation(trigger.name, envelope)).await;
            assert_eq!(heard.status, 500, "{}: {envelope}", trigger.name);
            assert!(!heard.bytes.is_empty(), "the host would wait for ever");
        }
        if matches!(trigger.on, On::Bus(..)) {
            for message in [json!("aGVsbG8="), json!("{\"tokenization\":\"no id\"}"), json!(7)] {
                let envelope = json!({"Data": {"message": message}, "Metadata": {}});
                let heard = hear(app.invocation(trigger.name, &envelope)).await;
                assert_eq!(heard.status, 500, "{}: {message}", trigger.name);
            }
        }
        let outside = hear(app.request(reqwest::Method::POST, trigger.name)).await;
        assert_eq!(outside.code(), "request.no-such-path", "{} from outside", trigger.name);
    }
    assert_eq!(hear(app.request(reqwest::Method::GET, "health")).await.status, 200);
}
