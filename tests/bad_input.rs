//! Bodies and headers that nobody should send: each is refused with its code, and nothing is kept.

use aws_lc_rs::digest::{SHA256, digest};
use futures_util::{future::join_all, stream};
use poa_operations::{audit_store::audit_store, commit::hex};
use poa_protocol::{limits, role::Role};
use poa_test_support::{
    Heard, TestApp, Who, hear,
    market::{Market, pump},
    shelf::must,
};
use reqwest::{
    Method,
    header::{CONTENT_TYPE, IF_MATCH},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Posts exactly these bytes as JSON.
async fn raw(app: &TestApp, who: &Who, path: &str, (key, bytes): (&str, Vec<u8>)) -> Heard {
    let request = app.request(Method::POST, path).bearer_auth(app.token(who));
    let request = request.header("idempotency-key", key).header(CONTENT_TYPE, "application/json");
    hear(request.body(bytes)).await
}

#[tokio::test]
async fn bodies_that_two_readers_would_read_differently_are_refused_and_nothing_is_kept() {
    let app = TestApp::start().await;
    let market = Market::open(&app).await;
    let good = market.request("INV-1").to_string();
    let with = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        good.replacen(from, to, 1).into_bytes()
    };
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let not_utf8 = {
        let at = good.find("INV-1").unwrap();
        let mut bytes = good.clone().into_bytes();
        bytes[at] = 0xff;
        bytes
    };
    for (what, bytes) in [
        ("twice at the top", with("\"side\":", "\"side\":\"originator\",\"side\":")),
        ("twice in the data", with("\"accepted\":true", "\"accepted\":false,\"accepted\":true")),
        ("twice, escaped", with("\"accepted\":true", "\"\\u0061ccepted\":false,\"accepted\":true")),
        ("twice in an amount", with("\"amount\":", "\"amount\":\"1.00\",\"amount\":")),
        ("too deep", with("\"accepted\":true", &format!("\"accepted\":{deep}"))),
        ("not UTF-8", not_utf8),
        ("half a character", with("INV-1", "\\ud800")),
        ("a number beyond every range", with("\"accepted\":true", "\"accepted\":1e999")),
        ("no number", with("\"accepted\":true", "\"accepted\":NaN")),
        ("something behind it", [good.as_bytes(), b"{}"].concat()),
    ] {
        let heard = raw(&app, &market.trader, "tokenizations", ("one-key", bytes)).await;
        assert_eq!((heard.status, heard.code()), (400, "request.malformed"), "{what}");
    }
    let kept = must(app.get(&market.trader, "tokenizations").await, 200);
    assert_eq!(kept.json["items"], json!([]));
    let good = raw(&app, &market.trader, "tokenizations", ("one-key", good.into_bytes())).await;
    must(good, 202);
}

#[tokio::test]
async fn amounts_that_the_product_does_not_take_are_named_and_nothing_is_kept() {
    let app = TestApp::start().await;
    let market = Market::open(&app).await;
    for (pointer, value) in [
        ("/data/face/currency", json!("EUR")),
        ("/data/face/currency", json!("usd")),
        ("/data/invoice_ccy", json!("XXX")),
        ("/data/face/amount", json!("20000.001")),
        ("/data/face/amount", json!("-20000.00")),
        ("/data/face/amount", json!("0.00")),
        ("/data/face/amount", json!("1e7000")),
        ("/data/face/amount", json!("9".repeat(400))),
        ("/data/face/amount", json!("20,000.00")),
        ("/data/face/amount", json!(" 20000.00")),
        ("/data/fx_rate/rate", json!("0")),
        ("/data/fx_rate/from", json!("EUR")),
        ("/data/due", json!("2027-02-30")),
        ("/data/accepted", json!("true")),
    ] {
        let mut request = market.request("INV-1");
        *request.pointer_mut(pointer).unwrap() = value.clone();
        let heard = app.post(&market.trader, "tokenizations", &request).await;
        let told = (heard.status, heard.code());
        assert_eq!(told, (422, "tokenization.data-invalid"), "{pointer} {value}: {}", heard.json);
        let faults = heard.json["errors"].as_array().unwrap();
        let field = pointer.split('/').take(3).collect::<Vec<_>>().join("/");
        let named = |fault: &Value| {
            let pointer = fault["pointer"].as_str().unwrap();
            pointer.starts_with(&field) || (field == "/data/invoice_ccy" && !faults.is_empty())
        };
        assert!(faults.iter().any(named), "{pointer} {value}: {faults:?}");
    }
    let kept = must(app.get(&market.trader, "tokenizations").await, 200);
    assert_eq!(kept.json["items"], json!([]));
}

#[tokio::test]
async fn units_are_whole_positive_and_held() {
    let app = TestApp::start().await;
    let market = Market::open(&app).await;
    let record = market.issue(&app, "INV-1").await;
    let asset = record["issued"]["asset"].as_str().unwrap();
    let whole: u128 = record["issued"]["units"].as_str().unwrap().parse().unwrap();
    let most = i128::MAX.unsigned_abs();
    for (what, more) in [
        ("redemptions", json!({})),
        ("locks", json!({ "reason": "a pledge" })),
        ("transfers", json!({ "to": market.fund_id })),
    ] {
        let path = format!("smart-assets/{asset}/{what}");
        let try_with = async |units: Value| {
            let mut body = more.clone();
            body["units"] = units;
            app.post(&market.trader, &path, &body).await
        };
        for units in [
            json!(1),
            json!("-1"),
            json!("1.0"),
            json!("01"),
            json!("+1"),
            json!(""),
            json!("1e3"),
            json!((most + 1).to_string()),
            json!("9".repeat(200)),
            json!(null),
        ] {
            let heard = try_with(units.clone()).await;
            assert_eq!((heard.status, heard.code()), (400, "request.malformed"), "{what} {units}");
        }
        for units in [whole + 1, most] {
            let heard = try_with(json!(units.to_string())).await;
            assert_eq!((heard.status, heard.code()), (409, "ledger.overdraft"), "{what} {units}");
        }
        let none = try_with(json!("0")).await;
        assert!((400..500).contains(&none.status), "{what} of nothing: {}", none.json);
    }
    let seen = must(app.get(&market.trader, "holdings").await, 200);
    assert_eq!(seen.text("/items/0/available"), whole.to_string());
    assert!(audit_store(&app.desk.desk).await.unwrap().holds());
}

#[tokio::test]
async fn a_page_has_one_to_two_hundred_entries() {
    let app = TestApp::start().await;
    let market = Market::open(&app).await;
    for list in ["tokenizations", "smart-assets", "holdings", "locks", "transfers", "catalog"] {
        for (limit, status) in [("1", 200), ("200", 200), ("0", 400), ("201", 400), ("-1", 400)] {
            let heard = app.get(&market.trader, &format!("{list}?limit={limit}")).await;
            assert_eq!(heard.status, status, "{list} {limit}: {}", heard.json);
        }
        let heard = app.get(&market.trader, &format!("{list}?continuation=no-such-place")).await;
        assert!([200, 400].contains(&heard.status), "{list}: {} {}", heard.status, heard.json);
    }
}

#[tokio::test]
async fn a_wait_lasts_one_to_ninety_days() {
    let app = TestApp::start().await;
    let market = Market::open(&app).await;
    for (days, status) in [(0, 422), (1, 202), (90, 202), (91, 422)] {
        let mut request = market.request(&format!("INV-{days}"));
        request["wait_days"] = json!(days);
        let heard = app.post(&market.trader, "tokenizations", &request).await;
        assert_eq!(heard.status, status, "{days}: {}", heard.json);
        if status == 422 {
            assert_eq!(heard.code(), "request.invalid");
            assert_eq!(heard.text("/errors/0/pointer"), "/wait_days");
        }
    }
}

#[tokio::test]
async fn one_key_is_one_request_however_often_and_at_whatever_time_it_comes() {
    let app = TestApp::start().await;
    let market = Market::open(&app).await;
    let (who, path) = (&market.trader, "tokenizations");
    let body = |reference: &str| market.request(reference).to_string().into_bytes();
    let many = (0..8).map(|_| raw(&app, who, path, ("k", body("INV-1"))));
    let heard = join_all(many).await;
    let bodies: BTreeSet<&[u8]> = heard.iter().map(|one| one.bytes.as_slice()).collect();
    assert_eq!(bodies.len(), 1, "byte for byte the same");
    assert!(heard.iter().all(|one| one.status == 202));
    let fresh = |one: &&Heard| one.headers.get(REPLAYED).is_none();
    assert_eq!(heard.iter().filter(fresh).count(), 1, "one of them is the first");
    let other = raw(&app, who, path, ("k", body("INV-2"))).await;
    assert_eq!((other.status, other.code()), (422, "request.idempotency-key-reused"));
    // Two different bodies at once under one key: one is taken in.
    let both = ["INV-3", "INV-4"].map(|reference| raw(&app, who, path, ("l", body(reference))));
    let mut told: Vec<u16> = join_all(both).await.iter().map(|one| one.status).collect();
    told.sort_unstable();
    assert_eq!(told, [202, 422]);
    pump(&app).await;
    let kept = must(app.get(who, path).await, 200);
    assert_eq!(kept.json["items"].as_array().unwrap().len(), 2);
    assert!(audit_store(&app.desk.desk).await.unwrap().holds());
}

const REPLAYED: &str = "idempotency-replayed";

#[tokio::test]
async fn who_has_not_seen_the_last_revision_of_a_measure_decides_nothing() {
    let app = TestApp::start().await;
    let market = Market::open(&app).await;
    let record = market.issue(&app, "INV-1").await;
    let asset = record["issued"]["asset"].as_str().unwrap();
    let officer = |name| Who::operator(name).with(&[Role::Compliance]);
    let burn = json!({ "kind": "burn", "from": market.trader_id, "units": "1" });
    let order = json!({ "order": burn, "because": "a court" });
    let path = format!("smart-assets/{asset}/measures");
    let ordered = must(app.post(&officer("Cora"), &path, &order).await, 201);
    let path = format!("measures/{}/decision", ordered.text("/id"));
    let decision = json!({ "decision": "carry_out" });
    for (tag, status, code) in [
        ("\"0\"", 412, "request.stale"),
        ("\"999\"", 412, "request.stale"),
        ("\"18446744073709551615\"", 412, "request.stale"),
        ("\"18446744073709551616\"", 400, "request.if-match-malformed"),
        ("W/\"1\"", 400, "request.if-match-malformed"),
        ("1", 400, "request.if-match-malformed"),
    ] {
        let heard = app.revise(&officer("Carl"), &path, tag, &decision).await;
        assert_eq!((heard.status, heard.code()), (status, code), "{tag}");
    }
    let twice = app.request(Method::POST, &path).bearer_auth(app.token(&officer("Carl")));
    let twice = twice.header("idempotency-key", app.fresh_key()).json(&decision);
    let twice = twice.header(IF_MATCH, ordered.etag()).header(IF_MATCH, "\"1\"");
    assert_eq!(hear(twice).await.code(), "request.if-match-malformed");
    must(app.revise(&officer("Carl"), &path, ordered.etag(), &decision).await, 200);
}

#[tokio::test]
async fn a_document_has_its_limit_also_where_nobody_announces_its_size() {
    let app = TestApp::start().await;
    let market = Market::open(&app).await;
    let put = async |bytes: u64| {
        let bytes = usize::try_from(bytes).unwrap();
        let hash = hex(digest(&SHA256, &vec![0_u8; bytes]).as_ref());
        let pieces = (0..bytes)
            .step_by(1 << 20)
            .map(move |at| Ok::<_, std::io::Error>(vec![0_u8; (bytes - at).min(1 << 20)]));
        let path = format!("documents/{hash}");
        let request = app.request(Method::PUT, &path).bearer_auth(app.token(&market.trader));
        let body = reqwest::Body::wrap_stream(stream::iter(pieces));
        (hear(request.body(body)).await, path)
    };
    let (longer, path) = put(limits::DOCUMENT_BYTES_MAX + 1).await;
    assert_eq!((longer.status, longer.code()), (413, "request.too-large"));
    assert_eq!(app.get(&market.trader, &path).await.status, 404, "nothing is kept");
    let (longest, _) = put(limits::DOCUMENT_BYTES_MAX).await;
    assert_eq!(must(longest, 201).json["bytes"], limits::DOCUMENT_BYTES_MAX);
}
