//! Who gets in with which token: the attack list, the edges of times, people and programs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod programs;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use poa::{
    call::{Call, reply},
    jwks::Pace,
    local_issuer::LocalIssuer,
    trigger::{Http, Served, Trigger},
};
use poa_operations::{
    answer::{Answer, Outcome},
    desk::Desk,
};
use poa_protocol::{limits, role::Role};
use poa_test_support::{AT_ONCE, Heard, OPERATOR_TENANT, TestApp, Who, guid, hear};
use reqwest::{Method, header::WWW_AUTHENTICATE};
use serde_json::{Map, Value, json};

static TABLE: [Trigger; 2] = [
    Http::get::<Value>("me", "Who calls.", me).row("read-me"),
    Http::get::<Value>("owners", "For product owners.", me)
        .roles(&[Role::ProductOwner, Role::CatalogReadAll])
        .row("read-owners"),
];

fn me(_: Desk, call: Call) -> Served {
    Box::pin(async move {
        let caller = call.caller()?;
        let roles: Vec<_> = caller.roles.iter().map(|role| role.as_str()).collect();
        let told = json!({
            "tenant": caller.person.tenant,
            "object": caller.person.object,
            "roles": roles,
            "program": caller.program,
            "operator": caller.operator,
        });
        reply(Answer::new(Outcome::Done, &told)?)
    })
}

async fn start() -> TestApp {
    TestApp::start_serving(TABLE.iter(), Pace::default(), AT_ONCE).await
}

async fn call(app: &TestApp, path: &str, token: &str) -> Heard {
    hear(app.request(Method::GET, path).bearer_auth(token)).await
}

type Trick = fn(&mut Header, &Jwk);

/// Claims that are fine.
fn fine(app: &TestApp) -> Map<String, Value> {
    app.claims(&Who::operator("Ada").with(&[Role::ProductOwner])).claims()
}

fn changed(app: &TestApp, name: &str, value: Option<Value>) -> Map<String, Value> {
    let mut claims = fine(app);
    match value {
        Some(value) => claims.insert(name.to_owned(), value),
        None => claims.remove(name),
    };
    claims
}

fn pem(app: &TestApp) -> Vec<u8> {
    std::fs::read(app.desk.folder.path().join("issuer/issuer.pem")).unwrap()
}

fn header(app: &TestApp, algorithm: Algorithm) -> Header {
    let mut header = Header::new(algorithm);
    header.kid = Some(app.issuer.kid().to_owned());
    header
}

/// A token with any header, signed with the issuer's own key.
fn signed(app: &TestApp, header: &Header) -> String {
    let key = EncodingKey::from_rsa_pem(&pem(app)).unwrap();
    jsonwebtoken::encode(header, &fine(app), &key).unwrap()
}

fn unsigned(app: &TestApp, header: &Value) -> String {
    let part = |value: &[u8]| URL_SAFE_NO_PAD.encode(value);
    let claims = serde_json::to_vec(&fine(app)).unwrap();
    format!("{}.{}.", part(header.to_string().as_bytes()), part(&claims))
}

async fn refused(app: &TestApp, name: &str, token: &str) {
    let heard = call(app, "me", token).await;
    assert_eq!((heard.status, heard.code()), (401, "caller.token-invalid"), "{name}");
    assert_eq!(heard.header(WWW_AUTHENTICATE), "Bearer error=\"invalid_token\"", "{name}");
    assert!(token.is_empty() || !heard.json.to_string().contains(token), "{name}: never repeated");
}

#[tokio::test]
async fn a_fine_token_names_its_caller() {
    let app = start().await;
    for _ in 0..2 {
        // The second time the token is remembered.
        let heard = call(&app, "me", &app.issuer.sign(&fine(&app)).unwrap()).await;
        assert_eq!(heard.status, 200, "{}", heard.json);
        let expected = json!({
            "tenant": OPERATOR_TENANT, "object": guid("Ada"), "roles": ["ProductOwner"],
            "program": false, "operator": true,
        });
        assert_eq!(heard.json, expected);
    }
}

#[tokio::test]
async fn a_token_whose_header_plays_tricks_is_refused() {
    let app = start().await;
    let kid = app.issuer.kid();
    for none in ["none", "None", "nOnE"] {
        refused(&app, "alg none", &unsigned(&app, &json!({"alg": none, "kid": kid}))).await;
    }
    let public =
        Jwk::from_encoding_key(&EncodingKey::from_rsa_pem(&pem(&app)).unwrap(), Algorithm::RS256)
            .unwrap();
    let public_text = serde_json::to_vec(&public).unwrap();
    let secret = EncodingKey::from_secret(&public_text);
    let confused = jsonwebtoken::encode(&header(&app, Algorithm::HS256), &fine(&app), &secret);
    refused(&app, "HS256 with the public key", &confused.unwrap()).await;
    for other in [Algorithm::RS384, Algorithm::RS512, Algorithm::PS256] {
        refused(&app, "another algorithm", &signed(&app, &header(&app, other))).await;
    }
    let tricks: [(&str, Trick); 7] = [
        ("embedded jwk", |header, public| header.jwk = Some(public.clone())),
        ("jku", |header, _| header.jku = Some("https://evil.example/keys".to_owned())),
        ("x5u", |header, _| header.x5u = Some("https://evil.example/cert".to_owned())),
        ("x5c", |header, _| header.x5c = Some(vec!["AAAA".to_owned()])),
        ("crit", |header, _| header.crit = Some(vec!["exp".to_owned()])),
        ("no kid", |header, _| header.kid = None),
        ("unknown kid", |header, _| header.kid = Some("somebody-else".to_owned())),
    ];
    for (name, trick) in tricks {
        let mut header = header(&app, Algorithm::RS256);
        trick(&mut header, &public);
        refused(&app, name, &signed(&app, &header)).await;
    }
}

#[tokio::test]
async fn a_token_signed_with_another_key_under_the_same_name_is_refused() {
    let app = start().await;
    let folder = tempfile::tempdir().unwrap();
    LocalIssuer::open(folder.path()).unwrap();
    let other = std::fs::read(folder.path().join("issuer.pem")).unwrap();
    let other = EncodingKey::from_rsa_pem(&other).unwrap();
    let forged = jsonwebtoken::encode(&header(&app, Algorithm::RS256), &fine(&app), &other);
    refused(&app, "another key", &forged.unwrap()).await;
    let good = app.issuer.sign(&fine(&app)).unwrap();
    assert_eq!(call(&app, "me", &good).await.status, 200);
    let (rest, signature) = good.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    refused(&app, "another signature", &format!("{rest}.{turned}")).await;
    let (head, _) = rest.split_once('.').unwrap();
    let richer = json!({"roles": ["Administrator"]}).to_string();
    let forged = format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(richer));
    refused(&app, "other claims", &forged).await;
}

#[tokio::test]
async fn a_token_with_wrong_or_missing_claims_is_refused() {
    let app = start().await;
    let stranger = guid("strangers");
    let authority = &app.authority;
    let cases: Vec<(&str, Option<Value>)> = vec![
        ("aud", Some(json!(guid("another service")))),
        ("aud", Some(json!(format!("api://{}", poa_test_support::AUDIENCE)))),
        ("aud", Some(json!([poa_test_support::AUDIENCE]))),
        ("aud", None),
        ("iss", Some(json!(format!("{authority}/{stranger}/v2.0")))),
        ("iss", Some(json!(format!("https://sts.windows.net/{OPERATOR_TENANT}/")))),
        ("iss", Some(json!(format!("{authority}/{OPERATOR_TENANT}/v2.0/")))),
        ("iss", None),
        ("ver", Some(json!("1.0"))),
        ("ver", None),
        ("tid", Some(json!(stranger))),
        ("tid", Some(json!("common"))),
        ("tid", Some(json!("../../evil"))),
        ("tid", None),
        ("oid", Some(json!("ada@example.com"))),
        ("oid", None),
        ("exp", None),
        ("exp", Some(json!("tomorrow"))),
        ("nbf", None),
        ("roles", Some(json!("ProductOwner"))),
    ];
    for (claim, value) in cases {
        let name = format!("{claim} = {value:?}");
        let token = app.issuer.sign(&changed(&app, claim, value)).unwrap();
        refused(&app, &name, &token).await;
    }
}

#[tokio::test]
async fn times_may_be_off_by_the_leeway_and_no_more() {
    let app = start().await;
    let now = app.desk.desk.clock.now().millis() / 1000;
    let leeway = limits::TOKEN_LEEWAY_SECS;
    for (claim, at, status) in [
        ("exp", now - leeway, 200),
        ("exp", now - leeway - 1, 401),
        ("nbf", now + leeway, 200),
        ("nbf", now + leeway + 1, 401),
        ("exp", i64::MIN, 401),
        ("nbf", i64::MAX, 401),
        ("exp", i64::MAX, 200),
    ] {
        let token = app.issuer.sign(&changed(&app, claim, Some(json!(at)))).unwrap();
        assert_eq!(call(&app, "me", &token).await.status, status, "{claim} {}", at - now);
    }
}

#[tokio::test]
async fn a_remembered_token_still_ends() {
    let app = start().await;
    let now = app.desk.desk.clock.now();
    let end = json!(now.millis() / 1000 + 100);
    let token = app.issuer.sign(&changed(&app, "exp", Some(end))).unwrap();
    assert_eq!(call(&app, "me", &token).await.status, 200);
    app.desk.clock.set(now.plus_secs(100 + limits::TOKEN_LEEWAY_SECS));
    assert_eq!(call(&app, "me", &token).await.status, 200, "checked again, within the leeway");
    app.desk.clock.set(now.plus_secs(101 + limits::TOKEN_LEEWAY_SECS));
    assert_eq!(call(&app, "me", &token).await.status, 401);
}

#[tokio::test]
async fn what_a_platform_in_front_of_us_says_of_the_caller_is_never_read() {
    let app = start().await;
    let principal = json!({
        "auth_typ": "aad", "name_typ": "name", "role_typ": "roles",
        "claims": [{"typ": "roles", "val": "ProductOwner"}, {"typ": "tid", "val": guid("evil")}],
    });
    let principal = base64::engine::general_purpose::STANDARD.encode(principal.to_string());
    let forged = |request: reqwest::RequestBuilder| {
        request
            .header("x-ms-client-principal", &principal)
            .header("x-ms-client-principal-id", guid("evil"))
            .header("x-ms-client-principal-name", "evil@example.com")
            .header("x-ms-client-principal-idp", "aad")
            .header("x-ms-token-aad-access-token", "a.b.c")
    };
    let heard = hear(forged(app.request(Method::GET, "owners"))).await;
    assert_eq!((heard.status, heard.code()), (401, "caller.token-missing"));
    assert_eq!(heard.header(WWW_AUTHENTICATE), "Bearer");
    let token = app.token(&Who::operator("Ada"));
    let heard = hear(forged(app.request(Method::GET, "owners").bearer_auth(&token))).await;
    assert_eq!((heard.status, heard.code()), (403, "caller.role-missing"));
    let heard = hear(forged(app.request(Method::GET, "me").bearer_auth(&token))).await;
    assert_eq!((heard.text("/tenant"), heard.text("/object")), (OPERATOR_TENANT, &*guid("Ada")));
    assert_eq!(heard.json["roles"], json!([]));
}

#[tokio::test]
async fn a_claim_that_is_said_twice_is_refused() {
    let app = start().await;
    let claims = serde_json::to_string(&fine(&app)).unwrap();
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": app.issuer.kid()}).to_string();
    let key = EncodingKey::from_rsa_pem(&pem(&app)).unwrap();
    let token = |claims: &str| {
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(&header), URL_SAFE_NO_PAD.encode(claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::RS256).unwrap();
        format!("{message}.{signature}")
    };
    assert_eq!(call(&app, "me", &token(&claims)).await.status, 200, "made by hand");
    for twice in ["\"roles\":[\"Administrator\"]", "\"exp\":9999999999", "\"tid\":\"x\""] {
        let doubled = claims.replacen('{', &format!("{{{twice},"), 1);
        refused(&app, twice, &token(&doubled)).await;
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let app = start().await;
    for garbage in ["x", "a.b", "a.b.c", "..", "a.b.c.d", "eyJhbGciOiJSUzI1NiJ9.e30.AA"] {
        refused(&app, garbage, garbage).await;
    }
    refused(&app, "20 KB", &"x".repeat(20 * 1024)).await;
    let padded = |bytes: usize| {
        let mut header = header(&app, Algorithm::RS256);
        let bare = signed(&app, &header).len();
        // Three bytes of the header are four letters of the token.
        header.cty = Some("x".repeat((bytes - bare) * 3 / 4 - 12));
        while signed(&app, &header).len() < bytes - 1 {
            header.cty.iter_mut().for_each(|cty| cty.push('x'));
        }
        signed(&app, &header)
    };
    let longest = padded(limits::TOKEN_BYTES_MAX);
    assert!(
        longest.len() > limits::TOKEN_BYTES_MAX - 16 && longest.len() <= limits::TOKEN_BYTES_MAX
    );
    assert_eq!(call(&app, "me", &longest).await.status, 200);
    refused(&app, "too long", &padded(limits::TOKEN_BYTES_MAX + 20)).await;
    let token = app.issuer.sign(&fine(&app)).unwrap();
    let twice = app.request(Method::GET, "me").bearer_auth(&token).bearer_auth(&token);
    let heard = hear(twice).await;
    assert_eq!((heard.status, heard.code()), (401, "caller.token-invalid"));
    let basic = hear(app.request(Method::GET, "me").basic_auth("ada", Some("x"))).await;
    assert_eq!((basic.status, basic.code()), (401, "caller.token-invalid"));
}
