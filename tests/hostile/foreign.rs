//! What belongs to others, under names that are right.

use crate::Scene;
use poa::trigger::{Access, Body, Http, Method as Verb, On, table};
use poa_protocol::role::Role;
use poa_test_support::{
    Who, guid, hear,
    market::{DOCUMENT, Market, evidence},
    shelf::{admit, must},
};
use reqwest::Method;
use serde_json::{Value, json};

const INSTANCE: &str = include_str!("../../examples/products/invoice_us.formula");

/// The private things of the trader: the noun before the parameter, and the id.
type Things = Vec<(&'static str, String)>;

async fn things(scene: &Scene) -> Things {
    let one = scene.issue("PRIVATE-1").await;
    let offer = json!({ "to": scene.market.fund_id, "units": "1", "mode": "pending" });
    let pending = scene.hold(&one.asset, "transfers", &offer).await;
    let pledge = json!({ "units": "1", "reason": "a pledge" });
    let lock = scene.hold(&one.asset, "locks", &pledge).await;
    let redemption = scene.hold(&one.asset, "redemptions", &json!({ "units": "1" })).await;
    let burn = json!({ "kind": "burn", "from": scene.market.trader_id, "units": "1" });
    let measure = scene.order(&one.asset, &burn).await;
    let draft = draft(scene).await;
    vec![
        ("instances", draft),
        ("tokenizations", one.tokenization),
        ("evidence", one.evidence),
        ("smart-assets", one.asset),
        ("transfers", pending.text("/id").to_owned()),
        ("locks", lock.text("/id").to_owned()),
        ("redemptions", redemption.text("/id").to_owned()),
        ("measures", measure.text("/id").to_owned()),
        ("documents", DOCUMENT.1.to_owned()),
    ]
}

/// An instance that only its makers know of.
async fn draft(scene: &Scene) -> String {
    let order = json!({
        "version": "1.0.0", "source": INSTANCE, "jurisdiction": "US", "regime": "US-RegD-506c",
        "currency": "USD", "sides": ["originator"],
    });
    let path = "products/trade_invoice/instances";
    let made = scene.app.post(&scene.market.shelf.maker, path, &order).await;
    must(made, 201).text("/id").to_owned()
}

/// The same names of nothing: as long, and of the same thing.
fn absent(things: &Things) -> Things {
    let nothing = |(noun, id): &(&'static str, String)| match id.split_once('_') {
        Some((prefix, rest)) => (*noun, format!("{prefix}_{}{}", "0".repeat(26), &rest[26..])),
        None => (*noun, "0".repeat(id.len())),
    };
    things.iter().map(nothing).collect()
}

/// The path of a function for these things, where all that it names is among them.
fn path(http: &Http, things: &Things) -> Option<String> {
    let mut before = "";
    let mut path = Vec::new();
    for segment in http.route.split('/') {
        let named = segment.starts_with('{');
        let known = things.iter().find(|(noun, _)| *noun == before);
        path.push(if named { known?.1.as_str() } else { segment });
        before = segment;
    }
    http.route.contains('{').then(|| path.join("/"))
}

/// A body in which nothing is wrong in itself.
fn body(name: &str, market: &Market) -> Value {
    let hash = "0".repeat(64);
    match name {
        "redeem-units" => json!({ "units": "1" }),
        "lock-units" => json!({ "units": "1", "reason": "a pledge" }),
        "transfer-units" => json!({ "units": "1", "to": market.fund_id }),
        "post-transfer"
        | "void-transfer"
        | "release-lock"
        | "cancel-tokenization"
        | "retry-tokenization"
        | "approve-instance"
        | "activate-instance"
        | "measure-impact" => json!({}),
        "suspend-instance" | "retire-instance" => json!({ "reason": "x" }),
        "order-measure" => json!({ "order": { "kind": "freeze" }, "because": "a court" }),
        "decide-measure" => json!({ "decision": "carry_out" }),
        "add-evidence" => json!({ "evidence": [evidence("invoice_pdf")] }),
        "change-data" => json!({ "data": market.request("PRIVATE-1")["data"] }),
        "approve-proposal" => json!({ "decision": "approve", "data_hash": hash }),
        "review-contour" => json!({ "decision": "pass", "because": "x", "data_hash": hash }),
        "attest-check" => json!({ "check": "X", "satisfied": true, "data_hash": hash }),
        "sign-off-document" => json!({ "document": "X", "sha256": hash, "data_hash": hash }),
        "revoke-statement" => json!({ "statement": format!("att_{}", "0".repeat(46)) }),
        other => panic!("`{other}` has no body here"),
    }
}

/// What somebody hears, without the names in it.
async fn told(scene: &Scene, who: &Who, (name, http): (&str, &Http), things: &Things) -> String {
    let path = path(http, things).unwrap();
    let mut request = match http.method {
        Verb::Get => scene.app.request(Method::GET, &path),
        Verb::Post => scene.app.request(Method::POST, &path),
        Verb::Put => scene.app.request(Method::PUT, &path),
    };
    request = request.bearer_auth(scene.app.token(who)).header("if-match", "\"1\"");
    request = request.header("idempotency-key", scene.app.fresh_key());
    if matches!(http.body, Body::Json(_)) {
        request = request.json(&body(name, &scene.market));
    }
    let heard = hear(request).await;
    assert!(heard.status >= 400, "{name} {path}: {}", heard.json);
    let told = format!("{} {}", heard.status, heard.json);
    things.iter().fold(told, |told, (noun, id)| told.replace(id.as_str(), noun))
}

#[tokio::test]
async fn what_belongs_to_others_looks_like_what_is_not_there() {
    let scene = Scene::open().await;
    let there = things(&scene).await;
    let nowhere = absent(&there);
    admit(&scene.app, "984500MERLIONMERCH34", &guid("stranger")).await;
    let stranger = Who::of(&guid("stranger"), "Sly");
    let mut asked = 0;
    for trigger in table() {
        let On::Http(http) = &trigger.on else { continue };
        // What is put under a hash is one's own.
        if http.method == Verb::Put || path(http, &there).is_none() {
            continue;
        }
        let roles = match http.access {
            Access::Public => continue,
            Access::SignedIn => Role::ALL,
            Access::Roles(roles) => roles,
        };
        for role in roles {
            let who = stranger.with(&[*role]);
            let who = if role.is_for_programs() { who.program() } else { who };
            let one = told(&scene, &who, (trigger.name, http), &there).await;
            let other = told(&scene, &who, (trigger.name, http), &nowhere).await;
            assert_eq!(one, other, "{} as {role:?}", trigger.name);
            asked += 1;
        }
    }
    assert!(asked > 60, "{asked}");
    scene.is_sound().await;
}
